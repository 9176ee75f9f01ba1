"""Tasks: what travels in them, and what happens where attempts meet or a worker loses the scheduler."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from nxcdr.api.pacing import Stopped
from nxcdr.errors import UnavailableError
from nxcdr.export import AccountRun, Job, plan_units
from nxcdr.output.mask import Mask
from nxcdr.settings import load
from nxcdr.timerange import TimeRange, zone_named
from tests.cluster.conftest import Accounts, Client, Cluster
from tests.harness import END, START, ZONE, Program, left_in, some_calls

pytest.importorskip("distributed")

from nxcdr.cluster.pace import SharedPace, refusal, running
from nxcdr.cluster.run import MOST_STALLS, _absolute, _files, _take
from nxcdr.cluster.task import FileResult, FileTask, make_file
from tests.cluster.stalling import make_file_the_second_time


def a_task(cluster: Cluster, run: str) -> FileTask:
    """One day of the account a, as a command hands it out."""

    settings = load(profile="a", flags={}, env={"NXCDR_CONFIG": str(cluster.settings)})
    job = Job.of(settings, TimeRange(START, END, zone_named(ZONE), "that day"), output="x.csv", now=time.time())
    (unit,) = plan_units(job)
    return FileTask(run, job, _absolute(unit), "a", {"timezone": ZONE, "retries": 5}, (), places=2, rate=None)


def test_two_attempts_at_once_make_one_whole_file(
    accounts: Accounts, cluster: Cluster, client: Client, here: Path
) -> None:
    found = accounts(a={"calls": some_calls(3000), "latency": 0.03})
    run = uuid4().hex
    running(run, client).set(True)
    refusal(run, "a", client).set(None)
    task = a_task(cluster, run)
    workers = list(client.scheduler_info()["workers"])
    futures = [client.submit(make_file, task, workers=[worker], pure=False) for worker in workers[:2]]
    results = client.gather(futures)
    assert [result.error for result in results] == [None, None]
    assert [result.exported.rows for result in results] == [3000, 3000]
    assert sorted(result.exported.resumed for result in results) == [False, True]
    assert left_in(here) == ["x.csv"]
    assert len(found["a"].requests) < 40
    again = client.submit(make_file, task, pure=False).result()  # a worker that died after the file had appeared
    assert (again.exported.rows, again.traffic.requests) == (3000, 0)
    running(run, client).delete()
    assert client.submit(make_file, task, pure=False).result().exported is None  # the command is gone


def test_a_task_that_has_not_reached_the_scheduler_for_long_asks_nothing_more(client: Client) -> None:
    run = uuid4().hex
    running(run, client).set(True)
    pace = SharedPace(run, "a", 1, client, rate=None, concurrency=1, pace=None)
    with pace.turn():
        pass
    pace._seen -= 10.1  # a machine that slept
    with pytest.raises(Stopped), pace.turn():
        pass
    with pytest.raises(Stopped), pace.turn():
        pass
    running(run, client).delete()


def test_a_file_that_was_given_up_so_is_handed_out_again(
    accounts: Accounts, cluster: Cluster, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts(a={"calls": some_calls(50)})
    monkeypatch.setattr("nxcdr.cluster.run.make_file", make_file_the_second_time)
    options = ("--split", "hour", "-o", "{start}.csv", "--cluster", cluster.address)
    done = nxcdr("export", "2023-07-27T00:00..2023-07-27T08:00", *options)
    assert (done.code, len(left_in(here))) == (0, 8), done.err


def test_a_file_whose_workers_lose_the_scheduler_again_and_again_is_an_error(
    accounts: Accounts, cluster: Cluster, here: Path
) -> None:
    accounts(a={"calls": []})
    settings = load(profile="a", flags={}, env={"NXCDR_CONFIG": str(cluster.settings)})
    job = Job.of(settings, TimeRange(START, END, zone_named(ZONE), "that day"), output=str(here / "x.csv"))
    account = AccountRun(job, plan_units(job))
    files = _files("run", account, settings)
    for _ in range(MOST_STALLS):
        assert (files.waiting.popleft(), account.error) == (0, None)
        _take(files, 0, FileResult(), lambda *_: None)
    _take(files, 0, FileResult(), lambda *_: None)
    assert isinstance(account.error, UnavailableError)


def test_a_task_holds_no_secret(accounts: Accounts, cluster: Cluster, here: Path) -> None:
    accounts(a={"calls": []})
    settings = load(profile="a", flags={}, env={"NXCDR_CONFIG": str(cluster.settings)})
    job = Job.of(
        settings,
        TimeRange(START, END, zone_named(ZONE), "that day"),
        output=str(here / "x.csv"),
        mask=Mask(("caller",), b"the key of pseudonyms"),
    )
    task = pickle.dumps(_files("run", AccountRun(job, plan_units(job)), settings).task)
    assert b"secret-a" not in task
    assert b"the key of pseudonyms" not in task
    assert b"caller" in task


def test_a_worker_that_joins_later_with_another_version_is_refused(
    accounts: Accounts, cluster: Cluster, client: Client
) -> None:
    accounts(a={"calls": []})
    task = a_task(cluster, "run")
    result = client.submit(make_file, replace(task, version="0.1"), pure=False).result()
    assert ", the command " in str(result.error)
