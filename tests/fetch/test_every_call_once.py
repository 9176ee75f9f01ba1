"""Any records, any server order, end rule, page cap and arrivals: every call once, and no page number deep."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.answer import Page, read_page
from nxcdr.api.client import PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.plan import DEEPEST, Carry, Plan
from nxcdr.fetch.read import Windows, in_order, spans
from nxcdr.fetch.seams import Seams, belong_elsewhere, side
from nxcdr.fetch.window import Reader, Window, canonical, digest

START, END = 1690387200, 1690473600
Call = dict[str, Any]
ORDERS = ("descending", "ascending", "shuffled")
END_RULES = {"exclusive": 0, "to the millisecond": 1, "to the second": 1000}


@dataclass
class Server:
    """A server in memory."""

    calls: list[Call]
    order: str = "descending"
    end_rule: str = "exclusive"
    cap: int = 100
    arrivals: list[Call] = field(default_factory=list)
    asked: list[PageRequest] = field(default_factory=list)

    def __call__(self, request: PageRequest) -> Page:
        self.asked.append(request)
        end = request.end * 1000 + END_RULES[self.end_rule]
        listed = [call for call in self.calls if request.start * 1000 <= call["startTime"] < end]
        listed.sort(key=self.place)
        size = min(request.size, self.cap)
        page = listed[(request.page - 1) * size : request.page * size]
        if self.arrivals:
            self.calls.append(self.arrivals.pop())
        return read_page(json.dumps(page).encode())

    def place(self, call: Call) -> Any:
        by_time = (call["startTime"], call["id"])
        if self.order == "shuffled":
            return random.Random(repr(by_time)).random()
        return (-by_time[0], -by_time[1]) if self.order == "descending" else by_time

    def deepest(self) -> int:
        """The deepest page asked for in a window wider than a second (a second of its own may be at its end)."""
        return max((request.page for request in self.asked if request.end - request.start > 1), default=0)


def drive(plan: Plan, server: Callable[[PageRequest], Page], *, seed: int = 0, threads: int = 4) -> list[Window]:
    """Carry out a plan as threads would, in an order of answers drawn from the seed."""
    rng = random.Random(seed)
    out: list[tuple[Reader, PageRequest]] = []
    windows: list[Window] = []
    while not plan.done:
        while len(out) < threads and (turn := plan.next()) is not None:
            out.append(turn)
        reader, request = out.pop(rng.randrange(len(out)))
        if plan.feed(reader, request, server(request), idle=threads - len(out) - 1):
            proved = plan.conclude(reader, reader.settle(plan.size))
            if proved is not None:
                windows.append(proved)
    return windows


def calls_at(times: list[int]) -> list[Call]:
    return [{"id": number, "startTime": time} for number, time in enumerate(times)]


def spread(count: int, start: int = START, end: int = END, seed: int = 0) -> list[Call]:
    rng = random.Random(seed)
    return calls_at([rng.randrange(start * 1000, end * 1000) for _ in range(count)])


def texts(calls: list[Call]) -> list[bytes]:
    return sorted(map(canonical, calls))


def held(windows: list[Window]) -> list[bytes]:
    return sorted(canonical(call) for window in windows for call in window.rows)


seconds = st.integers(START * 1000, START * 1000 + 400_000)
crowds = st.tuples(seconds, st.integers(1, 400)).map(lambda crowd: [crowd[0]] * crowd[1])
times = st.lists(st.one_of(seconds.map(lambda time: [time]), crowds), max_size=30).map(lambda lists: [*chain(*lists)])


@settings(max_examples=150)
@given(
    times=times,
    order=st.sampled_from(ORDERS),
    end_rule=st.sampled_from(sorted(END_RULES)),
    cap=st.sampled_from([7, 50, 99, 100]),
    threads=st.integers(1, 8),
    seed=st.integers(0, 1000),
    deepest=st.sampled_from([2, 3, DEEPEST]),
)
def test_every_call_comes_once_whatever_the_server_does(
    times: list[int], order: str, end_rule: str, cap: int, threads: int, seed: int, deepest: int
) -> None:
    server = Server(calls_at(times), order, end_rule, cap)
    start, end = START, START + 300
    windows = drive(Plan([(start, end)], deepest=deepest), server, seed=seed, threads=threads)
    assert held(windows) == texts([call for call in server.calls if start * 1000 <= call["startTime"] < end * 1000])
    windows.sort(key=lambda window: window.start)
    edges = [edge for window in windows for edge in (window.start, window.end)]
    assert (edges[0], edges[-1]) == (start, end)
    assert edges[1:-1:2] == edges[2::2]


@settings(max_examples=60)
@given(
    count=st.integers(0, 900),
    order=st.sampled_from(ORDERS),
    arriving=st.lists(seconds, max_size=40),
    threads=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_calls_that_come_in_meanwhile_cost_no_other_call(
    count: int, order: str, arriving: list[int], threads: int, seed: int
) -> None:
    before = spread(count, START, START + 400, seed)
    arrivals = [{"id": 10_000 + number, "startTime": time} for number, time in enumerate(arriving)]
    server = Server(list(before), order, arrivals=list(arrivals))
    found = held(drive(Plan([(START, START + 401)]), server, seed=seed, threads=threads))
    assert len(found) == len(set(found))
    assert set(texts(before)) <= set(found) <= set(texts(before + arrivals))


@pytest.mark.parametrize("count", [1, 2, 60])
def test_a_call_that_comes_in_behind_a_short_first_page_is_no_page_cap(count: int) -> None:
    server = Server(spread(count), arrivals=[{"id": 1000, "startTime": END * 1000 - 1}])
    plan = Plan([(START, END)])
    assert len(held(drive(plan, server))) == count + 1
    assert (plan.size, len(server.asked)) == (100, 4)


@pytest.mark.parametrize("count", [101, 150, 230, 1000])
def test_ties_of_one_second_that_each_page_breaks_otherwise_lose_no_call(count: int) -> None:
    tied = calls_at([START * 1000] * count)

    def server(request: PageRequest) -> Page:
        asked.append(request)
        order = sorted(tied, key=lambda call: random.Random(f"{call['id']}/{request.page}").random())
        page = order[(request.page - 1) * request.size : request.page * request.size] if request.start == START else []
        return read_page(json.dumps(page).encode())

    asked: list[PageRequest] = []
    windows = Windows(Plan([(START, START + 1)]), server, concurrency=1)
    with suppress(UntrustedAnswerError):  # or some are hidden in each of the passes
        assert held(list(windows)) == texts(tied)
    assert len({request.size for request in asked}) > 1


def test_equal_records_in_one_crowded_second_are_one() -> None:
    calls = calls_at([START * 1000 + 5] * 150)
    server = Server(calls + calls)
    [window] = drive(Plan([(START, START + 1)]), server)
    assert (held([window]), window.repeats) == (texts(calls), 150)


def test_equal_records_are_one_and_records_that_share_an_id_are_not() -> None:
    twin = {"id": 1, "startTime": START * 1000}
    server = Server([twin, dict(twin), {**twin, "leg": 2}])
    [window] = drive(Plan([(START, END)]), server)
    assert (window.rows, window.repeats) == ([{**twin, "leg": 2}, twin], 1)


def test_equal_records_on_two_pages_are_one_too() -> None:
    calls = spread(250)
    server = Server(calls + [dict(call) for call in calls[::3]])
    assert held(drive(Plan([(START, END)]), server)) == texts(calls)


@pytest.mark.parametrize("count", [0, 1, 60, 99])
def test_a_quiet_day_costs_at_most_two_requests(count: int) -> None:
    server = Server(spread(count))
    drive(Plan([(START, END)]), server)
    assert len(server.asked) <= 2


@pytest.mark.parametrize("order", ["descending", "ascending"])
@pytest.mark.parametrize("end_rule", sorted(END_RULES))
def test_a_busy_day_costs_little_more_than_its_rows_and_no_page_is_deep(order: str, end_rule: str) -> None:
    server = Server(spread(8000), order, end_rule)
    assert len(held(drive(Plan([(START, END)]), server))) == 8000
    assert len(server.asked) <= 1.1 * 80
    assert server.deepest() <= DEEPEST


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_the_page_that_proves_a_window_that_was_cut_is_no_page_more(order: str) -> None:
    server = Server(spread(20_000), order)
    assert len(held(drive(Plan([(START, END)]), server, threads=1))) == 20_000
    assert len(server.asked) <= 1.03 * 200
    assert server.deepest() <= DEEPEST


@pytest.mark.parametrize(
    ("order", "carry"),
    [("descending", Carry.NOTHING), ("ascending", Carry.NOTHING), ("ascending", Carry.NEWEST)],
)
def test_where_nothing_may_be_kept_of_a_window_that_is_cut_it_is_cut_early(order: str, carry: Carry) -> None:
    server = Server(spread(20_000), order)
    assert len(held(drive(Plan([(START, END)], carry=carry), server))) == 20_000
    assert len(server.asked) <= 1.2 * 200
    assert server.deepest() <= DEEPEST


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_empty_nights_cost_nothing(order: str) -> None:
    days = [spread(700, START + day * 86400 + 32400, START + day * 86400 + 64800, day) for day in range(10)]
    calls = [{**call, "id": number} for number, call in enumerate(chain(*days))]
    server = Server(calls, order)
    assert held(drive(Plan([(START, START + 10 * 86400)]), server)) == texts(calls)
    assert len(server.asked) <= 1.15 * 70


def test_an_hour_with_fifty_times_the_traffic_changes_nothing() -> None:
    calls = spread(5400, START + 54000, START + 57600) + spread(2600, seed=1)
    server = Server([{**call, "id": number} for number, call in enumerate(calls)])
    assert len(held(drive(Plan([(START, END)]), server))) == 8000
    assert len(server.asked) <= 1.15 * 80
    assert server.deepest() <= DEEPEST


@pytest.mark.parametrize("order", ORDERS)
def test_thousands_of_calls_in_one_second_are_read_to_their_end(order: str) -> None:
    calls = calls_at([(START + 1000) * 1000 + number % 1000 for number in range(3000)]) + calls_at([START * 1000])
    calls = [{**call, "id": number} for number, call in enumerate(calls)]
    server = Server(calls, order, "to the second")
    assert held(drive(Plan([(START, END)]), server)) == texts(calls)


def test_a_server_that_ignores_the_page_number_is_not_trusted() -> None:
    full = read_page(json.dumps(spread(100)).encode())
    short = read_page(json.dumps(spread(60)).encode())
    with pytest.raises(UntrustedAnswerError, match="repeats an earlier page"):
        list(Windows(Plan([(START, END)]), lambda _: full, concurrency=2))
    with pytest.raises(UntrustedAnswerError, match="ignores the page number"):
        list(Windows(Plan([(START, END)]), lambda _: short, concurrency=2))


def test_a_server_that_sends_more_than_asked_for_is_not_trusted() -> None:
    page = read_page(json.dumps(spread(101)).encode())
    with pytest.raises(UntrustedAnswerError, match="101 rows"):
        list(Windows(Plan([(START, END)]), lambda _: page, concurrency=1))


def test_an_order_that_changes_with_every_request_never_gives_a_wrong_answer() -> None:
    calls = calls_at([START * 1000 + number for number in range(900)])  # all in one second
    rng = random.Random(1)

    def ask(request: PageRequest) -> Page:
        listed = [call for call in calls if request.start * 1000 <= call["startTime"] < request.end * 1000]
        rng.shuffle(listed)
        return read_page(json.dumps(listed[(request.page - 1) * 100 : request.page * 100]).encode())

    with pytest.raises(UntrustedAnswerError):
        list(Windows(Plan([(START, END)]), ask, concurrency=1))


def test_calls_not_yet_settled_are_read_in_single_answers() -> None:
    server = Server(spread(1500))
    windows = drive(Plan([(START, END)], settled_before=START), server)
    assert len(held(windows)) == 1500
    assert max(request.page for request in server.asked) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_the_newest_calls_come_first_and_cost_few_requests(order: str) -> None:
    server = Server(spread(3000), order)
    reading = Windows(Plan([(START, END)], newest_first=True, deepest=2), server, concurrency=1, ahead=False)
    newest: list[Call] = []
    for window in in_order(reading, END):
        newest += reversed(window.rows)
        if len(newest) >= 50:
            break
    expected = sorted(server.calls, key=lambda call: -call["startTime"])[:50]
    assert [call["startTime"] for call in newest[:50]] == [call["startTime"] for call in expected]
    assert len(server.asked) <= {"descending": 2, "ascending": 8, "shuffled": 12}[order]


def test_a_long_range_is_cut_into_spans_that_touch() -> None:
    assert list(spans(0, 70 * 86400, 31)) == [(0, 31 * 86400), (31 * 86400, 62 * 86400), (62 * 86400, 70 * 86400)]


def test_rows_that_start_before_their_window_are_kept_apart() -> None:
    early = {"id": 1, "startTime": START * 1000 - 1}
    timeless = {"id": 2}
    page = read_page(json.dumps([early, timeless]).encode())
    empty = read_page(b"[]")
    reading = Windows(Plan([(START, END)]), lambda request: page if request.page == 1 else empty, concurrency=1)
    [window] = list(reading)
    assert (window.rows, window.strays, window.late_ones) == ([], [timeless, early], [])


def test_rows_that_start_at_the_end_of_their_window_are_kept_apart() -> None:
    first, last, late = ({"id": number, "startTime": START * 1000 + ms} for number, ms in enumerate((999, 1000, 2000)))
    page = read_page(json.dumps([late, last, first]).encode())
    empty = read_page(b"[]")
    reading = Windows(Plan([(START, START + 2)]), lambda request: page if request.page == 1 else empty, concurrency=1)
    [window] = list(reading)
    assert (window.rows, window.strays, window.late_ones) == ([first, last], [], [late])
    assert window.head == {digest(first)}
    assert window.late == {digest(late)}


def test_two_windows_fit_where_what_one_lists_beyond_its_end_begins_the_next() -> None:
    seams = Seams()
    assert seams.fit(0, 10, head=["a"], assumed=[], late=["b"])
    assert seams.is_open(10)
    assert seams.fit(20, 30, head=["d", "f"], assumed=["f"], late=[])
    assert not seams.fit(10, 20, head=["c"], assumed=[], late=["d"])
    assert seams.fit(10, 20, head=["b", "c"], assumed=["c"], late=["d"])
    assert not seams.is_open(10)
    assert not seams.fit(0, 10, head=["a"], assumed=[], late=["b", "e"])
    assert not seams.fit(0, 10, head=["a"], assumed=[], late=["b", "c"])


@settings(max_examples=200)
@given(
    calls=st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 20)), max_size=30),
    cut=st.integers(-4, 4),
    chosen_by=st.sampled_from(["start", "end", "created", "overlap"]),
    last_ms=st.sampled_from([-1, 0, 999]),
)
def test_adjacent_ranges_hold_together_what_both_hold(
    calls: list[tuple[int, int, int]], cut: int, chosen_by: str, last_ms: int
) -> None:
    base = START * 1000
    rows: list[Call] = [
        {"id": number, "created": base + low * 500, "startTime": base + middle * 500, "endTime": base + high * 500}
        for number, (low, middle, high) in enumerate(sorted(one) for one in calls)
    ]

    def listed(start: int, end: int) -> list[Call]:
        first, last = start * 1000, end * 1000 + last_ms
        if chosen_by == "overlap":
            return [row for row in rows if row["startTime"] <= last and row["endTime"] >= first]
        key = {"start": "startTime", "end": "endTime", "created": "created"}[chosen_by]
        return [row for row in rows if first <= row[key] <= last]

    def windows(start: int, end: int) -> list[Window]:
        page = read_page(json.dumps(listed(start, end)).encode())
        return drive(Plan([(start, end)]), lambda request: page if request.page == 1 else read_page(b"[]"))

    def exported(start: int, end: int) -> list[bytes]:
        found = [row for row in listed(start, end) if side(row["startTime"], start, end) == 0]
        strays = [row for row in listed(start, end) if side(row["startTime"], start, end) != 0]
        elsewhere = belong_elsewhere(strays, start, end, windows)
        return texts(found + [row for row in strays if digest(row) not in elsewhere])

    low, middle, high = START - 5, START + cut, START + 5
    assert sorted(exported(low, middle) + exported(middle, high)) == exported(low, high)
