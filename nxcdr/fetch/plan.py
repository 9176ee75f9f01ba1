"""Which page to ask for next: windows that adapt to how dense the calls are. Pure: no network, no clock, no threads.

A range begins as one window. Its first page shows how its rows come. A window is read to its end page by page, in
order (rows that come in meanwhile only push others to later pages, so none is missed); but

- where threads are idle, the part not yet read is shared among them;
- after `deepest` pages the window is cut at the second reached, so that no page number is ever deep. What was read is
  kept, and proved by the count (see `window`); a quiet night costs nothing, for the rest begins at the next call;
- where the rows come in no order nothing can be kept: the window is cut early, where its first rows show the calls are;
- where calls may still come in (after `settled_before`) a window is one page: a single answer can't be torn.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import count, pairwise

from nxcdr.api.answer import Page
from nxcdr.api.client import PageRequest
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.window import Order, Reader, Window

DEEPEST = 20
_MOST_PAGES_IN_A_SECOND = 2000
_MOST_PASSES = 5
_UNORDERED_PIECES = 8
_FEWEST_PAGES_TO_SHARE = 2


class Plan:
    """The windows of a range on their way from not begun to proved.

    Args:
        spans: What to read: (start, end) in seconds since 1970, half-open, touching or apart.
        readers: Windows an earlier run had begun, with the pages it had read.
        settled_before: Seconds since 1970; calls that began after it may still come in. None: nothing moves.
        newest_first: Begin at the newest end, for a reader who may not want all.
        deepest: The deepest page number to ask for in a window wider than a second.
    """

    def __init__(
        self,
        spans: Iterable[tuple[int, int]],
        *,
        readers: Sequence[Reader] = (),
        settled_before: float | None = None,
        newest_first: bool = False,
        deepest: int = DEEPEST,
    ) -> None:
        self.size = LARGEST_PAGE
        self._longest = 0
        self._settled_before = settled_before
        self._newest_first = newest_first
        self._deepest = deepest
        self._ready = deque(readers)
        self._pending: list[tuple[int, int, Reader]] = []
        self._serial = count(1 + max((reader.serial for reader in readers), default=0))
        self._out = 0
        for start, end in spans:
            self._open(start, end)

    @property
    def done(self) -> bool:
        """Whether every window is proved."""
        return not (self._ready or self._pending or self._out)

    def next(self) -> tuple[Reader, PageRequest] | None:
        """What to ask for next; None where all that can be asked for now is under way."""
        if self._ready:
            reader = self._ready.popleft()
        elif self._pending:
            reader = heapq.heappop(self._pending)[-1]
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
        """
        if len(page) > request.size:
            raise UntrustedAnswerError(f"the server sent {len(page)} rows where at most {request.size} were asked for")
        if request.size != self.size:  # the server turned out to send smaller pages
            reader.restart()
        elif reader.confirming:
            reader.confirming = False
            if not len(page):
                return True
            self._learn_page_cap(reader, page)
        elif reader.probe:
            reader.probe = 0
            if len(page) == self.size:
                self._cut_unordered(reader, _UNORDERED_PIECES)
                return False
        else:
            return self._take(reader, page, idle)
        self._again(reader)
        return False

    def conclude(self, reader: Reader, window: Window | None) -> Window | None:
        """Take what ``reader.settle`` said.

        Returns:
            The window, proved; None where its rows repeated or its count was off, and it is read again.

        Raises:
            UntrustedAnswerError: The calls of one second never came the same twice.
        """
        if window is not None:
            self._out -= 1
            return window
        if reader.carried:
            reader.restart()
        else:
            # Rows repeat. Calls that came in meanwhile do that, and lose nothing; so do equal rows, which come again
            # just so; but so does an order that changes between two pages, which loses as many rows as it repeats.
            if reader.passes and reader.end - reader.start > 1:
                self._cut_in_half(reader)
                return None
            if reader.passes >= _MOST_PASSES:
                raise UntrustedAnswerError("the server never sends the same calls twice for the same second")
            reader.passes += 1
            reader.earlier = reader.texts()
            reader.restart()
        self._again(reader)
        return None

    def _take(self, reader: Reader, page: Page, idle: int) -> bool:
        """Hold a page and decide how its window goes on; whether it was the last one."""
        full = len(page) == self.size
        if full and any(page.text == earlier.text for earlier in reader.pages[reader.carried :]):
            raise UntrustedAnswerError(
                f"page {reader.page} repeats an earlier page: the server does not page as documented"
            )
        # A page shorter than one already seen can't be short because the server caps its pages.
        reader.confirming = bool(not full and len(page) and len(page) >= self._longest)
        self._longest = max(self._longest, len(page))
        reader.take(page)
        if not full:
            if not reader.confirming:
                return True
        elif reader.end - reader.start == 1:
            if reader.page > _MOST_PAGES_IN_A_SECOND:
                raise UntrustedAnswerError(f"the server sends page after page for one second, {reader.page - 1} so far")
        elif reader.page > self._deepest_of(reader):
            self._cut(reader, idle)
            return False
        elif idle and self._share(reader, idle):
            return False
        elif reader.order is Order.MIXED and len(reader.pages) == 1:
            reader.probe = self._deepest
        self._again(reader)
        return False

    def _learn_page_cap(self, reader: Reader, after: Page) -> None:
        """There are rows after a short page: this server caps its pages, so ask for no more than it gives."""
        short = reader.pages[-1]
        if after.text == short.text:
            raise UntrustedAnswerError(
                "the server sends the same page for page 1 and page 2: it ignores the page number"
            )
        self.size = len(short)
        reader.restart()

    def _cut(self, reader: Reader, idle: int) -> None:
        """Cut a window that is too deep where it has been read to, keeping what was read."""
        last = reader.last_time()
        if reader.order is Order.DESCENDING and last is not None:
            at = min(last // 1000 + 1, reader.end - 1)
            if at > reader.start:
                self._keep_newer(reader, at, idle)
                return
        if reader.order is Order.ASCENDING and last is not None and not self._newest_first:
            at = max(last // 1000, reader.start + 1)
            if at < reader.end:
                self._keep_older(reader, at, idle)
            else:  # what is left to read are the calls of the end's own second
                self._again(reader)
            return
        self._cut_unordered(reader, max(_UNORDERED_PIECES, idle + 1))

    def _share(self, reader: Reader, idle: int) -> bool:
        """Give idle threads a part of what is not yet read, where it seems worth a request each; whether it was."""
        last = reader.last_time()
        if reader.order is Order.DESCENDING and last is not None:
            reached = min(last // 1000 + 1, reader.end)
            left = reached - reader.start
            pieces = self._worth(reader, reader.end - reached, left, idle)
            if pieces > 1:
                self._keep_newer(reader, reached - left // pieces, pieces - 1)
                return True
        elif reader.order is Order.ASCENDING and last is not None and not self._newest_first:
            reached = max(last // 1000, reader.start)  # rows may start before their window
            left = reader.end - reached
            pieces = self._worth(reader, reached - reader.start, left, idle)
            if pieces > 1:
                self._keep_older(reader, reached + left // pieces, pieces - 1)
                return True
        elif reader.order is Order.MIXED and len(reader.pages) == 1:
            self._cut_unordered(reader, idle + 1)
            return True
        return False

    def _worth(self, reader: Reader, read: int, left: int, idle: int) -> int:
        """Into how many pieces to share ``left`` seconds, if they are as dense as the ``read`` ones."""
        pages_left = len(reader.pages) * left / max(1, read)
        return int(min(idle + 1, pages_left / _FEWEST_PAGES_TO_SHARE, left))

    def _keep_newer(self, reader: Reader, at: int, pieces: int) -> None:
        rest = (reader.start, at)
        reader.start = at
        self._go_on_with(reader, rest, pieces)

    def _keep_older(self, reader: Reader, at: int, pieces: int) -> None:
        rest = (at, reader.end)
        reader.end = at
        self._go_on_with(reader, rest, pieces)

    def _go_on_with(self, reader: Reader, rest: tuple[int, int], pieces: int) -> None:
        reader.carry_on(self.size)
        self._again(reader)
        start, end = rest
        pieces = max(1, min(pieces, end - start))
        for one, other in pairwise(start + (end - start) * i // pieces for i in range(pieces + 1)):
            self._open(one, other)

    def _cut_unordered(self, reader: Reader, pieces: int) -> None:
        """Cut where the rows seen so far lie, into pieces that should hold about as many each; nothing is kept."""
        times = sorted(time // 1000 for page in reader.pages for time in page.times if time is not None)
        cuts = {times[len(times) * i // pieces] for i in range(1, pieces)} if times else set[int]()
        if reader.order is Order.ASCENDING and times:  # newest first is wanted: a window of about half a page
            cuts = {reader.end - max(1, (times[-1] - reader.start) * self.size // (2 * len(times)))}
        self._replace(reader, cuts)

    def _cut_in_half(self, reader: Reader) -> None:
        times = sorted(time // 1000 for page in reader.pages for time in page.times if time is not None)
        self._replace(reader, {times[len(times) // 2]} if times else set())

    def _replace(self, reader: Reader, cuts: set[int]) -> None:
        inside = {at for at in cuts if reader.start < at < reader.end} or {(reader.start + reader.end) // 2}
        self._out -= 1
        for start, end in pairwise(sorted({reader.start, *inside, reader.end})):
            self._open(start, end)

    def _open(self, start: int, end: int) -> None:
        order = -end if self._newest_first else start
        serial = next(self._serial)
        heapq.heappush(self._pending, (order, serial, Reader(serial, start, end)))

    def _again(self, reader: Reader) -> None:
        self._out -= 1
        self._ready.append(reader)

    def _deepest_of(self, reader: Reader) -> int:
        if self._settled_before is not None and reader.end > self._settled_before:
            return 1
        # A window cut because it was deep needs a page more, to be proved.
        return self._deepest if reader.carried >= self._deepest - 1 else self._deepest - 1
