"""Every figure of `nxcdr stats`, against a direct computation on the calls the sandbox was given."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.harness import ZONE, Call, Program, Serve
from tests.query.looked_at import two_days

RANGE = ("2024-05-20..2024-05-21",)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def mean(values: list[Fraction]) -> float | None:
    return round(float(sum(values) / len(values)), 3) if values else None


def computed(calls: list[Call], within: float = 20) -> dict[str, Any]:
    """The definitions, written down once more without a look at the program."""
    answered = [call for call in calls if call["answered"]]
    queued = [call for call in calls if call["direction"] == 0 and call["inQueueTime"]]
    waits = [Fraction(call["answerTime"] - call["inQueueTime"], 1000) for call in queued if call["answered"]]
    return {
        "calls": len(calls),
        "answered": len(answered),
        "missed": len(calls) - len(answered),
        "answer_rate": share(len(answered), len(calls)),
        "queued": len(queued),
        "abandoned": sum(call["hangupCode"] == 1103 for call in calls),
        "service_level": share(sum(wait <= within for wait in waits), len(queued)),
        "average_speed_of_answer": mean(waits),
        "average_talk": mean([Fraction(call["callDuration"]) for call in answered]),
        "total_talk": sum(call["callDuration"] for call in calls),
        "cost": float(sum(Decimal(str(call["totalCustomerPrice"])) for call in calls)),
    }


def began(call: Call) -> datetime:
    return datetime.fromtimestamp(call["startTime"] // 1000, ZoneInfo(ZONE))


GROUPS: dict[str, Callable[[Call], str | None]] = {
    "hour": lambda call: f"{began(call):%H}",
    "day": lambda call: f"{began(call):%Y-%m-%d}",
    "weekday": lambda call: WEEKDAYS[began(call).weekday()],
    "agent": lambda call: call["agentName"],
    "direction": lambda call: ("inbound", "outbound", "aicc")[call["direction"]],
    "reason": lambda call: call["hangupReason"],
}


def in_range() -> list[Call]:
    return [call for call in two_days() if began(call).year == 2024]


@pytest.mark.parametrize("by", GROUPS)
def test_every_figure_of_every_group_is_what_the_calls_come_to(serve: Serve, nxcdr: Program, by: str) -> None:
    serve(two_days())
    calls = in_range()
    found = json.loads(nxcdr("stats", *RANGE, "--by", by, "-f", "json").out)
    assert found["totals"] == computed(calls)
    assert found["totals"]["calls"] > 700
    names = {GROUPS[by](call) for call in calls}
    groups = {group.pop(by): group for group in found["groups"]}
    assert {name for name, group in groups.items() if group["calls"]} == names
    for name in names:
        groups[name].pop("nickname", None)
        assert groups[name] == computed([call for call in calls if GROUPS[by](call) == name])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("20s", 20), ("20", 20), ("1m", 60), ("0.5 min", 30), ("2.5s", 2.5), ("90 seconds", 90), ("0s", 0)],
)
def test_the_service_level_is_of_the_time_that_was_said(
    serve: Serve, nxcdr: Program, told: str, seconds: float
) -> None:
    serve(two_days())
    found = json.loads(nxcdr("stats", *RANGE, "--service-level", told, "-f", "json").out)
    assert found["service_level_seconds"] == seconds
    assert found["totals"] == computed(in_range(), seconds)


@pytest.mark.parametrize("told", ["soon", "-5s", "", "1h", "20 s 5", "٢٠"])
def test_a_service_level_that_is_no_time_is_a_usage_error(serve: Serve, nxcdr: Program, told: str) -> None:
    sandbox = serve()
    outcome = nxcdr("stats", *RANGE, "--service-level", told)
    assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])
    assert "not a time" in outcome.err


@pytest.mark.parametrize("by", GROUPS)
def test_csv_and_json_hold_the_same_figures(serve: Serve, nxcdr: Program, by: str) -> None:
    serve(two_days())
    groups = json.loads(nxcdr("stats", *RANGE, "--by", by, "-f", "json").out, parse_float=str)["groups"]
    rows = list(csv.DictReader(io.StringIO(nxcdr("stats", *RANGE, "--by", by, "-f", "csv").out)))
    assert [list(row) for row in rows] == [list(group) for group in groups]
    for row, group in zip(rows, groups, strict=True):
        assert row == {
            name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
            for name, value in group.items()
        }


def test_programs_get_what_the_table_shows_by_hour_by_default(serve: Serve, nxcdr: Program) -> None:
    serve(two_days())
    for form in ("json", "csv"):
        assert nxcdr("stats", *RANGE, "-f", form).out == nxcdr("stats", *RANGE, "-f", form, "--by", "hour").out
    found = json.loads(nxcdr("stats", *RANGE, "-f", "json").out)
    assert list(found) == ["range", "service_level_seconds", "totals", "by", "groups"]
    assert [group["hour"] for group in found["groups"]] == [f"{hour:02d}" for hour in range(24)]


def test_json_has_the_heat_map_where_the_table_has_it(serve: Serve, nxcdr: Program) -> None:
    serve(two_days())
    longer = "2024-05-19..2024-05-21"
    found = json.loads(nxcdr("stats", longer, "-f", "json").out)["heat_map"]
    assert list(found) == list(WEEKDAYS)
    for weekday, counts in found.items():
        for hour, count in enumerate(counts):
            assert count == sum(
                (WEEKDAYS[began(call).weekday()], began(call).hour) == (weekday, hour) for call in in_range()
            )
    assert "heat_map" not in json.loads(nxcdr("stats", longer, "-f", "json", "--by", "day").out)
    assert "heat_map" not in json.loads(nxcdr("stats", *RANGE, "-f", "json").out)


@pytest.mark.parametrize(
    "rules",
    [
        {"order": "ascending"},
        {"order": "shuffled"},
        {"order": "ended"},
        {"filter_by": "overlap"},
        {"page_cap": 40},
        {"end": "exclusive"},
        {"order": "tied"},
    ],
    ids=str,
)
def test_every_call_counts_once_whatever_the_server_does(serve: Serve, nxcdr: Program, rules: dict[str, Any]) -> None:
    calls = [call for call in two_days() if began(call).year == 2024 and began(call).hour < 23]
    serve(calls, **rules)
    found = json.loads(nxcdr("stats", *RANGE, "-f", "json", "--by", "hour").out)
    assert found["totals"] == computed(calls)


def test_filters_are_the_servers(serve: Serve, nxcdr: Program) -> None:
    serve(two_days())
    found = json.loads(nxcdr("stats", *RANGE, "--direction", "inbound", "--missed", "-f", "json").out)
    assert found["totals"] == computed([call for call in in_range() if call["direction"] == 0 and not call["answered"]])


def test_nothing_is_told_of_no_calls(serve: Serve, nxcdr: Program) -> None:
    serve()
    outcome = nxcdr("stats", *RANGE, "-f", "json")
    assert outcome.code == 0
    assert "no calls" in outcome.err
    totals = json.loads(outcome.out)["totals"]
    assert totals == computed([])
    assert totals["answer_rate"] is None


def test_fields_that_are_missing_or_odd_count_as_nothing_and_their_calls_still_count(
    serve: Serve, nxcdr: Program
) -> None:
    odd = {"direction": [], "answered": "yes", "callDuration": -5, "totalCustomerPrice": "free", "inQueueTime": "late"}
    serve(two_days(), extra_fields=odd)
    for by in GROUPS:
        totals = json.loads(nxcdr("stats", *RANGE, "-f", "json", "--by", by).out)["totals"]
        assert (totals["calls"], totals["answered"], totals["cost"]) == (len(in_range()), 0, 0)
    serve(two_days(), missing_fields=["inQueueTime", "agentName", "answered"])
    totals = json.loads(nxcdr("stats", *RANGE, "-f", "json").out)["totals"]
    assert (totals["calls"], totals["answered"], totals["missed"]) == (len(in_range()), 0, 0)


def test_a_wait_is_told_by_the_queues_duration_where_a_time_is_missing(serve: Serve, nxcdr: Program) -> None:
    [first, *_] = [call for call in in_range() if call["answered"] and call["queueDuration"] > 5]
    serve([{**first, "answerTime": 0}])
    found = json.loads(nxcdr("stats", *RANGE, "-f", "json", "--service-level", f"{first['queueDuration']}s").out)
    assert found["totals"]["average_speed_of_answer"] == first["queueDuration"]
    assert found["totals"]["service_level"] == 1
