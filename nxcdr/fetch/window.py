"""One window of time being read, page after page, until its end is proved.

The API has no total and no cursor. What is certain: a page shorter than asked for is the last (`Plan` checks that this
server keeps to it), so reading a window to its short page gives the window's *count* as well as its rows:

    count = (pages - 1) * size + len(last page)

A window is proved when as many *different* rows of it are held as the count says. That one rule makes it safe to keep
what was read before a window is cut: whatever a server's order, as long as it has one, the rows of a part come first in
the part's own listing when they came first in the whole's. So each part reads on from where its rows should end, and
the count at the end tells whether the server's order was what it seemed.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain, repeat
from math import inf
from operator import eq, itemgetter

import msgspec

from nxcdr.api.answer import Page, Record, list_of, records_of
from nxcdr.api.client import PageRequest
from nxcdr.api.fields import LARGEST_PAGE

_IDENTITY = ("callId", "startTime", "endTime", "caller", "callee", "direction")
_PASSES_ALIKE = 2  # before the last one
_SEAM = 1000  # ms after a cut: where a server that counts the end in may list calls for both sides of it

_Row = tuple[int | None, Page, int]  # startTime, and which row of which page it is

_START = itemgetter(0)

_canonical_json = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


def canonical(record: Record) -> bytes:
    """The record's text whatever the order of its fields: equal records, equal texts."""
    try:
        return _canonical_json(record)
    except UnicodeEncodeError:  # half a surrogate pair
        return repr(sorted(record.items(), key=lambda item: item[0])).encode("ascii", "backslashreplace")


class Order(Enum):
    """How a window's rows come, as far as seen; tried in this order."""

    UNKNOWN = "unknown"
    DESCENDING = "descending"
    ASCENDING = "ascending"
    MIXED = "mixed"


@dataclass(slots=True)
class Sample:
    """Rows of a listing in no order that were read before it was cut: how many there are in a part tells its size.

    Attributes:
        times: Their start times in seconds since 1970, ascending.
        listed: Rows of the parts whose size is known by now.
        sampled: Of these, rows in the sample.
    """

    times: list[int]
    listed: float = 0
    sampled: float = 0

    def learn(self, start: int, end: int, listed: int) -> None:
        """Take note of a part's true size."""
        self.listed += listed
        self.sampled += self._count(start, end)

    def expected(self, start: int, end: int) -> float | None:
        """How many rows a part should have; None as long as nothing is known."""
        return self._count(start, end) * self.listed / self.sampled if self.sampled else None

    def _count(self, start: int, end: int) -> int:
        return bisect_left(self.times, end) - bisect_left(self.times, start)


@dataclass(frozen=True, slots=True)
class Window:
    """A window read to its proved end.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        own: The rows that start in it, by (startTime, canonical text), each once.
        before: Rows the server returned for it that start before it or have no start time, likewise.
        after: Rows the server returned for it that start at its end or later, likewise: a server that counts the end
            in lists those of the next second, or of its first millisecond, here as well as where they start.
        head: Digests of the calls whose time is in its first second;
        assumed: of those of them that were listed for a larger window, and not anew for this one; and
        late: of those whose time is its end or later. Together they tell whether two windows fit (see `seams`). The
            time is the start, or the end where calls are read by that.
        repeats: Equal records dropped.
        serial: The reader's number.
    """

    start: int
    end: int
    own: Sequence[_Row]
    before: Sequence[_Row]
    after: Sequence[_Row]
    head: frozenset[str]
    assumed: frozenset[str]
    late: frozenset[str]
    repeats: int
    serial: int

    @property
    def count(self) -> int:
        """How many records start in it."""
        return len(self.own)

    @property
    def rows(self) -> list[Record]:
        """The records that start in it, in order; read anew each time."""
        return list(self.records())

    @property
    def strays(self) -> list[Record]:
        """The records that start before it or have no start time; read anew each time."""
        return list(_records(self.before))

    @property
    def late_ones(self) -> list[Record]:
        """The records that start at its end or later; read anew each time."""
        return list(_records(self.after))

    def records(self) -> Iterator[Record]:
        """The same as `rows`, read some at a time."""
        return _records(self.own)

    def all_listed(self) -> Iterator[Record]:
        """All that the server returned for it, in order of time; read some at a time."""
        return _records([*self.before, *self.own, *self.after])

    def compact(self) -> Window:
        """The same, holding its own rows alone: its pages hold rows of other windows, too."""
        return replace(self, own=_alone(self.own), before=_alone(self.before), after=_alone(self.after))

    def lines(self) -> bytes:
        """What the records that start in it become in a file, where its pages were read for one."""
        return b"".join([page.lines[at] for _, page, at in self.own])


