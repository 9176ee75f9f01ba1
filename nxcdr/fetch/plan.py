"""Which page to ask for next, and which windows are proved. Pure: no thread, no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from nxcdr.api.answer import Page
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.api.request import PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.proof import is_end, is_on_two_pages, proof_pages
from nxcdr.fetch.window import (
    DEEPEST,
    Order,
    SelectedBy,
    Window,
    pages_ahead,
)

_AIM = 36  # pages of a window that is cut by an estimate, which may be a little wrong
_LATEST_CUT = 47  # pages of a window that is found too deep when most of it is read
_SURE = 3 / 4  # of the pages asked for must be held before a cut: those under way may be lost by it
_AIM_UNORDERED = 30  # where an estimate that is too low costs all pages
_AIM_SINGLE = 0.6  # of the one page that a window may have
_PAGES_IN_THE_DARK = 2  # read in no order before the deepest page is asked for
_PARTS = 8  # that a window in no order is cut into, to find out how dense it is
_RETRIES = 5  # of a page or a proof that is shorter than it can be
_SECOND_PAGE = 2
_HALVE_AFTER = 3
_GIVE_UP_AFTER = 8
_MOST_FAILURES = 75  # in a row, of all windows; down to one second a window is halved 17 times
_MOST_READINGS = 4
_MOST_PAGES = 2000  # of one second
_FEW_ROWS = 10  # fewer need more proofs: two answers that are cut short easily agree on them
_LEAST_CAP = 3  # rows; no server caps its pages at fewer


@dataclass(frozen=True, slots=True)
class Turn:
    """A page that somebody is to ask for.

    Attributes:
        window: Whose.
        request: What to ask.
        reading: The window's reading that it belongs to.
        rows: Rows of the listing that it proves; None for a page of the listing.
    """

    window: Window
    request: PageRequest
    reading: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """A window whose listing is proved.

    Attributes:
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        listing: All that the server lists for it; equal records may come twice.
    """

    start: int
    end: int
    listing: Page


class Plan:
    """The windows of some spans, and the pages of each.

    Args:
        spans: Half-open, in seconds since 1970; read in this order.
        longest: Seconds that a window may have at most.
        settled_before: Seconds since 1970: calls that began later may still come in. None: none may.
        selected_by: Which time of a call says where it belongs.

    Attributes:
        size: Rows of a page: the largest the server gives.
        doubts: How often answers have contradicted each other.
    """

    def __init__(
        self,
        spans: Iterable[tuple[int, int]],
        *,
        longest: int = 31 * 86400,
        settled_before: float | None = None,
        selected_by: SelectedBy = SelectedBy.START,
    ) -> None:
        self.size = LARGEST_PAGE
        self._longest = longest
        self._settled_before = settled_before
        self._selected_by = selected_by
        self._windows: list[Window] = []
        self._rest: list[tuple[int, int]] = []
        self.doubts = self._too_long = self._failures = 0
        self._order: Order | None = None
        self._pace: float | None = None  # seconds that a page of calls covers
        for start, end in spans:
            settled = end if settled_before is None else min(max(start, int(settled_before)), end)
            self._rest += [span for span in ((start, settled), (settled, end)) if span[0] < span[1]]

    @property
    def done(self) -> bool:
        """Whether every window is proved."""
        return not self._windows and not self._rest

    def held(self) -> tuple[float, int]:
        """How much is read of the windows under way, for whoever shows progress: seconds, about, and rows."""
        seconds, rows = 0.0, 0
        for window in self._windows:
            expected = window.expected(self.size) or len(window.pages) + 1
            seconds += window.seconds * min(1.0, len(window.pages) / max(1.0, expected))
            rows += sum(map(len, window.pages.values()))
        return seconds, rows

    def next(self) -> Turn | None:
        """The first page worth asking for; None while only answers under way can tell."""
        for window in self._windows:
            if turn := self._wanted(window):
                return turn
        was_cut = any(self._cut_by_estimate(window) for window in self._windows)
        if self._rest and (self._order is not Order.NONE or self._pace or not self._windows):
            return self._wanted(self._open())
        return self.next() if was_cut else None

    def answer(self, turn: Turn, page: Page) -> Proved | None:
        """Take the answer to a turn.

        Returns:
            The window, where this proves it.

        Raises:
            UntrustedAnswerError: Nothing can be proved of this server.
        """
        window = turn.window
        if turn.reading != window.reading:
            return None
        if turn.rows is None:
            window.under_way.discard(turn.request.page)
        else:
            window.proof_under_way = False
        if len(page) > turn.request.size:
            self._refuse(page, turn.request)
        elif turn.rows is None:
            self._take_page(window, turn.request, page)
        else:
            return self._take_proof(turn, page)
        return None

    def _wanted(self, window: Window) -> Turn | None:
        full = window.full_pages(self.size)
        last = window.last_page(self.size)
        if last == full + 1:
            return None if window.under_way or window.proof_under_way else self._proof(window)
        if last is None and self._is_in_the_dark(window, full):
            return None if window.under_way else self._turn(window, DEEPEST)
        for number in range(full + 1, last or self._limit(window, full) + 1):
            if number not in window.pages and number not in window.under_way:
                return self._turn(window, number)
        return None

    def _limit(self, window: Window, full: int) -> int:
        """The last page that may be asked for now, of a window whose end is not known."""
        if not full:
            return 1
        expected = window.expected(self.size)
        ahead = pages_ahead(full, expected)
        if window.deepest is None:
            return ahead
        return min(ahead, _AIM - 4 if expected is not None and expected > DEEPEST else DEEPEST)

    def _is_in_the_dark(self, window: Window, full: int) -> bool:
        """Whether only the deepest page can tell if the window is too large."""
        return (
            full >= max(_PAGES_IN_THE_DARK, window.estimate or 0)
            and window.deepest == DEEPEST
            and not window.is_shallow
            and window.order(self.size) is Order.NONE
        )

    def _turn(self, window: Window, number: int) -> Turn:
        window.under_way.add(number)
        return Turn(window, PageRequest(window.start, window.end, number, self.size), window.reading)

    def _proof(self, window: Window) -> Turn:
        rows = len(window.listing(self.size))
        page, size = next(islice(proof_pages(rows, self.size), window.proofs, None))
        window.proof_under_way = True
        return Turn(window, PageRequest(window.start, window.end, page, size), window.reading, rows)

    def _refuse(self, page: Page, request: PageRequest) -> None:
        """Drop a page with more rows than were asked for, which may answer another request; give up after a few."""
        self.doubts += 1
        self._too_long += 1
        if self._too_long > _RETRIES:
            raise UntrustedAnswerError(
                f"the server sent {len(page)} rows where at most {request.size} were asked for", "Ask the vendor."
            )

    def _take_page(self, window: Window, request: PageRequest, page: Page) -> None:
        size = self.size
        number = request.page
        if not window.holds(page, request):
            return
        if window.is_misfit(number, page):
            self._retry(window, number)
            return
        if number == DEEPEST and not len(page) and window.full_pages(size) < DEEPEST - 1:
            window.is_shallow = True
            return
        if number == 1 and window.head_of_capped not in (None, page.records):
            window.head_of_capped = None
            self._set_size(LARGEST_PAGE)  # a cap would have given the same rows
            self._fail(window)
            return
        window.put(number, page)
        if self._repeats_a_page(window, number):
            if number == _SECOND_PAGE and window.retries[number] >= _RETRIES:
                raise UntrustedAnswerError("the server ignores the page number", "Ask the vendor.")
            self._ask_again(window, number)
            return
        last = window.last_page(size)
        if last is not None and any(behind > last and len(held) for behind, held in window.pages.items()):
            self._ask_again(window, last)
            return
        full = window.full_pages(size)
        order = window.order(size)
        if full:
            self._order = order
            self._pace = window.seconds_per_page(size) or self._pace
        is_too_deep = number == DEEPEST and len(page) == size and order is Order.NONE
        if window.deepest and (full >= window.deepest or is_too_deep):
            self._cut(window)

    def _repeats_a_page(self, window: Window, number: int) -> bool:
        """Whether a page is the same as the one before, though its rows differ: as if its number were ignored.

        Raises:
            UntrustedAnswerError: So many pages are full that they can have no end.
        """
        if number > _MOST_PAGES:
            raise UntrustedAnswerError("the server's listing of one second does not end", "Ask the vendor.")
        page, before = window.pages[number], window.pages.get(number - 1)
        return before is not None and page.records == before.records and len(set(page.records)) > 1

    def _ask_again(self, window: Window, number: int) -> None:
        """Drop a page that is shorter than it can be, since there are rows behind it."""
        page = window.pages.pop(number)
        if number == 1 and self._is_capped(window, page):
            self.doubts += 1
            return
        self._retry(window, number)

    def _retry(self, window: Window, number: int) -> None:
        """Let a page be asked for again, some times."""
        self.doubts += 1
        window.proofs = 0
        window.retries[number] += 1
        if window.retries[number] > _RETRIES:
            self._fail(window)

    def _is_capped(self, window: Window, page: Page) -> bool:
        """Whether the first page is short at the same length again: then the server seems to cap its pages there."""
        capped = len(page) >= _LEAST_CAP and len(page) in window.first_lengths
        window.first_lengths.append(len(page))
        if capped:
            window.head_of_capped = page.records
            self._set_size(len(page))
        return capped

    def _set_size(self, size: int) -> None:
        """Read all windows anew in pages of another size."""
        self.size = size
        for window in self._windows:
            window.restart()

    def _take_proof(self, turn: Turn, page: Page) -> Proved | None:
        window = turn.window
        listing = window.listing(self.size)
        if not self._proves(window, turn, listing, page):
            return None
        window.proofs += 1
        if window.proofs < self._proofs_needed(listing):
            return None
        if self._lists_twice(window, listing):
            if window.order(self.size) is Order.NONE and window.seconds > 1:
                self._halve(window)  # which rows are on which page may be left to chance
            elif window.readings.total() < _GIVE_UP_AFTER:
                window.restart()
            else:
                self._fail(window)
            return None
        self._windows.remove(window)
        self._too_long = 0
        if len(listing):
            self._failures = 0
        pages = max(len(listing) / self.size, self._aim(window.single_page) / _PARTS)
        self._pace = window.seconds / pages  # so the next window is at most _PARTS times as long
        return Proved(window.start, window.end, listing)

    def _proves(self, window: Window, turn: Turn, listing: Page, page: Page) -> bool:
        """Whether a page is the end of the listing; if not, what is doubtful is dropped."""
        count = turn.rows or 0
        wanted = count % turn.request.size
        if is_end(listing, page, wanted, one_answer=window.full_pages(self.size) == 0):
            return True
        self.doubts += 1
        window.proofs = 0
        if len(page) < wanted and window.retries[0] < _RETRIES:
            window.retries[0] += 1  # the proof itself was cut short: ask for it again
            return False
        window.failures += 1
        if not count and window.failures > _RETRIES // 2:
            raise UntrustedAnswerError(
                "the server says again and again that there is no call, and then shows one",
                "It may count its pages otherwise than documented: ask the vendor.",
            )
        if len(page) > wanted and window.failures % _HALVE_AFTER:
            last = window.full_pages(self.size) + 1
            self._ask_again(window, last)
        else:
            self._fail(window, counted=True)
        return False

    def _proofs_needed(self, listing: Page) -> int:
        """One while the server has not contradicted itself; after that two, or four for fewer than ten calls."""
        return 1 if not self.doubts else 2 if len(listing) >= _FEW_ROWS else 4

    def _lists_twice(self, window: Window, listing: Page) -> bool:
        """Whether a call is on two pages, and the listing was not the same in enough readings."""
        if not is_on_two_pages(listing, self.size):
            return False
        records = hash(tuple(sorted(listing.records)))
        self.doubts += not window.readings[records]
        window.readings[records] += 1
        return max(window.readings.values()) < 2 + min(self.doubts, _MOST_READINGS)

    def _fail(self, window: Window, *, counted: bool = False) -> None:
        """Read a window anew; after several failures, in two halves.

        Raises:
            UntrustedAnswerError: It was tried often enough.
        """
        window.failures += not counted
        self._failures += 1
        if self._failures > _MOST_FAILURES:
            raise UntrustedAnswerError(
                "the server's pages contradict each other again and again",
                "Try again later; if it stays so, ask the vendor.",
            )
        if window.seconds > 1 and window.failures >= _HALVE_AFTER:
            self._halve(window)
        elif window.failures >= _GIVE_UP_AFTER:
            raise UntrustedAnswerError(
                "the server lists other calls each time for the same second, so no listing can be proved",
                "Try again later; if it stays so, ask the vendor.",
            )
        else:
            window.restart()

    def _cut(self, window: Window) -> None:
        """Make a window that is too deep smaller."""
        if window.seconds > 1 and (second := window.crowded_second()) is not None:
            for span in window.narrow_to(second):
                self._give_back(span)
            return
        size = self.size
        aim = _AIM_SINGLE if window.single_page else window.full_pages(size)
        if (cut := window.cut_after(aim, size)) is not None:
            self._give_back(window.give_up_after(cut, size))
        elif window.single_page or window.seconds <= _PARTS or window.expected(size) is not None:
            self._halve(window)
            self._pace = None
        else:
            self._replace(window, window.start + window.seconds // _PARTS)
            self._pace = None

    def _cut_by_estimate(self, window: Window) -> bool:
        """Cut a window that is expected to have too many pages where it has enough; return whether it was cut."""
        expected = window.expected(self.size)
        if window.deepest != DEEPEST or expected is None or expected <= DEEPEST or window.last_page(self.size):
            return False
        asked = max((*window.pages, *window.under_way), default=0)
        if window.full_pages(self.size) < _SURE * asked:
            return False
        if window.crowded_second() is not None:
            self._cut(window)
        elif (cut := window.cut_after(max(_AIM, min(asked + 1, _LATEST_CUT)), self.size)) is not None:
            self._give_back(window.give_up_after(cut, self.size))
        elif window.under_way:
            return False
        else:
            self._cut(window)
        return True

    def _halve(self, window: Window) -> None:
        self._replace(window, (window.start + window.end) // 2)

    def _replace(self, window: Window, cut: int) -> None:
        """Put two windows in the place of one."""
        self._windows.remove(window)
        window.restart()  # so that no answer still to come counts
        self._give_back((cut, window.end))
        self._give_back((window.start, cut), merge=False)

    def _give_back(self, span: tuple[int, int], *, merge: bool = True) -> None:
        """Put a span before what is left, joined with it where they meet."""
        if self._rest and merge:
            start, end = self._rest[0]
            if self._is_settled(start, end) == self._is_settled(*span):
                if end == span[0]:
                    self._rest[0] = (start, span[1])
                    return
                if span[1] == start:
                    self._rest[0] = (span[0], end)
                    return
        self._rest.insert(0, span)

    def _open(self) -> Window:
        """Begin the next window: as much of the next span as is allowed, or should fit where it can't be cut later."""
        start, end = self._rest.pop(0)
        single = not self._is_settled(start, end)
        length = self._longest
        if self._pace and (single or self._order is Order.NONE):
            length = max(1, min(length, int(self._aim(single) * self._pace)))
        if end - start > length:
            self._rest.insert(0, (start + length, end))
            end = start + length
        estimate = (end - start) / self._pace if self._pace and self._order is Order.NONE else None
        window = Window(start, end, single, self._selected_by, estimate)
        self._windows.append(window)
        return window

    def _aim(self, single: bool) -> float:
        """Pages of a window whose cut would cost all that was read."""
        return _AIM_SINGLE if single else _AIM_UNORDERED

    def _is_settled(self, _: int, end: int) -> bool:
        return self._settled_before is None or end <= self._settled_before
