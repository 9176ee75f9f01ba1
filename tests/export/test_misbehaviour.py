"""Each way for a server to misbehave, and mixtures: the file holds the truth, or there is none.

``python -m tests.export.test_misbehaviour`` prints a table.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from nxcdr.cli.app import main
from nxcdr.sandbox import Fault, Misbehaviour, Sandbox
from tests.harness import DAY, END, START, ZONE, Call, Outcome, Program, in_order, json_lines_of, some_calls

SECOND = START + 9 * 3600
RETRIES = ("--retries", "1")

Run = Callable[..., Outcome]


def calls_over_midnight() -> list[Call]:
    """Calls of the day and of those around it: some go on over midnight."""
    around = some_calls(300, START - 7200, START, seed=2) + some_calls(300, END, END + 7200, seed=3)
    long = [{**call, "endTime": call["startTime"] + 5_400_000} for call in around[::3]]
    kept = [call for number, call in enumerate(around) if number % 3]
    return some_calls(900) + kept + long


def one_second() -> list[Call]:
    return some_calls(5000, SECOND, SECOND + 1)


def equal_calls() -> list[Call]:
    return some_calls(400) + [{**some_calls(1)[0], "startTime": SECOND * 1000 + 7}] * 250


def few_calls() -> list[Call]:
    return some_calls(250)


def calls_of_a_day() -> list[Call]:
    return some_calls(1200)


def arrival(number: int) -> Call:
    """A call that comes in meanwhile, anywhere in the day."""
    start = START * 1000 + number * 7_919_000 % 86_400_000
    return {**some_calls(1)[0], "callId": f"new-{number}", "startTime": start, "endTime": start + 60_000}


def half_of_each_fifth(rows: list[bytes], number: int, _: Misbehaviour) -> list[bytes]:
    return rows[: len(rows) // 2] if number % 5 == 4 else rows


@dataclass(frozen=True, slots=True)
class Case:
    """A server, and what an export from it may end with.

    Attributes:
        name: What it does wrong.
        rules: The same for the sandbox.
        codes: Exit codes; with 0 the file must hold the truth, with any other there must be none.
        calls: What it holds.
        selected_by: The time that it selects calls by, as it can be found out.
        options: Of the command.
        half: Whether each fifth answer holds half of its rows.
    """

    name: str
    rules: dict[str, Any]
    codes: Sequence[int] = (0,)
    calls: Callable[[], list[Call]] = calls_of_a_day
    selected_by: str = "start"
    options: Sequence[str] = ()
    half: bool = False

    def belongs(self, call: Call) -> bool:
        """Whether a call must be in the file."""
        first, last = START * 1000, END * 1000
        match self.rules.get("filter_by", "start"):
            case "end":
                return bool(first <= call["endTime"] < last)
            case "created":
                return bool(first <= call["createdTime"] <= last)
            case "overlap":
                return bool(call["startTime"] <= last and call["endTime"] >= first)
        return bool(first <= call["startTime"] < last)


def created(calls: Callable[[], list[Call]]) -> Callable[[], list[Call]]:
    return lambda: [{**call, "createdTime": call["endTime"] + 90_000 + n % 4000} for n, call in enumerate(calls())]


MIXED = {"gzip": True, "chunked": True, "informational": (103,)}
CASES = [
    Case("nothing", {}),
    *(Case(f"order {order}", {"order": order}) for order in ("ascending", "shuffled", "ended", "created", "tied")),
    Case("order unstable", {"order": "unstable"}, (0, 5), few_calls),
    Case("the end is in the range", {"end": "inclusive_second"}, calls=calls_over_midnight),
    Case("the end is not in the range", {"end": "exclusive"}, calls=calls_over_midnight),
    Case("3 % of answers cut", {"cut_rate": 0.03}),
    Case("20 % of answers cut", {"cut_rate": 0.2}),
    Case("20 % of answers cut, shuffled", {"cut_rate": 0.2, "order": "shuffled"}),
    Case("each fifth answer half", {}, half=True),
    Case("each fifth answer half, ascending", {"order": "ascending"}, half=True),
    Case("pages from 0", {"first_page": 0}, (5,)),
    Case("pages from 0, few calls", {"first_page": 0}, (5,), few_calls),
    Case("page 1 for ever", {"stuck_at_page": 1}, (5,), few_calls),
    Case("page 3 for ever, one second", {"stuck_at_page": 3}, (5,), lambda: some_calls(500, SECOND, SECOND + 1)),
    Case("pages of 7", {"page_cap": 7}),
    Case("pages of 50, shuffled", {"page_cap": 50, "order": "shuffled"}),
    Case("pages of 99", {"page_cap": 99}),
    Case("pages of 50 counted by 100", {"page_cap": 50, "page_cap_offset": "size"}),
    Case("a row of each page repeated", {"repeats": 1}, (0, 5), lambda: some_calls(105)),
    Case("nothing beyond 1,000 rows", {"depth_limit": 1000}, (0, 5)),
    Case("code 99 beyond 1,000 rows", {"depth_limit": 1000, "depth_answer": 99}, (5,), options=RETRIES),
    Case("5,000 calls in one second", {}, calls=one_second),
    Case("5,000 calls in one second, shuffled", {"order": "shuffled"}, calls=one_second),
    Case("250 equal calls", {}, calls=equal_calls),
    Case("250 equal calls, shuffled", {"order": "shuffled"}, calls=equal_calls),
    Case("calls come in and change", {"arrivals": arrival, "arrive_every": 5, "change_every": 7}, (0, 5)),
    Case("calls come in, ended", {"arrivals": arrival, "arrive_every": 5, "order": "ended"}, (0, 5)),
    Case("a second answer to each tenth", {"faults": (Fault.SECOND_ANSWER,), "fault_every": 10}),
    Case("a second answer to each", {"faults": (Fault.SECOND_ANSWER,), "fault_every": 1}, (0, 5)),
    Case("a late second answer to each tenth", {"faults": (Fault.LATE_SECOND_ANSWER,), "fault_every": 10}),
    Case("a late second answer to each", {"faults": (Fault.LATE_SECOND_ANSWER,), "fault_every": 1}, (0, 5), few_calls),
    Case("selected by end", {"filter_by": "end"}, calls=calls_over_midnight, selected_by="end"),
    Case(
        "selected by end, shuffled",
        {"filter_by": "end", "order": "shuffled"},
        calls=calls_over_midnight,
        selected_by="end",
    ),
    Case("selected by creation", {"filter_by": "created"}, calls=created(calls_over_midnight), selected_by="listed"),
    Case("selected by overlap", {"filter_by": "overlap"}, calls=calls_over_midnight, selected_by="listed"),
    Case("103 before each answer", {"informational": (103,)}),
    Case("a header without a colon, last", {"malformed_header": "last"}, (0, 5), options=RETRIES),
    Case("a header without a colon, first", {"malformed_header": "first"}, (0, 5), options=RETRIES),
    Case("gzip", {"gzip": True}),
    Case("chunks", {"chunked": True}),
    Case("401", {"faults": (Fault.UNAUTHORIZED,), "fault_every": 5}, (3,)),
    Case("403", {"faults": (Fault.FORBIDDEN,), "fault_every": 5}, (3,)),
    Case("429 above 100/s", {"limit": 10, "limit_period": 0.1}),
    Case("503 above 100/s", {"limit": 10, "limit_period": 0.1, "limit_answer": "503"}),
    Case("2206 above 100/s", {"limit": 10, "limit_period": 0.1, "limit_answer": "2206"}),
    Case("one answer in ten fails", {"faults": (Fault.RESET, Fault.TRUNCATED, Fault.NOT_JSON), "fault_every": 10}),
    Case("cut, gzip, chunks, 103, shuffled", {"cut_rate": 0.1, "order": "shuffled", **MIXED}),
    Case("cut, late second answers", {"cut_rate": 0.03, "faults": (Fault.LATE_SECOND_ANSWER,), "fault_every": 15}),
    Case("pages of 50, calls come in", {"page_cap": 50, "arrivals": arrival, "arrive_every": 9, **MIXED}, (0, 5)),
    Case("cut, calls change, the end in the range", {"cut_rate": 0.1, "change_every": 9, "end": "inclusive_second"}),
    Case("selected by end, cut", {"filter_by": "end", "cut_rate": 0.1}, calls=calls_over_midnight, selected_by="end"),
    Case(
        "selected by end, pages of 50",
        {"filter_by": "end", "page_cap": 50},
        calls=calls_over_midnight,
        selected_by="end",
    ),
]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a case.

    Attributes:
        outcome: The command's.
        wanted: How many different calls belong to the file.
        got: How many it holds; None where there is no file.
        right: Whether these are the calls, each once.
        requests: How many there were.
    """

    outcome: Outcome
    wanted: int
    got: int | None
    right: bool
    requests: int


