"""A server in memory that pages wrongly in every way, and what a plan makes of it: no thread, no network."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import Literal, NamedTuple

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest
from nxcdr.fetch.plan import Plan, Proved, Turn
from nxcdr.fetch.whole import own_calls
from nxcdr.fetch.window import SelectedBy, is_selected
from tests.harness import END, START

Order = Literal["descending", "ascending", "shuffled", "ended", "tied", "reshuffled"]
EndRule = Literal["exclusive", "inclusive", "inclusive_second"]

ORDERS: tuple[Order, ...] = ("descending", "ascending", "shuffled", "ended", "tied", "reshuffled")
END_RULES: tuple[EndRule, ...] = ("exclusive", "inclusive", "inclusive_second")
_BEHIND_END: dict[EndRule, int] = {"exclusive": 0, "inclusive": 1, "inclusive_second": 1000}  # ms that belong to it
_STALE = 16  # requests back
_KEPT = 100  # listings


class Row(NamedTuple):
    """A call as it is listed."""

    start: int
    end: int
    call_id: str
    version: int = 0

    @property
    def record(self) -> bytes:
        return b'{"callId":"%b","endTime":%d,"startTime":%d,"version":%d}' % (
            self.call_id.encode(),
            self.end,
            self.start,
            self.version,
        )


class Listed(NamedTuple):
    """A row with its text, made once."""

    row: Row
    record: bytes


@dataclass(slots=True)
class Server:
    """Answers requests, at once.

    Attributes:
        rows: What it lists.
        order: ``tied`` is descending by the second, in which each answer has another order; ``reshuffled`` is another
            order in each answer.
        end: Whether the end of a range belongs to it.
        by: The time that the range selects by.
        cap: The most rows on a page.
        cap_offset: Whether page n of capped pages begins after n - 1 pages of the cap, or of the size asked for.
        first_page: The number of the first page.
        repeats: Each page after the first begins with so many rows of the page before.
        stuck_at: Every page after this one repeats it.
        depth: No page reaches beyond so many rows.
        cut: The share of answers that lack rows, at random or the last ones.
        whole: So many of the first answers lack none.
        arrivals: The share of answers before which a row comes in.
        changes: The share of answers before which a row is changed.
        stale: The share of answers that are those to another request.
        seed: Decides all that is random.
        asked: The requests.
    """

    rows: Sequence[Row] = ()
    order: Order = "descending"
    end: EndRule = "inclusive"
    by: SelectedBy = SelectedBy.START
    cap: int = 100
    cap_offset: Literal["cap", "size"] = "cap"
    first_page: int = 1
    repeats: int = 0
    stuck_at: int | None = None
    depth: int | None = None
    cut: float = 0
    whole: int = 0
    arrivals: float = 0
    changes: float = 0
    stale: float = 0
    seed: int = 0
    asked: list[PageRequest] = field(default_factory=list, repr=False)
    _listed: list[Listed] = field(init=False, repr=False)
    _listings: dict[tuple[int, int], list[Listed]] = field(default_factory=dict, repr=False)
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._listed = sorted((Listed(row, row.record) for row in self.rows), key=self._time)

    def __call__(self, request: PageRequest) -> Page:
        self.asked.append(request)
        if self._happens(self.arrivals):
            self._arrive()
        if self._listed and self._happens(self.changes):
            self._change()
        if self._happens(self.stale):
            request = self._random.choice(self.asked[-_STALE:])
        listing = self._listing(request)
        size = min(request.size, self.cap)
        stride = max(1, (size if self.cap_offset == "cap" else request.size) - self.repeats)
        number = request.page if self.stuck_at is None else min(request.page, self.stuck_at)
        begin = (number - self.first_page) * stride
        listed = listing[begin : begin + size] if begin >= 0 else []
        if self.depth is not None and (number - self.first_page + 1) * request.size > self.depth:
            listed = []
        return _page(self._kept(listed))

    @property
    def arrived(self) -> set[str]:
        """Ids of the calls that came in."""
        return {listed.row.call_id for listed in self._listed} - {row.call_id for row in self.rows}

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def _time(self, listed: Listed) -> int:
        row = listed.row
        return {SelectedBy.START: row.start, SelectedBy.END: row.end, SelectedBy.LISTED: row.end + 1500}[self.by]

    def _listing(self, request: PageRequest) -> list[Listed]:
        key = (request.start, request.end)
        if key not in self._listings:
            if len(self._listings) >= _KEPT:
                self._listings.clear()
            low = bisect_left(self._listed, request.start * 1000, key=self._time)
            high = bisect_left(self._listed, request.end * 1000 + _BEHIND_END[self.end], key=self._time)
            self._listings[key] = self._ordered(self._listed[low:high])
        listing = self._listings[key]
        if self.order == "reshuffled":
            return self._random.sample(listing, len(listing))
        if self.order == "tied":
            return sorted(listing, key=lambda listed: (-(listed.row.start // 1000), self._random.random()))
        return listing

    def _ordered(self, listing: list[Listed]) -> list[Listed]:
        match self.order:
            case "descending":
                return sorted(listing, reverse=True)
            case "ascending":
                return sorted(listing)
            case "ended":
                return sorted(listing, key=lambda listed: (-listed.row.end, listed.record))
            case "shuffled":
                return sorted(listing, key=lambda listed: zlib.crc32(listed.row.call_id.encode()))
            case _:
                return listing

    def _kept(self, listed: list[Listed]) -> list[Listed]:
        if not listed or len(self.asked) <= self.whole or not self._happens(self.cut):
            return listed
        count = self._random.randrange(len(listed))
        places = range(count) if self._happens(0.5) else sorted(self._random.sample(range(len(listed)), count))
        return [listed[at] for at in places]

    def _arrive(self) -> None:
        start = self._random.randrange(START * 1000, END * 1000)
        self._put(Row(start, start + 5000, f"new-{len(self._listed)}"))

    def _change(self) -> None:
        old = self._listed.pop(self._random.randrange(len(self._listed))).row
        self._put(old._replace(version=old.version + 1))

    def _put(self, row: Row) -> None:
        self._listed.append(Listed(row, row.record))
        self._listed.sort(key=self._time)
        self._listings.clear()


def _page(listed: Sequence[Listed]) -> Page:
    return Page(
        tuple([one.record for one in listed]),
        tuple([one.row.start for one in listed]),
        tuple([one.row.end for one in listed]),
        tuple([one.row.call_id for one in listed]),
    )


def some_rows(
    count: int, start: int = START, end: int = END, *, seed: int = 0, weights: Sequence[float] = (1,)
) -> list[Row]:
    """Rows at random times; weights are relative densities in equal slices of the time."""
    rng = Random(seed)
    slice_ms = (end - start) * 1000 / len(weights)
    rows = []
    for number, place in enumerate(rng.choices(range(len(weights)), weights, k=count)):
        at = start * 1000 + int((place + rng.random()) * slice_ms)
        rows.append(Row(at, at + rng.randrange(1000, 400_000), f"{seed}-{number}"))
    return rows


@dataclass(frozen=True, slots=True)
class Result:
    """What a plan made of a server.

    Attributes:
        windows: The proved windows, in the order of time.
        calls: The records kept; a checkpoint, too, keeps equal ones once.
        requests: How many there were.
        is_selected: Whether all that was listed starts, or ends, where it should; if not, a run starts over.
    """

    windows: list[tuple[int, int]]
    calls: set[bytes]
    requests: int
    is_selected: bool


def carry_out(
    plan: Plan,
    ask: Callable[[PageRequest], Page],
    *,
    in_flight: int = 4,
    shuffle: Random | None = None,
    selected_by: SelectedBy = SelectedBy.START,
    most: int = 30_000,
) -> Result:
    """Do what a plan says, with so many requests at once, answered in turn or in a random order.

    Raises:
        AssertionError: The plan waits for nothing, or comes to no end.
        UntrustedAnswerError: Nothing can be proved.
    """
    under_way: list[Turn] = []
    proved: list[Proved] = []
    requests = 0
    while not plan.done:
        while len(under_way) < in_flight and (turn := plan.next()) is not None:
            under_way.append(turn)
        assert under_way, "the plan waits for nothing"
        turn = under_way.pop(shuffle.randrange(len(under_way)) if shuffle else 0)
        requests += 1
        assert requests <= most, "the plan comes to no end"
        if (window := plan.answer(turn, ask(turn.request))) is not None:
            proved.append(window)
    calls = {record for window in proved for _, record in own_calls(window, selected_by)}
    fits = all(is_selected(window.listing, window.start, window.end, selected_by) for window in proved)
    return Result(sorted((window.start, window.end) for window in proved), calls, requests, fits)


def do_tile(windows: Iterable[tuple[int, int]], start: int = START, end: int = END) -> bool:
    """Whether windows, in the order of time, cover a range without a gap or an overlap."""
    edges = [start, *chain.from_iterable(windows), end]
    return all(left == right for left, right in zip(edges[::2], edges[1::2], strict=True))
