"""The newest calls of a range, with as few requests as they need."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from nxcdr.api.answer import Page, Record
from nxcdr.api.client import PageRequest
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.plan import Carry, Plan
from nxcdr.fetch.read import Windows, in_order, spans
from nxcdr.fetch.seams import belong_elsewhere
from nxcdr.fetch.window import canonical, digest, start_of

Ask = Callable[[PageRequest], Page]

_TELLING = 12  # different times in order: by chance that happens once in 500 million pages
_WANTED = 0.85  # of a page: what a window should hold to be read with one request
_NEWEST_SHARE = 1 / 8  # of a sample: what is looked into first where nothing tells how many calls there are
_WIDEN = 4  # times, at most, from one window to the next
_LEEWAY = 60  # seconds that clocks may differ by
_FEW_PAGES = 3  # of a window that is read page by page: then its calls are given


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask.

    Attributes:
        longest_days: The longest span of one request.
        concurrency: Requests in flight where all calls are wanted; the newest few are asked for one by one.
        settled_before: Seconds since 1970; calls that began after it may still come in. None: nothing moves.
        now: Seconds since 1970; hardly a call begins later. None: unknown.
    """

    longest_days: int = 31
    concurrency: int = 4
    settled_before: float | None = None
    now: float | None = None


def newest(ask: Ask, start: int, end: int, *, limit: int, manner: Manner) -> Generator[list[Record], None, None]:
    """A range's records, newest first, in batches: each as soon as it is certain that none is newer.

    Where a few are taken, only first pages are asked for, of windows that end where all newer calls are known: see
    `_Search`. Where all are taken, the rest goes through a `Plan`, several pages at a time.

    Args:
        ask: Fetches one page.
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        limit: How many will be taken at most; 0 for all.
        manner: How to ask.

    Raises:
        NxcdrError: What a request failed with.
    """
    given: set[int] = set()
    begun = False
    try:
        for batch in _soonest(_in_place(ask), start, end, limit=limit, manner=manner, given=given):
            begun = True
            yield batch
    except _OutOfPlaceError as error:
        if begun and not given:
            raise UntrustedAnswerError(
                "the server lists calls for times before they start", "Export them: nxcdr export puts them in order."
            ) from error
        yield [record for record in _every(ask, start, end, manner) if _mark(record) not in given]


class _OutOfPlaceError(Exception):
    """The server lists a call for a time before it starts: no page tells that none is newer."""


def _in_place(ask: Ask) -> Ask:
    """The same, but it raises `_OutOfPlaceError`."""

    def asking(request: PageRequest) -> Page:
        page = ask(request)
        if page.starts_after((request.end + 1) * 1000):
            raise _OutOfPlaceError
        return page

    return asking


def _soonest(
    ask: Ask, start: int, end: int, *, limit: int, manner: Manner, given: set[int]
) -> Generator[list[Record], None, None]:
    """As `newest`; what is given is marked where it is asked for one by one."""
    *_, last = spans(start, end, manner.longest_days)
    request = PageRequest(*last)
    page = ask(request)
    held = {request: page}
    if limit or _rises(page.times):
        search = _Search(lambda asked: held.pop(asked) if asked in held else ask(asked), manner, end, given)
        yield from search.run(start)
    else:
        yield from _all(ask, start, end, manner, held)


def _every(ask: Ask, start: int, end: int, manner: Manner) -> list[Record]:
    """All records, newest first, whatever the server chooses calls by: once all are there."""
    plan = Plan(spans(start, end, manner.longest_days), settled_before=manner.settled_before, carry=Carry.NOTHING)
    windows = Windows(plan, ask, concurrency=manner.concurrency)
    records = _newest_first(record for window in windows for record in window.all_listed())
    strays = [record for record in records if not start * 1000 <= start_ms(record) < end * 1000]
    ours = set(map(canonical, _without_others(strays, start, end, ask)))
    strangers = set(map(canonical, strays)) - ours
    return [record for record in records if canonical(record) not in strangers]


