"""Exports by a cluster: the same bytes as by one machine, whatever becomes of its workers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from nxcdr.sandbox import Fault, Misbehaviour, Request, Sandbox
from tests.cluster.conftest import Accounts, Client, Cluster
from tests.harness import START, Call, Program, left_in, some_calls
from tests.readme.blocks import blocks

pytest.importorskip("distributed")

Spawn = Callable[..., subprocess.Popen[bytes]]
DAYS = 8
SPAN = "2023-07-27..2023-08-03"
TEMPLATE = "{profile}-{date}.csv.gz"


def calls_of(seed: int, count: int = 8000) -> list[Call]:
    return some_calls(count, START, START + DAYS * 86_400, seed=seed)


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


def by_one_machine(
    nxcdr: Program, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, sandboxes: dict[str, Sandbox]
) -> dict[str, bytes]:
    """The files that one machine makes of the same accounts; it needs their secrets for it."""
    with monkeypatch.context() as patched:
        patched.setenv("NXCDR_CONFIG", str(cluster.settings))
        assert nxcdr("export", SPAN, "--split", "day", "-p", "*", "-o", f"one/{TEMPLATE}").code == 0
    for sandbox in sandboxes.values():
        sandbox.requests.clear()
        sandbox.max_in_flight = 0
    return {path.name: path.read_bytes() for path in Path("one").iterdir()}


def test_a_worker_is_killed_on_the_way_and_all_files_are_those_of_one_machine(
    accounts: Accounts,
    cluster: Cluster,
    client: Client,
    reached: Reached,
    nxcdr: Program,
    spawn: Spawn,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = accounts(a={"calls": calls_of(1, 5000), "latency": 0.03}, b={"calls": calls_of(2, 5000), "latency": 0.03})
    (here / "one").mkdir()
    (here / "many").mkdir()
    expected = by_one_machine(nxcdr, cluster, monkeypatch, found)
    there = reached(found["a"], 30)
    process = spawn(
        *("export", SPAN, "--split", "day", "-p", "*", "-o", f"many/{TEMPLATE}", "--receipt", "--json"),
        *("--cluster", cluster.address),
    )
    assert there.wait(20)
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"secret" not in err
    names = left_in(here / "many")
    assert names == sorted([*expected, *(f"{name}.receipt.json" for name in expected)])
    assert {name: (here / "many" / name).read_bytes() for name in expected} == expected
    assert nxcdr("verify", *(here / "many" / name for name in expected)).code == 0
    assert all(sandbox.max_in_flight <= 4 for sandbox in found.values())
    summary = json.loads(out)
    assert (summary["rows"], len(summary["files"])) == (10000, 16)
    assert [account["error"] for account in summary["accounts"]] == [None, None]


def test_a_refusal_slows_all_files_of_the_account_and_no_other_account(
    accounts: Accounts, cluster: Cluster, nxcdr: Program
) -> None:
    calm = calls_of(2, 800)
    rough = {"faults": (Fault.TOO_MANY,), "fault_at": (12,), "retry_after": "seconds", "retry_after_s": 4}
    found = accounts(a={"calls": calls_of(1, 2400), "latency": 0.1, **rough}, b={"calls": calm, "latency": 0.1})
    done = nxcdr("export", SPAN, "--split", "day", "-p", "*", "-o", TEMPLATE, "--cluster", cluster.address, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["retries"] == 1
    times = [request.received for request in found["a"].requests]
    assert max(after - before for before, after in pairwise(times)) > 1.6  # a look takes a second, and an answer more
    assert found["b"].requests[-1].received < times[-1]


def test_the_rate_is_shared_out_to_the_files(accounts: Accounts, cluster: Cluster, nxcdr: Program) -> None:
    found = accounts(a={"calls": calls_of(1, 400), "settings": {"rate": 12}})
    done = nxcdr("export", SPAN, "--split", "day", "-o", TEMPLATE, "--cluster", cluster.address)
    assert done.code == 0, done.err
    times = [request.received for request in found["a"].requests]
    assert len(times) >= 16
    for first, last in zip(times, times[12 + 4 :], strict=False):  # each of four files may begin at once
        assert last - first > 0.95


def test_interrupted_it_stops_asking_and_the_same_command_goes_on(
    accounts: Accounts, cluster: Cluster, reached: Reached, nxcdr: Program, spawn: Spawn, here: Path
) -> None:
    found = accounts(a={"calls": calls_of(1), "latency": 0.1})
    there = reached(found["a"], 40)
    argv = ("export", SPAN, "--split", "day", "-o", TEMPLATE, "--cluster", cluster.address)
    process = spawn(*argv)
    assert there.wait(20)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, time.monotonic() - began < 4) == (130, True), err
    _, said, hint = err.decode().splitlines()
    assert said == "nxcdr: error: stopped by SIGINT"
    again = " with --skip-existing" if any(not name.startswith(".") for name in left_in(here)) else ""
    assert hint == f"What is done is kept: run the same command again{again} to resume."
    deadline = time.monotonic() + 10
    while any(name.endswith("-wal") for name in left_in(here)) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    asked = len(found["a"].requests)
    done = nxcdr(*argv, "--skip-existing")
    assert done.code == 0, done.err
    assert left_in(here) == [f"a-2023-{day}.csv.gz" for day in _days()]
    assert len(found["a"].requests) - asked < 90  # as many as the whole


def _days() -> list[str]:
    return [*(f"07-{day}" for day in range(27, 32)), *(f"08-0{day}" for day in range(1, 4))]


def test_one_account_refused_does_not_stop_the_other(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, here: Path
) -> None:
    accounts(bad={"calls": [], "refuse": 1003}, good={"calls": calls_of(1, 800)})
    done = nxcdr("export", SPAN, "--split", "day", "-p", "*", "-o", TEMPLATE, "--cluster", cluster.address)
    assert done.code == 3
    assert "nxcdr: error: bad: " in done.err
    assert len(left_in(here)) == DAYS
    alone = nxcdr("export", SPAN, "-p", "bad", "-o", "x.csv", "--cluster", cluster.address)
    assert (alone.code, alone.out) == (3, "")
    assert "done" not in alone.err


def test_a_worker_whose_profile_is_another_account_is_a_usage_error(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, here: Path
) -> None:
    found = accounts(a={"calls": []})
    cluster.settings.write_text(cluster.settings.read_text().replace("key-a", "key-z"))
    done = nxcdr("export", SPAN, "-o", "x.csv", "--cluster", cluster.address)
    assert (done.code, found["a"].requests, left_in(here)) == (2, [], [])
    assert "the profile a is another account than where the command was given [on the worker " in done.err


def test_a_worker_without_the_account_s_secret_is_exit_3(accounts: Accounts, cluster: Cluster, nxcdr: Program) -> None:
    accounts(a={"calls": []})
    lines = cluster.settings.read_text().splitlines()
    cluster.settings.write_text("\n".join(line for line in lines if "secret" not in line))
    done = nxcdr("export", SPAN, "-o", "x.csv", "--cluster", cluster.address)
    assert (done.code, "no access secret for profile a [on the worker " in done.err) == (3, True)


def test_masks_are_made_with_the_workers_own_key(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    accounts(a={"calls": some_calls(50), "settings": {"mask_key": "pepper"}})
    argv = ("export", "2023-07-27", "--mask", "caller,callee")
    assert nxcdr(*argv, "-o", "many.csv", "--cluster", cluster.address).code == 0
    monkeypatch.setenv("NXCDR_CONFIG", str(cluster.settings))
    assert nxcdr(*argv, "-o", "one.csv").code == 0
    assert (here / "many.csv").read_bytes() == (here / "one.csv").read_bytes()


def test_from_python_it_returns_what_became_of_each_account(
    accounts: Accounts, cluster: Cluster, client: Client, here: Path
) -> None:
    from nxcdr.cluster import export

    accounts(bad={"calls": [], "refuse": 41000}, good={"calls": calls_of(1, 800)})
    output = str(here / TEMPLATE)
    done = export(SPAN, output, cluster=client, profiles=["*"], split="day")
    assert [(account.profile, len(account.done)) for account in done] == [("bad", 0), ("good", DAYS)]
    assert sum(exported.rows for exported in done[1].done) == 800
    assert "41000" in str(done[0].error)
    again = export(SPAN, output, cluster=cluster.address, profiles=["good"], split="day", skip_existing=True)
    assert again[0].written == []


def test_what_can_not_be_is_said_before_the_first_request(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = accounts(a={"calls": []})
    done = nxcdr("export", SPAN, "-o", "-", "--cluster", cluster.address)
    assert (done.code, "write files only" in done.err) == (2, True)
    done = nxcdr("export", SPAN, "-o", "x.csv", "--cluster", "nowhere")
    assert (done.code, "--cluster" in done.err or "'nowhere'" in done.err) == (2, True), done.err
    monkeypatch.setattr("nxcdr.cluster.scheduler.__version__", "99.0")
    done = nxcdr("export", SPAN, "-o", "x.csv", "--cluster", cluster.address)
    assert (done.code, "and this is 99.0" in done.err) == (2, True)
    assert (found["a"].requests, left_in(here)) == ([], [])


def test_a_scheduler_that_can_not_be_reached_is_exit_5_in_a_few_seconds(nxcdr: Program, here: Path) -> None:
    began = time.monotonic()
    done = nxcdr("export", SPAN, "-o", "x.csv", "--cluster", "tcp://127.0.0.1:9")
    assert (done.code, done.out, left_in(here)) == (5, "", [])
    assert "nxcdr: error: the scheduler tcp://127.0.0.1:9 can't be reached\n" in done.err
    assert time.monotonic() - began < 10


def test_a_server_that_fails_for_good_is_exit_5_and_the_work_is_kept(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, here: Path
) -> None:
    found = accounts(a={"calls": some_calls(9000), "faults": (Fault.ERROR,), "fault_at": range(60, 999)})
    options = ("--retries", "0", "--concurrency", "1", "--cluster", cluster.address)
    argv = ("export", "2023-07-27", "-o", "x.csv", *options)
    done = nxcdr(*argv)
    assert (done.code, "What is done is kept" in done.err) == (5, True)
    assert left_in(here) == [".x.csv.nxcdr"]
    found["a"].misbehaviour = Misbehaviour()
    assert "resumed" in nxcdr(*argv).err
    assert left_in(here) == ["x.csv"]


def test_the_readme_s_commands_work(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks("sh", "cluster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f'nxcdr() {{ {sys.executable} -m nxcdr "$@"; }}\n'
    text = (
        block.text.replace("8786", str(port))
        .replace("/srv/cdr", str(here))
        .replace("scheduler", "scheduler --no-dashboard")
    )
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("NXCDR_PROFILE", "sandbox")
    script = f"trap 'kill $(jobs -p); wait' EXIT\n{program}{text}"
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "done: 7 files: " in done.stderr
    assert len(left_in(here)) == 7
