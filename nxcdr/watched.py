"""The newest calls of a range that is looked at again and again, with one request as long as nothing is new."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from nxcdr.api.answer import Page, Record
from nxcdr.api.client import PageRequest
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.fetch.window import canonical
from nxcdr.newest import Ask, Manner, newest, start_ms

_CONFIRMED_EVERY = 6  # glances


@dataclass(slots=True)
class Watched:
    """The newest calls of a range that is looked at again and again.

    Attributes:
        ask: Fetches one page.
        limit: How many calls, at least 1.
        records: The newest calls, newest first, as of the last look.
        more: Whether there are more than these.
        looked: Whether there has been a look at all.
    """

    ask: Ask
    limit: int
    records: list[Record] = field(default_factory=list)
    more: bool = False
    looked: bool = False
    _known: dict[bytes, Record] = field(default_factory=dict)  # newest first; from _since on, all there are
    _since: int = 0  # seconds since 1970: of the oldest call shown, where there are more
    _unordered: bool = False  # the last glance's rows did not fall in time
    _longest: int = 0  # rows of a page of that kind that was all there is
    _glances: int = 0
    _marked: set[bytes] = field(default_factory=set)

    def look(self, start: int, end: int, manner: Manner) -> bool:
        """Look again: with one request as long as nothing is new, and mostly also where something is.

        Returns:
            Whether anything changed.

        Raises:
            NxcdrError: What a request failed with; all is as it was, and the next look may succeed.
        """
        known = self._glance(start, end, manner) if self.looked else None
        if known is None:
            known = self._read(start, end, manner)
        shown = list(known.values())[: self.limit]
        more = len(known) > self.limit
        changed = not self.looked or shown != self.records or more != self.more
        if self.looked and (arrived := set(map(_identity, shown)) - set(map(_identity, self.records))):
            self._marked = arrived
        oldest = start_ms(shown[-1]) if more else -1
        self._since = max(start, oldest // 1000)
        # One call beyond those shown is kept: when the range has moved past it, there are no more.
        self._known = {
            text: record
            for at, (text, record) in enumerate(known.items())
            if at <= self.limit or start_ms(record) >= self._since * 1000
        }
        self.records, self.more, self.looked = shown, more, True
        return changed

    @property
    def new(self) -> frozenset[int]:
        """The places of the calls that came last, since the first look."""
        return frozenset(at for at, record in enumerate(self.records) if _identity(record) in self._marked)

    def _read(self, start: int, end: int, manner: Manner) -> dict[bytes, Record]:
        found: list[Record] = []
        with contextlib.closing(newest(self.ask, start, end, limit=self.limit, manner=manner)) as batches:
            for batch in batches:
                found += batch
                if len(found) > self.limit:
                    break
        return {canonical(record): record for record in found}

    def _glance(self, start: int, end: int, manner: Manner) -> dict[bytes, Record] | None:
        """What is known by now, from one request; None where that proves nothing.

        Calls come in when they end, so a new one may belong anywhere among those shown. But as few as a page holds
        come in one page, which then is the proof. And of more it is enough to ask for the last page: a call more,
        wherever it belongs and whatever the order, moves that page's rows, or makes it a row longer.
        """
        since = max(start, self._since, end - manner.longest_days * 86400)
        inside = {text: record for text, record in self._known.items() if start_ms(record) >= since * 1000}
        outside = {
            text: record for text, record in self._known.items() if start * 1000 <= start_ms(record) < since * 1000
        }
        number = len(inside) // LARGEST_PAGE + 1
        expected = len(inside) % LARGEST_PAGE
        self._glances += 1
        if self._unordered and number == 1 and self._glances % _CONFIRMED_EVERY == 0:
            # A server that happens to cap its pages at just this many rows would hide newer ones on the next page.
            number, expected = 2, 0
        page = self.ask(PageRequest(since, end, number))
        rows = {canonical(record): record for record in page.records()}
        if number > 1 or len(page) == LARGEST_PAGE:
            unchanged = len(page) == expected and rows.keys() <= inside.keys()
            return _newest_first({**inside, **outside}, end) if unchanged else None
        if not inside.keys() <= rows.keys():
            return None
        self._unordered = not _falls(page)
        arrived = any(text not in inside and start_ms(record) >= since * 1000 for text, record in rows.items())
        if arrived and self._unordered and len(page) > self._longest:
            # Longer than any before: the server may have cut it short.
            if len(self.ask(PageRequest(since, end, 2))):
                return None
            self._longest = len(page)
        return _newest_first({**rows, **outside}, end)


def _newest_first(records: Mapping[bytes, Record], end: int) -> dict[bytes, Record]:
    ranked = sorted(((start_ms(record), text) for text, record in records.items()), reverse=True)
    return {text: records[text] for time, text in ranked if time < end * 1000}


def _falls(page: Page) -> bool:
    return all(before is not None and after is not None and before >= after for before, after in pairwise(page.times))


def _identity(record: Record) -> bytes:
    """A leg of a call, whatever else becomes known of it later: its recording, its price."""
    return canonical({name: record.get(name) for name in ("callId", "startTime")})
