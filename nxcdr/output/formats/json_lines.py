"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

import msgspec

from nxcdr.api.answer import Record, decode_records
from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.formats import Batches, FileFormat, Shape
from nxcdr.output.text import json_lines

_KNOWN = frozenset(FIELD_NAMES)
# Line ends of Unicode, by which some programs split: allowed inside JSON's texts, and escaped there.
_LINE_ENDS = {end.encode(): f"\\u{ord(end):04x}".encode() for end in "\u2028\u2029\u0085"}


def lines(shape: Shape) -> Callable[[Sequence[Record]], bytes]:
    """A function from records, as the API returned them, to their lines.

    Documented fields come first, then the others by name; of chosen columns, one that is missing is null.
    """
    decode = shape.decoder()
    columns = shape.columns

    def arranged(record: Record) -> Record:
        if columns is not None:
            return {name: record.get(name) for name in columns}
        if tuple(record) == FIELD_NAMES:
            return record
        return {name: record[name] for name in (*FIELD_NAMES, *sorted(record.keys() - _KNOWN)) if name in record}

    def lines(records: Sequence[Record]) -> bytes:
        return _on_one_line(json_lines([arranged(decode(record) if decode else record) for record in records]))

    return lines


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    """Write a file; raw records of all columns are the server's own text."""
    to_lines = lines(shape)
    is_raw = shape.decoder() is None and shape.columns is None
    for batch in batches():
        if is_raw:
            file.write(_as_they_came(batch))
        else:
            file.write(to_lines(decode_records(batch)))


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Read the rows of a file; numbers with a fraction become Decimal."""
    for line in file:
        row = json.loads(line, parse_float=Decimal)
        if not isinstance(row, dict) or not line.endswith(b"\n"):
            raise ValueError("a line is not a whole JSON object")
        yield row


def _as_they_came(texts: Sequence[bytes]) -> bytes:
    lines = b"\n".join(texts) + b"\n"
    if lines.count(b"\n") > len(texts) or b"\r" in lines:  # a record has line ends between its parts
        lines = b"".join([msgspec.json.format(text, indent=-1) + b"\n" for text in texts])
    return _on_one_line(lines)


def _on_one_line(text: bytes) -> bytes:
    if text.isascii():
        return text
    for end, escape in _LINE_ENDS.items():
        text = text.replace(end, escape)
    return text


FORMAT = FileFormat("jsonl", (".jsonl", ".ndjson"), write, read)
