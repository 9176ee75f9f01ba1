"""From records to values, and from values to a table or a file that appears only when it is whole."""

FORMAT_MODULES = {"csv": "comma_separated", "jsonl": "json_lines", "parquet": "parquet", "xlsx": "workbook"}
"""The formats of files by name, each with its module in `nxcdr.output.formats`. Here to be known without loading it."""
