"""Putting records in order of time over all windows, where a server returns calls for windows they do not start in."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from nxcdr.api.answer import Record, read_page
from nxcdr.output.formats import json_text
from nxcdr.output.work import Part, Work

_BATCH = 1000
_CHUNK = 1 << 15

_Row = tuple[int, bytes, Record]


def kept_text(records: Sequence[Record]) -> bytes:
    """Records as they are kept until they are merged: one a line, in the order given."""
    return b"".join([json_text(record) + b"\n" for record in records])


class Merged:
    """All parts' records by (startTime, canonical text), those without a startTime first, equal ones once.

    Args:
        work: Holds the parts, as `kept_text`.
        parts: Each in that order in itself.
        lines: Makes the records' final text.
        canonical: A record's text whatever the order of its fields.
        side: By a startTime (ms), which neighbour of the range a call belongs to if that lists it; 0 for none.
        beyond: By side, the parts that tell what the neighbours list.

    Attributes:
        rows: Records given so far.
        repeats: Equal records dropped so far.
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
        side: Callable[[int], int],
        beyond: Mapping[int, Sequence[Part]],
    ) -> None:
        self._work = work
        self._parts = parts
        self._lines_of = lines
        self._canonical = canonical
        self._side = side
        self._listed = {at: {key[:2] for part in parts for key in self._read(part)} for at, parts in beyond.items()}
        self.rows = 0
        self.repeats = 0
        self.outside = 0
        self.first: int | None = None
        self.last: int | None = None

    def texts(self) -> Iterator[bytes]:
        """The final text, some records at a time."""
        batch: list[Record] = []
        before = None
        for time, text, record in self._in_order():
            if (time, text) == before:
                self.repeats += 1
                continue
            before = (time, text)
            if side := self._side(time):
                if before in self._listed.get(side, ()):
                    continue
                self.outside += 1
            if time >= 0:
                self.first = time if self.first is None else self.first
                self.last = time
            self.rows += 1
            batch.append(record)
            if len(batch) == _BATCH:
                yield self._lines_of(batch)
                batch = []
        yield self._lines_of(batch)

    def _in_order(self) -> Iterator[_Row]:
        """A part is opened only when its first row may be next."""
        closed = deque(sorted((part for part in self._parts if part.rows), key=_lowest))
        opened: list[tuple[tuple[int, bytes], int, Record, Iterator[_Row]]] = []
        while closed or opened:
            while closed and (not opened or _lowest(closed[0]) <= opened[0][0][0]):
                rows = self._read(closed.popleft())
                time, text, record = next(rows)
                heapq.heappush(opened, ((time, text), len(closed), record, rows))
            key, number, record, rows = opened[0]
            yield *key, record
            if (following := next(rows, None)) is None:
                heapq.heappop(opened)
            else:
                time, text, record = following
                heapq.heapreplace(opened, ((time, text), number, record, rows))

    def _read(self, part: Part) -> Iterator[_Row]:
        rest = b""
        for chunk in self._work.read(part.offset, part.length, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            page = read_page(b"[" + b",".join(lines) + b"]")
            for time, record in zip(page.times, page.records(), strict=True):
                yield -1 if time is None else time, self._canonical(record), record


def _lowest(part: Part) -> int:
    """The first startTime of a part with rows; -1 where its first row has none, as it comes before all others."""
    return -1 if part.first is None else part.first
