"""Values as CSV, TSV or JSON lines: how a cell is spelt, quoted, and kept from running as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from nxcdr.api.answer import Record
from nxcdr.api.fields import FIELD_NAMES

BYTE_ORDER_MARK = "\ufeff".encode()

_to_json = msgspec.json.Encoder(decimal_format="number").encode
_FORMULA_START = ("=", "@", "\t", "\r")
_SIGNED_NUMBER = re.compile(r"[+-]\.?[0-9](?:[0-9 ().-]*[0-9)])?(?:[,][0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_EXCEL_SPOILS = re.compile(
    r"[0-9]{12,}"  # shown as 8.5E+11, and no digit after the fifteenth kept
    r"|0[0-9]+"  # its zeros dropped
    r"|\+[0-9][0-9 ().-]*"  # its plus dropped
    r"|[0-9]+[eE][0-9]+"  # taken for a power of ten
    r"|[0-9]+(?:[,./-][0-9]+)+",  # taken for a date, or digits in groups
    re.ASCII,
)

_EXCEL_EXACT = 10**15 - 1

EachLine = Callable[[Sequence[Record]], list[bytes]]
"""From records to their lines, UTF-8, each ending with a line feed."""


@dataclass(frozen=True, slots=True)
class Format:
    """How records become text.

    Attributes:
        header: What stands before the first record.
        each: Makes the records' lines.
    """

    header: bytes
    each: EachLine

    def lines(self, records: Sequence[Record]) -> bytes:
        """The records' lines in one piece."""
        return b"".join(self.each(records))

    def noting(self, note: Callable[[Sequence[Record]], None]) -> Format:
        """The same format, of whose records someone is told as their lines are made."""

        def each(records: Sequence[Record]) -> list[bytes]:
            note(records)
            return self.each(records)

        return replace(self, each=each)


def json_lines(decode: Callable[[Record], Record] | None, columns: Sequence[str] | None) -> Format:
    """One JSON object a line: documented fields first, then the others by name, so that equal records read alike.

    Args:
        decode: Applied to each record; None for values as the API returned them.
        columns: The fields to keep, null where a record lacks one; None for all it has.
    """

    def lines(records: Sequence[Record]) -> list[bytes]:
        return [json_text(shape(decode(record) if decode else record)) + b"\n" for record in records]

    def shape(record: Record) -> Record:
        if columns is not None:
            return {name: record.get(name) for name in columns}
        if tuple(record) == FIELD_NAMES:
            return record
        return {
            name: record[name] for name in (*FIELD_NAMES, *sorted(record.keys() - set(FIELD_NAMES))) if name in record
        }

    return Format(b"", lines)


def comma_separated(
    decode: Callable[[Record], Record] | None, columns: Sequence[str] | None, *, excel: bool = False
) -> Format:
    """CSV as of RFC 4180 but with a line feed at a line's end; with ``excel`` a byte-order mark and CR LF.

    Cells that a spreadsheet would run as a formula get a leading ``'`` (not with raw values, where ``decode`` is None).
    """
    names = tuple(columns or FIELD_NAMES)
    end = "\r\n" if excel else "\n"
    cell = _excel_cell if excel else _guarded_cell if decode else _cell

    def lines(records: Sequence[Record]) -> list[bytes]:
        rows = []
        for record in records:
            values = decode(record) if decode else record
            rows.append([cell(values.get(name)) for name in names])
        return _csv_lines(rows, end)

    (header,) = _csv_lines([list(names)], end)
    return Format(BYTE_ORDER_MARK + header if excel else header, lines)


def tab_separated(decode: Callable[[Record], Record] | None, columns: Sequence[str] | None) -> Format:
    r"""One call a line, tabs between cells; tab, line feed, carriage return and backslash as ``\t \n \r \\``."""
    names = tuple(columns or FIELD_NAMES)
    escapes = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})

    def lines(records: Sequence[Record]) -> list[bytes]:
        rows = (decode(record) if decode else record for record in records)
        texts = ("\t".join(_cell(row.get(name)).translate(escapes) for name in names) + "\n" for row in rows)
        return [text.encode() for text in texts]

    return Format(("\t".join(names) + "\n").encode(), lines)


def json_text(value: Any) -> bytes:
    """A value as compact JSON, numbers as they came."""
    return _to_json(value)


def _cell(value: Any) -> str:
    """A value as a cell's text: JSON's spelling, but for text itself and for null, which is empty."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    return json_text(value).decode("utf-8")


def _guarded_cell(value: Any) -> str:
    return guarded(value) if type(value) is str else _cell(value)


def guarded(text: str) -> str:
    """The text, with a leading ``'`` where a spreadsheet would run it as a formula."""
    if text.startswith(_FORMULA_START) or (text[:1] in ("+", "-") and not _SIGNED_NUMBER.fullmatch(text)):
        return "'" + text
    return text


def _excel_cell(value: Any) -> str:
    spoiled = _EXCEL_SPOILS.fullmatch(value) if type(value) is str else type(value) is int and abs(value) > _EXCEL_EXACT
    return f'="{value}"' if spoiled else _guarded_cell(value)


def _csv_lines(rows: Sequence[Sequence[str]], end: str) -> list[bytes]:
    lines = _Lines()
    csv.writer(lines, lineterminator=end).writerows(rows)
    if end == "\n":
        for at, line in enumerate(lines):
            if "\r" in line:  # before Python 3.13, csv leaves a lone carriage return unquoted
                lines[at] = (",".join(map(quoted, rows[at])) or '""') + end
    return [line.encode() for line in lines]


class _Lines(list[str]):
    """A file as csv.writer knows it, of which each line can be had alone."""

    write = list.append


def quoted(cell: str) -> str:
    """A cell as CSV has it: in quotes where it holds a comma, a quote or an end of line."""
    if "," in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
