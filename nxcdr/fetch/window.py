"""One window of time being read, page after page, until its end is proved.

The API has no total and no cursor. What is certain: a page shorter than asked for is the last (`Plan` checks that this
server keeps to it), so reading a window to its short page gives the window's *count* as well as its rows:

    count = (pages - 1) * size + len(last page)

A window is proved when as many *different* rows are held as the count says. That one rule makes it safe to keep what
was read before a window is cut: the part that keeps the pages reads on from where its rows should end, and the count at
the end tells whether the server's order was what it seemed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from nxcdr.api.answer import Page, Record
from nxcdr.api.client import PageRequest

Row = tuple[int, Record]

_canonical_json = msgspec.json.Encoder(order="sorted", decimal_format="number").encode


def canonical(record: Record) -> bytes:
    """The record's text whatever the order of its fields: equal records, equal texts."""
    try:
        return _canonical_json(record)
    except UnicodeEncodeError:  # half a surrogate pair
        return repr(sorted(record.items(), key=lambda item: item[0])).encode("ascii", "backslashreplace")


class Order(Enum):
    """How a window's rows come, by their start times, as far as seen."""

    UNKNOWN = "unknown"
    DESCENDING = "descending"
    ASCENDING = "ascending"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Window:
    """A window read to its proved end.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        rows: The records that start in it, by (startTime, canonical text), each once.
        strays: Records the server returned for it that start before it or have no start time, each once.
        repeats: Equal records dropped.
        pages: Pages held when it was proved.
        serial: The reader's number.
    """

    start: int
    end: int
    rows: list[Record]
    strays: list[Record]
    repeats: int
    pages: int
    serial: int


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
        earlier: The texts of the pages of the pass before, where rows repeated: see `Plan`.
        passes: How often it has been read anew because rows repeated.
        confirming: The next page is asked for only to prove that a short page is the last.
        probe: The number of a page asked for only to learn whether the window is large; 0 for none.
        order: How the rows come, as far as seen.
    """

    serial: int
    start: int
    end: int
    pages: list[Page] = field(default_factory=list)
    page: int = 1
    carried: int = 0
    earlier: list[bytes] | None = None
    passes: int = 0
    confirming: bool = False
    probe: int = 0
    order: Order = Order.UNKNOWN

    def request(self, size: int) -> PageRequest:
        """The next page to ask for."""
        return PageRequest(self.start, self.end, self.probe or self.page, size)

    def take(self, page: Page) -> None:
        """Hold one more page."""
        # A page carried over is of another listing: where this one goes on from it says nothing.
        before = self.pages[-1] if len(self.pages) > self.carried else None
        self.order = _order_with(self.order, before, page)
        self.pages.append(page)
        self.page += 1

    def restart(self) -> None:
        """Forget what was read, and read the window plainly from page 1."""
        self.pages = []
        self.page = 1
        self.carried = 0
        self.confirming = False
        self.probe = 0
        self.order = Order.UNKNOWN

    def carry_on(self, size: int) -> None:
        """After a cut: keep the rows in time, and read on from where they should end."""
        held = sum(self._may_be_listed(time) for page in self.pages for time in page.times)
        self.page = held // size + 1
        if self.page == 1:
            self.restart()
        else:
            self.carried = len(self.pages)

    def last_time(self) -> int | None:
        """The start time (ms) of the last row read, None where there is none."""
        return self.pages[-1].times[-1] if self.pages and self.pages[-1].times else None

    def settle(self, size: int) -> Window | None:
        """Sort and count what is held, once the last page has come; None where that is no proof.

        Args:
            size: The page size all pages were asked with.
        """
        count = (self.page - 2) * size + len(self.pages[-1])
        rows: list[tuple[int | None, Record]] = []
        for number, page in enumerate(self.pages):
            listed = number >= self.carried
            rows += [
                row for row in zip(page.times, page.records(), strict=True) if listed or self._may_be_listed(row[0])
            ]
        unique = _distinct(rows)
        if len(unique) != count and (self.carried or not self._repeats_are_real()):
            return None
        first, end = self.start * 1000, self.end * 1000
        return Window(
            start=self.start,
            end=self.end,
            rows=[record for time, record in unique if time is not None and first <= time < end],
            strays=[record for time, record in unique if time is None or time < first],
            repeats=len(rows) - len(unique) if not self.carried else 0,
            pages=len(self.pages),
            serial=self.serial,
        )

    def texts(self) -> list[bytes]:
        """The pages as the server sent them, to compare two passes."""
        return [page.text for page in self.pages]

    def _may_be_listed(self, time: int | None) -> bool:
        """Whether a row read for a larger window is for certain also listed for this one.

        At the cut itself that depends on whether the server counts the end in; such rows come again with the next page.
        """
        if time is None:
            return True
        if self.order is Order.ASCENDING:
            return time < self.end * 1000
        return time >= self.start * 1000

    def _repeats_are_real(self) -> bool:
        """Equal rows are the server's own where they came in one answer, or just so in two passes."""
        return len(self.pages) == 1 or self.earlier == self.texts()


def _distinct(rows: list[tuple[int | None, Record]]) -> list[tuple[int | None, Record]]:
    """The rows by (time, canonical text), equal ones once; rows without a time come first."""
    rows.sort(key=lambda row: -1 if row[0] is None else row[0])
    unique: list[tuple[int | None, Record]] = []
    at = 0
    while at < len(rows):
        time = rows[at][0]
        until = at + 1
        while until < len(rows) and rows[until][0] == time:
            until += 1
        if until == at + 1:
            unique.append(rows[at])
        else:  # only rows of one millisecond can be equal, or need more than their time to be put in order
            texts = {canonical(record): record for _, record in rows[at:until]}
            unique += [(time, texts[text]) for text in sorted(texts)]
        at = until
    return unique


def _order_with(order: Order, before: Page | None, page: Page) -> Order:
    """The order of all rows read, given the order so far and one more page."""
    times = ((before.times[-1],) if before and before.times else ()) + page.times
    if order is Order.MIXED or None in times:
        return Order.MIXED
    known = [time for time in times if time is not None]
    descending = order is not Order.ASCENDING and _falls(known)
    ascending = order is not Order.DESCENDING and _falls(reversed(known))
    if descending and ascending:
        return order
    return Order.DESCENDING if descending else Order.ASCENDING if ascending else Order.MIXED


def _falls(times: Iterable[int]) -> bool:
    previous = None
    for time in times:
        if previous is not None and time > previous:
            return False
        previous = time
    return True
