"""That figures need no more memory for a long range than for a short one, and count each call once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

from nxcdr.api.answer import Record
from nxcdr.stats import Statistics
from nxcdr.timerange import TimeRange, parse_range, zone_named
from tests.harness import some_calls


def span() -> TimeRange:
    return parse_range("2023-07-27", now=datetime(2023, 8, 1, tzinfo=UTC), zone=zone_named("Asia/Hong_Kong"))


def some_records(count: int) -> Iterator[Record]:
    """Calls of their own, made as they are asked for."""
    calls = some_calls(500)
    for serial in range(count):
        yield {**calls[serial % 500], "callId": f"{serial}"}


def peak_of(count: int) -> tuple[int, int]:
    """The calls counted, and the most bytes held at once."""
    statistics = Statistics(span(), "agent", 20)
    tracemalloc.start()
    statistics.add(some_records(count))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.total.calls, peak


def test_memory_does_not_grow_with_the_range() -> None:
    few, many = peak_of(2_000), peak_of(30_000)
    assert (few[0], many[0]) == (2_000, 30_000)
    assert many[1] < 1.2 * few[1]


def test_groups_without_end_end_in_one_of_others() -> None:
    statistics = Statistics(span(), "agent", 20)
    calls = some_calls(20)
    statistics.add({**calls[at % 20], "agentName": f"agent {at}"} for at in range(12_000))
    names = dict(statistics.ordered())
    assert len(names) == 10_001
    assert names["(others)"].calls == 2_000
    assert statistics.total.calls == 12_000
