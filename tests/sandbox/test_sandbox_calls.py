"""The calls that the sandbox generates."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.sandbox import DOCUMENTED_CALLS, Record, Sandbox, day_calls, dense_calls

Ask = Callable[..., dict[str, Any]]

DAY = date(2024, 5, 20)  # a Monday
MIDNIGHT = 1_716_134_400  # of that day in UTC+08:00
WEEK = [call for n in range(7) for call in day_calls(date(2024, 5, 20 + n))]


def test_a_day_has_the_same_calls_on_every_version_and_machine() -> None:
    text = json.dumps(day_calls(DAY), ensure_ascii=False)
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "ff05e56c4d00a8c6a6ddd423ee99b1b3879e7a15c4e9c407c1379e63c4abce37"
    )


def test_calls_begin_on_their_day_in_order() -> None:
    starts = [call["startTime"] for call in day_calls(DAY)]
    assert starts == sorted(starts)
    assert starts[0] >= MIDNIGHT * 1000
    assert starts[-1] < (MIDNIGHT + 86_400) * 1000


@pytest.mark.parametrize("month", range(1, 13))
def test_a_working_day_has_hundreds_of_calls_and_a_sunday_few(month: int) -> None:
    days = [date(2025, month, n) for n in range(8, 15)]
    for day in days:
        least, most = {5: (90, 170), 6: (40, 100)}.get(day.weekday(), (300, 620))
        assert least <= len(day_calls(day)) <= most


def test_every_record_has_the_documented_fields_in_order() -> None:
    assert all(tuple(call) == FIELD_NAMES for call in (*WEEK, *DOCUMENTED_CALLS))


def test_most_calls_come_in_working_hours() -> None:
    hours = Counter((call["startTime"] // 3_600_000 + 8) % 24 for call in day_calls(DAY))
    assert sum(hours[hour] for hour in range(9, 18)) > 0.6 * hours.total()
    assert hours[12] < hours[10]
    assert sum(hours[hour] for hour in range(6)) < 0.1 * hours.total()


@pytest.mark.parametrize(
    "quirk",
    [
        lambda call: call["direction"] == 1 and call["answered"],
        lambda call: call["direction"] == 2 and call["taskId"] and not call["answered"],
        lambda call: call["hangupCode"] == 1103 and call["hangupReason"] == "User abandoned the queue",
        lambda call: call["hangupReason"] == "Agent did not answer",
        lambda call: call["hangupReason"] == "User busy",
        lambda call: call["leaveMsgUrl"],
        lambda call: call["dtmfKeys"] and "," in call["dtmfKeys"],
        lambda call: call["orderId"],
        lambda call: call["intent"] == "",
        lambda call: call["agentNickName"] == "陈美玲",
        lambda call: call["agentNickName"] == "José Álvarez",
        lambda call: call["agentName"] and call["agentNickName"] is None,
        lambda call: call["callDuration"] > 3600,
        lambda call: call["caller"].startswith("62"),
        lambda call: call["hangupBy"] == 2,
    ],
)
def test_a_week_has_calls_of_every_kind(quirk: Callable[[Record], object]) -> None:
    assert any(quirk(call) for call in WEEK)


def test_times_follow_each_other() -> None:
    for call in WEEK:
        assert call["ringTime"] <= call["startTime"] < call["endTime"]
        assert (call["answerTime"] > 0) == call["answered"] == (call["recordUrl"] is not None)
        assert (call["inQueueTime"] > 0) == (call["outQueueTime"] > 0)
        assert call["inQueueTime"] <= call["outQueueTime"] <= call["endTime"]
        if call["answered"]:
            assert call["ringTime"] < call["answerTime"] < call["endTime"]
            assert 0 <= call["callDuration"] * 1000 - (call["endTime"] - call["answerTime"]) < 1000


def test_queue_duration_is_in_milliseconds_where_nobody_answered() -> None:
    for call in WEEK:
        waited = call["outQueueTime"] - call["inQueueTime"]
        assert call["queueDuration"] == (waited // 1000 if call["answered"] else waited)


def test_only_legs_share_a_call_id() -> None:
    legs = [calls for calls in Counter(call["callId"] for call in WEEK).values() if calls > 1]
    assert legs
    assert set(legs) == {2}
    assert len({json.dumps(call) for call in WEEK}) == len(WEEK)


def test_a_call_over_midnight_is_listed_once_it_has_ended(ask: Ask) -> None:
    overnight = next(call for call in day_calls(DAY) if call["endTime"] > (MIDNIGHT + 86_400 + 1000) * 1000)
    clock = [MIDNIGHT + 86_400 + 0.5]
    with Sandbox(now=lambda: clock[0]) as sandbox:

        def listed() -> list[str]:
            day = {"startTime": MIDNIGHT, "endTime": MIDNIGHT + 86_400}
            answer = ask(sandbox, at=clock[0], callId=overnight["callId"], **day)
            return [call["callId"] for call in answer["data"]]

        assert listed() == []
        clock[0] = overnight["endTime"] / 1000
        assert listed() == [overnight["callId"]]


def test_the_default_calls_reach_back_two_years_and_not_into_the_future(ask: Ask) -> None:
    now = MIDNIGHT + 43_200.0
    with Sandbox(now=lambda: now) as sandbox:
        then = int(now) - 2 * 366 * 86_400
        assert ask(sandbox, at=now, startTime=then, endTime=then + 86_400)["data"]
        assert not ask(sandbox, at=now, startTime=0, endTime=86_400)["data"]
        today = ask(sandbox, at=now, startTime=MIDNIGHT, endTime=MIDNIGHT + 86_400)["data"]
        assert today
        assert all(call["endTime"] <= now * 1000 for call in today)


def test_a_function_can_give_the_calls_of_each_day(ask: Ask) -> None:
    asked: list[date] = []

    def calls(day: date) -> list[Record]:
        asked.append(day)
        return list(DOCUMENTED_CALLS) if day == date(2023, 7, 27) else []

    with Sandbox(calls, now=lambda: 1690500000.0) as sandbox:
        for _ in range(2):
            data = ask(sandbox, at=1690500000.0, startTime=1690387200, endTime=1690473600)["data"]
            assert data == list(DOCUMENTED_CALLS)
    assert (
        len(asked) == len(set(asked)) == 3
    )  # the day before, for calls over midnight, and the one that ends the range


def test_an_added_call_is_sorted_among_generated_ones(ask: Ask) -> None:
    now = MIDNIGHT + 10 * 86_400.0
    mine = DOCUMENTED_CALLS[0] | {"startTime": (MIDNIGHT + 43_200) * 1000}
    with Sandbox(now=lambda: now) as sandbox:
        sandbox.add(mine)
        data = ask(sandbox, at=now, startTime=MIDNIGHT + 42_000, endTime=MIDNIGHT + 44_000)["data"]
    assert mine in data
    starts = [call["startTime"] for call in data]
    assert starts == sorted(starts, reverse=True)


def test_dense_calls_lie_in_their_period_and_differ() -> None:
    calls = dense_calls(5000, 1000, 2000, seed=3)
    starts = [call["startTime"] for call in calls]
    assert starts == sorted(starts)
    assert starts[0] >= 1_000_000
    assert starts[-1] < 2_000_000
    assert len({call["callId"] for call in calls}) == len(calls) == 5000
    assert all(tuple(call) == FIELD_NAMES and call["endTime"] > call["startTime"] for call in calls)
    assert calls == dense_calls(5000, 1000, 2000, seed=3) != dense_calls(5000, 1000, 2000, seed=4)


def test_dense_calls_follow_their_weights() -> None:
    weights = [0.0] * 8 + [1.0] * 11 + [50.0] + [0.0] * 4
    hours = Counter(call["startTime"] // 3_600_000 for call in dense_calls(6100, 0, 86_400, weights=weights))
    assert set(hours) == set(range(8, 20))
    assert 4700 < hours[19] < 5300


@pytest.mark.parametrize(("end", "weights"), [(0, [1.0]), (10, [0.0, 0.0]), (10, [2.0, -1.0])])
def test_dense_calls_need_a_period_and_a_positive_weight(end: int, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        dense_calls(1, 0, end, weights=weights)
