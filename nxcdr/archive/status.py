"""The condition of every file of an archive, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nxcdr.archive.condition import Condition, State, condition_of
from nxcdr.archive.units import Unit
from nxcdr.timerange import TimeRange

WRONG = (State.MISSING, State.DAMAGED, State.EARLY)
"""What must not be in an archive that is complete."""

_MARKS = {State.WHOLE: "#", State.NO_RECEIPT: "o", State.EARLY: "~", State.DAMAGED: "!", State.MISSING: "."}
_WORDS = {State.NO_RECEIPT: "no receipt", State.EARLY: "too early"}
_MOST_LISTED = 20
_LABEL = len("2023-07  ")
_DAYS = "1   5    10   15   20   25   30"
_MONTHS = "JFMAMJJASOND"


@dataclass(frozen=True, slots=True)
class Finding:
    """A file and its condition."""

    unit: Unit
    condition: Condition


def survey(units: Sequence[Unit], span: TimeRange, *, settle: int) -> list[Finding]:
    """Look at every file.

    Args:
        units: The files.
        span: The range they are of.
        settle: Seconds after which a call is taken to be in the records.

    Raises:
        OutputError: One can't be read.
    """
    return [Finding(unit, condition_of(unit, settle=settle, zone=span.zone)) for unit in units]


def counts(findings: Sequence[Finding]) -> dict[State, int]:
    """How many files are in each condition."""
    found = Counter(finding.condition.state for finding in findings)
    return {state: found[state] for state in State}


def as_json(findings: Sequence[Finding], span: TimeRange, template: str) -> dict[str, Any]:
    """The object of ``nxcdr status --json``."""

    def moment(seconds: int) -> str:
        return datetime.fromtimestamp(seconds, span.zone).isoformat()

    return {
        "template": template,
        "range": {"start": span.start, "end": span.end, "zone": span.zone.key},
        "counts": {state.value: count for state, count in counts(findings).items()},
        "files": [
            {
                "path": finding.unit.name,
                "start": moment(finding.unit.start),
                "end": moment(finding.unit.end),
                "state": finding.condition.state.value,
                "reason": finding.condition.reason or None,
                "rows": finding.condition.receipt.rows if finding.condition.receipt else None,
            }
            for finding in findings
        ],
    }


def calendar(findings: Sequence[Finding], span: TimeRange, *, split: str | None) -> Iterator[str]:
    """Lines that show the archive: a month a line and a mark a day, or a year a line and a mark a month.

    A day of several files has the mark of the worst.
    """
    monthly = split == "month"
    worst: dict[str, dict[int, State]] = {}
    for finding in findings:
        first = datetime.fromtimestamp(finding.unit.start, span.zone)
        row, column = (f"{first:%Y}", first.month) if monthly else (f"{first:%Y-%m}", first.day)
        marks = worst.setdefault(row, {})
        marks[column] = min(marks.get(column, State.WHOLE), finding.condition.state, key=list(State).index)
    yield " " * _LABEL + (_MONTHS if monthly else _DAYS)
    for row, marks in worst.items():
        line = "".join(_MARKS[marks[column]] if column in marks else " " for column in range(1, max(marks) + 1))
        yield f"{row:<{_LABEL}}{line}"
    yield ""
    yield "  ".join(
        f"{_MARKS[state]} {count:,} {_WORDS.get(state, state.value)}"
        for state, count in reversed(counts(findings).items())
        if count
    )


def listed(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each file that is missing, damaged or was written too early; for the first of many."""
    wrong = [finding for finding in findings if finding.condition.state in WRONG]
    for finding in wrong[:_MOST_LISTED]:
        state, reason = finding.condition.state, finding.condition.reason
        yield f"{_MARKS[state]} {finding.unit.name}: {reason or state.value}"
    if len(wrong) > _MOST_LISTED:
        yield f"and {len(wrong) - _MOST_LISTED:,} more; --json names all"
