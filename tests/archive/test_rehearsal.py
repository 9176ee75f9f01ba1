"""Sixty nights of an archive that keeps itself complete."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from nxcdr.sandbox import Request, dense_calls
from tests.archive.days import DAY_SECONDS, FIRST, Night, stored
from tests.harness import Call, in_order

NIGHTS = 60
LOOK_BACK = 35
HOUR = 3600
TEMPLATE = "cdr/{year}/cdr-{date}.jsonl.gz"
NIGHTLY = (
    *("export", f"last {LOOK_BACK} days", "--split", "day", "--skip-existing", "--refresh", "3d", "--receipt"),
    *("--raw", "--retries", "0", "-o", TEMPLATE),
)

NO_NETWORK = {9, 10, 30, 50, 51, 52, 53}
KILLED = {15: 3, 16: 9, 41: 6}  # after so many requests
TERMINATED = {22: 4}
DISK_FULL = {27, 28}
TOO_EARLY = {33, 34}  # at 00:20 instead of 03:15


def happening() -> list[Call]:
    """All calls in the end; every seventh night one begins before midnight, and ends after the nightly run."""
    calls = dense_calls(NIGHTS * 130, FIRST, FIRST + NIGHTS * DAY_SECONDS, 60)
    for day in range(0, NIGHTS, 7):
        midnight = (FIRST + (day + 1) * DAY_SECONDS) * 1000
        call = max((call for call in calls if call["startTime"] < midnight), key=lambda call: call["startTime"])
        call["endTime"] = midnight + 5 * HOUR * 1000
    return calls


def announce(now: Night, calls: list[Call]) -> Call:
    """Let each call be listed when it has ended, some a day late, and some without a price at first.

    Returns:
        A call of the 18th day that is listed as it ends, and stays as it is.
    """
    for n, call in enumerate(calls):
        listed_at = call["endTime"] / 1000 + (20 * HOUR if n % 11 == 0 else 0)
        if n % 3 == 0:
            unpriced = call | {"totalCustomerPrice": 0, "recordUrl": None}
            now.sandbox.add(unpriced, at=listed_at)
            now.sandbox.replace(unpriced, call, at=listed_at + 30 * HOUR)
        else:
            now.sandbox.add(call, at=listed_at)
    places = range(18 * 130, 19 * 130)
    return next(calls[n] for n in places if n % 11 and n % 3)


def file_of(day: int, folder: str = "cdr") -> Path:
    """The file of a day, 0 for the first."""
    when = date(2023, 7, 27) + timedelta(days=day)
    return Path(folder, f"{when.year}", f"cdr-{when}.jsonl.gz")


def alone(now: Night, *, stop_after: int = 0, signum: int = 0, full: bool = False) -> int:
    """The nightly run in a process of its own, that is ended on its way, or has no room."""
    there, gone = threading.Event(), threading.Event()
    before = len(now.sandbox.requests)

    def observe(_: Request) -> None:
        if stop_after and len(now.sandbox.requests) - before >= stop_after:
            there.set()
            gone.wait(30)

    now.sandbox._observe = observe
    no_room = "import resource as r, signal as s; s.signal(s.SIGXFSZ, s.SIG_IGN); "
    no_room += "r.setrlimit(r.RLIMIT_FSIZE, (30_000, 30_000)); "
    program = f"import sys; from nxcdr.cli.app import main; sys.exit(main(sys.argv[1:], clock=lambda: {now.clock[0]}))"
    argv = [sys.executable, "-c", no_room * full + program, *NIGHTLY]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        if stop_after:
            assert there.wait(30)
            process.send_signal(signum)
    gone.set()
    now.sandbox._observe = None
    return process.returncode


def spend(now: Night, night: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let one night pass, and return the exit code."""
    now.clock[0] = FIRST + night * DAY_SECONDS + (0.33 if night in TOO_EARLY else 3.25) * HOUR
    if night in KILLED:
        return alone(now, stop_after=KILLED[night], signum=signal.SIGKILL)
    if night in TERMINATED:
        return alone(now, stop_after=TERMINATED[night], signum=signal.SIGTERM)
    if night in DISK_FULL:
        return alone(now, full=True)
    with monkeypatch.context() as patch:
        if night in NO_NETWORK:
            patch.setenv("NXCDR_BASE_URL", "http://127.0.0.1:9")
        return now.run(*NIGHTLY).code


def expected(night: int) -> int:
    codes = {5: NO_NETWORK, -signal.SIGKILL: KILLED, 143: TERMINATED, 6: DISK_FULL}
    return next((code for code, nights in codes.items() if night in nights), 0)


def test_after_sixty_nights_the_archive_equals_the_truth_day_for_day(
    night: Callable[..., Night], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = happening()
    now = night([], days=0)
    vanishing = announce(now, calls)
    now.sandbox.remove(vanishing, at=FIRST + 20 * DAY_SECONDS)
    truth = [call for call in calls if call is not vanishing]
    (here / "cdr").mkdir()

    codes = {}
    for n in range(1, NIGHTS + 4):
        codes[n] = spend(now, n, monkeypatch)
        if n == 45:  # somebody's copy breaks off, and somebody else clears up
            file_of(30).write_bytes(file_of(30).read_bytes()[:500])
            file_of(32).unlink()
            assert now.run("status", TEMPLATE).code == 7
    assert codes == {n: expected(n) for n in codes}
    took = len(now.sandbox.requests)

    for day in range(NIGHTS):
        first = (FIRST + day * DAY_SECONDS) * 1000
        begun = [call for call in truth if first <= call["startTime"] < first + DAY_SECONDS * 1000]
        assert stored(str(file_of(day))) == in_order(begun), file_of(day)
    status = now.run("status", TEMPLATE)
    assert (status.code, "no receipt" in status.out) == (0, False)
    files = sorted(str(path) for path in here.rglob("*.gz"))
    assert len(files) == LOOK_BACK - 1 + NIGHTS + 3  # the days before the first night, too
    assert now.run("verify", "-q", *files).code == 0
    assert now.run("reconcile", "-q", *files[-LOOK_BACK:]).code == 0
    assert [path.name.split(".before")[0] for path in here.rglob("*.before-*")] == [file_of(18).name]
    assert [path.name for path in here.rglob(".*")] == []

    # What it would have cost to fetch everything every night.
    again = ("export", "2023-07-27..2023-09-24", "--split", "day", "--receipt", "--raw")
    (here / "all").mkdir()
    assert now.run(*again, "-o", TEMPLATE.replace("cdr/", "all/", 1)).code == 0
    costs = {}
    for day in range(NIGHTS):
        assert file_of(day, "all").read_bytes() == file_of(day).read_bytes()
        costs[day] = json.loads(Path(f"{file_of(day, 'all')}.receipt.json").read_text())["requests"]
    everything = sum(costs.get(day, 2) for n in codes for day in range(n - LOOK_BACK, n))
    assert took < everything / 8

    # What changes later than --refresh looks back is found by reconcile, and put right by a longer look back.
    old = next(call for call in truth if call["startTime"] >= (FIRST + 40 * DAY_SECONDS) * 1000)
    now.sandbox.replace(old, old | {"totalCustomerPrice": 99.5})
    assert now.run(*NIGHTLY).code == 0
    assert now.run("reconcile", "-q", *files[-LOOK_BACK:]).code == 7
    assert now.run(*NIGHTLY, "--refresh", "35d").code == 0
    assert now.run("reconcile", "-q", *files[-LOOK_BACK:]).code == 0
