"""The calls a sandbox holds: sorted by start, encoded once, found by bisection."""

from __future__ import annotations

import json
import threading
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

import msgspec.json

from nxcdr.sandbox.checks import Query
from nxcdr.sandbox.misbehaviour import Misbehaviour

Record = dict[str, Any]
CallSource = Callable[[date], Sequence[Record]]  # a day of UTC+08:00 -> all calls that begin on it

HISTORY_DAYS = 800  # "last year" lies within it on every day of the year
ZONE_OFFSET = 8 * 3600  # of a source's days, seconds
_DAY = 86_400
_EPOCH = date(1970, 1, 1)
_PICKS_KEPT = 64
_CREATED_MS = (1000, 5000)  # after a call's end
_LAST_MS = {"inclusive": 0, "inclusive_second": 999, "exclusive": -1}


def encode(value: object) -> bytes:
    """Compact JSON in UTF-8, nothing escaped that need not be."""
    try:
        return msgspec.json.encode(value)
    except (
        OverflowError,
        UnicodeEncodeError,
    ):  # integers over 64 bits; lone surrogates, which only an escape can carry
        return json.dumps(value, separators=(",", ":")).encode()


@dataclass(slots=True)
class Row:
    """A call and, once it was served, its JSON."""

    record: Record
    encoded: bytes = b""

    @property
    def text(self) -> bytes:
        """The record's JSON."""
        if not self.encoded:
            self.encoded = encode(self.record)
        return self.encoded


