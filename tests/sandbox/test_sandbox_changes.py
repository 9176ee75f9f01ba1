"""Calls that are added, removed and changed while pages are read, and over many days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Record, Sandbox, day_calls, dense_calls

Ask = Callable[..., dict[str, Any]]

CALLS = dense_calls(25, 1000, 2000)
NEWEST_FIRST = CALLS[::-1]
RANGE = {"startTime": 1000, "endTime": 2000}


def pages(ask: Ask, misbehaviour: Misbehaviour, *, count: int = 3, size: int = 10) -> list[list[Any]]:
    with Sandbox(CALLS, misbehaviour=misbehaviour) as sandbox:
        return [ask(sandbox, **RANGE, size=size, page=n)["data"] for n in range(1, count + 1)]


def call(start_ms: int, end_ms: int, name: str) -> Record:
    return DOCUMENTED_CALLS[0] | {"startTime": start_ms, "endTime": end_ms, "callId": name}


def test_calls_can_arrive_while_pages_are_read(ask: Ask) -> None:
    new = [call(1_999_999, 2_000_000, "newest"), call(1_000_000, 2_000_000, "oldest")]
    first, second, third = pages(ask, Misbehaviour(arrivals=new))
    assert second[0] == first[-1]
    assert [row["callId"] for row in (first + second + third)].count("newest") == 0
    assert third[-1]["callId"] == "oldest"


def test_a_function_can_make_the_calls_that_arrive(ask: Ask) -> None:
    arriving = Misbehaviour(arrivals=lambda n: call(1_999_999, 2_000_000, f"new {n}"), arrive_every=2)
    with Sandbox(CALLS, misbehaviour=arriving) as sandbox:
        for _ in range(5):
            ask(sandbox, **RANGE)
        assert [row["callId"] for row in sandbox.calls[25:]] == ["new 0", "new 1"]


def test_calls_can_vanish_while_pages_are_read(ask: Ask) -> None:
    first, second, _ = pages(ask, Misbehaviour(vanish_every=1))
    assert first == NEWEST_FIRST[:10]
    assert second == NEWEST_FIRST[11:21]


def test_calls_can_arrive_in_the_middle_of_the_listing(ask: Ask) -> None:
    middle = call(NEWEST_FIRST[5]["startTime"] + 1, 2_000_000, "middle")
    first, second, _ = pages(ask, Misbehaviour(arrivals=[middle]))
    assert second == [first[-1], *NEWEST_FIRST[10:19]]


def test_calls_can_change_anywhere_in_the_listing_while_pages_are_read(ask: Ask) -> None:
    def changed(seed: int) -> set[int]:
        changing = Misbehaviour(change_every=1, seed=seed)
        with Sandbox(CALLS, misbehaviour=changing) as sandbox:
            assert ask(sandbox, **RANGE, size=10)["data"] == NEWEST_FIRST[:10]
            for _ in range(30):
                ask(sandbox, **RANGE, size=1)
            now = sandbox.calls
        assert [row["callId"] for row in now] == [row["callId"] for row in CALLS]
        places = {n for n, row in enumerate(now) if row != CALLS[n]}
        assert all(now[n]["totalCustomerPrice"] > CALLS[n]["totalCustomerPrice"] for n in places)
        assert all(now[n]["recordUrl"] for n in places)
        return places

    found = changed(1)
    assert found == changed(1) != changed(2)
    assert len(found) > 10
    assert min(found) < 5
    assert max(found) > 20


def test_a_function_can_change_calls_of_the_listing_being_read(ask: Ask) -> None:
    rules = Misbehaviour(change_every=2, change=lambda record: record | {"other": "changed"})
    oldest = CALLS[0]
    with Sandbox(CALLS, misbehaviour=rules) as sandbox:
        for _ in range(2):
            ask(sandbox, **RANGE, callId=oldest["callId"])
        ask(sandbox, startTime=0, endTime=1)
        assert sandbox.calls == [oldest | {"other": "changed"}, *CALLS[1:]]


def test_calls_can_be_scheduled_to_be_added_changed_and_removed(ask: Ask) -> None:
    clock = [1000.0]
    first, second = DOCUMENTED_CALLS[0], DOCUMENTED_CALLS[0] | {"recordUrl": "https://example.com/1.mp3"}
    with Sandbox([], now=lambda: clock[0]) as sandbox:
        sandbox.remove(second, at=4000)
        sandbox.add(first, at=2000)
        sandbox.replace(first, second, at=3000)
        listed = {}
        for clock[0] in (1999.0, 2000.0, 2999.0, 3000.0, 3999.0, 4000.0):
            listed[clock[0]] = ask(sandbox, at=clock[0], startTime=1690387200, endTime=1690473600)["data"]
            assert sandbox.calls == listed[clock[0]]
    assert listed == {1999: [], 2000: [first], 2999: [first], 3000: [second], 3999: [second], 4000: []}


def test_replacing_all_calls_cancels_what_was_scheduled() -> None:
    with Sandbox([], now=lambda: 5000.0) as sandbox:
        sandbox.add(DOCUMENTED_CALLS[0], at=4000)
        sandbox.calls = [DOCUMENTED_CALLS[1]]
        assert sandbox.calls == [DOCUMENTED_CALLS[1]]


def test_scheduled_calls_are_listed_among_generated_ones(ask: Ask) -> None:
    midnight = 1_716_134_400  # 2024-05-20 in UTC+08:00
    clock = [midnight + 40_000.0]
    late = DOCUMENTED_CALLS[0] | {"startTime": (midnight + 30_000) * 1000}
    with Sandbox(day_calls, now=lambda: clock[0]) as sandbox:
        sandbox.add(late, at=midnight + 50_000)

        def listed() -> bool:
            data = ask(sandbox, at=clock[0], startTime=midnight + 29_990, endTime=midnight + 30_010)["data"]
            return late in data

        assert not listed()
        clock[0] = midnight + 50_000.0
        assert listed()


def test_sixty_nights_can_be_rehearsed_with_late_calls_and_late_prices(ask: Ask) -> None:
    day, hour, start = 86_400, 3_600, 1_700_006_400
    calls = dense_calls(1_500, start, start + 60 * day)
    unpriced = [{**record, "totalCustomerPrice": 0, "recordUrl": None} for record in calls]
    listed_at = [record["endTime"] / 1000 + (n % 7 == 0) * 20 * hour for n, record in enumerate(calls)]
    priced_at = [at + 30 * hour for at in listed_at]

    def expected(begin: float, now: float) -> list[Record]:
        places = [n for n, record in enumerate(calls) if begin <= record["startTime"] / 1000 < begin + day]
        listed = [calls[n] if priced_at[n] <= now else unpriced[n] for n in places if listed_at[n] <= now]
        return listed[::-1]

    clock = [float(start)]
    nights = []
    with Sandbox([], now=lambda: clock[0], misbehaviour=Misbehaviour(end="exclusive")) as sandbox:
        for n, record in enumerate(calls):
            sandbox.add(unpriced[n], at=listed_at[n])
            sandbox.replace(unpriced[n], record, at=priced_at[n])
        for midnight in range(start + day, start + 61 * day, day):
            clock[0] = midnight + 300.0
            nights.append(ask(sandbox, at=clock[0], startTime=midnight - day, endTime=midnight)["data"])
            assert nights[-1] == expected(midnight - day, clock[0])
        clock[0] += 3 * day
        assert sandbox.calls == calls
    assert 60 < len(calls) - sum(map(len, nights)) < 400  # came too late for the first export
