"""Approved screens."""

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
    """Compare with the approved screen. If there is none, it is written, for you to look at, and the test fails."""
    if not golden.exists():
        golden.write_text(seen)
        raise AssertionError(f"{golden} is new: look at it")
    assert seen == golden.read_text()