def _all(
    ask: Ask, start: int, end: int, manner: Manner, held: dict[PageRequest, Page]
) -> Generator[list[Record], None, None]:
    """All records, newest first, from a plan that has several requests in flight; ``held`` is what was asked before."""
    [(request, page)] = held.items()
    frontier = _frontier(page)
    since = request.end * 1000 if frontier is None else max(frontier + 1, request.start * 1000)
    known = _newest_first(record for record in page.records() if since <= start_ms(record) < request.end * 1000)
    if known:
        yield known
    plan = Plan(
        spans(start, end, manner.longest_days),
        settled_before=manner.settled_before,
        carry=Carry.NEWEST,  # what is given can't be taken back, and so needs every proof
        newest_first=True,
    )
    reading = Windows(
        plan, lambda asked: held.pop(asked) if asked in held else ask(asked), concurrency=manner.concurrency
    )
    given = {canonical(record) for record in known}
    newer: frozenset[str] = frozenset()  # digests of what begins in the first second of the window before
    strays: dict[bytes, Record] = {}  # not yet given: the window that they begin in is still to come, and may list them
    with contextlib.closing(iter(reading)) as windows:
        for window in in_order(windows, end):
            late = [record for record in window.late_ones if digest(record) not in newer]
            strays |= {canonical(record): record for record in (*window.strays, *late)}
            newer = window.head
            rows = window.rows
            inside = [text for text, record in strays.items() if window.start * 1000 <= start_ms(record) < end * 1000]
            rows += [strays.pop(text) for text in inside]
            if inside or given:
                rows = [record for record in _newest_first(rows) if canonical(record) not in given]
                given.update(inside)
            else:
                rows.reverse()
            if rows:
                yield rows
    if ours := _without_others(_newest_first(strays.values()), start, end, ask):
        yield ours


def _without_others(strays: Sequence[Record], start: int, end: int, ask: Ask) -> list[Record]:
    """Of records listed for a range that begin outside of it, those that belong to no other range."""
    others = belong_elsewhere(strays, start, end, lambda *span: Windows(Plan([span]), ask, concurrency=1))
    return [record for record in strays if digest(record) not in others]


class _Part(NamedTuple):
    """A part of the range that is still to be looked into, in seconds since 1970, half-open.

    Attributes:
        first: Its start.
        last: Its end.
        listed_to: The end of the last window whose listing has all of its calls, whatever the server chooses calls by.
    """

    first: int
    last: int
    listed_to: int


