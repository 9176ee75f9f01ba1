"""The newest calls of a range, with as few requests as they need."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import pairwise

from nxcdr.api.answer import Page, Record
from nxcdr.api.client import PageRequest
from nxcdr.fetch.plan import DEEPEST, Plan
from nxcdr.fetch.read import Reading, in_order, spans
from nxcdr.fetch.window import canonical

Ask = Callable[[PageRequest], Page]


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask.

    Attributes:
        longest_days: The longest span of one request.
        concurrency: Requests in flight where all calls are wanted; the newest few are asked for one by one.
        settled_before: Seconds since 1970; calls that began after it may still come in. None: nothing moves.
    """

    longest_days: int = 31
    concurrency: int = 4
    settled_before: float | None = None


def newest(
    ask: Ask, start: int, end: int, *, limit: int, manner: Manner, first: Page | None = None
) -> Generator[list[Record], None, None]:
    """A range's records, newest first, in batches: each as soon as it is certain that none is newer.

    A full first page whose rows fall in time is the newest end of a server that sorts so: its rows are given at once,
    and where they are all that is taken, nothing more is asked. All else goes through a `Plan`, which proves the set
    whatever the order; rows that came in meanwhile, and are newer than some given, come late.

    Args:
        ask: Fetches one page.
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        limit: How many will be taken at most; 0 for all.
        manner: How to ask.
        first: The answer to `first_request`, where it is there already.

    Raises:
        NxcdrError: What a request failed with.
    """
    request = first_request(start, end, manner)
    page = ask(request) if first is None else first
    known = certain(page, request)
    if known:
        yield known
    plan = Plan(
        spans(start, end, manner.longest_days),
        settled_before=manner.settled_before,
        newest_first=True,
        deepest=min(DEEPEST, limit // request.size + 2) if limit else DEEPEST,
    )
    held = {request: page}
    reading = Reading(
        plan,
        lambda asked: held.pop(asked) if asked in held else ask(asked),
        concurrency=1 if limit else manner.concurrency,
        ahead=not limit,
    )
    # Strays of a newer window may be rows of an older one.
    given = {canonical(record) for record in known}
    with contextlib.closing(iter(reading)) as windows:
        for window in in_order(windows, end):
            batch = [record for record in reversed(window.rows) if not given or canonical(record) not in given]
            for record in reversed(window.strays):
                if (text := canonical(record)) not in given:
                    given.add(text)
                    batch.append(record)
            if batch:
                yield batch


def first_request(start: int, end: int, manner: Manner) -> PageRequest:
    """The first page of the newest span of a range: what `newest` begins with."""
    *_, last = spans(start, end, manner.longest_days)
    return PageRequest(*last)


def certain(page: Page, request: PageRequest) -> list[Record]:
    """The rows of a first page that are the newest for certain, newest first: none where the page does not prove it.

    A full page of rows that fall in time proves an order; those of the last millisecond may go on on the next page.
    """
    times = [time for time in page.times if time is not None]
    if len(times) < request.size or any(before < after for before, after in pairwise(times)):
        return []
    after = max(times[-1], request.start * 1000 - 1)
    rows = {
        (time, canonical(record)): record
        for time, record in zip(times, page.records(), strict=True)
        if after < time < request.end * 1000
    }
    return [rows[key] for key in sorted(rows, reverse=True)]


@dataclass(slots=True)
class Watched:
    """The newest calls of a range that is looked at again and again.

    Attributes:
        ask: Fetches one page.
        limit: How many calls, at least 1.
        records: The newest calls, newest first, as of the last look.
        more: Whether there are more than these.
    """

    ask: Ask
    limit: int
    records: list[Record] = field(default_factory=list)
    more: bool = False
    _looked: bool = False
    _marked: set[bytes] = field(default_factory=set)
    _first: bytes | None = None

    def look(self, start: int, end: int, manner: Manner) -> bool:
        """Look again; one request where the first page is as it was, and says all.

        Returns:
            Whether anything changed.

        Raises:
            NxcdrError: What a request failed with; the next look may succeed.
        """
        request = first_request(start, end, manner)
        page = self.ask(request)
        if page.text == self._first:
            return False
        records: list[Record] = []
        with contextlib.closing(newest(self.ask, start, end, limit=self.limit, manner=manner, first=page)) as found:
            for batch in found:
                records += batch
                if len(records) > self.limit:
                    break
        more = len(records) > self.limit
        # Unless the page alone decided what is shown, the same page may come again with other calls behind it.
        decided = len(certain(page, request)) > self.limit if more else len(records) <= len(page)
        self._first = page.text if decided else None
        shown, before = records[: self.limit], {canonical(record) for record in self.records}
        changed = not self._looked or shown != self.records or more != self.more
        arrived = {canonical(record) for record in shown} - before
        if self._looked and arrived:
            self._marked = arrived
        self.records, self.more, self._looked = shown, more, True
        return changed

    @property
    def new(self) -> frozenset[int]:
        """The places of the calls that came last, since the first look."""
        if not self._marked:
            return frozenset()
        return frozenset(at for at, record in enumerate(self.records) if canonical(record) in self._marked)
