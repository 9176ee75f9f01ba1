"""The calls by which two files differ, in memory that does not grow with them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any

import msgspec

from nxcdr.api.answer import decode_records
from nxcdr.fetch.sqlite import errors_of
from nxcdr.output.reading import Row

_OLD, _NEW = -1, 1
# Equal rows cancel each other out; the sum tells which file has more of the others.
_DIFFERENT = """
SELECT start, id, content, sum(side) AS surplus FROM call
GROUP BY start, id, content HAVING surplus != 0 ORDER BY start, id, content
"""
_json = msgspec.json.Encoder(decimal_format="number", order="sorted").encode


@dataclass(frozen=True, slots=True)
class Difference:
    """A call that is not the same in both files: added if there is no old one, vanished if there is no new one."""

    old: Row | None
    new: Row | None

    @property
    def kind(self) -> str:
        """``added``, ``changed`` or ``vanished``."""
        return "added" if self.old is None else "vanished" if self.new is None else "changed"

    @property
    def call(self) -> Row:
        """The call, by its new values if there are some."""
        return self.new or self.old or {}

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """The old and the new value of each field that has changed."""
        if self.old is None or self.new is None:
            return {}
        pairs = {name: (self.old.get(name), self.new.get(name)) for name in {**self.old, **self.new}}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many calls differ."""

    added: int = 0
    changed: int = 0
    vanished: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.added + other.added, self.changed + other.changed, self.vanished + other.vanished)

    def __bool__(self) -> bool:
        return self != Changes()

    def __str__(self) -> str:
        parts = [f"+{counted_calls(self.added)}"] if self.added else []
        parts += [f"{self.changed:,} changed"] if self.changed else []
        parts += [f"{self.vanished:,} vanished"] if self.vanished else []
        return ", ".join(parts) or "no change"


def counted(found: Iterable[Difference]) -> Changes:
    """Count differences."""
    kinds = dict.fromkeys(("added", "changed", "vanished"), 0)
    for difference in found:
        kinds[difference.kind] += 1
    return Changes(**kinds)


def differences(old: Iterable[Row], new: Iterable[Row]) -> Generator[Difference, None, None]:
    """Compare two files, whatever the order of their rows; they are kept in a temporary file meanwhile.

    Calls are told apart by callId and startTime. If several have the same, as legs of a call may, equal ones are
    paired first, and the others in order.

    Args:
        old: The rows of a file.
        new: The rows of a file of the same format, columns and decoding.

    Yields:
        The differences, in order of startTime as it is written.

    Raises:
        OSError: The temporary file can't be written.
    """
    with errors_of("the temporary folder"), closing(sqlite3.connect("", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF").fetchall()
        database.execute("CREATE TABLE call(start TEXT, id TEXT, side INTEGER, content BLOB)")
        database.execute("BEGIN")
        for side, rows in ((_OLD, old), (_NEW, new)):
            database.executemany("INSERT INTO call VALUES (?, ?, ?, ?)", _keyed(rows, side))
        for key, group in groupby(database.execute(_DIFFERENT), key=itemgetter(0, 1)):
            pair = _unpaired if key == (None, None) else _paired
            yield from pair(group)


def _keyed(rows: Iterable[Row], side: int) -> Iterator[tuple[str | None, str | None, int, bytes]]:
    for row in rows:
        yield _text(row.get("startTime")), _text(row.get("callId")), side, json_of(row)


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def json_of(value: Any) -> bytes:
    """A value as JSON, whatever the size of its integers; fields sorted."""
    try:
        return _json(value)
    except OverflowError:  # an integer of more than 64 bits
        return json.dumps(value, sort_keys=True, default=str).encode()


def _paired(group: Iterator[tuple[Any, ...]]) -> Iterator[Difference]:
    sides: dict[bool, list[Row]] = {False: [], True: []}
    for _, _, content, surplus in group:
        sides[surplus > 0] += decode_records([content] * abs(surplus))
    for old, new in zip_longest(sides[False], sides[True]):
        yield Difference(old, new)


def _unpaired(group: Iterator[tuple[Any, ...]]) -> Iterator[Difference]:
    """Rows without callId and startTime can't be paired: a changed one counts as one vanished and one added."""
    for _, _, content, surplus in group:
        for row in decode_records([content] * abs(surplus)):
            yield Difference(None, row) if surplus > 0 else Difference(row, None)


def counted_calls(count: int) -> str:
    """``1 call``, ``2 calls``."""
    return f"{count:,} call" + ("" if count == 1 else "s")
