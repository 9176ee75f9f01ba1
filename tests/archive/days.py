"""Days of calls, and the nights after them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nxcdr.sandbox import Sandbox
from tests.harness import START, Call, Outcome, Program, json_lines_of, some_calls

DAY_SECONDS = 86_400
FIRST = START  # 2023-07-27 in Asia/Hong_Kong
ARCHIVE = "{date}.jsonl.gz"


def calls_of(days: int, each: int = 40) -> list[Call]:
    """So many calls for each of some days, as the server stores them."""
    return [
        call
        for day in range(days)
        for call in some_calls(each, FIRST + day * DAY_SECONDS, FIRST + (day + 1) * DAY_SECONDS, seed=day)
    ]


def of_day(calls: list[Call], day: int) -> list[Call]:
    """The calls that begin on a day, 0 for the first."""
    first = (FIRST + day * DAY_SECONDS) * 1000
    return [call for call in calls if first <= call["startTime"] < first + DAY_SECONDS * 1000]


@dataclass(slots=True)
class Night:
    """A server and the program, both at the same time.

    Attributes:
        sandbox: The server.
        clock: One value: epoch seconds.
        nxcdr: Runs the program.
    """

    sandbox: Sandbox
    clock: list[float]
    nxcdr: Program

    def run(self, *argv: str | Path) -> Outcome:
        return self.nxcdr(*argv, clock=lambda: self.clock[0])

    def export(self, *argv: str, span: str = "2023-07-27 to yesterday", output: str = ARCHIVE) -> Outcome:
        return self.run("export", span, "--split", "day", "--raw", "-o", output, *argv)

    def summary(self, *argv: str, **how: str) -> dict[str, Any]:
        """Export, and give the JSON; requests of the server are counted anew."""
        self.sandbox.requests.clear()
        outcome = self.export(*argv, "--json", **how)
        assert outcome.code == 0, outcome.err
        found: dict[str, Any] = json.loads(outcome.out)
        return found

    def pass_by(self, *, days: float) -> None:
        self.clock[0] += days * DAY_SECONDS


def stored(path: str) -> list[Call]:
    """A file's calls."""
    return json_lines_of(Path(path))
