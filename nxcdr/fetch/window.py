"""One window of time: its pages, how many more to expect, and the proof of its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from math import ceil, inf

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest

DEEPEST = 49
"""The last page asked for in a window longer than a second: 49 full pages and a proof end within 5,000 rows."""


class SelectedBy(StrEnum):
    """The time of a call that the server compares a range with; ``listed`` is one that is not in the record."""

    START = "start"
    END = "end"
    LISTED = "listed"


class Order(StrEnum):
    """How a server lists the calls of a window."""

    ASCENDING = "ascending"
    DESCENDING = "descending"
    NONE = "none"


@dataclass(eq=False, slots=True)
class Window:
    """A half-open span of time, read page by page until its end is proved.

    Attributes:
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        single_page: Whether it may hold at most one page, because calls may still come in.
        selected_by: Which time of a call says where it belongs.
        estimate: Pages expected, where the pages themselves do not tell; None where nothing is known.
        pages: The pages held, by number.
        orders: The order of each page's times; None where they are all the same.
        under_way: Numbers of the pages asked for.
        proof_under_way: Whether the proof is asked for.
        is_shallow: Whether the deepest page was asked for first, and is empty.
        proofs: How many proofs in a row have come out right.
        failures: How often the listing has been contradicted.
        retries: How often each page has been asked for again; 0 is the proof.
        first_lengths: Rows of the first pages that were too short.
        reading: Grows when all pages are dropped: answers to older requests don't count.
        readings: How often each listing that has a call on two pages came out the same.
        head_of_capped: The rows of the first page by which a cap was found.
        misfits: Number and rows of each page that held calls from elsewhere.
    """

    start: int
    end: int
    single_page: bool = False
    selected_by: SelectedBy = SelectedBy.START
    estimate: float | None = None
    pages: dict[int, Page] = field(default_factory=dict)
    orders: dict[int, Order | None] = field(default_factory=dict)
    under_way: set[int] = field(default_factory=set)
    proof_under_way: bool = False
    is_shallow: bool = False
    proofs: int = 0
    failures: int = 0
    retries: Counter[int] = field(default_factory=Counter)
    first_lengths: list[int] = field(default_factory=list)
    reading: int = 0
    readings: Counter[int] = field(default_factory=Counter)
    head_of_capped: tuple[bytes, ...] | None = None
    misfits: set[tuple[int, frozenset[bytes]]] = field(default_factory=set)

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start

    @property
    def deepest(self) -> int | None:
        """The last page to ask for; None where the window can't be cut."""
        return None if self.seconds == 1 else 1 if self.single_page else DEEPEST

    def put(self, number: int, page: Page) -> None:
        """Hold a page."""
        self.pages[number] = page
        self.orders[number] = Order.NONE if self.selected_by is SelectedBy.LISTED else order_of(self.times(page))

    def times(self, page: Page) -> tuple[int | None, ...]:
        """The times (ms) that say where the calls of a page belong."""
        return times_of(page, self.selected_by)

    def is_misfit(self, number: int, page: Page) -> bool:
        """Whether a page holds calls of another window, as if it answered another request; False if it repeats."""
        if is_selected(page, self.start, self.end, self.selected_by):
            return False
        found = number, frozenset(page.records)
        is_new = found not in self.misfits
        self.misfits.add(found)
        return is_new

    def holds(self, page: Page, request: PageRequest) -> bool:
        """Whether a page, asked for before the window was cut, lies in what is left of it."""
        first = -inf if request.start == self.start else self.start * 1000
        last = inf if request.end == self.end else self.end * 1000
        return first == -last or all(time is not None and first <= time < last for time in self.times(page))

    def full_pages(self, size: int) -> int:
        """How many pages are held and full, from the first without a gap."""
        count = 0
        while (page := self.pages.get(count + 1)) is not None and len(page) == size:
            count += 1
        return count

    def last_page(self, size: int) -> int | None:
        """The number of the first page that is not full; None where all are."""
        return min((number for number, page in self.pages.items() if len(page) < size), default=None)

    def listing(self, size: int) -> Page:
        """All pages up to the first short one, joined; all must be held."""
        pages = [self.pages[number] for number in range(1, self.full_pages(size) + 2)]
        return Page(
            tuple([record for page in pages for record in page.records]),
            tuple([start for page in pages for start in page.starts]),
            tuple([end for page in pages for end in page.ends]),
            tuple([call_id for page in pages for call_id in page.ids]),
        )

    def restart(self) -> None:
        """Drop all pages, to read the window anew."""
        self.pages.clear()
        self.under_way.clear()
        self.retries.clear()
        self.proof_under_way = False
        self.proofs = 0
        self.reading += 1

    def order(self, size: int) -> Order:
        """The order of its full pages; NONE also where they do not tell."""
        found = {self.orders[number] for number in range(1, self.full_pages(size) + 1)} - {None}
        return (found.pop() if len(found) == 1 else None) or Order.NONE

    def expected(self, size: int) -> float | None:
        """How many pages it should have in all; None where nothing tells."""
        if (pace := self.seconds_per_page(size)) is None:
            return self.estimate
        full = self.full_pages(size)
        last = self._time(full, -1) / 1000
        left = self.end - last if self.order(size) is Order.ASCENDING else last - self.start
        return full + max(0.0, left) / pace

    def seconds_per_page(self, size: int) -> float | None:
        """How much time a page covers; None where the pages do not tell."""
        if self.order(size) is Order.NONE:
            return None
        full = self.full_pages(size)
        covered = abs(self._time(full, -1) - self._time(1, 0)) / 1000
        return covered / full if covered else None

    def cut_after(self, pages: float, size: int) -> int | None:
        """Where (seconds since 1970) to cut so that the part that is listed first has so many pages; None: nowhere."""
        order = self.order(size)
        if order is Order.NONE:
            return None
        full = self.full_pages(size)
        row = max(0, int(min(pages, full) * size) - 1)
        at: float = self._time(row // size + 1, row % size)
        ahead = max(0.0, pages - full) * (self.seconds_per_page(size) or 0) * 1000
        at += ahead if order is Order.ASCENDING else -ahead
        second = int(at // 1000) + (order is Order.DESCENDING)
        return second if self.start < second < self.end else None

    def give_up_after(self, cut: int, size: int) -> tuple[int, int]:
        """Give up what is listed after a cut, with the pages that reach beyond it, and return that span."""
        whole = PageRequest(self.start, self.end, 1, size)
        if self.order(size) is Order.ASCENDING:
            given_up, self.end = (cut, self.end), cut
        else:
            given_up, self.start = (self.start, cut), cut
        self.pages = {number: page for number, page in self.pages.items() if self.holds(page, whole)}
        return given_up

    def crowded_second(self) -> int | None:
        """The second (since 1970) in which all calls of its pages lie; None if they do not, or do not tell."""
        if self.selected_by is SelectedBy.LISTED:
            return None
        second: int | None = None
        for page in self.pages.values():
            seconds = {None if time is None else time // 1000 for time in self.times(page)}
            if len(seconds) != 1 or (second is not None and second not in seconds):
                return None
            second = seconds.pop()
        return second if second is not None and self.start <= second < self.end else None

    def narrow_to(self, second: int) -> list[tuple[int, int]]:
        """Give up all but a second, keep the pages that lie in it, and return the spans given up."""
        whole = PageRequest(self.start, self.end, 1, 1)
        given_up = [(second + 1, self.end), (self.start, second)]
        self.start, self.end = second, second + 1
        self.pages = {number: page for number, page in self.pages.items() if self.holds(page, whole)}
        return [span for span in given_up if span[0] < span[1]]

    def _time(self, number: int, row: int) -> int:
        return self.times(self.pages[number])[row] or 0


def times_of(page: Page, selected_by: SelectedBy) -> tuple[int | None, ...]:
    """The times (ms) that say where the calls of a page belong; for ``listed``, where they start."""
    return page.ends if selected_by is SelectedBy.END else page.starts


def is_selected(page: Page, start: int, end: int, selected_by: SelectedBy) -> bool:
    """Whether a server that selects calls by this time may list these from ``start`` to ``end``, seconds since 1970.

    It may count the second in which the range ends.
    """
    if selected_by is SelectedBy.LISTED:
        return True
    times = [time for time in times_of(page, selected_by) if time is not None]
    return not times or (start * 1000 <= min(times) and max(times) < (end + 1) * 1000)


def order_of(times: Sequence[int | None]) -> Order | None:
    """The order of some times; None where all are the same."""
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return Order.NONE
    if all(before <= after for before, after in pairwise(known)):
        return Order.ASCENDING if known and known[0] < known[-1] else None
    return Order.DESCENDING if all(before >= after for before, after in pairwise(known)) else Order.NONE


def pages_ahead(full: int, expected: float | None) -> int:
    """The last page worth asking for: ahead by half of what is still expected, or as far again as there is."""
    return 2 * full if expected is None else full + max(1, ceil((expected - full) / 2))
