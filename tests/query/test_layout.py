"""Tables of any calls on a terminal of any width."""

from __future__ import annotations

import re
import tracemalloc
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.screen import CallTable, drawn
from nxcdr.output.table import View, views_of_calls, views_of_fields
from nxcdr.sandbox import HOSTILE_TEXTS
from tests.harness import START, ZONE, Call, some_calls

TIME = ZoneInfo(ZONE)
TEXTS = st.none() | st.text() | st.sampled_from(HOSTILE_TEXTS) | st.sampled_from(["陈美玲", "85235757569"])
CALLS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELD_NAMES, TEXTS | st.integers(-5, 10**15))))


def lines_of(table: CallTable, calls: list[Call], width: int) -> list[str]:
    return drawn(table.parts(calls), width).splitlines()


def table_of(width: int, views: tuple[View, ...] | None = None) -> CallTable:
    return CallTable(views or views_of_calls(TIME), zone=None, width=width)


@given(CALLS, st.integers(20, 220), st.sampled_from([views_of_calls(TIME), views_of_fields(FIELD_NAMES)]))
def test_each_call_is_one_line_that_fits(calls: list[Call], width: int, views: tuple[View, ...]) -> None:
    lines = lines_of(table_of(width, views), calls, width)
    assert len(lines) == 1 + len(calls)
    assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
def test_batches_line_up_and_have_headings_once(width: int) -> None:
    calls = some_calls(300)
    table = table_of(width)
    first = lines_of(table, calls[:100], width)
    rest = lines_of(table, calls[100:200], width) + lines_of(table, calls[200:], width)
    assert len(first) == 101
    assert len(rest) == 200
    end = first[0].index("talk") + len("talk")
    for line in first[1:] + rest:
        cells = "".join(c * cell_len(c) for c in line).ljust(end + 1)
        assert re.fullmatch("[0-9 ] ", cells[end - 1 : end + 1])


def test_headings_come_again_where_a_wider_number_moves_the_columns() -> None:
    calls = some_calls(20)
    table = table_of(100)
    lines_of(table, calls[:10], 100)
    wider = lines_of(table, [{**calls[10], "caller": "861382384491712", "callDuration": 4000}], 100)
    assert len(wider) == 2
    assert "caller" in wider[0]
    assert "861382384491712" in wider[1]
    assert "1:06:40" in wider[1]
    assert len(lines_of(table, calls[11:], 100)) == 9


def test_a_call_outside_the_range_has_its_own_day() -> None:
    inside, outside = {"startTime": START * 1000}, {"startTime": (START - 86400) * 1000}
    table = CallTable(views_of_calls(TIME), zone=TIME, day="2023-07-27 Thursday", width=80)
    lines = lines_of(table, [inside, outside, inside], 80)
    assert [line for line in lines if line.startswith("2023")] == ["2023-07-26 Wednesday", "2023-07-27 Thursday"]


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        ({"queueDuration": -3, "inQueueTime": 1_000, "outQueueTime": 1_003}, "-3"),
        ({"callDuration": -5}, "-5"),
        ({"answered": True, "answerTime": 0, "callDuration": 7}, "0:07"),
    ],
)
def test_impossible_values_are_shown_as_they_are(call: Call, seen: str) -> None:
    assert seen in lines_of(table_of(100), [call], 100)[1].split()


@pytest.mark.parametrize("width", [80, 200])
def test_memory_does_not_grow_with_the_calls(width: int) -> None:
    calls: list[dict[str, Any]] = some_calls(100)

    def peak(batches: int) -> int:
        table = table_of(width)
        tracemalloc.start()
        for _ in range(batches):
            drawn(table.parts(calls), width)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few = peak(2)
    assert peak(10) < 1.3 * few
