"""The timeline of a call."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.output.details import phases, timeline
from tests.harness import START, ZONE, Call

ROOM = 100


def leg(*, queued: int, answered: int, ended: int, begins: int = 0) -> Call:
    """A leg whose events lie so many ms after its start, which lies so many after a midnight."""
    start = START * 1000 + begins
    times = {"inQueueTime": queued, "outQueueTime": answered, "answerTime": answered, "endTime": ended}
    return {"startTime": start, "ringTime": 0} | {name: start + after for name, after in times.items()}


def bars(legs: list[Call]) -> dict[str, tuple[int, int]]:
    """The first cell and the length of each bar."""
    lines = timeline(legs, ZoneInfo(ZONE), ROOM)[1:]
    margin = min(line.index("━") for line in lines)
    return {
        line[:margin].strip(): (bar.start() - margin, bar.end() - bar.start())
        for line in lines
        if (bar := re.search("━+", line))
    }


def test_bars_begin_and_end_where_their_times_lie() -> None:
    found = bars([leg(queued=10_000, answered=40_000, ended=100_000)])
    whole = found["call"][1]
    assert found["call"][0] == 0
    assert found["queue"] == pytest.approx((0.1 * whole, 0.3 * whole), abs=1)
    assert found["talk"] == pytest.approx((0.4 * whole, 0.6 * whole), abs=1)


def test_legs_lie_on_one_scale() -> None:
    found = bars(
        [
            leg(queued=0, answered=1_000, ended=60_000),
            leg(queued=0, answered=1_000, ended=30_000, begins=90_000),
        ]
    )
    first, second = found["1 call"], found["2 call"]
    assert first[1] == pytest.approx(2 * second[1], abs=2)
    assert second[0] == pytest.approx(1.5 * first[1], abs=2)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.integers(-5, 10**15) | st.none() | st.text()
                for name in (
                    "startTime",
                    "ringTime",
                    "inQueueTime",
                    "outQueueTime",
                    "answerTime",
                    "endTime",
                    "ringDuration",
                )
            },
        ),
        max_size=3,
    ),
    st.integers(20, 200),
)
def test_whatever_the_times_are_the_lines_fit(legs: list[Call], width: int) -> None:
    lines = timeline(legs, ZoneInfo(ZONE), width)
    assert bool(lines) is any(phases(leg) for leg in legs)
    assert all(len(line) <= max(width, 60) for line in lines)
