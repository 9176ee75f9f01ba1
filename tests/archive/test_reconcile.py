"""reconcile asks again for what the receipts say, and tells what differs."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nxcdr.sandbox import Fault, Misbehaviour
from tests.archive.days import DAY_SECONDS, FIRST, Night, calls_of, of_day
from tests.harness import left_in, some_calls

CALLS = calls_of(3)
NAMES = ("2023-07-27.jsonl.gz", "2023-07-28.jsonl.gz", "2023-07-29.jsonl.gz")
URL = "https://example.com/x.mp3"


def change_some(now: Night) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Add a call, change one and remove one, all of the second day."""
    added = some_calls(1, FIRST + DAY_SECONDS, FIRST + 2 * DAY_SECONDS, seed=99)[0]
    changed, vanished = of_day(CALLS, 1)[5], of_day(CALLS, 1)[8]
    now.sandbox.add(added)
    now.sandbox.replace(changed, changed | {"totalCustomerPrice": 7.75, "recordUrl": URL})
    now.sandbox.remove(vanished)
    return added, changed, vanished


def test_files_that_hold_what_the_server_says_are_ok_and_untouched(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    before = {name: ((here / name).read_bytes(), (here / name).stat().st_mtime_ns) for name in left_in(here)}
    outcome = now.run("reconcile", *NAMES)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "".join(f"{name}: OK, 40 calls\n" for name in NAMES)
    assert now.run("reconcile", "-q", *NAMES).err == ""
    assert {name: ((here / name).read_bytes(), (here / name).stat().st_mtime_ns) for name in left_in(here)} == before


def test_a_file_that_does_not_is_counted_and_the_exit_code_is_7(night: Callable[..., Night]) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    change_some(now)
    outcome = now.run("reconcile", *NAMES)
    assert (outcome.code, outcome.out) == (7, "")
    assert f"{NAMES[0]}: OK" in outcome.err
    assert f"nxcdr: warning: {NAMES[1]}: +1 call, 1 changed, 1 vanished\n" in outcome.err
    assert "nxcdr: error: 1 of 3 files are not what the server says now" in outcome.err
    assert now.run("reconcile", NAMES[2]).code == 0


def test_details_show_each_call_and_each_field(night: Callable[..., Night]) -> None:
    now = night(CALLS, days=3)
    assert now.run("export", "2023-07-28", "-o", "x.csv", "--receipt").code == 0
    added, changed, vanished = change_some(now)
    outcome = now.run("reconcile", "x.csv", "--details")
    lines = outcome.out.splitlines()
    assert (outcome.code, lines[0], len(lines)) == (7, "x.csv", 6)
    for mark, call in (("+", added), ("~", changed), ("-", vanished)):
        (line,) = [line for line in lines if line.startswith(f"  {mark} 2023-07-28T")]
        assert line.endswith(f"+08:00  {call['callId']}")
    at = lines.index(next(line for line in lines if line.startswith("  ~")))
    assert lines[at + 1] == f"      recordUrl           {changed['recordUrl'] or '(empty)'} -> {URL}"
    assert lines[at + 2] == f"      totalCustomerPrice  {changed['totalCustomerPrice']} -> 7.75"


@pytest.mark.parametrize("details", [True, False])
def test_json_tells_the_same(night: Callable[..., Night], details: bool) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    _, changed, _ = change_some(now)
    cut = Path(NAMES[2])
    cut.write_bytes(cut.read_bytes()[:-9])
    now.sandbox.requests.clear()
    outcome = now.run("reconcile", *NAMES, "--json", *(["--details"] if details else []))
    found = json.loads(outcome.out)
    assert outcome.code == 7
    assert (found["requests"], found["retries"]) == (len(now.sandbox.requests), 0)
    assert [file["path"] for file in found["files"]] == list(NAMES)
    assert [file["state"] for file in found["files"]] == ["ok", "different", "damaged"]
    assert [(file["added"], file["changed"], file["vanished"]) for file in found["files"]] == [
        (0, 0, 0),
        (1, 1, 1),
        (0, 0, 0),
    ]
    assert all(("differences" in file) is details for file in found["files"])
    if details:
        kinds = {difference["change"]: difference for difference in found["files"][1]["differences"]}
        assert set(kinds) == {"added", "changed", "vanished"}
        assert kinds["changed"]["callId"] == changed["callId"]
        assert kinds["changed"]["fields"] == {
            "recordUrl": [changed["recordUrl"], URL],
            "totalCustomerPrice": [changed["totalCustomerPrice"], 7.75],
        }


@pytest.mark.parametrize(
    "options",
    [
        ("--direction", "inbound"),
        ("--answered",),
        ("--missed", "--direction", "outbound"),
        ("--columns", "startTime,callId,recordUrl"),
        ("--columns", "caller"),
        ("--raw",),
        ("--excel",),
        ("--tz", "America/New_York"),
    ],
    ids=" ".join,
)
def test_it_asks_for_exactly_what_the_receipt_says(night: Callable[..., Night], options: tuple[str, ...]) -> None:
    now = night(CALLS, days=3)
    span = "2023-07-27T23:00+08:00/2023-07-28T20:30+08:00"
    assert now.run("export", span, "-o", "x.csv", "--receipt", *options).code == 0
    asked = {json.dumps({**request.body, "page": 0, "size": 0}) for request in now.sandbox.requests if request.body}
    now.sandbox.requests.clear()
    assert now.run("reconcile", "x.csv").code == 0
    again = {json.dumps({**request.body, "page": 0, "size": 0}) for request in now.sandbox.requests if request.body}
    assert again == asked
    for call in of_day(CALLS, 1):
        now.sandbox.replace(call, call | {"recordUrl": URL, "caller": "85299999999"})
    assert now.run("reconcile", "x.csv").code == 7


def test_another_account_or_endpoint_is_a_usage_error_before_the_first_request(
    night: Callable[..., Night], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    now.sandbox.requests.clear()
    monkeypatch.setenv("NXCDR_ACCESS_KEY", "other")
    outcome = now.run("reconcile", *NAMES)
    assert (outcome.code, "is from account sand…" in outcome.err) == (2, True)
    other = night(CALLS, days=3)
    outcome = other.run("reconcile", *NAMES)
    assert (outcome.code, now.sandbox.base_url in outcome.err) == (2, True)
    assert now.sandbox.requests == other.sandbox.requests == []


def test_the_sandbox_is_the_same_on_another_port(night: Callable[..., Night]) -> None:
    now = night([], days=0)
    argv = ("export", "2023-07-20", "-o", "x.csv", "--receipt", "--profile", "sandbox")
    assert now.run(*argv).code == 0
    assert json.loads(Path("x.csv.receipt.json").read_text())["endpoint"] == "sandbox"
    assert now.run("reconcile", "x.csv", "--profile", "sandbox").code == 0


def test_files_that_can_not_be_asked_for_again_are_usage_errors(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=3)
    assert now.run("export", "2023-07-28", "-o", "x.csv").code == 0
    now.sandbox.requests.clear()
    assert "x.csv has no receipt" in now.run("reconcile", "x.csv").err
    assert "none.csv is not a file" in now.run("reconcile", "none.csv").err
    (here / "x.csv.receipt.json").write_text("{")
    assert now.run("reconcile", "x.csv").code == 2
    assert now.run("reconcile").code == 2
    assert now.sandbox.requests == []


def test_a_server_that_fails_is_exit_5_and_nothing_is_printed(night: Callable[..., Night]) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    now.sandbox.misbehaviour = Misbehaviour(faults=(Fault.ERROR,), fault_at=range(now.sandbox._arrived + 4, 999))
    outcome = now.run("reconcile", *NAMES, "--json", "--retries", "0")
    assert (outcome.code, outcome.out) == (5, "")


def test_a_file_edited_by_hand_is_told(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=3)
    assert now.export("--receipt").code == 0
    lines = gzip.decompress((here / NAMES[0]).read_bytes()).splitlines(keepends=True)
    (here / NAMES[0]).write_bytes(gzip.compress(b"".join(lines[:7] + lines[8:])))
    outcome = now.run("reconcile", NAMES[0])
    assert (outcome.code, f"{NAMES[0]}: +1 call\n" in outcome.err) == (7, True)


def test_memory_does_not_grow_with_the_file_or_its_differences(night: Callable[..., Night]) -> None:
    peaks = []
    for count in (16_000, 48_000):
        calls = some_calls(count)
        now = night(calls, days=1)
        assert now.run("export", "2023-07-27", "-o", "x.jsonl", "--raw", "--receipt", "--overwrite").code == 0
        now.sandbox.calls = [call | {"recordUrl": URL} for call in calls]
        program = f"from nxcdr.cli.app import main; main(sys.argv[1:], clock=lambda: {now.clock[0]})"
        program += "; print(open('/proc/self/status').read(), file=sys.stderr)"
        argv = [sys.executable, "-c", f"import sys; {program}", "reconcile", "x.jsonl", "--details", "--json"]
        with Path("found.json").open("wb") as found:
            done = subprocess.run(argv, stdout=found, stderr=subprocess.PIPE, text=True, check=True)
        peaks.append(int(re.findall(r"VmHWM:\s*(\d+) kB", done.stderr)[0]))
        assert json.loads(Path("found.json").read_bytes())["files"][0]["changed"] == count
    assert peaks[1] - peaks[0] < 12_000  # KiB, where the calls are 33 MB
