"""From records to values, and from values to a table or a file that appears only when it is whole."""
