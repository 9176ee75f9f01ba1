"""CSV as RFC 4180 describes it, but with a line feed at the end of a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from nxcdr.api.answer import Record, decode_records
from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.formats import Batches, FileFormat, Shape
from nxcdr.output.text import FORMULA_STARTS, cell_text, guarded
from nxcdr.output.values import undocumented

_BYTE_ORDER_MARK = "\ufeff".encode()
_LARGEST_CELL = 1 << 30
_EXCEL_SPOILS = re.compile(
    r"[0-9]{12,}"  # shown as 8.5E+11, and no digit after the fifteenth kept
    r"|0[0-9]+"  # its zeros dropped
    r"|\+[0-9][0-9 ().-]*"  # its plus dropped
    r"|[0-9]+[eE][0-9]+"  # taken for a power of ten
    r"|[0-9]+(?:[,./-][0-9]+)+",  # taken for a date, or digits in groups
    re.ASCII,
)
_EXCEL_EXACT = 10**15 - 1
_WRITTEN_AS_IT_IS = frozenset({int, str, Decimal, type(None)})


def header(shape: Shape) -> bytes:
    """The line of column names."""
    line = _lines([shape.columns or FIELD_NAMES], shape)
    return _BYTE_ORDER_MARK + line if shape.excel else line


def lines(shape: Shape) -> Callable[[Sequence[Record]], bytes]:
    """A function from records, as the API returned them, to their lines.

    Cells that a spreadsheet would run as a formula get a leading ``'``, but not with raw values.
    """
    names = shape.columns or FIELD_NAMES
    decode = shape.decoder()
    cell: Callable[[Any], str] = _excel_cell if shape.excel else _guarded_cell if decode else cell_text

    def row(record: Record) -> list[Any]:
        values = list(map((decode(record) if decode else record).get, names))
        texts = {value[:1] for value in values if type(value) is str}
        if shape.excel or not FORMULA_STARTS.isdisjoint(texts):
            return [cell(value) for value in values]
        # csv writes integers, decimals, None and texts as they are.
        return [value if type(value) in _WRITTEN_AS_IT_IS else cell(value) for value in values]

    def lines(records: Sequence[Record]) -> bytes:
        if shape.columns is None:
            shape.left_out.update(undocumented(records))
        return _lines(map(row, records), shape)

    return lines


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    """Write a file."""
    file.write(header(shape))
    to_lines = lines(shape)
    for batch in batches:
        file.write(to_lines(decode_records(batch)))


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Read the rows of a file; every value is text."""
    csv.field_size_limit(_LARGEST_CELL)
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        try:
            yield from csv.DictReader(text, strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from error


def _guarded_cell(value: Any) -> str:
    return guarded(value) if type(value) is str else cell_text(value)


def _excel_cell(value: Any) -> str:
    spoiled = _EXCEL_SPOILS.fullmatch(value) if type(value) is str else type(value) is int and abs(value) > _EXCEL_EXACT
    return f'="{value}"' if spoiled else _guarded_cell(value)


def _lines(rows: Iterable[Sequence[Any]], shape: Shape) -> bytes:
    rows = list(rows)
    text = _written(rows, "\r\n" if shape.excel else "\n")
    if "\r" in text and not shape.excel:
        # Before Python 3.13, csv quotes a carriage return only where it is part of a line's end.
        text = "".join([_written([row], "\r\n")[:-2] + "\n" for row in rows])
    return text.replace("\0", "\ufffd").encode()


def _written(rows: Sequence[Sequence[Any]], end: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(rows)
    return text.getvalue()


FORMAT = FileFormat("csv", (".csv",), write, read)