def carried_out(case: Case, program: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, in_flight: int) -> Found:
    """Export the day from the case's server."""
    calls = case.calls()
    path = folder / "x.jsonl"
    halved = mock.patch("nxcdr.sandbox.server.kept_rows", half_of_each_fifth) if case.half else contextlib.nullcontext()
    with halved, Sandbox(in_order(calls), misbehaviour=Misbehaviour(**case.rules)) as sandbox:
        monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("NXCDR_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("NXCDR_ACCESS_SECRET", sandbox.access_secret)
        options = ("--raw", "--receipt", "--json", "--concurrency", str(in_flight), *case.options)
        outcome = program("export", DAY, "-o", path, *options)
        requests = len(sandbox.requests)
        there = {identity(call) for call in sandbox.calls if case.belongs(call)}
    wanted = {identity(call) for call in calls if case.belongs(call)}
    if not path.exists():
        return Found(outcome, len(wanted), None, False, requests)
    found = json_lines_of(path)
    got = Counter(map(identity, found))
    right = wanted <= got.keys() <= there and set(got.values()) <= {1} and found == in_order(found)
    if not case.rules.keys() & {"arrivals", "change_every"}:
        right = right and found == in_order({json.dumps(call): call for call in calls if case.belongs(call)}.values())
    return Found(outcome, len(wanted), len(found), right, requests)


def identity(call: Call) -> tuple[str, int]:
    return call["callId"], call["startTime"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_holds_the_truth_or_there_is_none(
    case: Case, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = carried_out(case, nxcdr, here, monkeypatch, in_flight=4)
    code = found.outcome.code
    assert code in case.codes, found.outcome.err
    if code:
        assert found.got is None
        assert found.outcome.out == ""
        assert "Traceback" not in found.outcome.err
        assert len([line for line in found.outcome.err.splitlines() if line.startswith("nxcdr: error: ")]) == 1
        return
    assert found.right, f"{found.got} calls instead of {found.wanted}"
    receipt = json.loads((here / "x.jsonl.receipt.json").read_text("utf-8"))
    (summary,) = json.loads(found.outcome.out)["files"]
    assert receipt["selected_by"] == summary["selected_by"] == case.selected_by
    assert receipt["rows"] == summary["rows"] == found.got
    assert found.outcome.err.count("the server selects calls by") == (case.selected_by != "start")


@contextlib.contextmanager
def by_hand() -> Iterator[tuple[Run, Path, pytest.MonkeyPatch]]:
    """The program outside of pytest."""

    def program(*argv: str | Path) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([str(word) for word in argv])
        return Outcome(code, out.getvalue(), err.getvalue())

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("NXCDR_CONFIG", os.devnull + "/none")
        monkeypatch.setenv("NXCDR_TIMEZONE", ZONE)
        yield program, Path(folder), monkeypatch


def print_table() -> None:
    """Print what comes of each case, with 1, 4 and 16 requests in flight."""
    print(f"{'the server':<42} in flight  exit  wanted     got  requests")
    for case in CASES:
        for in_flight in (1, 4, 16):
            with by_hand() as (program, folder, monkeypatch):
                found = carried_out(case, program, folder, monkeypatch, in_flight)
            got = "-" if found.got is None else f"{found.got}"
            wrong = found.outcome.code not in case.codes or (found.outcome.code == 0 and not found.right)
            line = f"{found.outcome.code:>4} {found.wanted:>7} {got:>7} {found.requests:>9}"
            print(f"{case.name:<42} {in_flight:>9}  {line}{'  WRONG' if wrong else ''}", flush=True)


if __name__ == "__main__":
    print_table()