class Ledger:
    """Calls sorted by startTime. Hold ``lock`` from ``pick`` until the indices it gave have been used.

    Args:
        calls: Calls listed from the beginning, whether they have ended or not.
        source: Gives the calls of a day when they are first needed; each is listed once it has ended.
        seed: Decides the ``unstable`` order.
    """

    def __init__(self, calls: Iterable[Record], source: CallSource | None, *, seed: int = 0) -> None:
        self.lock = threading.RLock()
        self._random = Random(seed)  # noqa: S311 - an order, not a secret
        self.replace(calls, source)

    def replace(self, calls: Iterable[Record], source: CallSource | None = None) -> None:
        """Hold these calls, and those of the source, instead of all others; nothing is scheduled any more."""
        with self.lock:
            self._source = source
            self._filled: set[int] = set()
            self._numbers = count()
            self._scheduled: list[tuple[float, int, Callable[[], None]]] = []  # a heap by time
            self.rows = [Row(record) for record in sorted(calls, key=_start)]
            self._starts = [_start(row.record) for row in self.rows]
            self._picks: dict[object, Sequence[int]] = {}

    def add(self, record: Record) -> None:
        """List one more call, sorted by its startTime, after those that began in the same millisecond."""
        with self.lock:
            place = bisect_right(self._starts, _start(record))
            self._starts.insert(place, _start(record))
            self.rows.insert(place, Row(record))
            self._picks.clear()

    def remove(self, record: Record) -> None:
        """List a call no more.

        Raises:
            ValueError: No equal call is listed.
        """
        with self.lock:
            place = bisect_left(self._starts, _start(record))
            while place < len(self.rows) and self.rows[place].record != record:
                place += 1
            if place == len(self.rows):
                raise ValueError("no such call is listed")
            del self._starts[place], self.rows[place]
            self._picks.clear()

    def change(self, old: Record, new: Record) -> None:
        """List another version of a call instead of the old one.

        Raises:
            ValueError: No call equal to the old version is listed.
        """
        with self.lock:
            self.remove(old)
            self.add(new)

    def schedule(self, at: float, action: Callable[[], None]) -> None:
        """Do something once the server's clock has reached a time, in epoch seconds."""
        with self.lock:
            heappush(self._scheduled, (at, next(self._numbers), action))

    def catch_up(self, now: float) -> None:
        """Do what was scheduled until now, in epoch seconds."""
        with self.lock:
            while self._scheduled and self._scheduled[0][0] <= now:
                heappop(self._scheduled)[-1]()

    def pick(self, query: Query, rules: Misbehaviour, now: float) -> Sequence[int]:
        """The calls that match, as indices into ``rows``, in the order in which they are served.

        Args:
            query: Its ``size`` does not matter, and its ``page`` only in the ``tied`` order.
            rules: ``end``, ``filter_by`` and ``order`` matter.
            now: Epoch seconds.
        """
        if self._source is not None:
            # A day earlier too: calls that begin there can end in the range.
            self._fill(self._source, query.start - _DAY, query.end + 1, now)
        self.catch_up(now)
        page = query.page if rules.order == "tied" else None
        key = (query.start, query.end, query.where, rules.end, rules.filter_by, rules.order, page)
        if key not in self._picks:
            if len(self._picks) >= _PICKS_KEPT:
                self._picks.clear()
            self._picks[key] = self._ordered(self._matching(query, rules), rules.order, query.page)
        picked = self._picks[key]
        return sorted(picked, key=lambda _: self._random.random()) if rules.order == "unstable" else picked

    def _matching(self, query: Query, rules: Misbehaviour) -> Sequence[int]:
        first, last = query.start * 1000, query.end * 1000 + _LAST_MS[rules.end]
        rows = self.rows
        low = bisect_left(self._starts, first) if rules.filter_by == "start" else 0
        high = bisect_right(self._starts, last) if rules.filter_by in {"start", "overlap"} else len(rows)
        found: Sequence[int] = range(low, max(low, high))
        match rules.filter_by:
            case "end":
                found = [n for n in found if first <= rows[n].record["endTime"] <= last]
            case "overlap":
                found = [n for n in found if first <= rows[n].record["endTime"]]
            case "created":
                found = [n for n in found if first <= _created(rows[n].record) <= last]
        if query.where:
            found = [n for n in found if all(rows[n].record.get(name) == value for name, value in query.where)]
        return found

    def _ordered(self, found: Sequence[int], order: str, page: int) -> Sequence[int]:
        rows, starts = self.rows, self._starts
        match order:
            case "descending":
                return found[::-1]
            case "shuffled":
                return sorted(found, key=lambda n: zlib.crc32(rows[n].text))
            case "ended":
                return sorted(found, key=lambda n: rows[n].record["endTime"], reverse=True)
            case "created":
                return sorted(found, key=lambda n: _created(rows[n].record), reverse=True)
            case "tied":
                salt = zlib.crc32(b"%d" % page)
                return sorted(found, key=lambda n: (-starts[n] // 1000, zlib.crc32(rows[n].text, salt)))
            case _:
                return found

    def _fill(self, source: CallSource, start: int, end: int, now: float) -> None:
        """Get the source's calls of the days from ``start`` to ``end`` (epoch seconds) that are not here yet."""
        today = _day(now)
        for day in range(max(_day(start), today - HISTORY_DAYS), min(_day(end), today) + 1):
            if day not in self._filled:
                self._filled.add(day)
                self._fill_day(day, source(_EPOCH + timedelta(days=day)), now)

    def _fill_day(self, day: int, calls: Sequence[Record], now: float) -> None:
        """List a day's calls, those that have not ended later."""
        ended: list[Record] = []
        for record in calls:
            end = record["endTime"] / 1000
            if end <= now:
                ended.append(record)
            else:
                self.schedule(end, partial(self.add, record))
        midnight = (day * _DAY - ZONE_OFFSET) * 1000
        low, high = bisect_left(self._starts, midnight), bisect_left(self._starts, midnight + _DAY * 1000)
        rows = sorted([*self.rows[low:high], *map(Row, ended)], key=lambda row: _start(row.record))
        self.rows[low:high] = rows
        self._starts[low:high] = [_start(row.record) for row in rows]
        self._picks.clear()


def _created(record: Record) -> int:
    """When the server stored a call, epoch milliseconds; the delay after its end differs from call to call."""
    if "createdTime" in record:
        return int(record["createdTime"])
    least, most = _CREATED_MS
    end = int(record["endTime"])
    return end + least + end * 2_654_435_761 % (most - least + 1)


def _start(record: Record) -> int:
    start: int = record["startTime"]
    return start


def _day(seconds: float) -> int:
    return int(seconds + ZONE_OFFSET) // _DAY
