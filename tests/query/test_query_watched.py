"""What looking again costs, and that nothing new is missed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.errors import UnavailableError
from nxcdr.newest import Manner
from nxcdr.sandbox import Misbehaviour
from nxcdr.watched import Watched
from tests.harness import END, START, in_order, some_calls
from tests.query.listed import Listed, call
from tests.query.test_query_newest import ORDERS, ids

MANNER = Manner()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 50, 100, 250])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 81, 99, 100, 101, 200, 300, 5_000])
def test_a_look_costs_one_request_when_nothing_is_new(count: int, limit: int, order: Any) -> None:
    listed = Listed(some_calls(count), Misbehaviour(order=order))
    watched = Watched(listed.ask, limit)
    assert watched.look(START, END, MANNER)
    for _ in range(7):
        listed.requests.clear()
        assert not watched.look(START, END, MANNER)
        assert len(listed.requests) == 1
    assert ids(watched.records) == ids(listed.newest(START, END)[:limit])
    assert watched.more is (count > limit)
    assert not watched.new


@pytest.mark.parametrize("limit", [50, 250])
@pytest.mark.parametrize("order", ORDERS)
def test_that_the_range_moves_costs_no_request_more(order: Any, limit: int) -> None:
    listed = Listed(some_calls(1_000), Misbehaviour(order=order))
    watched = Watched(listed.ask, limit)
    watched.look(START, END, MANNER)
    for passed in range(10, 200, 10):
        listed.requests.clear()
        watched.look(START + passed, END + passed, MANNER)
        assert len(listed.requests) == 1


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [10, 300])
def test_a_look_finds_and_marks_what_came_meanwhile_with_hardly_a_request_more(order: Any, count: int) -> None:
    calls = in_order(some_calls(count + 1))
    late = calls.pop(-4)  # it ended last, but began before others
    listed = Listed(calls, Misbehaviour(order=order))
    watched = Watched(listed.ask, 50)
    watched.look(START, END, MANNER)
    listed.add(late)
    listed.requests.clear()
    assert watched.look(START, END, MANNER)
    assert len(listed.requests) <= (1 if order == "descending" else 2)
    assert watched.new == {3}
    assert watched.records[3]["callId"] == late["callId"]
    watched.look(START, END, MANNER)
    assert watched.new == {3}


def test_a_late_call_is_found_on_the_second_page_of_those_shown() -> None:
    calls = in_order(some_calls(1_000))
    late = calls.pop(-170)
    listed = Listed(calls)
    watched = Watched(listed.ask, 250)
    watched.look(START, END, MANNER)
    listed.add(late)
    assert watched.look(START, END, MANNER)
    assert watched.new == {169}


def test_a_recording_that_comes_later_makes_no_new_call() -> None:
    listed = Listed(some_calls(20))
    watched = Watched(listed.ask, 50)
    watched.look(START, END, MANNER)
    listed.replace(listed.calls[3], {**listed.calls[3], "recordUrl": "https://recordings.example.com/late.mp3"})
    assert watched.look(START, END, MANNER)
    assert not watched.new
    assert [record["recordUrl"] for record in watched.records] == [
        record["recordUrl"] for record in listed.newest(START, END)
    ]


def test_a_server_that_caps_its_pages_at_just_what_is_shown_hides_nothing_for_long() -> None:
    calls = in_order(some_calls(51))
    late = calls.pop()
    listed = Listed(calls, Misbehaviour(order="ascending", page_cap=50))
    watched = Watched(listed.ask, 50)
    watched.look(START, END, MANNER)
    listed.add(late)
    assert any(watched.look(START, END, MANNER) for _ in range(6))
    assert watched.records[0]["callId"] == late["callId"]


@pytest.mark.parametrize("order", ORDERS)
def test_a_day_that_outgrows_a_capped_page_hides_nothing_for_long(order: Any) -> None:
    calls = in_order(some_calls(80))
    listed = Listed(calls[:30], Misbehaviour(order=order, page_cap=40))
    watched = Watched(listed.ask, 50)
    watched.look(START, END, MANNER)
    for late in calls[30:]:
        listed.add(late)
        for _ in range(6):
            watched.look(START, END, MANNER)
            if late["callId"] in ids(watched.records):
                break
        assert ids(watched.records) == ids(listed.newest(START, END)[:50])


def test_a_look_that_fails_changes_nothing() -> None:
    listed = Listed(some_calls(20))
    watched = Watched(listed.ask, 50)
    watched.look(START, END, MANNER)
    before = watched.records

    def fail(_: object) -> Any:
        raise UnavailableError("no network")

    watched.ask = fail
    with pytest.raises(UnavailableError):
        watched.look(START, END, MANNER)
    assert watched.records == before
    watched.ask = listed.ask
    assert not watched.look(START, END, MANNER)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    order=st.sampled_from(ORDERS),
    filter_by=st.sampled_from(["start", "overlap"]),
    limit=st.sampled_from([1, 5, 50, 99, 130]),
    count=st.integers(0, 260),
    length=st.sampled_from([3600, 4 * 3600, 86400]),
)
def test_after_every_look_the_newest_calls_are_shown(
    seed: int, order: Any, filter_by: Any, limit: int, count: int, length: int
) -> None:
    """Calls come in when they end, and calls of the last hours leave the range as it moves."""
    chance = random.Random(seed)
    start = START + 43_200 - length
    calls = [call((start + chance.randrange(length)) * 1000, chance.randrange(900_000), str(n)) for n in range(count)]
    listed = Listed(calls, Misbehaviour(order=order, filter_by=filter_by))
    watched = Watched(listed.ask, limit)
    for look in range(6):
        now = START + 43_200 + 120 * look
        watched.look(now - length, now, MANNER)
        expected = listed.newest(now - length, now)
        assert ids(watched.records[: len(expected)]) == ids(expected[:limit])
        for n in range(chance.choice([0, 0, 1, 4])):
            listed.add(call((now - chance.randrange(600)) * 1000, 5_000, f"{look}/{n}"))
