"""Which page to ask for next: windows that adapt to how dense the calls are. Pure: no network, no clock, no threads.

A range begins as one window. Its first page shows how its rows come. A window is read to its end page by page, in
order (rows that come in meanwhile only push others to later pages, so none is missed); but

- where threads are idle, the part not yet read is shared among them;
- after `deepest` pages the window is cut, so that no page number is ever deep: where the rows come in order, just
  beyond the second reached (so that the page that proves it comes almost full; and a quiet night costs nothing, for
  the rest begins at the next call), and else into parts that should each fit. The rows read so far are kept for the
  parts they belong to, and proved by the count (see `window`). Where nothing may be kept (see `Carry`), it is cut
  after its first pages, to what should fit;
- where calls may still come in (after `settled_before`) a window is one page: a single answer can't be torn.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import count, pairwise
from math import ceil, inf

from nxcdr.api.answer import Page
from nxcdr.api.client import PageRequest
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.window import Order, Reader, Sample, Window

DEEPEST = 20
_MOST_PAGES_IN_A_SECOND = 2000
_MOST_PASSES = 5
_FEWEST_PAGES_TO_SHARE = 2.0
_MOST_PIECES = 16
_PIECES_TO_FIND_THE_NEWEST = 8
_LONGEST_LULL_SOUGHT = 60
_SHARE_LEFT_AT_LEAST = 0.4
_FILL = 0.85
_FILL_GUESSED = 0.7
_FITTED_AT = (1, 4)  # pages read
_FILL_OF_LAST_PAGE = 0.75


class Carry(StrEnum):
    """What of a window's rows may be kept when it is cut.

    A row that is held for a part, but not listed for it, shifts the part's rows and hides one of them; and then the
    count still fits. So it must be certain that what is held is listed.
    """

    ALL = "all"  # where calls are chosen by their start: a window that lists others shows that they are not
    NEWEST = "newest"  # of rows that fall in time, what begins after the cut: it is chosen by a time after that, too
    NOTHING = "nothing"  # where calls are listed for a time before they start


class ShorterPagesError(UntrustedAnswerError):
    """The server has begun to cap its pages: some may have been taken for the last ones of their windows."""


class Plan:
    """The windows of a range on their way from not begun to proved.

    Args:
        spans: What to read: (start, end) in seconds since 1970, half-open, touching or apart.
        readers: Windows an earlier run had begun, with the pages it had read.
        by_start: Whether an earlier run has seen that the server chooses calls by their start.
        settled_before: Seconds since 1970; calls that began after it may still come in. None: nothing moves.
        carry: What to keep of a window that is cut.
        by_end: The server lists and chooses calls by their end: cut what was read by that.
        recheck: When all windows are proved, ask once more for a page that was full.
        newest_first: Begin at the newest end, for a reader who may not want all.
        deepest: The deepest page number to ask for in a window wider than a second.

    Attributes:
        size: Rows to ask for in a page.
        by_start: Whether the server has been seen to choose calls by their start, not by their end.
    """

    def __init__(
        self,
        spans: Iterable[tuple[int, int]],
        *,
        readers: Sequence[Reader] = (),
        by_start: bool = False,
        settled_before: float | None = None,
        carry: Carry = Carry.ALL,
        by_end: bool = False,
        recheck: bool = False,
        newest_first: bool = False,
        deepest: int = DEEPEST,
    ) -> None:
        self.size = LARGEST_PAGE
        self._longest = 0
        self._recheck = recheck
        self._full: PageRequest | None = None
        self._checking: Reader | None = None
        self.by_start = by_start
        self._settled_from = None if settled_before is None else ceil(settled_before)
        self._carry = carry
        self._by_end = by_end
        self._newest_first = newest_first
        self._deepest = deepest
        self._ready = deque(readers)
        self._pending: list[tuple[int, int, Reader]] = []
        self._serial = count(1 + max((reader.serial for reader in readers), default=0))
        self._out = 0
        self._cut_out: list[Reader] = []
        for start, end in spans:
            self._add(self._new(start, end))

    @property
    def done(self) -> bool:
        """Whether every window is proved."""
        return not (self._ready or self._pending or self._out or self._full)

    def next(self) -> tuple[Reader, PageRequest] | None:
        """What to ask for next; None where all that can be asked for now is under way."""
        if self._ready:
            reader = self._ready.popleft()
        elif self._pending:
            reader = heapq.heappop(self._pending)[-1]
        elif self._full and not self._out:
            self._out += 1
            self._checking = self._new(self._full.start, self._full.end)
            return self._checking, self._full
        else:
            return None
        self._out += 1
        return reader, reader.request(self.size)

    def feed(self, reader: Reader, request: PageRequest, page: Page, *, idle: int = 0) -> bool:
        """Take the answer to a request.

        Args:
            reader: As `next` gave it.
            request: As `next` gave it.
            page: The answer.
            idle: How many threads have nothing to do.

        Returns:
            Whether the window's last page has come: then call ``reader.settle`` (which is slow, and may run beside
            other calls of the plan) and hand its result to `conclude`.

        Raises:
            UntrustedAnswerError: The server does not page in a way that could ever be proved.
            ShorterPagesError: A page that was full is not any more.
        """
        if len(page) > request.size:
            raise UntrustedAnswerError(f"the server sent {len(page)} rows where at most {request.size} were asked for")
        # A call that ended after the window can't be listed by a server that chooses calls by their end.
        self.by_start = self.by_start or any(end is not None and end >= (reader.end + 1) * 1000 for end in page.ends)
        if reader is self._checking:
            if len(page) < request.size:
                raise ShorterPagesError("pages have become shorter while they were read")
            self._full, self._out = None, self._out - 1
            return False
        if self._recheck and request.page == 1 and len(page) == self.size:
            self._full = self._full or request
        if self._by_end:
            page = page.by_end()
        if request != reader.request(self.size):  # the server turned out to send smaller pages
            reader.restart()
        elif reader.confirming:
            reader.confirming = False
            if not len(page):
                return True
            self._learn_page_cap(reader, page)
        else:
            return self._take(reader, request, page, max(0, idle - len(self._ready) - len(self._pending)))
        self._again(reader)
        return False

    def conclude(self, reader: Reader, window: Window | None) -> Window | None:
        """Take what ``reader.settle`` said.

        Returns:
            The window, proved; None where its rows repeated or its count was off, and it is read again.

        Raises:
            UntrustedAnswerError: The calls of one second never came the same twice.
        """
        if window is not None and (self.by_start or self._by_end or not reader.leans_on_starts()):
            self._out -= 1
            if reader.sample:
                reader.sample.learn(window.start, window.end, window.count)
            reader.pages = []  # megabytes, which the thread that read them would hold on to while it waits
            return window
        if reader.carried:
            reader.restart()
        # Rows repeat. Calls that came in meanwhile do that, and lose nothing; so do equal rows, which come again
        # just so; but so does an order that changes between two pages, which loses as many rows as it repeats.
        elif reader.passes and reader.end - reader.start > 1:
            middle = (reader.start + reader.end) // 2
            self._add(self._new(middle, reader.end))
            reader.end, reader.passes = middle, 0
            reader.restart()
        elif reader.passes < _MOST_PASSES:
            reader.read_again()
        else:
            raise UntrustedAnswerError("the server never sends the same calls twice for the same second")
        self._again(reader)
        return None

    def cut_out(self) -> list[Reader]:
        """The windows cut out of others since the last call that hold pages read for those."""
        cut_out, self._cut_out = self._cut_out, []
        return cut_out

    def _take(self, reader: Reader, request: PageRequest, page: Page, idle: int) -> bool:
        """Hold a page and decide how its window goes on; whether it was the last one."""
        full = len(page) == request.size
        if full and any(page.text == earlier.text for earlier in reader.pages[reader.carried :]):
            raise UntrustedAnswerError(
                f"page {reader.page} repeats an earlier page: the server does not page as documented"
            )
        # A page shorter than one already seen can't be short because the server caps its pages.
        reader.confirming = bool(not full and len(page) and len(page) >= self._longest)
        self._longest = max(self._longest, len(page))
        if not reader.take(page):
            reader.confirming = False
        elif full:
            self._adapt(reader, idle)
        elif not reader.confirming:
            return True
        self._again(reader)
        return False

    def _adapt(self, reader: Reader, idle: int) -> None:
        """Decide how much of a window that goes on is to be read as one."""
        if reader.end - reader.start == 1:
            if reader.page > _MOST_PAGES_IN_A_SECOND:
                raise UntrustedAnswerError(f"the server sends page after page for one second, {reader.page - 1} so far")
        elif reader.is_past_its_own():
            pass  # a part would list the same calls from outside as the whole: read on to the end
        elif reader.page > self._deepest_of(reader):
            self._cut(reader, idle)
        elif self._begins_anew(reader) and (len(reader.pages) > 1 or not idle):
            self._fit(reader)
        elif idle:
            self._share(reader, idle)

    def _learn_page_cap(self, reader: Reader, after: Page) -> None:
        """There are rows after a short page: ask for no more than this server gives.

        But only where there are once more behind as many rows: the first time, a call may have come in meanwhile.
        """
        short = reader.pages[-1]
        if reader.doubted == len(short):
            if after.text == short.text:
                raise UntrustedAnswerError(
                    "the server sends the same page for page 1 and page 2: it ignores the page number"
                )
            self.size, self._full = len(short), None
        reader.doubted = len(short)
        reader.restart()

    def _cut(self, reader: Reader, idle: int) -> None:
        """Cut a window that is too deep, unless one page more should be its last."""
        settled = self._settled_from
        if settled and reader.start < settled < reader.end and reader.order is not Order.DESCENDING:
            self._split(reader, {settled})
        elif (reached := reader.reached()) is None:
            self._cut_unordered(reader, self._pieces(reader, idle))
        elif reader.order is Order.ASCENDING and (self._newest_first or reader.is_mostly_older()):
            # The newer end is not to wait; or the server lists calls by their end, and how far they go says little.
            self._split(reader, _evenly(reader.start, reader.end, 2))
        else:
            beyond = self._beyond(reader)
            start, end = _rest(reader, reached)
            if beyond and beyond >= end - start:
                return
            at = min(max(_on_from(reader, reached, beyond), reader.start + 1), reader.end - 1)
            self._split(reader, {at, *_evenly(*_rest(reader, at), idle)})

    def _beyond(self, reader: Reader) -> int:
        """How many seconds not yet read to leave to a window that is cut: the page that proves it has room for them."""
        if self._is_unsettled(reader) or reader.page > self._deepest or self._begins_anew(reader):
            return 0
        seconds = int(_FILL_OF_LAST_PAGE * reader.seconds_a_page())
        return seconds if seconds > 1 else 0  # or rows of the cut's own second would be asked for again

    def _share(self, reader: Reader, idle: int) -> None:
        """Give idle threads a part of what is not yet read, where it seems worth a request each."""
        reached = reader.reached()
        if reached is None:
            pieces = self._worth(self._unordered_pages_left(reader), idle)
            if pieces > 1 and (len(reader.pages) == 1 or not reader.is_timeless()):  # or all read so far is read again
                self._cut_unordered(reader, pieces)
        elif reader.order is not Order.ASCENDING or not self._newest_first:
            # As if the rest were as dense as the last page: where it is not, what is shared is shared again.
            pieces = self._worth(_pages_left(reader, reached), idle)
            if pieces > 1:
                self._split(reader, _evenly(*_rest(reader, reached), pieces))

    def _fit(self, reader: Reader) -> None:
        """Cut a window so that it can be read to its end: of what is read of it until it must be cut, nothing is kept.

        As if the rest were as dense as the last page, which is right to a tenth. As that may change, it is seen to
        again after a few pages; then only a window that would have to be cut is worth it.
        """
        read, reached = len(reader.pages), reader.reached()
        if reached is None or read not in _FITTED_AT or self._newest_first or reader.is_mostly_older():
            return
        fits = _FILL_GUESSED * self._deepest - read + 1  # pages
        at = _on_from(reader, reached, int(fits * reader.seconds_a_page()))
        worth_it = _pages_left(reader, reached) > (fits if read == 1 else self._deepest - 1 - read)
        if worth_it and at != reached and reader.start < at < reader.end:
            self._split(reader, {at})

    def _worth(self, pages_left: float, idle: int) -> int:
        return int(min(idle + 1, pages_left / _FEWEST_PAGES_TO_SHARE))

    def _unordered_pages_left(self, reader: Reader) -> float:
        if (expected := self._expected(reader)) is not None:
            # Few rows make a poor sample: a window that goes on may well go on for a while.
            return max(expected / self.size - reader.page, _SHARE_LEFT_AT_LEAST * reader.page)
        return inf if len(reader.pages) == 1 else 0.0

    def _expected(self, reader: Reader) -> float | None:
        """How many rows a window whose rows come in no order should have; None where nothing is known."""
        return reader.sample.expected(reader.start, reader.end) if reader.sample else None

    def _pieces(self, reader: Reader, idle: int) -> int:
        """Into how many parts to cut a window whose rows come in no order, so that each can be read to its end."""
        if self._newest_first:
            return _PIECES_TO_FIND_THE_NEWEST
        expected = self._expected(reader)
        fitting = 0 if expected is None else ceil(expected / (_FILL * self._deepest * self.size))
        return max(2, idle + 1, min(_MOST_PIECES, fitting))

    def _cut_unordered(self, reader: Reader, pieces: int) -> None:
        """Cut where the rows seen so far lie, into parts that should hold about as many each."""
        times = sorted(time // 1000 for page in reader.pages for time in page.times if time is not None)
        times = [time for time in times if reader.start <= time < reader.end]
        if times and (rest := _unseen(times, reader.start, reader.end)):
            reader.sample = None
            seen_is_a_part = pieces * (rest[1] - rest[0]) <= (pieces - 1) * (reader.end - reader.start)
            cuts = {*rest, *_evenly(*rest, pieces - 1)} if seen_is_a_part else _evenly(reader.start, reader.end, pieces)
            if len(times) >= (self._deepest - 1) * self.size:
                cuts.add(times[len(times) // 2])
        else:
            cuts = {times[len(times) * i // pieces] for i in range(1, pieces) if times}
            expected = self._expected(reader)
            reader.sample = Sample(times, expected or 0, len(times) if expected else 0)
        # A call in a cut's own second may be listed on both sides of it, or for the earlier alone: better in a lull.
        busy = set(times)
        for wanted in cuts & busy:
            cuts.remove(wanted)
            cuts.add(next((at for at in range(wanted, wanted + _LONGEST_LULL_SOUGHT) if at not in busy), wanted))
        self._split(reader, cuts)

    def _split(self, reader: Reader, cuts: set[int]) -> None:
        """Cut a window; it goes on as the part at the end it is read from."""
        inside = {at for at in cuts if reader.start < at < reader.end} or {(reader.start + reader.end) // 2}
        parts = list(pairwise(sorted({reader.start, *inside, reader.end})))
        own = parts.pop(0 if reader.order in {Order.ASCENDING, Order.MIXED} else -1)
        for start, end in parts:
            if self._carry is Carry.ALL:
                part = reader.cut_out(next(self._serial), start, end, self.size)
            else:
                part = self._new(start, end)
            self._add(part)
            if part.pages:
                self._cut_out.append(part)
        if self._begins_anew(reader):
            reader.restart()
        reader.narrow(*own, self.size)

    def _begins_anew(self, reader: Reader) -> bool:
        """Whether nothing that was read of a window may be kept when it is cut."""
        return self._carry is Carry.NOTHING or (self._carry is Carry.NEWEST and reader.order is not Order.DESCENDING)

    def _new(self, start: int, end: int) -> Reader:
        return Reader(next(self._serial), start, end, by_end=self._by_end)

    def _add(self, reader: Reader) -> None:
        heapq.heappush(self._pending, (-reader.end if self._newest_first else reader.start, reader.serial, reader))

    def _again(self, reader: Reader) -> None:
        self._out -= 1
        if self._newest_first:
            self._add(reader)
        else:
            self._ready.append(reader)

    def _is_unsettled(self, reader: Reader) -> bool:
        return self._settled_from is not None and reader.end > self._settled_from

    def _deepest_of(self, reader: Reader) -> int:
        if self._is_unsettled(reader):
            return 1
        # A window cut because it was deep needs a page more, to be proved.
        return self._deepest if reader.carried >= self._deepest - 1 else self._deepest - 1


def _rest(reader: Reader, at: int) -> tuple[int, int]:
    """What is left of a window whose rows come in order from a moment on (s)."""
    return (at, reader.end) if reader.order is Order.ASCENDING else (reader.start, at)


def _pages_left(reader: Reader, at: int) -> float:
    """How many pages that has, if it is as dense as the last page read."""
    start, end = _rest(reader, at)
    return (end - start) / max(1e-3, reader.seconds_a_page())


def _on_from(reader: Reader, at: int, seconds: int) -> int:
    """So many seconds on from a moment (s), the way a window's rows come."""
    return at + seconds if reader.order is Order.ASCENDING else at - seconds


def _evenly(start: int, end: int, pieces: int) -> set[int]:
    """The cuts that divide a time into pieces of equal length."""
    return {start + (end - start) * i // pieces for i in range(1, pieces)}


def _unseen(times: Sequence[int], start: int, end: int) -> tuple[int, int] | None:
    """More than half of a window, where it lies all before or all after the rows seen: they tell nothing of it.

    So it is where a server lists calls by their end. A few rows, such as very long calls, may lie anywhere.
    """
    few = len(times) // 20
    before, after = (start, times[few]), (times[-1 - few] + 1, end)
    rest = max(before, after, key=lambda part: part[1] - part[0])
    return rest if 2 * (rest[1] - rest[0]) > end - start else None
