"""--refresh fetches again what can have changed, and replaces only what has."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nxcdr.sandbox import Misbehaviour, Request
from tests.archive.days import DAY_SECONDS, FIRST, Night, calls_of, of_day, stored
from tests.harness import Call, left_in, some_calls

CALLS = calls_of(6)
REFRESH = ("--skip-existing", "--refresh", "3d")
NAMES = [f"2023-{day}.jsonl.gz" for day in ("07-27", "07-28", "07-29", "07-30", "07-31", "08-01")]


def actions(found: dict[str, object]) -> str:
    """The actions of the files, a letter each."""
    files = found["files"]
    assert isinstance(files, list)
    return "".join({"write": "w", "refresh": "r", "skip": ".", "replace": "!"}[file["action"]] for file in files)


def state_of(here: Path) -> dict[str, tuple[bytes, int]]:
    return {name: ((here / name).read_bytes(), (here / name).stat().st_mtime_ns) for name in left_in(here)}


def test_files_of_the_last_days_are_fetched_again_and_stay_as_they_are_where_nothing_changed(
    night: Callable[..., Night], here: Path
) -> None:
    now = night(CALLS, days=5)
    assert now.export("--receipt").code == 0
    before = state_of(here)
    now.pass_by(days=1)
    found = now.summary(*REFRESH, "--receipt")
    assert actions(found) == "...rrw"
    assert (found["added"], found["changed"], found["vanished"]) == (0, 0, 0)
    assert all(before[name] == now_there for name, now_there in state_of(here).items() if name in NAMES[:5])
    assert {request.body["startTime"] for request in now.sandbox.requests if request.body} == {
        FIRST + day * DAY_SECONDS for day in (3, 4, 5)
    }
    assert now.run("verify", *NAMES).code == 0
    outcome = now.export(*REFRESH)
    assert "done: 3 files: 120 calls" in outcome.err
    assert "no change, 3 files left as they were" in outcome.err


def test_added_and_changed_calls_are_counted_and_the_file_is_replaced(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=6)
    assert now.export("--receipt").code == 0
    before = state_of(here)
    late = some_calls(3, FIRST + 4 * DAY_SECONDS, FIRST + 5 * DAY_SECONDS, seed=99)
    for call in late:
        now.sandbox.add(call)
    priced = of_day(CALLS, 4)[7] | {"totalCustomerPrice": 12.5}
    now.sandbox.replace(of_day(CALLS, 4)[7], priced)
    outcome = now.export(*REFRESH)
    assert outcome.code == 0
    assert "2023-07-31.jsonl.gz: 43 calls" in outcome.err
    assert outcome.err.count("+3 calls, 1 changed") == 2  # the file's line, and the last
    assert now.run("verify", *NAMES).code == 0
    after = state_of(here)
    assert {name[:15] for name in after if after[name][0] != before[name][0] and ".receipt" not in name} == {
        "2023-07-31.json"
    }
    assert priced in stored(NAMES[4])
    assert len(stored(NAMES[4])) == 43
    assert left_in(here) == sorted([*NAMES, *(f"{name}.receipt.json" for name in NAMES)])
    assert now.summary(*REFRESH)["changed"] == 0


def test_json_counts_for_each_file_and_in_all(night: Callable[..., Night]) -> None:
    now = night(CALLS, days=6)
    assert now.export().code == 0
    now.sandbox.add(some_calls(1, FIRST + 5 * DAY_SECONDS, FIRST + 6 * DAY_SECONDS, seed=99)[0])
    now.sandbox.replace(of_day(CALLS, 3)[0], of_day(CALLS, 3)[0] | {"recordUrl": "https://example.com/x.mp3"})
    now.sandbox.remove(of_day(CALLS, 5)[9])
    found = now.summary(*REFRESH)
    counts = [(file["added"], file["changed"], file["vanished"]) for file in found["files"]]
    assert counts == [(0, 0, 0)] * 3 + [(0, 1, 0), (0, 0, 0), (1, 0, 1)]
    assert (found["added"], found["changed"], found["vanished"]) == (1, 1, 1)


def test_a_vanished_call_is_warned_of_and_the_old_file_is_kept(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=6)
    assert now.export("--receipt").code == 0
    old = (here / NAMES[5]).read_bytes()
    now.sandbox.remove(of_day(CALLS, 5)[9])
    outcome = now.export(*REFRESH, "-q")
    kept = f"{NAMES[5]}.before-2023-08-02"
    assert (outcome.code, outcome.err.count("\n")) == (0, 1)
    assert f"warning: {NAMES[5]}: 1 call vanished" in outcome.err
    assert kept in outcome.err
    assert (here / kept).read_bytes() == old
    assert len(stored(NAMES[5])) == 39
    now.sandbox.remove(of_day(CALLS, 5)[10])
    found = now.summary(*REFRESH)
    assert found["files"][5]["kept_as"].endswith(f"{kept}.2")
    assert len(gzip.decompress((here / f"{kept}.2").read_bytes()).splitlines()) == 39
    assert (here / kept).read_bytes() == old


@pytest.mark.parametrize("receipt", [(), ("--receipt",)], ids=["no receipt", "receipt"])
@pytest.mark.parametrize("age", ["1h", "0d"])
def test_a_file_written_too_early_is_fetched_again_however_long_ago_its_range_ended(
    night: Callable[..., Night], here: Path, receipt: tuple[str, ...], age: str
) -> None:
    now = night(CALLS[:-1], days=6, hour=0.2)
    assert now.export(*receipt).code == 0
    os.utime(here / NAMES[5], (now.clock[0], now.clock[0]))
    now.pass_by(days=30)
    now.sandbox.add(CALLS[-1])
    span = "2023-07-27..2023-08-01"
    refresh = ("--skip-existing", "--refresh", age)
    found = now.summary(*receipt, *refresh, span=span)
    assert (actions(found), found["added"]) == (".....r", 1)
    assert stored(NAMES[5]) == of_day(CALLS, 5)
    assert actions(now.summary(*receipt, *refresh, span=span)) == "......"


def test_a_receipt_remembers_that_nothing_had_changed(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=6, hour=0.2)
    assert now.export("--receipt").code == 0
    assert json.loads((here / f"{NAMES[5]}.receipt.json").read_text())["settled"] is False
    before = (here / NAMES[5]).stat().st_mtime_ns
    now.pass_by(days=5)
    span = "2023-07-27..2023-08-01"
    # Without --receipt: the files have one, and keep one. The fifth was last fetched before its third day was over.
    assert actions(now.summary(*REFRESH, span=span)) == "....rr"
    assert (here / NAMES[5]).stat().st_mtime_ns == before
    assert json.loads((here / f"{NAMES[5]}.receipt.json").read_text())["settled"] is True
    assert now.run("verify", NAMES[5]).code == 0
    assert actions(now.summary(*REFRESH, span=span)) == "......"


def test_bytes_that_differ_where_no_call_does_are_left(night: Callable[..., Night], here: Path) -> None:
    now = night(CALLS, days=6)
    assert now.export().code == 0
    other = gzip.compress(gzip.decompress((here / NAMES[5]).read_bytes()), 1)
    (here / NAMES[5]).write_bytes(other)
    found = now.summary(*REFRESH, "--receipt")
    assert (found["changed"], (here / NAMES[5]).read_bytes() == other) == (0, True)
    assert now.run("verify", NAMES[5]).code == 0  # the receipt is that of the file that is there


@pytest.mark.parametrize("output", ["{date}.csv", "{date}.csv.gz", "{date}.ndjson"])
@pytest.mark.parametrize("options", [(), ("--columns", "callId,totalCustomerPrice"), ("--columns", "caller")])
def test_formats_and_columns_are_compared_as_they_are_written(
    night: Callable[..., Night], output: str, options: tuple[str, ...]
) -> None:
    now = night(CALLS, days=6)
    argv = ("export", "2023-08-01", "-o", output, *options, "--json")
    assert now.run(*argv).code == 0
    call = of_day(CALLS, 5)[3]
    now.sandbox.replace(call, call | {"totalCustomerPrice": 3.25})
    now.sandbox.add(some_calls(1, FIRST + 5 * DAY_SECONDS, FIRST + 6 * DAY_SECONDS, seed=99)[0])
    found = json.loads(now.run(*argv, *REFRESH).out)
    assert (found["added"], found["changed"]) == (1, 0 if "caller" in options else 1)


def test_an_age_is_a_number_and_a_unit_and_goes_with_skip_existing(night: Callable[..., Night]) -> None:
    now = night(CALLS, days=6)
    for age in ("3", "", "-3d", "3 fortnights", "d"):
        outcome = now.export("--skip-existing", "--refresh", age)
        assert (outcome.code, "is not an age" in outcome.err) == (2, True)
    assert now.export("--refresh", "3d").code == 2
    assert now.sandbox.requests == []


def stop_at(now: Night, count: int, *argv: str, signum: int = signal.SIGKILL) -> None:
    """Start an export of its own, and end it when the server has been asked so often; then it answers no more."""
    there, gone = threading.Event(), threading.Event()

    def observe(_: Request) -> None:
        if len(now.sandbox.requests) >= count:
            there.set()
            gone.wait(30)

    now.sandbox.requests.clear()
    now.sandbox._observe = observe
    now.sandbox.misbehaviour = Misbehaviour(latency=0.02)  # so that what is proved is kept meanwhile
    program = f"import sys; from nxcdr.cli.app import main; sys.exit(main(sys.argv[1:], clock=lambda: {now.clock[0]}))"
    with subprocess.Popen([sys.executable, "-c", program, *argv], stderr=subprocess.DEVNULL) as process:
        assert there.wait(30)
        process.send_signal(signum)
    gone.set()
    now.sandbox._observe = None
    now.sandbox.misbehaviour = Misbehaviour()


@pytest.fixture
def busy() -> list[Call]:
    """A day with more calls than one window is kept at once."""
    return some_calls(12_000, FIRST, FIRST + DAY_SECONDS)


def test_interrupted_it_goes_on_where_it_was_but_not_on_another_day(
    night: Callable[..., Night], here: Path, busy: list[Call]
) -> None:
    now = night(busy, days=1)
    argv = ("export", "2023-07-27", "-o", "x.jsonl", "--raw", *REFRESH)
    assert now.run(*argv).code == 0
    once = len(now.sandbox.requests)
    before = (here / "x.jsonl").read_bytes()

    stop_at(now, once * 3 // 4, *argv, signum=signal.SIGTERM)
    assert (here / "x.jsonl").read_bytes() == before
    now.sandbox.requests.clear()
    outcome = now.run(*argv)
    assert (outcome.code, "resumed" in outcome.err) == (0, True)
    assert len(now.sandbox.requests) < 0.7 * once
    assert left_in(here) == ["x.jsonl"]

    stop_at(now, once * 3 // 4, *argv)
    assert left_in(here) == [".x.jsonl.nxcdr", ".x.jsonl.nxcdr-wal", "x.jsonl"]
    changed = {call["callId"]: call | {"totalCustomerPrice": 9.75} for call in busy[::100]}
    now.sandbox.calls = [changed.get(call["callId"], call) for call in busy]
    now.pass_by(days=1)
    now.sandbox.requests.clear()
    outcome = now.run(*argv)
    assert (outcome.code, "resumed" in outcome.err) == (0, False)
    assert len(now.sandbox.requests) >= once - 2
    assert "120 changed" in outcome.err
    assert sum(call["totalCustomerPrice"] == 9.75 for call in stored("x.jsonl")) == 120


def test_what_an_export_without_refresh_left_long_ago_is_no_fresh_answer(
    night: Callable[..., Night], here: Path, busy: list[Call]
) -> None:
    now = night(busy, days=1)
    argv = ("export", "2023-07-27", "-o", "x.jsonl", "--raw", "--skip-existing")
    stop_at(now, 100, *argv)
    assert not (here / "x.jsonl").exists()
    now.sandbox.calls = [call | {"totalCustomerPrice": 9.75} for call in busy]
    now.pass_by(days=10)
    assert now.run(*argv, "--refresh", "3d").code == 0
    assert all(call["totalCustomerPrice"] == 9.75 for call in stored("x.jsonl"))


def test_after_nights_without_network_a_file_is_fetched_once_more_if_its_receipt_tells(
    night: Callable[..., Night],
) -> None:
    late = CALLS[-1] | {"totalCustomerPrice": 8.5}
    now = night(CALLS, days=6)
    assert now.export("--receipt").code == 0
    now.sandbox.replace(CALLS[-1], late)
    now.pass_by(days=9)
    span = "2023-07-27..2023-08-01"
    found = now.summary(*REFRESH, span=span)
    assert (actions(found), found["changed"]) == ("....rr", 1)
    assert late in stored(NAMES[5])
    assert actions(now.summary(*REFRESH, span=span)) == "......"
