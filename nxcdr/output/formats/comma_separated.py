"""CSV as RFC 4180 describes it, but with a line feed at the end of a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import IO, Any

from nxcdr.api.answer import Record, decode_records
from nxcdr.output.formats import Batches, FileFormat, Shape
from nxcdr.output.text import FORMULA_STARTS, cell_text, excel_cell, guarded

_BYTE_ORDER_MARK = "\ufeff".encode()
_LARGEST_CELL = 1 << 30
_QUOTED = ('"', ",", "\r", "\n")
_start_of = itemgetter(slice(1))


def header(shape: Shape) -> bytes:
    """The line of column names."""
    line = _text([[name] for name in shape.names], shape)
    return _BYTE_ORDER_MARK + line if shape.excel else line


def lines(shape: Shape) -> Callable[[Sequence[Record]], bytes]:
    """A function from records, as the API returned them, to their lines.

    Cells that a spreadsheet would run as a formula get a leading ``'``, but not with raw values.
    """
    values_of = shape.values()
    guard = shape.zone is not None

    def cells(column: Sequence[Any]) -> Sequence[str]:
        if shape.excel:
            return list(map(excel_cell, column))
        texts = [value if type(value) is str else "" if value is None else cell_text(value) for value in column]
        if guard and not FORMULA_STARTS.isdisjoint(map(_start_of, texts)):
            return list(map(guarded, texts))
        return texts

    return lambda records: _text([cells(column) for column in values_of(records)], shape)


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    """Write a file."""
    file.write(header(shape))
    to_lines = lines(shape)
    for batch in batches():
        file.write(to_lines(decode_records(batch)))


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Read the rows of a file; every value is text."""
    csv.field_size_limit(_LARGEST_CELL)
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        try:
            yield from csv.DictReader(text, strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from error


def _text(columns: Sequence[Sequence[str]], shape: Shape) -> bytes:
    end = "\r\n" if shape.excel else "\n"
    if len(columns) == 1:
        rows = [(text or '""',) for text in _quoted(columns[0])]  # for an empty line is no row
    else:
        rows = list(zip(*map(_quoted, columns), strict=True))
    return "".join([",".join(row) + end for row in rows]).replace("\0", "\ufffd").encode()


def _quoted(column: Sequence[str]) -> Sequence[str]:
    """The cells of a column, each in quotes where it must be."""
    texts = "".join(column)
    if not any(mark in texts for mark in _QUOTED):
        return column
    return ['"' + text.replace('"', '""') + '"' if any(mark in text for mark in _QUOTED) else text for text in column]


FORMAT = FileFormat("csv", (".csv",), write, read)
