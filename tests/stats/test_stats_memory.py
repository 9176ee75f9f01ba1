"""That figures need no more memory for a long range than for a short one, and count each call once."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from nxcdr.api.answer import Record
from nxcdr.fetch.window import Window
from nxcdr.stats import Statistics, every_call_once
from nxcdr.timerange import TimeRange, parse_range, zone_named
from tests.harness import START, in_order, some_calls

WINDOW = 500  # calls


def span() -> TimeRange:
    return parse_range("2023-07-27", now=datetime(2023, 8, 1, tzinfo=UTC), zone=zone_named("Asia/Hong_Kong"))


def window(serial: int, rows: list[Record], strays: list[Record]) -> Window:
    lists, stray_lists = ([json.dumps(calls).encode()] for calls in (rows, strays))
    return Window(
        START + serial,
        START + serial + 1,
        lists,
        stray_lists,
        count=len(rows),
        first=None,
        last=None,
        repeats=0,
        serial=serial,
    )


def windows(count: int) -> Iterator[Window]:
    """Windows with calls of their own, made as they are asked for."""
    calls = some_calls(WINDOW)
    for serial in range(count):
        rows: list[Record] = [{**call, "callId": f"{serial}-{call['callId']}"} for call in calls]
        yield window(serial, rows, strays=[])


def peak_of(count: int) -> tuple[int, int]:
    """The calls counted, and the most bytes held at once."""
    statistics = Statistics(span(), "agent", 20)
    tracemalloc.start()
    statistics.add(every_call_once(windows(count)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.total.calls, peak


def test_memory_does_not_grow_with_the_range() -> None:
    few, many = peak_of(4), peak_of(60)
    assert (few[0], many[0]) == (4 * WINDOW, 60 * WINDOW)
    assert many[1] - few[1] < 16 * (many[0] - few[0])  # 8 bytes a call are kept, in a buffer that grows by doubling


def test_groups_without_end_end_in_one_of_others() -> None:
    statistics = Statistics(span(), "agent", 20)
    calls = some_calls(20)
    statistics.add({**calls[at % 20], "agentName": f"agent {at}"} for at in range(12_000))
    names = dict(statistics.ordered())
    assert len(names) == 10_001
    assert names["(others)"].calls == 2_000
    assert statistics.total.calls == 12_000


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_call_that_a_later_window_lists_counts_once(newest_first: bool) -> None:
    calls = in_order(some_calls(30))
    parts = [
        window(0, calls[:10], strays=calls[20:21]),
        window(1, calls[10:20], strays=[*calls[3:5], calls[20]]),
    ]
    found = list(every_call_once(reversed(parts) if newest_first else parts))
    assert sorted(call["callId"] for call in found) == sorted(call["callId"] for call in calls[:21])