@dataclass(slots=True, eq=False)
class Reader:
    """A window on its way to being a `Window`.

    Attributes:
        serial: A number of its own among the readers of a plan.
        start: Seconds since 1970; asked for, and rows from here on belong here.
        end: Seconds since 1970; asked for, but rows from here on belong to the next window.
        pages: What has been read.
        page: The number of the next page to ask for.
        carried: How many of the pages were read for a larger window, before this one was cut out of it.
        lent: Whether the first page is made of rows listed for a window with an earlier start.
        earlier: The pages of each pass before over the same second, where rows repeated.
        passes: How often it has been read anew because rows repeated.
        confirming: The next page is asked for only to prove that a short page is the last.
        doubted: How many rows a first page had that was short and yet not the last.
        order: How the rows come, as far as seen.
        sample: Of the larger window, where its rows came in no order.
        by_end: Pages are held as `Page.by_end`, for the server chooses calls by their end: they are cut by that.
    """

    serial: int
    start: int
    end: int
    pages: list[Page] = field(default_factory=list)
    page: int = 1
    carried: int = 0
    lent: bool = False
    earlier: list[list[Page]] = field(default_factory=list)
    passes: int = 0
    confirming: bool = False
    doubted: int = 0
    order: Order = Order.UNKNOWN
    sample: Sample | None = None
    by_end: bool = False

    def request(self, size: int) -> PageRequest:
        """The next page to ask for, of at most so many rows."""
        if self.confirming and len(self.pages) == 1 and not self.carried:
            # Behind a first page of n rows, page 2 of n rows each: right whatever a server that caps pages counts by.
            return PageRequest(self.start, self.end, 2, len(self.pages[0]))
        return PageRequest(self.start, self.end, self.page, self._size_of_pass(size))

    def take(self, page: Page) -> bool:
        """Hold one more page; False where it shows that pages carried over were carried wrongly: then begin anew."""
        # A page carried over is of another listing: where this one goes on from it says nothing.
        before = self.pages[-1] if len(self.pages) > self.carried else None
        order = _order_with(self.order, before, page)
        if self.carried and order is not self.order:
            self.restart()
            return False
        self.order = order
        self.pages.append(page)
        self.page += 1
        return True

    def restart(self) -> None:
        """Forget what was read, and read the window plainly from page 1."""
        self.pages = []
        self.page = 1
        self.carried = 0
        self.lent = False
        self.confirming = False
        self.order = Order.UNKNOWN

    def cut_out(self, serial: int, start: int, end: int, size: int) -> Reader:
        """A reader for a part of this one, with the rows it holds for it."""
        part = Reader(serial, start, end, sample=self.sample, by_end=self.by_end)
        if self.is_timeless():
            return part
        belongs_from = -inf if start == self.start else self._certain_from(start)
        belongs_to = inf if end == self.end else end * 1000
        held: dict[bytes, _Row] = {}
        for number, page in enumerate(self.pages):
            for at in self._between(number, belongs_from, belongs_to):
                held[bytes(page.slices[at])] = page.times[at], page, at
        if len(held) >= size:
            part.pages = [_page_of(held.values())]
            part.carried, part.page, part.order = 1, len(held) // size + 1, self.order
            part.lent = self.lent or start != self.start
        return part

    def narrow(self, start: int, end: int, size: int) -> None:
        """Go on as a part of itself, with the rows held for it."""
        self.start, self.end = start, end
        held = [] if self.is_timeless() else _distinct([*chain.from_iterable(map(self._listed_rows, self.pages))])
        if len(held) < size:
            self.restart()
            return
        if self.order is Order.MIXED:  # then most of each page is of the other parts
            self._hold(held)
        self.page, self.carried = len(held) // size + 1, len(self.pages)

    def _hold(self, rows: Sequence[_Row]) -> None:
        """Hold these rows alone of all that is held."""
        first = self.pages[0] if self.lent else None
        lent, listed = [row for row in rows if row[1] is first], [row for row in rows if row[1] is not first]
        self.lent = bool(lent)
        self.pages = [_page_of(some) for some in (lent, listed) if some]

    def is_timeless(self) -> bool:
        """Whether rows without a start time are held: of a part of the window, nobody can tell whether they belong."""
        return any(None in page.times for page in self.pages)

    def is_past_its_own(self) -> bool:
        """Whether rows in order have come to times beyond the window's other end: a server lists such calls, too."""
        if (reached := self.reached()) is None:
            return False
        return reached >= self.end if self.order is Order.ASCENDING else reached <= self.start

    def is_mostly_older(self) -> bool:
        """Whether most rows held start before the window: then how far they go says little of it."""
        times = [time for page in self.pages for time in page.times]
        return 2 * sum(time is not None and time < self.start * 1000 for time in times) > len(times)

    def reached(self) -> int | None:
        """How far the rows read go (s), up for ascending ones and down for others; None where that can't be told."""
        last = self.pages[-1].times[-1:] if self.pages else ()
        if self.order is Order.MIXED or not last or last[0] is None:
            return None
        return last[0] // 1000 + (self.order is not Order.ASCENDING)

    def covered(self) -> int:
        """How many seconds of the window the rows read so far cover; 0 where that can't be told."""
        reached = self.reached()
        if reached is None:
            return 0
        covered = reached - self.start if self.order is Order.ASCENDING else self.end - reached
        return min(max(covered, 0), self.end - self.start)

    def seconds_a_page(self) -> float:
        """How long a time the last page read covers."""
        known = [time for time in self.pages[-1].times if time is not None]
        return abs(known[0] - known[-1]) / 1000 * len(known) / max(1, len(known) - 1)

    def settle(self, size: int) -> Window | None:
        """Sort and count what is held, once the last page has come; None where that is no proof.

        Args:
            size: The page size of the plan.
        """
        count = (self.page - 2) * self._size_of_pass(size) + len(self.pages[-1])
        first, end = self.start * 1000, self.end * 1000
        head: list[msgspec.Raw] = []
        assumed: list[msgspec.Raw] = []
        late: list[msgspec.Raw] = []
        rows: list[_Row] = []
        for number, page in enumerate(self.pages):
            rows += self._listed_rows(page) if number < self.carried else self._rows(page)
            seam = [page.slices[at] for at in self._between(number, first, first + _SEAM)]
            head += seam
            assumed += seam if self.lent and number == 0 else []
            late += [page.slices[at] for at in self._between(number, end, inf)]
        unique = _distinct(rows)
        if len(unique) != count and not self._repeats_are_real():
            # What one pass did not show another may have: all passes together may hold as many rows as there are.
            unique = _distinct([*rows, *chain.from_iterable(map(self._rows, chain.from_iterable(self.earlier)))])
            if self.carried or len(unique) != count:
                return None
        since, until = (bisect_left(unique, float(time), key=_time) for time in (first, end))
        return Window(
            start=self.start,
            end=self.end,
            own=unique[since:until],
            before=unique[:since],
            after=unique[until:],
            head=_digests(head),
            assumed=_digests(assumed),
            late=_digests(late),
            repeats=len(rows) - len(unique) if not self.carried else 0,
            serial=self.serial,
        )

    def leans_on_starts(self) -> bool:
        """Whether a row carried over ended after the window: a server may choose calls by their end."""
        return any(
            (ended := page.ends[at]) is not None and ended >= self.end * 1000
            for page in self.pages[: self.carried]
            for at in page.between(*self._listed())
        )

    def read_again(self) -> None:
        """Read the window once more, because rows repeated."""
        self.passes += 1
        if self.end - self.start == 1:
            self.earlier.append(self.pages)
        self.restart()

    def _rows(self, page: Page) -> Iterator[_Row]:
        return zip(self._starts(page), repeat(page), range(len(page)), strict=False)

    def _listed_rows(self, page: Page) -> list[_Row]:
        """Of a page listed for a larger window, the rows that are listed for this one, too."""
        starts = self._starts(page)
        return [(starts[at], page, at) for at in page.between(*self._listed())]

    def _between(self, number: int, first: float, last: float) -> Sequence[int]:
        """As `Page.between`, of a page held; of one listed for a larger window, rows listed for this one, too."""
        if number < self.carried:
            listed_from, listed_to = self._listed()
            first, last = max(first, listed_from), min(last, listed_to)
        return self.pages[number].between(first, last)

    def _starts(self, page: Page) -> tuple[int | None, ...]:
        return page.ends if self.by_end else page.times

    def _size_of_pass(self, size: int) -> int:
        """Rows to ask for in a page: fewer in each pass over one second, so that pages begin elsewhere."""
        if not self.passes or self.end - self.start > 1:
            return size
        return max(1, size - 3 if self.passes == 1 else size // self.passes)

    def _listed(self) -> tuple[float, float]:
        """The startTimes (ms; from, to before) of rows listed for a larger window that are listed for this one too.

        `Plan` cuts the older end off descending listings and the newer end off others.
        """
        if self.order in {Order.ASCENDING, Order.MIXED}:
            return -inf, self.end * 1000
        return self._certain_from(self.start), inf

    def _certain_from(self, cut: int) -> int:
        """From which startTime on (ms) rows of this listing are listed for a part that begins at a cut (s), too.

        At the cut itself that depends on whether the server counts a range's end in, and just after it on whether it
        chooses calls by a time before their start. Where rows come in order, those come again with the next page;
        where not, they are among those ``assumed``.
        """
        return cut * 1000 + (1 if self.order is Order.MIXED else _SEAM)

    def _repeats_are_real(self) -> bool:
        """Equal rows are the server's own where they came in one answer; or of one second, the same in several passes.

        Of pages of one size, passes alike prove nothing: an order that ties leave open may be another on each page, and
        the same each time. So pages of each pass over one second begin elsewhere: no pass may show a row that another
        hides, and they must repeat the same ones, or be three. A longer time is cut until its parts come in one answer
        each.
        """
        if self.carried or len(self.pages) == 1:
            return not self.carried
        found, *before = map(_texts, (self.pages, *reversed(self.earlier)))
        alike = all(pass_.keys() == found.keys() for pass_ in before)
        return alike and (found in before or len(before) >= _PASSES_ALIKE)


def _distinct(rows: list[_Row]) -> list[_Row]:
    """The rows by (time, canonical text), equal ones once; rows without a time come first."""
    try:
        rows.sort(key=_START)
    except TypeError:  # some have none
        rows.sort(key=_time)
    times = list(map(_START, rows))
    like_the_next = [*map(eq, times, times[1:]), False]
    unique: list[_Row] = []
    after = 0
    with suppress(ValueError):  # where no more are alike
        while True:
            # Only rows of one millisecond can be equal, or need more than their time to be put in order.
            first = like_the_next.index(True, after)
            unique += rows[after:first]
            after = like_the_next.index(False, first) + 1
            same = list({bytes(page.slices[at]): (time, page, at) for time, page, at in rows[first:after]}.values())
            if len(same) > 1:
                texts = dict(zip(map(canonical, _records(same)), same, strict=True))
                same = [texts[text] for text in sorted(texts)]
            unique += same
    return unique + rows[after:]


def _time(row: _Row) -> int | float:
    """What rows are put in order by: those without a time come first."""
    return -inf if row[0] is None else row[0]


def _texts(pages: Sequence[Page]) -> Counter[bytes]:
    return Counter(text for page in pages for text in page.texts())


def start_of(record: Record) -> int | None:
    """When a call starts (ms since 1970); None where it does not tell."""
    time = record.get("startTime")
    return time if type(time) is int else None


def digest(record: Record) -> str:
    """64 bits for a call, the same when its record is updated: a recording or a price may become known later."""
    lasting = record if record.get("callId") is None else {name: record.get(name) for name in _IDENTITY}
    return hashlib.blake2b(canonical(lasting), digest_size=8).hexdigest()


def _digests(texts: Sequence[msgspec.Raw]) -> frozenset[str]:
    return frozenset(map(digest, records_of(list_of(texts)))) if texts else frozenset()


def _alone(rows: Sequence[_Row]) -> Sequence[_Row]:
    """The same rows on a page of their own."""
    page = _page_of(rows)
    return [(time, page, at) for at, (time, _, _) in enumerate(rows)]


def _page_of(rows: Collection[_Row]) -> Page:
    """One page of rows of others."""
    lines = [page.lines[at] for _, page, at in rows if page.lines]
    return Page(
        list_of([page.slices[at] for _, page, at in rows]),
        tuple([page.times[at] for _, page, at in rows]),
        tuple([page.ends[at] for _, page, at in rows]),
        lambda: lines,
    )


def _records(rows: Sequence[_Row]) -> Iterator[Record]:
    """The rows' records; read some at a time, for they take ten times as much memory as their text."""
    for at in range(0, len(rows), LARGEST_PAGE):
        yield from records_of(list_of([page.slices[at] for _, page, at in rows[at : at + LARGEST_PAGE]]))


def _order_with(order: Order, before: Page | None, page: Page) -> Order:
    """The first order, from the one assumed so far on, in which one more page comes."""
    times = [time for time in page.times if time is not None]
    if order is Order.MIXED or len(times) < len(page):
        return Order.MIXED
    times[:0] = [time for time in (before.times[-1:] if before else ()) if time is not None]
    rising = sorted(times)
    if order is not Order.ASCENDING and times == rising[::-1]:
        return Order.DESCENDING
    return Order.ASCENDING if times == rising else Order.MIXED
