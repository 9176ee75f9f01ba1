"""What the command does: it hands out the files of several accounts, and gathers what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from uuid import uuid4

from distributed import Client, Future

from nxcdr.archive.units import Unit
from nxcdr.cluster.pace import refusal, running
from nxcdr.cluster.task import FileResult, FileTask, make_file
from nxcdr.errors import LONGEST_NAP, Interrupted, UnavailableError, UsageError
from nxcdr.export import AccountRun, Exported
from nxcdr.export.accounts import Tell, how_to_resume
from nxcdr.output.places.local import LocalFile
from nxcdr.settings import Settings

MOST_STALLS = 10  # of an account
_SEE_LOGS = "See the workers' logs, and run the same command again: what is done is kept."
_OF_ALL_WORKERS = ("timezone", "concurrency", "rate", "timeout", "retries")


@dataclass(slots=True, eq=False)
class _Files:
    """The files of an account that are still to be made.

    Attributes:
        account: Whose.
        task: What its tasks have in common; their unit is replaced.
        waiting: Numbers of units that no worker has yet.
        stalls: How often a worker gave up a file, for it had lost the scheduler.
    """

    account: AccountRun
    task: FileTask
    waiting: deque[int]
    stalls: int = 0


def export_on_cluster(
    accounts: Sequence[AccountRun], several: Sequence[Settings], client: Client, *, warn: Tell
) -> None:
    """Export the files of several accounts, each file by a worker of a Dask scheduler.

    Of an account, `concurrency` requests are in flight over all workers, at most: a semaphore of the scheduler has as
    many leases as files are made at once, and each file has an equal share of the requests. A lease is held for as long
    as a file takes, for taking one for each request costs as much as the request. The lease of a worker that died is
    given to another after half a minute, when its requests have ended too.

    Args:
        accounts: Which; each gets its files, or the error that stopped it.
        several: The settings of each, of which the workers get none that belongs to the account.
        client: The connection to the scheduler.
        warn: Told each thing once.

    Raises:
        UsageError: A worker can't write one of the files.
        UnavailableError: The scheduler is lost.
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    run = uuid4().hex
    each = [_files(run, account, settings) for account, settings in zip(accounts, several, strict=True)]
    running(run, client).set(True)
    for files in each:
        refusal(run, files.account.profile, client).set(None)
    futures: dict[Future, tuple[_Files, int]] = {}
    finished: SimpleQueue[Future] = SimpleQueue()

    def submit(files: _Files) -> None:
        if files.waiting and files.account.error is None:
            number = files.waiting.popleft()
            task = replace(files.task, unit=_absolute(files.account.units[number]))
            # A key that is known already would give the result that it had.
            key = f"nxcdr-{run}-{task.job.profile}-{number}-{files.stalls}"
            future = client.submit(make_file, task, key=key, pure=False)
            futures[future] = files, number
            future.add_done_callback(finished.put)

    try:
        for files in each:
            for _ in range(files.task.places):
                submit(files)
        while futures:
            with suppress(Empty):
                future = finished.get(timeout=LONGEST_NAP)
                files, number = futures.pop(future)
                _take(files, number, _result(future, accounts), warn)
                submit(files)
    except Interrupted as stop:
        client.cancel(list(futures), force=True)
        stop.hint = how_to_resume(accounts)
        raise
    finally:
        running(run, client).delete()  # whoever still works for this run puts it away
        for files in each:
            refusal(run, files.account.profile, client).delete()
            files.account.done.sort(key=lambda exported: exported.unit.start)


def _files(run: str, account: AccountRun, settings: Settings) -> _Files:
    job, units = account.job, account.units
    if any(unit.place is None for unit in units):
        raise UsageError("the workers of a cluster write files only", "Name a file in a folder that all of them share.")
    waiting = deque(number for number, unit in enumerate(units) if not unit.skipped)
    task = FileTask(
        run=run,
        job=replace(job, mask=None),
        unit=units[0],
        profile=None if settings.sources["profile"] == "default" else job.profile,
        flags={name: getattr(settings, name) for name in _OF_ALL_WORKERS},
        masked=job.mask.fields if job.mask else (),
        places=max(1, min(job.concurrency, len(waiting))),
        rate=settings.rate,
    )
    account.done.extend(Exported(unit) for unit in units if unit.skipped)
    return _Files(account, task, waiting)


def _absolute(unit: Unit) -> Unit:
    """The same file, whatever folder a worker runs in."""
    if not isinstance(unit.place, LocalFile):
        return unit
    path = unit.place.path.absolute()
    return replace(unit, path=str(path), place=replace(unit.place, path=path))


def _result(future: Future, accounts: Sequence[AccountRun]) -> FileResult:
    """What became of a task.

    Raises:
        UnavailableError: It can't be known, since the scheduler is lost.
    """
    if future.status == "cancelled":
        raise UnavailableError("the connection to the scheduler was lost", how_to_resume(accounts))
    if future.status == "error":
        words = f"the file's workers died or could not run it: {future.exception()}"
        return FileResult(error=UnavailableError(words, _SEE_LOGS))
    result: FileResult = future.result()
    return result


def _take(files: _Files, number: int, result: FileResult, warn: Tell) -> None:
    """Take note of what became of a file."""
    account, unit = files.account, files.account.units[number]
    account.traffic.requests += result.traffic.requests
    account.traffic.retries += result.traffic.retries
    files.task = replace(files.task, pace=result.pace)
    for kind, text in result.warnings.items():
        if kind not in account.warned:
            account.warned.add(kind)
            warn(account, text)
    if not (result.exported or result.error):  # its worker had lost the scheduler for too long
        files.waiting.append(number)
        files.stalls += 1
        if files.stalls > MOST_STALLS:
            result.error = UnavailableError(f"workers lose the scheduler again and again: {unit.name}", _SEE_LOGS)
    if result.error and account.error is None:
        account.error = result.error
    if exported := result.exported:
        account.done.append(replace(exported, unit=replace(unit, action=exported.unit.action)))
        account.progress.done += unit.end - unit.start
        account.progress.rows += exported.rows
