"""Stopped at any moment, in any way: nothing false under the name, and the next run goes on where it was."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nxcdr.sandbox import Fault, Misbehaviour, Request, Sandbox
from tests.harness import DAY, Call, Program, Serve, json_lines_of, left_in, some_calls

Spawn = Callable[..., subprocess.Popen[bytes]]
CALLS = 9000


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return some_calls(CALLS)


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sandbox, int], threading.Event]:
    """An event that is set when a sandbox has answered so many requests."""

    def reached(sandbox: Sandbox, count: int) -> threading.Event:
        event = threading.Event()

        def observe(_: Request) -> None:
            if len(sandbox.requests) >= count:
                event.set()

        monkeypatch.setattr(sandbox, "_observe", observe)
        return event

    return reached


Reached = Callable[[Sandbox, int], threading.Event]


def one_run(nxcdr: Program, sandbox: Sandbox, name: str, *options: str) -> tuple[bytes, int]:
    """The bytes and the requests of a run that nothing interrupts."""
    assert nxcdr("export", DAY, "-o", name, *options).code == 0
    requests = len(sandbox.requests)
    sandbox.requests.clear()
    return Path(name).read_bytes(), requests


@pytest.mark.parametrize("share", [0.02, 0.4, 0.95])
@pytest.mark.parametrize(
    ("order", "name"), [("descending", "x.jsonl"), ("ascending", "x.csv.gz"), ("shuffled", "x.csv")], ids=str
)
def test_killed_at_any_moment_it_goes_on_with_the_same_bytes_and_few_requests_more(
    serve: Serve,
    nxcdr: Program,
    spawn: Spawn,
    reached: Reached,
    here: Path,
    share: float,
    order: str,
    name: str,
) -> None:
    sandbox = serve(some_calls(20_000), order=order, latency=0.01)
    expected, once = one_run(nxcdr, sandbox, f"whole-{name}", "--receipt")
    there = reached(sandbox, int(share * once) + 1)
    process = spawn("export", DAY, "-o", name, "--receipt")
    while not there.wait(0.05) and process.poll() is None:
        pass
    process.kill()
    process.wait()
    if not (here / name).exists():
        assert nxcdr("export", DAY, "-o", name, "--receipt").code == 0
    else:
        assert nxcdr("export", DAY, "-o", name, "--receipt").code == 6  # and what was left behind goes
    assert (here / name).read_bytes() == expected
    assert nxcdr("verify", name).code == 0
    assert left_in(here) == sorted([name, f"{name}.receipt.json", f"whole-{name}", f"whole-{name}.receipt.json"])
    assert len(sandbox.requests) <= (1.25 if order != "shuffled" else 1.4) * once


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_within_two_seconds_and_it_says_how_to_go_on(
    serve: Serve, nxcdr: Program, spawn: Spawn, reached: Reached, calls: list[Call], here: Path, signum: int, code: int
) -> None:
    sandbox = serve(calls, latency=0.02)
    there = reached(sandbox, 70)
    process = spawn("export", DAY, "-o", "x.jsonl", "--raw")
    there.wait(20)
    began = time.monotonic()
    process.send_signal(signum)
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - began < 2
    assert process.returncode == code
    assert b"What is done is kept: run the same command again to resume." in err
    assert b"Traceback" not in err
    assert left_in(here)[0] == ".x.jsonl.nxcdr"
    before = len(sandbox.requests)
    outcome = nxcdr("export", DAY, "-o", "x.jsonl", "--raw")
    assert outcome.code == 0
    assert "resumed" in outcome.err
    assert left_in(here) == ["x.jsonl"]
    assert len(json_lines_of(here / "x.jsonl")) == CALLS
    assert len(sandbox.requests) <= 1.5 * 1.05 * CALLS / 100
    assert before >= 70


def test_a_signal_to_the_process_and_its_group_is_one_wish_and_is_answered(
    serve: Serve, spawn: Spawn, reached: Reached, calls: list[Call]
) -> None:
    sandbox = serve(calls, latency=0.02)
    there = reached(sandbox, 80)
    process = spawn("export", DAY, "-o", "x.jsonl")
    there.wait(20)
    for signum in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
        process.send_signal(signum)
    _, err = process.communicate(timeout=10)
    assert process.returncode in {143, 130}
    assert b"What is done is kept: run the same command again to resume." in err


@pytest.mark.parametrize("switches", [{"latency": 60}, {"limit": 0, "retry_after": "seconds", "retry_after_s": 60}])
def test_a_signal_is_not_kept_waiting_by_a_server_that_keeps_us_waiting(
    serve: Serve, spawn: Spawn, reached: Reached, here: Path, switches: dict[str, Any]
) -> None:
    sandbox = serve(**switches)
    process = spawn("export", DAY, "-o", "x.csv", stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.readline()
    if "limit" in switches:
        reached(sandbox, 1).wait(5)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert time.monotonic() - began < 2
    assert left_in(here) == []


def test_an_older_file_stays_until_the_new_one_is_whole(
    serve: Serve, nxcdr: Program, spawn: Spawn, reached: Reached, calls: list[Call], here: Path
) -> None:
    sandbox = serve(calls, latency=0.01)
    (here / "x.csv").write_text("older")
    there = reached(sandbox, 80)
    process = spawn("export", DAY, "-o", "x.csv", "--overwrite")
    there.wait(20)
    process.kill()
    process.wait()
    assert (here / "x.csv").read_text() == "older"
    assert nxcdr("export", DAY, "-o", "x.csv").code == 6
    assert nxcdr("export", DAY, "-o", "x.csv", "--overwrite").code == 0
    assert (here / "x.csv").read_bytes().count(b"\n") == CALLS + 1
    assert left_in(here) == ["x.csv"]


def stop_it(spawn: Spawn, there: threading.Event, *argv: str) -> str:
    """Interrupt a run once it has come so far, and give what it said."""
    process = spawn(*argv)
    there.wait(20)
    process.send_signal(signal.SIGINT)
    err: bytes = process.communicate(timeout=10)[1]
    assert process.returncode == 130, err
    return err.decode()


@pytest.mark.parametrize(
    "changed",
    [
        ("--answered",),
        ("--from", "2023-07-27T00:00:01", "--to", "2023-07-28"),
        ("--fresh",),
    ],
    ids=" ".join,
)
def test_old_work_is_never_reused_for_another_question(
    serve: Serve, nxcdr: Program, here: Path, calls: list[Call], changed: tuple[str, ...]
) -> None:
    sandbox = serve(calls[:9000])
    span = () if "--from" in changed else (DAY,)
    assert nxcdr("export", *span, "-o", "right.csv", *changed).code == 0
    leave_work(nxcdr, sandbox, "x.csv")
    outcome = nxcdr("export", *span, "-o", "x.csv", *changed)
    assert outcome.code == 0
    assert ("work that does not fit" in outcome.err) == (changed != ("--fresh",))
    assert (here / "x.csv").read_bytes() == (here / "right.csv").read_bytes()
    assert "resumed" not in outcome.err


@pytest.mark.parametrize(
    "changed", [("--columns", "callId"), ("--format", "jsonl"), ("--raw",), ("--excel",), ("--receipt",)], ids=" ".join
)
def test_old_work_is_reused_where_the_same_calls_are_only_written_otherwise(
    serve: Serve, nxcdr: Program, here: Path, calls: list[Call], changed: tuple[str, ...]
) -> None:
    sandbox = serve(calls[:9000])
    assert nxcdr("export", DAY, "-o", "right.csv", *changed).code == 0
    leave_work(nxcdr, sandbox, "x.csv")
    outcome = nxcdr("export", DAY, "-o", "x.csv", *changed)
    assert (outcome.code, "resumed" in outcome.err) == (0, True)
    assert (here / "x.csv").read_bytes() == (here / "right.csv").read_bytes()


def test_old_work_is_never_reused_for_another_account(
    serve: Serve, nxcdr: Program, here: Path, calls: list[Call]
) -> None:
    leave_work(nxcdr, serve(calls), "x.jsonl", "--raw")
    other = [{**call, "taskId": "other"} for call in calls[:500]]
    serve(other)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    assert json_lines_of(here / "x.jsonl") == other


def leave_work(nxcdr: Program, sandbox: Sandbox, *argv: str) -> None:
    """Let a run end halfway, for the server fails."""
    first = sandbox._arrived + 80
    sandbox.misbehaviour = Misbehaviour(faults=(Fault.ERROR,), fault_at=range(first, first + 299))
    outcome = nxcdr("export", DAY, "-o", *argv, "--retries", "0")
    assert (outcome.code, "What is done is kept" in outcome.err) == (5, True)
    sandbox.misbehaviour = Misbehaviour()


def test_interrupted_between_the_files_of_a_split_it_keeps_the_finished_ones(
    serve: Serve, nxcdr: Program, spawn: Spawn, reached: Reached, calls: list[Call], here: Path
) -> None:
    sandbox = serve(calls, latency=0.005)
    argv = ("export", DAY, "--split", "hour", "-o", "{start}.jsonl", "--raw", "--skip-existing")
    stop_it(spawn, reached(sandbox, 90), *argv)
    finished = [name for name in left_in(here) if not name.startswith(".")]
    assert 3 < len(finished) < 24
    assert nxcdr(*argv).code == 0
    names = left_in(here)
    assert len(names) == 24
    assert [call for name in names for call in json_lines_of(here / name)] == sorted(
        calls, key=lambda call: call["startTime"]
    )


def test_what_goes_to_stdout_is_all_or_nothing_and_cannot_be_resumed(
    serve: Serve,
    spawn: Spawn,
    reached: Reached,
    calls: list[Call],
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    sandbox = serve(calls, latency=0.01)
    process = spawn("export", DAY, "-o", "-")
    reached(sandbox, 20).wait(20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, b"")
    assert b"can't be resumed" in err
    assert left_in(temporary) == []
    whole = spawn("export", DAY, "-o", "-")
    out, _ = whole.communicate(timeout=30)
    assert (whole.returncode, out.count(b"\n")) == (0, CALLS + 1)
    assert left_in(temporary) == left_in(here) == []


def test_two_runs_at_once_on_one_file_the_second_is_exit_6_at_once(
    serve: Serve, nxcdr: Program, spawn: Spawn, reached: Reached, calls: list[Call], here: Path
) -> None:
    sandbox = serve(calls, latency=0.02)
    first = spawn("export", DAY, "-o", "x.csv")
    reached(sandbox, 10).wait(20)
    before = time.monotonic()
    (here / "link.csv").symlink_to("x.csv")
    for name in ("x.csv", "link.csv"):
        outcome = nxcdr("export", DAY, "-o", name)
        assert outcome.code == 6
        assert "another run is writing x.csv" in outcome.err
    assert time.monotonic() - before < 2
    assert first.wait(30) == 0
    assert left_in(here) == ["link.csv", "x.csv"]


def test_a_full_disk_is_exit_6_and_the_next_run_goes_on(
    serve: Serve, nxcdr: Program, spawn: Spawn, calls: list[Call], here: Path
) -> None:
    import resource

    sandbox = serve(calls)
    expected, once = one_run(nxcdr, sandbox, "whole.jsonl")

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))

    process = spawn("export", DAY, "-o", "x.jsonl", preexec_fn=small)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 6, err
    assert b"x.jsonl can't be written: Input/output error" in err
    assert b"what is done is kept" in err
    assert left_in(here)[0] == ".x.jsonl.nxcdr"
    assert nxcdr("export", DAY, "-o", "x.jsonl").code == 0
    assert (here / "x.jsonl").read_bytes() == expected
    assert len(sandbox.requests) <= 1.6 * once
    assert left_in(here) == ["whole.jsonl", "x.jsonl"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_really_full_disk_is_found_before_the_first_request_or_survived(
    serve: Serve, nxcdr: Program, calls: list[Call], here: Path
) -> None:
    disk = here / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        sandbox = serve(calls)
        expected, once = one_run(nxcdr, sandbox, "whole.jsonl")
        outcome = nxcdr("export", DAY, "-o", "disk/x.jsonl")
        assert outcome.code == 6
        assert re.search(r"x\.jsonl can't be written: No space left.*\nMake room and .* is kept", outcome.err)
        assert left_in(disk)[0] == ".x.jsonl.nxcdr"
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert nxcdr("export", DAY, "-o", "disk/x.jsonl").code == 0
        assert (disk / "x.jsonl").read_bytes() == expected
        assert len(sandbox.requests) <= 1.6 * once
        subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'filler'}"], check=False, capture_output=True)
        sandbox.requests.clear()
        outcome = nxcdr("export", DAY, "-o", "disk/y.jsonl")
        assert (outcome.code, sandbox.requests) == (6, [])
        assert "no space is left" in outcome.err
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_windows_read_before_they_had_settled_are_read_again_by_the_next_run(
    serve: Serve, nxcdr: Program, spawn: Spawn, reached: Reached, here: Path
) -> None:
    now = int(time.time())
    recent = some_calls(800, now - 1800, now - 60)
    for call in recent:
        call["endTime"] = now * 1000
    older = some_calls(2000, now - 20_000, now - 1900)
    sandbox = serve(recent + older, latency=0.01)
    argv = (
        "export",
        "--from",
        str(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 20_000))),
        "--to",
        str(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))),
        "--tz",
        "UTC",
        "-o",
        "x.jsonl",
        "--raw",
    )
    err = stop_it(spawn, reached(sandbox, 35), *argv)
    assert "not settled yet" in err
    late = {**recent[0], "callId": "late", "startTime": (now - 1000) * 1000}
    sandbox.add(late)
    assert nxcdr(*argv).code == 0
    found = json_lines_of(here / "x.jsonl")
    assert late in found
    assert len(found) == len(recent) + len(older) + 1


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_once_all_is_done_changes_nothing(signum: signal.Signals) -> None:
    late = f"import atexit, os; atexit.register(os.kill, os.getpid(), {signum:d})"
    code = f"{late}; from nxcdr.__main__ import run; run()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
