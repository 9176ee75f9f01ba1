"""Whatever a server does: the plan's windows hold exactly its calls, each once, or the run is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.window import SelectedBy
from tests.fetch.server import END_RULES, ORDERS, Order, Result, Row, Server, carry_out, do_tile, some_rows
from tests.harness import END, START

ABOUT_NOON = START + 40_000
STABLE: tuple[Order, ...] = ("descending", "ascending", "shuffled", "ended")
CROWDS = st.sampled_from([0, 0, 0, 120, 250])
COUNTS = st.sampled_from([0, 1, 2, 6, 60, 99, 100, 101, 250, 600, 1500])
IN_FLIGHT = st.sampled_from([1, 4, 16])
SEEDS = st.integers(0, 2**32)


def rows_of(count: int, crowd: int = 0, equal: int = 0, seed: int = 0) -> list[Row]:
    """Rows all over the day, a crowd in one second of it, and some that are equal in another."""
    same = Row(START * 1000 + 7_000_123, START * 1000 + 7_005_123, "same")
    return some_rows(count, seed=seed) + some_rows(crowd, START + 9, START + 10, seed=seed + 1) + [same] * equal


def read(server: Server, in_flight: int = 4, *, settled_before: float | None = None) -> Result | None:
    """What a plan makes of a server whose answers come in any order; None where nothing is proved."""
    plan = Plan([(START, END)], settled_before=settled_before)
    try:
        result = carry_out(plan, server, in_flight=in_flight, shuffle=Random(server.seed))
    except UntrustedAnswerError:
        return None
    assert do_tile(result.windows)
    return result if result.is_selected else None


def records(rows: Sequence[Row]) -> set[bytes]:
    return {row.record for row in rows}


@given(
    order=st.sampled_from(ORDERS),
    end=st.sampled_from(END_RULES),
    count=COUNTS,
    crowd=CROWDS,
    equal=CROWDS,
    cap=st.one_of(st.just(100), st.integers(7, 99)),
    cap_offset=st.sampled_from(["cap", "size"]),
    settled_before=st.sampled_from([None, ABOUT_NOON, START - 5]),
    in_flight=IN_FLIGHT,
    seed=SEEDS,
)
@settings(max_examples=60, derandomize=True)
def test_whatever_the_order_the_end_rule_and_the_page_cap_each_call_is_listed_once(
    count: int, crowd: int, equal: int, settled_before: float | None, in_flight: int, seed: int, **ways: Any
) -> None:
    rows = rows_of(count, crowd, equal, seed)
    result = read(Server(rows, seed=seed, **ways), in_flight, settled_before=settled_before)
    if result is None:
        assert ways["order"] in {"tied", "reshuffled"}
    else:
        assert result.calls == records(rows)


@given(
    order=st.sampled_from(ORDERS),
    end=st.sampled_from(END_RULES),
    count=st.sampled_from([200, 600, 1500]),
    crowd=CROWDS,
    cut=st.sampled_from([0, 0.03, 0.1, 0.2]),
    stale=st.sampled_from([0, 0.02, 0.1]),
    in_flight=IN_FLIGHT,
    seed=SEEDS,
)
@settings(max_examples=60, derandomize=True)
def test_answers_that_are_cut_short_or_belong_to_another_request_cost_no_call(
    count: int, crowd: int, in_flight: int, seed: int, **ways: Any
) -> None:
    rows = rows_of(count, crowd, seed=seed)
    result = read(Server(rows, seed=seed, whole=1, **ways), in_flight)
    assert result is None or result.calls == records(rows)


@given(
    order=st.sampled_from(ORDERS),
    end=st.sampled_from(END_RULES),
    count=COUNTS,
    crowd=CROWDS,
    cap=st.sampled_from([100, 100, 99, 30]),
    arrivals=st.sampled_from([0, 0.02, 0.1]),
    changes=st.sampled_from([0, 0.02, 0.1]),
    settled_before=st.sampled_from([None, ABOUT_NOON, START - 5]),
    in_flight=IN_FLIGHT,
    seed=SEEDS,
)
@settings(max_examples=60, derandomize=True)
def test_calls_that_come_in_or_change_meanwhile_cost_no_call_that_was_there(
    count: int, crowd: int, settled_before: float | None, in_flight: int, seed: int, **ways: Any
) -> None:
    rows = rows_of(count, crowd, seed=seed)
    server = Server(rows, seed=seed, **ways)
    if (result := read(server, in_flight, settled_before=settled_before)) is None:
        return
    versions = Counter(json.loads(record)["callId"] for record in result.calls)
    there = {row.call_id for row in rows}
    assert there <= versions.keys() <= there | server.arrived
    assert set(versions.values()) <= {1}


@given(
    order=st.sampled_from(ORDERS),
    count=st.sampled_from([6, 60, 100, 250]),
    crowd=CROWDS,
    nonsense=st.sampled_from(
        [{"first_page": 0}, {"stuck_at": 1}, {"stuck_at": 2}, {"depth": 150}, {"depth": 1000}, {"repeats": 1}]
    ),
    in_flight=IN_FLIGHT,
    seed=SEEDS,
)
@settings(max_examples=40, derandomize=True)
def test_a_server_that_pages_otherwise_than_documented_is_refused_or_read_right(
    count: int, crowd: int, nonsense: dict[str, Any], in_flight: int, seed: int, order: Order
) -> None:
    # Of fewer than six calls, the second page may prove what the page of another size does.
    rows = rows_of(count, crowd, seed=seed)
    result = read(Server(rows, order, seed=seed, **nonsense), in_flight)
    assert result is None or result.calls == records(rows)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [6, 60, 100, 101, 250, 1500])
def test_pages_counted_from_0_are_refused(order: Order, count: int) -> None:
    assert read(Server(rows_of(count), order, first_page=0)) is None


@pytest.mark.parametrize("order", ["descending", "shuffled"])
@pytest.mark.parametrize("seconds", [1, END - START])
@pytest.mark.parametrize("count", [4799, 4800, 4801, 4899, 4900, 4901, 5000])
def test_a_window_about_as_full_as_may_be_is_read_whole(order: Order, seconds: int, count: int) -> None:
    rows = some_rows(count, START, START + seconds)
    result = read(Server(rows, order))
    assert result is not None
    assert result.calls == records(rows)


@pytest.mark.parametrize("order", STABLE)
@pytest.mark.parametrize("cap", [100, 50, 7])
def test_five_thousand_calls_in_one_second_are_read_whole(order: Order, cap: int) -> None:
    rows = some_rows(5000, START + 5, START + 6)
    result = read(Server(rows, order, cap=cap), 16)
    assert result is not None
    assert result.calls == records(rows)


@pytest.mark.parametrize("order", STABLE)
def test_hundreds_of_equal_calls_are_kept_once(order: Order) -> None:
    rows = rows_of(400, equal=250)
    result = read(Server(rows, order))
    assert result is not None
    assert result.calls == records(rows)


@pytest.mark.parametrize("seed", range(60))
def test_no_call_hides_behind_equal_ones_where_each_answer_has_another_order(seed: int) -> None:
    rows = rows_of(1, equal=250, seed=seed)
    result = read(Server(rows, "reshuffled", seed=seed), 1)
    assert result is None or result.calls == records(rows)


@pytest.mark.parametrize("few", [0, 3])
def test_once_answers_contradict_each_other_three_that_are_cut_short_are_no_proof_of_few_calls(few: int) -> None:
    rows = rows_of(600)
    server = Server(rows)
    cut = [2]  # then those to the second span

    def ask(request: PageRequest) -> Page:
        page = server(request)
        if request.start > START and len(cut) < 4:
            cut.append(request.page)
            return first_rows(page, few if request.size == 100 else few % 2)
        if request.start == START and request.page in cut:
            cut.remove(request.page)
            return Page()
        return page

    spans = [(START, ABOUT_NOON), (ABOUT_NOON, END)]
    assert carry_out(Plan(spans), ask, in_flight=1).calls == records(rows)
    assert len(cut) == 4


def first_rows(page: Page, count: int) -> Page:
    return Page(page.records[:count], page.starts[:count], page.ends[:count], page.ids[:count])


def test_a_server_that_repeats_a_page_for_ever_is_refused() -> None:
    assert read(Server(some_rows(700, START, START + 1), stuck_at=2)) is None


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_a_page_that_stands_for_another_in_two_readings_is_not_believed(order: Order) -> None:
    rows = rows_of(1500)
    server = Server(rows, order)
    stale = {11: 1, 28: 1}  # page 12 is page 1, in each of two readings

    def ask(request: PageRequest) -> Page:
        return server(replace(request, page=stale.get(len(server.asked), request.page)))

    assert carry_out(Plan([(START, END)]), ask).calls == records(rows)


@pytest.mark.parametrize("order", ["descending", "shuffled"])
def test_a_page_of_another_window_does_not_stand_in_for_a_page(order: Order) -> None:
    rows = some_rows(9000)
    server = Server(rows, order)
    swapped: set[int] = set()

    def ask(request: PageRequest) -> Page:
        full = [one for one in server.asked if one.size == 100 and one.end <= request.start]
        if full and request.size == 100 and request.page % 5 == 0 and request.page not in swapped:
            swapped.add(request.page)
            return server(full[request.page])
        return server(request)

    spans = [(START, START + 40_000), (START + 40_000, END)]
    result = carry_out(Plan(spans), ask)
    assert len(swapped) > 5
    assert result.is_selected
    assert result.calls == records(rows)


@pytest.mark.parametrize("by", [SelectedBy.END, SelectedBy.LISTED])
@pytest.mark.parametrize("order", STABLE)
def test_a_server_that_selects_by_another_time_is_read_by_that_time(order: Order, by: SelectedBy) -> None:
    rows = some_rows(1500, START - 900, END + 900)
    plan = Plan([(START, END)], selected_by=by)
    result = carry_out(plan, Server(rows, order, by=by, end="exclusive"), selected_by=by)
    late = 1500 if by is SelectedBy.LISTED else 0
    assert result.calls == records([row for row in rows if START * 1000 <= row.end + late < END * 1000])


def test_where_calls_may_still_come_in_each_window_is_one_answer() -> None:
    rows = rows_of(3000, seed=5)
    server = Server(rows)
    result = read(server, settled_before=ABOUT_NOON)
    assert result is not None
    assert result.calls == records(rows)
    recent = [(start, end) for start, end in result.windows if start >= ABOUT_NOON]
    assert recent[0][0] == ABOUT_NOON
    assert all(sum(start * 1000 <= row.start < end * 1000 for row in rows) < 100 for start, end in recent)
    assert {request.page for request in server.asked if request.start >= ABOUT_NOON and request.size == 100} == {1}


def test_spans_are_read_in_windows_of_the_longest_length_at_most() -> None:
    rows = rows_of(700)
    server = Server(rows)
    spans = [(START, START + 30_000), (START + 40_000, END)]
    result = carry_out(Plan(spans, longest=7_000), server)
    inside = [row for row in rows if any(start * 1000 <= row.start < end * 1000 for start, end in spans)]
    assert result.calls == records(inside)
    assert max(end - start for start, end in result.windows) <= 7_000


@pytest.mark.parametrize(("few", "most"), [(0, 0), (1, 0.05), (3, 0.06), (30, 0.01)])
def test_two_cut_answers_that_agree_are_believed_but_seldom_come(few: int, most: float) -> None:
    # A range of few calls costs two requests, and each request here has one chance in five to be cut.
    rows = rows_of(few)
    results = [read(Server(rows, cut=0.2, seed=seed), 1) for seed in range(500)]
    wrong = sum(result is not None and result.calls != records(rows) for result in results)
    assert wrong <= most * 500


def test_rows_from_elsewhere_in_a_listing_of_several_pages_are_no_proof_of_its_end() -> None:
    server = Server(some_rows(150))
    odd: list[PageRequest] = []

    def ask(request: PageRequest) -> Page:
        if request.size < 100 and not odd:
            odd.append(request)
            rows = len(server(request))
            return server(replace(request, page=1, size=rows))
        return server(request)

    plan = Plan([(START, END)])
    assert len(carry_out(plan, ask).calls) == 150
    assert odd
    assert plan.doubts


def test_an_answer_with_more_rows_than_were_asked_for_is_not_taken_and_if_all_are_so_nothing_is() -> None:
    server = Server(some_rows(250), cap=1000)
    too_long = 3

    def ask(request: PageRequest) -> Page:
        nonlocal too_long
        if too_long:
            too_long -= 1
            return server(replace(request, page=1, size=request.size + 1))
        return server(request)

    plan = Plan([(START, END)])
    assert len(carry_out(plan, ask).calls) == 250
    assert plan.doubts >= 3
    with pytest.raises(UntrustedAnswerError, match="where at most"):
        carry_out(Plan([(START, END)]), lambda request: server(replace(request, page=1, size=request.size + 1)))