@dataclass(slots=True)
class _Search:
    """Finds the newest calls first, whatever the order of the server, asking for first pages only.

    What lies before is a stack of parts, the newest on top. A page that is not full has all calls of its part. A full
    one, of rows that fall in time, has all of the part's newer end, and the search goes on below that. Of any other
    only a newer end is asked for next: so small that it should come in one page.

    Each page is one answer, which calls that come in meanwhile can't tear; and no page number is deep.

    Attributes:
        ask: Fetches one page.
        manner: How to ask.
        end: The range's end in seconds since 1970, exclusive.
        given: Marks of the records given so far.
    """

    ask: Ask
    manner: Manner
    end: int
    given: set[int]
    _size: int = LARGEST_PAGE
    _longest: int = 0  # rows of a page that the server did not cut short
    _width: float | None = None  # seconds that should hold a page of calls; None where no guess is needed
    _by_start: bool = False  # a call was listed that ended after its window: not by their end are calls chosen here
    _strays: dict[bytes, Record] = field(default_factory=dict)  # older than the window they were listed for

    def run(self, start: int) -> Generator[list[Record], None, None]:
        """The records in batches, the newest first; nothing is asked before what is known has been taken."""
        below = self.end * 1000  # ms: every call that is listed for a time from here on has been given
        parts = [_Part(*span, span[1]) for span in spans(start, self.end, self.manner.longest_days)]
        while parts:
            part = self._narrowed(parts)
            whole = part.first * 1000
            page = self.ask(PageRequest(part.first, part.last, 1, self._size))
            self._by_start |= any(ended is not None and ended >= (part.last + 1) * 1000 for ended in page.ends)
            if part.last < part.listed_to and not self._by_start:
                # Calls that began in the part and ended after it may be listed only further down the larger listing.
                yield from self._planned(part.first, part.listed_to)
                below = whole
                continue
            records = self._without_strays(page.records(), part.first)
            frontier = _frontier(page)
            if frontier is not None and frontier + 1 < below:
                since = max(frontier + 1, whole)
                yield from self._batch(records, since)
                below = since
            full = self._is_full(page, part) and below > whole
            if full and part.last - part.first > 1:
                parts += self._rest(page, frontier, part)
            elif full:
                yield from self._planned(part.first, part.last)
                below = whole
            else:
                self._widen(part, len(page))
                yield from self._batch(records, whole)
                below = whole
        if ours := _without_others(_newest_first(self._strays.values()), start, self.end, self.ask):
            yield ours

    def _narrowed(self, parts: list[_Part]) -> _Part:
        """The part on top, or so much of it as should come in one page."""
        part = parts.pop()
        if self._width and (cut := int(self._past(part.last) - self._width)) > part.first:
            parts.append(_Part(part.first, cut, cut))
            part = part._replace(first=cut)
        return part

    def _past(self, last: int) -> int:
        """The end of a window (s), or now: after it there is hardly a call."""
        return last if self.manner.now is None else min(last, ceil(self.manner.now) + _LEEWAY)

    def _is_full(self, page: Page, part: _Part) -> bool:
        """Whether there may be more than this page; asks for the next where only that can tell."""
        count = len(page)
        if count > self._size:
            raise UntrustedAnswerError(f"the server sent {count} rows where at most {self._size} were asked for")
        # A page shorter than one already seen can't be short because the server caps its pages.
        if self._longest <= count < self._size and count:
            after = self.ask(PageRequest(part.first, part.last, 2, count))
            # Unless a call has come in meanwhile.
            if len(after) and len(self.ask(PageRequest(part.first, part.last, 1, self._size))) == count:
                if after.text == page.text:
                    raise UntrustedAnswerError(
                        "the server sends the same page for page 1 and page 2: it ignores the page number"
                    )
                self._size = count
        self._longest = max(self._longest, count)
        return count == self._size

    def _rest(self, page: Page, frontier: int | None, part: _Part) -> list[_Part]:
        """What is left of a part after a full page, the newest last."""
        first, last, listed_to = part
        if frontier is not None and (below := frontier // 1000 + 1) < last:
            return [_Part(first, below, listed_to)]  # the frontier's second has rows on the next page, too
        past = self._past(last)
        times = sorted(time // 1000 for time in page.times if time is not None and first <= time // 1000 < last)
        if not times:
            at = (first + last) // 2
        elif _rises(page.times):
            left, fitting = past - times[-1], ceil(_WANTED * (times[-1] - times[0]))
            at = max(times[-1], times[-1] + left // 2 if self._width and left > fitting else past - fitting)
        else:  # in halves, where a guess has failed already
            at = times[int(len(times) * (1 / 2 if self._width else 1 - _NEWEST_SHARE))]
        at = min(max(at, first + 1), last - 1)
        self._width = max(1, past - at)
        return [_Part(first, at, at), _Part(at, last, listed_to)]

    def _widen(self, part: _Part, count: int) -> None:
        """Learn from a part that came in one page how wide the next should be."""
        if self._width:
            narrow = max(1, self._past(part.last) - part.first)
            self._width = narrow * min(_WIDEN, _WANTED * self._size / max(1, count))

    def _planned(self, first: int, last: int) -> Generator[list[Record], None, None]:
        """The records of a window page by page, with every proof there is: where first pages alone tell too little."""
        plan = Plan(
            [(first, last)],
            settled_before=self.manner.settled_before,
            carry=Carry.NEWEST,
            newest_first=True,
            deepest=_FEW_PAGES,
        )
        reading = Windows(plan, self.ask, concurrency=1, ahead=False)
        with contextlib.closing(iter(reading)) as windows:
            for window in in_order(windows, last):
                self._without_strays(window.strays, last)
                yield from self._batch([*window.rows, *window.late_ones], window.start * 1000)

    def _without_strays(self, records: Iterable[Record], first: int) -> list[Record]:
        """A window's own records; others are put by for the window they belong to, which may not list them."""
        own = []
        for record in records:
            if start_ms(record) < first * 1000:
                self._strays[canonical(record)] = record
            else:
                own.append(record)
        return own

    def _batch(self, records: Iterable[Record], since: int) -> list[list[Record]]:
        """One batch of what began from a time (ms) on and was not given yet, strays with it; none where nothing did."""
        strays = [text for text, record in self._strays.items() if since <= start_ms(record)]
        found = [*records, *(self._strays.pop(text) for text in strays)]
        found = [record for record in found if since <= start_ms(record) < self.end * 1000]
        batch = [record for record in _newest_first(found) if _mark(record) not in self.given]
        self.given.update(map(_mark, batch))
        return [batch] if batch else []


def _mark(record: Record) -> int:
    """64 bits that stand for a record."""
    return hash(canonical(record))


def start_ms(record: Record) -> int:
    """When a call began (ms since 1970); -1 where it does not tell."""
    time = start_of(record)
    return -1 if time is None else time


def _newest_first(records: Iterable[Record]) -> list[Record]:
    """Equal records once."""
    rows = {(start_ms(record), canonical(record)): record for record in records}
    return [rows[key] for key in sorted(rows, reverse=True)]


def _frontier(page: Page) -> int | None:
    """The time (ms) after which all calls that begin are on this first page; None where its order does not tell.

    It tells on a server that lists the calls that began last first, and on one that lists those that ended last first:
    what follows ended before the last row's end, and so began before.
    """
    frontiers = [keys[-1] for keys in (page.times, page.ends) if _rises(keys[::-1]) and keys[-1] is not None]
    return max(frontiers, default=None)


def _rises(times: Sequence[int | None]) -> bool:
    """Whether the times rise, and so many that it is no chance."""
    known = [time for time in times if time is not None]
    return (
        len(known) == len(times)
        and len(set(known)) >= _TELLING
        and all(before <= after for before, after in pairwise(known))
    )
