"""Putting records in order of time over all windows, where a server returns calls for windows they do not start in.

A call that several windows list is taken from the one it starts in, or else from the first: it is the same call also
where its record was updated between the two answers. What is equal in one window's own listing is one call.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from nxcdr.api.answer import Record, read_page
from nxcdr.output.formats import json_text
from nxcdr.output.work import Part, Work

_BATCH = 1000
_CHUNK = 1 << 15

_Row = tuple[int, bytes, Record, Part]  # startTime, canonical text, and the part that holds it


def kept_text(records: Iterable[Record]) -> bytes:
    """Records as they are kept until they are merged: one a line, in the order given."""
    return b"".join([json_text(record) + b"\n" for record in records])


class Merged:
    """All parts' records by (startTime, canonical text), those without a startTime first, equal ones once.

    Args:
        work: Holds the parts, as `kept_text`.
        parts: Each in that order in itself.
        lines: Makes the records' final text.
        canonical: A record's text whatever the order of its fields.
        identity: What stays of a call when its record is updated.
        side: By a startTime (ms), which neighbour of the range a call belongs to if that lists it; 0 for none.
        beyond: By side, the parts that tell what the neighbours list.

    Attributes:
        rows: Records given so far.
        repeats: Records dropped so far because they are given already.
        outside: Of the records given, those that start outside of the range.
        first: The first startTime given, ms since 1970; None for none.
        last: The last startTime given.
    """

    def __init__(
        self,
        work: Work,
        parts: Sequence[Part],
        lines: Callable[[Sequence[Record]], bytes],
        canonical: Callable[[Record], bytes],
        *,
        identity: Callable[[Record], str],
        side: Callable[[int], int],
        beyond: Mapping[int, Sequence[Part]],
    ) -> None:
        self._work = work
        self._parts = parts
        self._lines_of = lines
        self._canonical = canonical
        self._side = side
        self._identity = identity
        self._listed = {
            at: {identity(record) for part in parts for _, _, record, _ in self._read(part)}
            for at, parts in beyond.items()
        }
        self.rows = 0
        self.repeats = 0
        self.outside = 0
        self.first: int | None = None
        self.last: int | None = None

    def texts(self) -> Iterator[bytes]:
        """The final text, some records at a time."""
        batch: list[Record] = []
        # Of calls without a time there may be many: only equal ones are looked at together.
        for _, group in groupby(self._in_order(), key=lambda row: row[0] if row[0] >= 0 else row[:2]):
            for time, _, record, _ in self._once(list(group)):
                if side := self._side(time):
                    if self._identity(record) in self._listed.get(side, ()):
                        continue
                    self.outside += 1
                if time >= 0:
                    self.first = time if self.first is None else self.first
                    self.last = time
                self.rows += 1
                batch.append(record)
            if len(batch) >= _BATCH:
                yield self._lines_of(batch)
                batch = []
        yield self._lines_of(batch)

    def _once(self, rows: list[_Row]) -> list[_Row]:
        """Rows of one time, each call from one part only, and equal ones once."""
        if len(rows) == 1:
            return rows
        calls = [self._identity(record) for _, _, record, _ in rows]
        parts: dict[str, Part] = {}
        for call, (time, _, _, part) in zip(calls, rows, strict=True):
            if call not in parts or part.start * 1000 <= time < part.end * 1000:
                parts[call] = part
        kept = {row[1]: row for call, row in zip(calls, rows, strict=True) if parts[call] is row[3]}
        self.repeats += len(rows) - len(kept)
        return list(kept.values())

    def _in_order(self) -> Iterator[_Row]:
        """A part is opened only when its first row may be next."""
        closed = deque(sorted((part for part in self._parts if part.rows), key=_lowest))
        opened: list[tuple[tuple[int, bytes], int, _Row, Iterator[_Row]]] = []
        while closed or opened:
            while closed and (not opened or _lowest(closed[0]) <= opened[0][0][0]):
                rows = self._read(closed.popleft())
                row = next(rows)
                heapq.heappush(opened, (row[:2], len(closed), row, rows))
            _, number, row, rows = opened[0]
            yield row
            if (following := next(rows, None)) is None:
                heapq.heappop(opened)
            else:
                heapq.heapreplace(opened, (following[:2], number, following, rows))

    def _read(self, part: Part) -> Iterator[_Row]:
        rest = b""
        for chunk in self._work.read(part.offset, part.length, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            page = read_page(b"[" + b",".join(lines) + b"]")
            for time, record in zip(page.times, page.records(), strict=True):
                yield -1 if time is None else time, self._canonical(record), record, part


def _lowest(part: Part) -> int:
    """The first startTime of a part with rows; -1 where its first row has none, as it comes before all others."""
    return -1 if part.first is None else part.first
