"""What is kept when a window is cut is proved: whatever calls a server lists for a window, and in whatever order."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.answer import Page, read_page
from nxcdr.api.client import PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.plan import DEEPEST, Plan
from nxcdr.fetch.read import Windows
from nxcdr.fetch.window import Reader, Window, canonical

START, END = 1690387200, 1690387200 + 1200
Call = dict[str, Any]

PLACES: dict[str, Callable[[Call], Any]] = {
    "descending": lambda call: (-call["startTime"], call["id"]),
    "ascending": lambda call: (call["startTime"], call["id"]),
    "last ended first": lambda call: (-call["endTime"], call["id"]),
    "first ended first": lambda call: (call["endTime"], call["id"]),
    "shuffled": lambda call: random.Random(call["id"]).random(),
    "by the second, newest first": lambda call: (-(call["startTime"] // 1000), random.Random(call["id"]).random()),
}
LISTS: dict[str, Callable[[Call, int, int], bool]] = {
    "start": lambda call, first, last: first <= call["startTime"] < last,
    "end": lambda call, first, last: first <= call["endTime"] < last,
    "overlap": lambda call, first, last: call["startTime"] < last and call["endTime"] >= first,
}
END_RULES = {"exclusive": 0, "to the millisecond": 1, "to the second": 1000}


@dataclass
class Server:
    """A server in memory; ``wandering`` shuffles anew for each request."""

    calls: list[Call]
    order: str
    lists: str = "start"
    end_rule: str = "exclusive"
    cap: int = 100
    wandering: random.Random | None = None
    asked: list[PageRequest] = field(default_factory=list)

    def __call__(self, request: PageRequest) -> Page:
        assert request.start < request.end
        self.asked.append(request)
        listed = self.listing(request.start, request.end)
        if self.wandering:
            self.wandering.shuffle(listed)
        size = min(request.size, self.cap)
        return read_page(json.dumps(listed[(request.page - 1) * size : request.page * size]).encode())

    def listing(self, start: int, end: int) -> list[Call]:
        last = end * 1000 + END_RULES[self.end_rule]
        listed = [call for call in self.calls if LISTS[self.lists](call, start * 1000, last)]
        return sorted(listed, key=PLACES[self.order])


def carry_out(plan: Plan, server: Server, *, threads: int, seed: int) -> list[Window]:
    """Carry out a plan, with any of the requests under way answered next."""
    rng = random.Random(seed)
    under_way: list[tuple[Reader, PageRequest]] = []
    windows: list[Window] = []
    while not plan.done:
        while len(under_way) < threads and (turn := plan.next()) is not None:
            under_way.append(turn)
        assert len(server.asked) < 5000
        reader, request = under_way.pop(rng.randrange(len(under_way)))
        if (
            plan.feed(reader, request, server(request), idle=rng.randrange(threads))
            and (window := plan.conclude(reader, reader.settle(plan.size))) is not None
        ):
            windows.append(window)
    return windows


def some_calls(count: int, crowd: int, longest: int, seed: int) -> list[Call]:
    """Calls all over the range and before it, and a crowd that begins within three seconds."""
    rng = random.Random(seed)
    at = rng.randrange(START, END)
    starts = [rng.randrange((START - 60) * 1000, END * 1000) for _ in range(count)]
    starts += [at * 1000 + rng.randrange(3000) for _ in range(crowd)]
    return [
        {"id": number, "startTime": start, "endTime": start + rng.randrange(1 + longest * 1000)}
        for number, start in enumerate(starts)
    ]


@settings(max_examples=120)
@given(
    count=st.integers(0, 1500),
    crowd=st.sampled_from([0, 0, 30, 400]),
    longest=st.sampled_from([0, 5, 60, 900]),
    order=st.sampled_from(sorted(PLACES)),
    lists=st.sampled_from(sorted(LISTS)),
    end_rule=st.sampled_from(sorted(END_RULES)),
    cap=st.sampled_from([100, 100, 30]),
    deepest=st.sampled_from([3, 5, DEEPEST]),
    settled=st.sampled_from([None, START + 900, END]),
    newest_first=st.booleans(),
    threads=st.integers(1, 9),
    seed=st.integers(0, 10_000),
)
def test_every_call_listed_is_held_and_nothing_else(
    count: int,
    crowd: int,
    longest: int,
    order: str,
    lists: str,
    end_rule: str,
    cap: int,
    deepest: int,
    settled: int | None,
    *,
    newest_first: bool,
    threads: int,
    seed: int,
) -> None:
    # A window can't be smaller than the calls that overlap any second of it.
    longest = min(longest, 60) if lists == "overlap" else longest
    server = Server(some_calls(count, crowd, longest, seed), order, lists, end_rule, cap)
    plan = Plan([(START, END)], settled_before=settled, newest_first=newest_first, deepest=deepest)
    windows = carry_out(plan, server, threads=threads, seed=seed)
    found = [canonical(call) for window in windows for call in window.rows]
    strays = {canonical(call) for window in windows for call in window.strays}
    wanted = {canonical(call) for call in server.listing(START, END) if call["startTime"] < END * 1000}
    assert len(found) == len(set(found))
    assert set(found) | strays == wanted
    edges = sorted((window.start, window.end) for window in windows)
    assert (edges[0][0], edges[-1][1]) == (START, END)
    assert all(one[1] == other[0] for one, other in pairwise(edges))


@settings(max_examples=60)
@given(
    count=st.integers(100, 1500),
    threads=st.integers(1, 6),
    deepest=st.sampled_from([3, DEEPEST]),
    seed=st.integers(0, 10_000),
)
def test_an_order_that_wanders_is_proved_or_refused_and_never_wrong(
    count: int, threads: int, deepest: int, seed: int
) -> None:
    calls = [call for call in some_calls(count, 0, 60, seed) if call["startTime"] >= START * 1000]
    server = Server(calls, "descending", wandering=random.Random(seed))
    try:
        windows = carry_out(Plan([(START, END)], deepest=deepest), server, threads=threads, seed=seed)
    except UntrustedAnswerError:
        return
    assert sorted(canonical(call) for window in windows for call in window.rows) == sorted(map(canonical, calls))


@pytest.mark.parametrize("order", ["descending", "ascending", "last ended first", "shuffled"])
@pytest.mark.parametrize("threads", [1, 4])
def test_big_ranges_cost_little_more_than_their_rows_whatever_the_order(order: str, threads: int) -> None:
    rng = random.Random(1)
    day = 86400
    starts = [rng.randrange(START * 1000, (START + day) * 1000) for _ in range(12000)]
    calls = [{"id": n, "startTime": at, "endTime": at + rng.randrange(300_000)} for n, at in enumerate(starts)]
    server = Server(calls, order, end_rule="to the millisecond")
    windows = carry_out(Plan([(START, START + day)]), server, threads=threads, seed=1)
    assert sum(len(window.rows) for window in windows) == len(calls)
    assert len(server.asked) <= 1.2 * 120
    assert max(request.page for request in server.asked) <= DEEPEST


@pytest.mark.parametrize("shown", [(1, 2, 2), (1, 2, 1), (1, 2, 3, 2)])
def test_a_server_that_shows_pages_again_and_again_is_not_trusted(shown: tuple[int, ...]) -> None:
    server = Server(some_calls(5000, 0, 60, 1), "descending")

    def ask(request: PageRequest) -> Page:
        page = shown[request.page - 1] if request.page <= len(shown) else shown[1 + request.page % (len(shown) - 1)]
        return server(PageRequest(START, END, page))

    with pytest.raises(UntrustedAnswerError, match="repeats an earlier page"):
        list(Windows(Plan([(START, END)]), ask, concurrency=1))


def test_a_second_without_end_is_not_read_for_ever() -> None:
    serial = iter(range(10**9))

    def ask(request: PageRequest) -> Page:
        return read_page(
            json.dumps([{"id": next(serial), "startTime": START * 1000} for _ in range(request.size)]).encode()
        )

    with pytest.raises(UntrustedAnswerError, match="page after page for one second"):
        list(Windows(Plan([(START, START + 1)]), ask, concurrency=1))


def test_a_live_range_of_an_ascending_server_is_read_in_single_answers_only_where_calls_may_still_come_in() -> None:
    calls = [call for call in some_calls(1500, 0, 30, 2) if call["startTime"] >= START * 1000]
    server = Server(calls, "ascending")
    windows = carry_out(Plan([(START, END)], settled_before=END - 100), server, threads=1, seed=0)
    assert sum(len(window.rows) for window in windows) == len(calls)
    assert len(server.asked) <= 1.4 * len(calls) / 100
    assert max(request.page for request in server.asked if request.end > END - 100) == 1
