"""The plan against a server in memory: accepted windows hold exactly the server's rows, or nothing is proved."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.answer import Page
from nxcdr.api.client import PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.plan import Plan, Turn
from nxcdr.fetch.whole import own_calls
from nxcdr.fetch.window import SelectedBy
from tests.harness import END, START

Row = tuple[int, str]
ORDERS = ("descending", "ascending", "shuffled", "reshuffled")
BEYOND_END = {"exclusive": 0, "inclusive": 1, "inclusive_second": 1000}  # ms


@dataclass
class Server:
    """Lists rows; wrongly, if told to."""

    rows: list[Row]
    order: str = "descending"
    end: str = "exclusive"
    cap: int = 100
    cut_rate: float = 0.0
    first_page: int = 1
    arrival_rate: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    asked: list[PageRequest] = field(default_factory=list)

    def __call__(self, request: PageRequest) -> Page:
        self.asked.append(request)
        if self.chance.random() < self.arrival_rate:
            self.rows.append((self.chance.randrange(START * 1000, END * 1000), f"new-{len(self.rows)}"))
        last = request.end * 1000 + BEYOND_END[self.end]
        listed = sorted(row for row in self.rows if request.start * 1000 <= row[0] < last)
        if self.order == "descending":
            listed.reverse()
        elif self.order == "shuffled":
            listed.sort(key=lambda row: random.Random(repr(row)).random())
        elif self.order == "reshuffled":
            self.chance.shuffle(listed)
        size = min(request.size, self.cap)
        at = (request.page - self.first_page) * size
        rows = listed[at : at + size]
        if self.chance.random() < self.cut_rate:
            rows = rows[: self.chance.randrange(len(rows) + 1)]
        return Page(
            tuple(repr(row).encode() for row in rows),
            tuple(time for time, _ in rows),
            tuple(time + 1000 for time, _ in rows),
            tuple(name for _, name in rows),
        )


def rows_of(count: int, seed: int = 1, start: int = START, end: int = END) -> list[Row]:
    chance = random.Random(seed)
    return [(chance.randrange(start * 1000, end * 1000), f"{seed}-{n}") for n in range(count)]


def drive(server: Server, workers: int = 4, seed: int = 0, settled_before: float | None = None) -> Counter[bytes]:
    """Carry a plan out; answers arrive in any order. Returns how often each row was accepted."""
    plan = Plan([(START, END)], settled_before=settled_before)
    chance = random.Random(seed)
    out: list[Turn] = []
    found: Counter[bytes] = Counter()
    windows: list[tuple[int, int]] = []
    while not plan.done:
        while len(out) < workers and (turn := plan.next()):
            out.append(turn)
        turn = out.pop(chance.randrange(len(out)))
        if proved := plan.answer(turn, server(turn.request)):
            windows.append((proved.start, proved.end))
            found.update({record for _, record in own_calls(proved, SelectedBy.START)})
    windows.sort()
    assert [windows[0][0], windows[-1][1]] == [START, END]
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    return found


def texts(rows: list[Row]) -> Counter[bytes]:
    return Counter({repr(row).encode(): 1 for row in rows})


@given(
    count=st.sampled_from([0, 1, 60, 100, 101, 250, 700, 1500]),
    crowd=st.sampled_from([0, 0, 150, 300]),
    order=st.sampled_from(ORDERS),
    end=st.sampled_from(sorted(BEYOND_END)),
    cap=st.sampled_from([100, 100, 100, 99, 50, 20, 7]),
    arrival_rate=st.sampled_from([0, 0, 0.02]),
    workers=st.integers(1, 16),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, derandomize=True)
def test_accepted_windows_hold_the_servers_rows_exactly_or_nothing_is_proved(
    count: int, crowd: int, order: str, end: str, cap: int, arrival_rate: float, workers: int, seed: int
) -> None:
    rows = rows_of(count, seed) + rows_of(crowd, seed + 1, START + 5000, START + 5001)
    server = Server(list(rows), order, end, cap, arrival_rate=arrival_rate, chance=random.Random(seed))
    try:
        found = drive(server, workers, seed)
    except UntrustedAnswerError:
        assert order == "reshuffled" or arrival_rate
        return
    assert not texts(rows) - found
    assert not found - texts(server.rows)


@given(rate=st.sampled_from([0.01, 0.03, 0.1, 0.2]), seed=st.integers(0, 10**6), order=st.sampled_from(ORDERS[:3]))
@settings(max_examples=20, derandomize=True)
def test_answers_cut_short_at_random_cost_no_row(rate: float, seed: int, order: str) -> None:
    rows = rows_of(1500, seed)
    assert drive(Server(rows, order, cut_rate=rate, chance=random.Random(seed)), seed=seed) == texts(rows)


@pytest.mark.parametrize("count", [6, 60, 101, 250, 1500])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_counted_from_0_are_not_believed(count: int, order: str) -> None:
    with pytest.raises(UntrustedAnswerError):
        drive(Server(rows_of(count), order, first_page=0))


@pytest.mark.parametrize("count", [4700, 4800, 4801, 4899, 4900, 4901, 5000])
@pytest.mark.parametrize("order", ["descending", "shuffled"])
def test_a_window_about_as_full_as_may_be_is_read(count: int, order: str) -> None:
    rows = rows_of(count)
    assert drive(Server(rows, order)) == texts(rows)


def test_equal_rows_are_accepted_once_and_a_crowded_second_whole() -> None:
    rows = [(START * 1000 + 7, "same")] * 250
    assert drive(Server(rows)) == Counter({repr(rows[0]).encode(): 1})
    crowd = rows_of(5000, 3, START + 60, START + 61)
    assert drive(Server(crowd)) == texts(crowd)


def test_where_calls_may_still_come_in_no_window_has_two_pages() -> None:
    rows = rows_of(3000)
    server = Server(rows)
    assert drive(server, settled_before=START) == texts(rows)
    assert not [q for q in server.asked if q.page > 2 and q.size == 100 and q.end - q.start > 1]


@pytest.mark.parametrize("order", ["descending", "ascending"])
@pytest.mark.parametrize(("count", "most"), [(0, 2), (60, 2), (100, 3), (20_000, 216)])
def test_few_requests_are_needed_in_order_and_none_goes_deep(count: int, most: int, order: str) -> None:
    server = Server(rows_of(count), order)
    drive(server)
    assert len(server.asked) <= most
    assert all(request.page * request.size <= 5000 for request in server.asked)
