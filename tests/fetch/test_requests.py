"""How many requests a range costs, and how deep they go."""

from __future__ import annotations

from itertools import chain

import pytest

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest
from nxcdr.fetch.plan import Plan
from tests.fetch.server import Order, Server, carry_out, some_rows
from tests.harness import END, START

DAY = 86_400
BUSY_HOUR = [1] * 10 + [50] + [1] * 13
OFFICE = [0] * 8 + [3, 6, 8, 8, 5, 7, 8, 8, 6, 4] + [0] * 6
MONTH = list(chain.from_iterable(OFFICE if day % 7 < 5 else [0] * 24 for day in range(30)))
SHAPES = {"a day": (1, [1]), "a busy hour": (1, BUSY_HOUR), "a month with empty nights": (30, MONTH)}


def cost(shape: str, order: Order, in_flight: int) -> float:
    """Requests for each 100 of 20,000 calls; none of them deep."""
    days, weights = SHAPES[shape]
    end = START + days * DAY
    server = Server(some_rows(20_000, START, end, weights=weights), order)
    result = carry_out(Plan([(START, end)]), server, in_flight=in_flight)
    assert len(result.calls) == 20_000
    assert max(request.page for request in server.asked if request.size == 100) <= 49
    assert max(request.page * request.size for request in server.asked) <= 5000
    return result.requests / 200


@pytest.mark.parametrize(("in_flight", "most"), [(1, 1.08), (4, 1.08), (16, 1.14)])
@pytest.mark.parametrize("order", ["descending", "ascending"])
@pytest.mark.parametrize("shape", SHAPES)
def test_calls_in_order_cost_hardly_more_than_their_pages(
    shape: str, order: Order, in_flight: int, most: float
) -> None:
    assert cost(shape, order, in_flight) <= most


@pytest.mark.parametrize(("shape", "most"), [("a day", 1.2), ("a busy hour", 2), ("a month with empty nights", 1.4)])
@pytest.mark.parametrize("order", ["shuffled", "ended"])
def test_calls_in_no_order_cost_more_only_where_they_come_in_bursts(shape: str, order: Order, most: float) -> None:
    assert cost(shape, order, in_flight=4) <= most


@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
@pytest.mark.parametrize(("count", "requests"), [(0, 2), (1, 2), (2, 2), (3, 2), (60, 2), (99, 2), (100, 3), (101, 3)])
def test_few_calls_cost_few_requests(order: Order, count: int, requests: int) -> None:
    server = Server(some_rows(count), order)
    assert carry_out(Plan([(START, END)]), server).requests == requests


@pytest.mark.parametrize(("order", "requests"), [("descending", 60), ("ascending", 60), ("shuffled", 75)])
def test_a_crowd_in_one_second_is_found_and_read_alone(order: Order, requests: int) -> None:
    server = Server(some_rows(5000, START + 32_400, START + 32_401), order)
    assert carry_out(Plan([(START, END)]), server, in_flight=1).requests <= requests


def test_pages_that_are_cut_short_are_asked_for_again_alone() -> None:
    servers = [Server(some_rows(6000), cut=0.1, whole=1, seed=seed) for seed in range(8)]
    assert sum(carry_out(Plan([(START, END)]), server).requests for server in servers) <= 8 * 1.6 * 60


def test_two_cut_answers_of_one_length_are_no_page_cap() -> None:
    rows = some_rows(1500)
    server = Server(rows)
    cut = [1, 1]

    def ask(request: PageRequest) -> Page:
        page = server(request)
        if request.size == 100 and request.page in cut:
            cut.remove(request.page)
            return Page(page.records[10:60], page.starts[10:60], page.ends[10:60], page.ids[10:60])
        return page

    result = carry_out(Plan([(START, END)]), ask)
    assert result.calls == {row.record for row in rows}
    assert result.requests <= 26


def test_pages_may_be_deep_only_within_one_second() -> None:
    server = Server(some_rows(9000, START + 7, START + 8), "descending")
    assert len(carry_out(Plan([(START, END)]), server).calls) == 9000
    deep = {(request.start, request.end) for request in server.asked if request.page * request.size > 5000}
    assert deep == {(START + 7, START + 8)}


@pytest.mark.parametrize("by_shape", SHAPES)
@pytest.mark.parametrize("stopped_after", [0.1, 0.5, 0.9])
def test_a_run_that_goes_on_loses_one_window_at_most(by_shape: str, stopped_after: float) -> None:
    days, weights = SHAPES[by_shape]
    end = START + days * DAY
    server = Server(some_rows(20_000, START, end, weights=weights))
    once = carry_out(Plan([(START, end)]), server, in_flight=1)
    server.asked.clear()
    plan, left = Plan([(START, end)]), {(START, end)}
    while len(server.asked) < stopped_after * once.requests:
        turn = plan.next()
        assert turn is not None
        if proved := plan.answer(turn, server(turn.request)):
            left = set(_without(left, proved.start, proved.end))
    carry_out(Plan(sorted(left)), server)
    assert len(server.asked) <= 1.25 * once.requests


def _without(spans: set[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    parts = [part for first, last in spans for part in ((first, min(last, start)), (max(first, end), last))]
    return [(first, last) for first, last in parts if first < last]
