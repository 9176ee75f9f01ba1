"""Which calls `nxcdr query` shows, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.selection import Selection, Shown, sorted_by
from tests.harness import DAY, Call, Program, Serve, in_order, some_calls
from tests.query.test_query_output import FORMATS, rows_of

VALUES = st.none() | st.text(max_size=3) | st.integers(-3, 3) | st.booleans() | st.decimals(-3, 3, places=1)


def column(nxcdr: Program, field: str, *argv: str) -> list[Any]:
    outcome = nxcdr("query", DAY, *argv, "--columns", field, "-f", "jsonl")
    assert outcome.code == 0
    return [row[field] for row in rows_of(outcome.out, "jsonl")]


def test_the_newest_calls_are_sorted_by_any_field_in_any_case(serve: Serve, nxcdr: Program) -> None:
    calls = in_order(some_calls(300))
    serve(calls)
    newest = [call["callDuration"] for call in calls[-50:]]
    assert column(nxcdr, "callDuration", "--sort", "callduration") == sorted(newest)
    assert column(nxcdr, "callDuration", "--sort", "CALLDURATION", "--reverse") == sorted(newest, reverse=True)


def test_reverse_shows_the_newest_calls_oldest_first(serve: Serve, nxcdr: Program) -> None:
    calls = in_order(some_calls(300))
    serve(calls)
    expected = [call["callId"] for call in calls[-50:]]
    assert column(nxcdr, "callId", "--reverse") == column(nxcdr, "callId", "--sort", "startTime") == expected


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_order_that_was_asked_for(serve: Serve, nxcdr: Program, form: str) -> None:
    serve(some_calls(300))
    outcome = nxcdr("query", DAY, "-n", "250", "--sort", "caller", "--columns", "caller", "-f", form)
    callers = [row["caller"] for row in rows_of(outcome.out, form)]
    assert callers == sorted(callers)
    assert len(callers) == 250


@pytest.mark.parametrize("reverse", [(), ("--reverse",)])
def test_calls_without_a_value_come_last(serve: Serve, nxcdr: Program, reverse: tuple[str, ...]) -> None:
    serve(some_calls(300))
    for field in ("agentName", "orderId", "answerTime"):
        values = [value or None for value in column(nxcdr, field, "-n", "0", "--sort", field, *reverse)]
        missing = values.count(None)
        assert 0 < missing < 300
        assert values[-missing:] == [None] * missing


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELD_NAMES, VALUES))), st.sampled_from(FIELD_NAMES))
def test_values_of_any_type_can_be_sorted_and_none_is_lost(calls: list[Call], field: str) -> None:
    numbered = [{**call, "place": place} for place, call in enumerate(calls)]
    for reverse in (False, True):
        found = [call for batch in sorted_by([numbered], field, reverse=reverse) for call in batch]
        assert sorted(call["place"] for call in found) == list(range(len(calls)))


def test_queue_times_are_sorted_in_seconds_whichever_unit_the_server_used() -> None:
    milliseconds = {"queueDuration": 5139, "inQueueTime": 1690442492861, "outQueueTime": 1690442498000}
    seconds = {"queueDuration": 6, "inQueueTime": 1690423237744, "outQueueTime": 1690423244000}
    assert list(sorted_by([[seconds, milliseconds]], "queueDuration")) == [[milliseconds, seconds]]


@pytest.mark.parametrize(("told", "least"), [("300", 300), ("300s", 300), ("5m", 300), ("0.5m", 30), ("0", 0)])
def test_min_duration_keeps_calls_that_are_long_enough(serve: Serve, nxcdr: Program, told: str, least: int) -> None:
    calls = in_order(some_calls(500))
    serve(calls)
    long = [call["callId"] for call in calls[::-1] if call["callDuration"] >= least]
    assert column(nxcdr, "callId", "-n", "0", "--min-duration", told) == long
    outcome = nxcdr("query", DAY, "-n", "7", "--min-duration", told, "-f", "jsonl")
    assert [row["callId"] for row in rows_of(outcome.out, "jsonl")] == long[:7]
    assert "the newest 7; there are more" in outcome.err


def test_a_call_without_a_duration_is_not_long_enough() -> None:
    calls: list[Call] = [{}, {"callDuration": None}, {"callDuration": "99"}, {"callDuration": -5}, {"callDuration": 1}]
    assert list(Shown([calls], Selection(limit=0, min_duration=1))) == [[{"callDuration": 1}]]


def test_no_call_that_is_long_enough_is_no_calls(serve: Serve, nxcdr: Program) -> None:
    serve(some_calls(150))
    outcome = nxcdr("query", DAY, "--min-duration", "10000m")
    assert (outcome.code, outcome.out.count("\n")) == (0, 1)
    assert "no calls" in outcome.err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--sort", "agent"), "agent is the heading of agentNickName"),
        (("--sort", "callDurration"), "did you mean callDuration?"),
        (("--min-duration", "long"), "--min-duration 'long' is not a time"),
        (("--min-duration", "-5"), "is not a time"),
        (("--watch", "--sort", "caller"), "newest calls first"),
        (("--watch", "--min-duration", "5"), "newest calls first"),
        (("-o", "calls.csv"), "nxcdr export"),
        (("--output=calls.csv",), "nxcdr export"),
    ],
)
def test_a_wrong_option_is_a_usage_error(serve: Serve, nxcdr: Program, argv: tuple[str, ...], said: str) -> None:
    sandbox = serve()
    outcome = nxcdr("query", DAY, *argv)
    assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])
    assert said in outcome.err


def test_help_says_what_the_server_can_not_do_and_hides_the_option_for_files(nxcdr: Program) -> None:
    text = " ".join(nxcdr("query", "--help").out.split())
    assert "the server can't filter by it" in text
    assert "--output" not in text
