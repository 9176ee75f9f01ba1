"""Screens as they were looked at and found right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from nxcdr.sandbox import DOCUMENTED_CALLS, day_calls
from tests.harness import Call

EVENING = ("--from", "2024-05-20T20:20", "--to", "2024-05-21T00:30")


def two_days() -> list[Call]:
    """The sandbox's calls of 2024-05-20 and the day after, and the two that the vendor documents."""
    return [*DOCUMENTED_CALLS, *day_calls(date(2024, 5, 20)), *day_calls(date(2024, 5, 21))]


def check(seen: str, golden: Path) -> None:
    """Compare with the screen in a file; one that is not there is written, to be looked at, and the test fails."""
    if not golden.exists():
        golden.write_text(seen)
        raise AssertionError(f"look at {golden}: it was not there")
    assert seen == golden.read_text()
