"""Exports from servers that misbehave: every call once and exit 0, or exit 5 and no file, never a short file."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nxcdr.sandbox import Fault
from tests.harness import DAY, END, START, Call, Program, Serve, json_lines_of, some_calls


def late_call(before: int) -> Call:
    """A further call somewhere in the day: number `before` of those added while pages are read."""
    return some_calls(1, START + 977 * before % 86_000, END, seed=before)[0] | {"callId": f"late{before}"}


@dataclass(frozen=True, slots=True)
class Case:
    """What a server does wrong, and how an export from it may end.

    Attributes:
        wrong: What.
        misbehaviour: The same, for the sandbox.
        codes: The exit codes that are right.
        calls: Its calls.
        own: The time of a call, in ms, that it selects by.
        key: The field that tells calls apart.
    """

    wrong: str
    misbehaviour: dict[str, Any]
    codes: tuple[int, ...] = (0,)
    calls: tuple[Call, ...] = tuple(some_calls(1500))
    own: str = "startTime"
    key: str = "callId"


one_second = partial(some_calls, start=START + 7, end=START + 8)
equal = [call | {"callId": "equal"} for call in one_second(1)] * 250 + some_calls(50)
created = [call | {"createdTime": call["endTime"] + 2000} for call in some_calls(1500)]

CASES = (
    Case("every 5th answer cut short", {"cut_rate": 0.2}),
    Case("3 % of answers cut short", {"cut_rate": 0.03}, calls=tuple(some_calls(6000))),
    Case("20 % cut short, in no order", {"cut_rate": 0.2, "order": "shuffled"}),
    Case("pages counted from 0", {"first_page": 0}, (5,)),
    Case("pages counted from 0, few calls", {"first_page": 0}, (5,), tuple(some_calls(70))),
    Case("another order for each page number", {"order": "tied"}),
    Case("another order for each answer", {"order": "unstable"}, (0, 5)),
    Case("page number ignored", {"stuck_at_page": 1}, (5,)),
    Case("page 2 for ever", {"stuck_at_page": 2}, (0, 5)),
    Case("pages overlap by 3 rows", {"repeats": 3}, (0, 5)),
    Case("pages of 30 rows", {"page_cap": 30}),
    Case("pages of 30 rows, counted by the size asked for", {"page_cap": 30, "page_cap_offset": "size"}, (0, 5)),
    Case("no page beyond 5,000 rows", {"depth_limit": 5000}, calls=tuple(some_calls(12_000))),
    Case("calls added while pages are read", {"arrivals": late_call, "arrive_every": 5}, (0, 5)),
    Case("calls changed while pages are read", {"change_every": 3}, (0, 5)),
    Case("selects by end, exclusive", {"filter_by": "end", "end": "exclusive"}, own="endTime"),
    Case("selects by creation", {"filter_by": "created"}, calls=tuple(created), own="createdTime"),
    Case("end inclusive by the second", {"end": "inclusive_second"}),
    Case("a second answer on the connection", {"faults": (Fault.SECOND_ANSWER,), "fault_every": 3}),
    Case("a late second answer", {"faults": (Fault.LATE_SECOND_ANSWER,), "fault_every": 3}),
    Case(
        "one answer in ten fails",
        {"faults": (Fault.RESET, Fault.TRUNCATED, Fault.HTML, Fault.ERROR), "fault_every": 10},
    ),
    Case(
        "answers without end, 1 in 10",
        {"faults": (Fault.ENDLESS, Fault.HUGE, Fault.GZIP_BOMB), "fault_every": 10},
        (5,),
    ),
    Case("5,000 calls in one second", {}, calls=tuple(one_second(5000))),
    Case("5,000 in one second, 10 % cut short", {"cut_rate": 0.1}, calls=tuple(one_second(5000))),
    Case("250 equal rows", {}, calls=tuple(equal)),
    Case("250 equal rows, 10 % cut short", {"cut_rate": 0.1}, calls=tuple(equal)),
    Case("no start in some records", {"missing_fields": ("startTime",), "missing_every": 50}),
    Case("hostile text", {"hostile": True}, calls=tuple(some_calls(150)), key="startTime"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.wrong)
def test_an_export_is_whole_or_there_is_no_file(case: Case, serve: Serve, nxcdr: Program, here: Path) -> None:
    """With ``--capture=no`` this prints a table: what is wrong, rows wanted, rows got, exit code, requests."""
    wanted = {call[case.key] for call in case.calls if START * 1000 <= call[case.own] < END * 1000}
    sandbox = serve(list(case.calls), **case.misbehaviour)
    outcome = nxcdr("export", DAY, "-o", "x.jsonl", "--raw", "--timeout", "1")
    file = here / "x.jsonl"
    got = Counter(call[case.key] for call in json_lines_of(file)) if file.exists() else Counter[Any]()
    facts = (case.wrong, len(wanted), got.total(), int(outcome.code), len(sandbox.requests))
    print("|", " | ".join(map(str, facts)), "|", file=sys.__stderr__)
    assert outcome.code in case.codes
    assert file.exists() == (outcome.code == 0)
    if outcome.code == 0:
        assert max(got.values()) == 1
        assert wanted <= got.keys()
        assert len(got) == len(wanted) or "arrivals" in case.misbehaviour
