"""What a worker does: one file, by the same engine as on one machine."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from distributed import get_client

from nxcdr import __version__
from nxcdr.api.client import Traffic
from nxcdr.api.pacing import Stopped
from nxcdr.archive.units import Unit
from nxcdr.cluster.pace import SharedPace
from nxcdr.connection import connected
from nxcdr.errors import CredentialsError, InUseError, NxcdrError, OutputError, UsageError
from nxcdr.export import Exported, Job
from nxcdr.export.job import account_of, exists_already
from nxcdr.export.one_file import export_file
from nxcdr.export.publish import is_claimed
from nxcdr.fetch.checkpoint import remove_if_published
from nxcdr.fetch.whole import Progress
from nxcdr.output import files
from nxcdr.output.mask import Mask
from nxcdr.output.places import Place
from nxcdr.output.reading import DamagedError, rows_of
from nxcdr.settings import Settings, load, mask_key

_PATIENCE = 60.0  # seconds; for another attempt that has lost the scheduler, and is about to stop
_OF_THE_WORKER = (CredentialsError, OutputError, UsageError)


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to be made by a worker. It holds no secret: the worker has its own.

    Attributes:
        run: The name of the run, which is nobody else's.
        job: What the file belongs to; without its mask.
        unit: The file; its path is absolute.
        profile: The profile whose settings the worker reads; None for its usual one.
        flags: Settings that the command has settled for all workers.
        masked: The fields to be masked.
        places: How many files of the account are made at once, at most. Its requests in flight are shared out to them.
        rate: Requests per second at most; None for no limit.
        pace: Requests per second, as the server's refusals have set it before; None without.
        version: The command's.
    """

    run: str
    job: Job
    unit: Unit
    profile: str | None
    flags: dict[str, object]
    masked: tuple[str, ...]
    places: int
    rate: float | None
    pace: float | None = None
    version: str = __version__


@dataclass(slots=True)
class FileResult:
    """What became of a task.

    Attributes:
        exported: The file, if it is there.
        error: What stopped it; None for nothing, for the end of the run, or where the scheduler was lost for too long.
        warnings: What the user should know: of each kind, the first.
        traffic: What it has cost.
        pace: Requests per second, as the server's refusals have set it; None without.
    """

    exported: Exported | None = None
    error: NxcdrError | None = None
    warnings: dict[str, str] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    pace: float | None = None


def make_file(task: FileTask) -> FileResult:
    """Make one file, on a worker.

    If a worker dies, another makes its file again, from the checkpoint beside it. Two attempts at once harm nothing:
    the checkpoint has one owner, and a file appears whole.
    """
    result = FileResult()
    try:
        _make(task, result)
    except Stopped:
        pass
    except NxcdrError as error:
        if isinstance(error, _OF_THE_WORKER):
            error.message += f" [on the worker {socket.gethostname()}]"
        result.error = error
    return result


def _make(task: FileTask, result: FileResult) -> None:
    if task.version != __version__:
        raise UsageError(f"the worker has nxcdr {__version__}, the command {task.version}", "Install the same.")
    settings = load(profile=task.profile, flags=task.flags, env=os.environ)
    job = replace(task.job, mask=_mask(task, settings), concurrency=_share(task))
    _check_account(job, settings)
    task.unit.format.check_installed()
    pace = SharedPace(
        task.run,
        job.profile,
        task.places,
        get_client(),
        rate=None if task.rate is None else task.rate / task.places,
        concurrency=job.concurrency,
        pace=task.pace,
    )

    def warn(kind: str, text: str) -> None:
        result.warnings.setdefault(kind, text)

    with (
        pace.lease(),
        connected(settings, job.filters, pace=pace, warn=partial(warn, "clock")) as client,
    ):
        result.traffic = client.traffic
        try:
            result.exported = _once_free(
                lambda: export_file(job, task.unit, client, Progress(), warn=warn, clock=time.time),
                job,
                task.unit,
                pace,
            )
        finally:
            result.pace = pace.pace


def _share(task: FileTask) -> int:
    """Requests in flight for one file: together, those of all places are not more than the account may have."""
    return task.job.concurrency // task.places


def _mask(task: FileTask, settings: Settings) -> Mask | None:
    return Mask(task.masked, mask_key(settings).reveal().encode()) if task.masked else None


def _check_account(job: Job, settings: Settings) -> None:
    """Check that the worker's profile is the account that the command means.

    Raises:
        UsageError: It is another.
    """
    endpoint, account = account_of(settings)
    if endpoint != job.account[0] or job.account[1] not in {account, job.profile}:
        raise UsageError(
            f"the profile {job.profile} is another account than where the command was given",
            "Check base_url, region and access_key (`nxcdr config show`) on both.",
        )


def _once_free(make: Callable[[], Exported], job: Job, unit: Unit, pace: SharedPace) -> Exported:
    """Make the file, unless another attempt has; wait for one that is still at it.

    Raises:
        InUseError: It goes on for too long: that is another command.
    """
    place = cast("Place", unit.place)
    until = time.monotonic() + _PATIENCE
    while True:
        if is_claimed(unit) and not job.overwrite:
            return _found(job, unit, place)
        try:
            place.check()
            return make()
        except InUseError:
            if time.monotonic() > until:
                raise
            pace.wait(1.0)


def _found(job: Job, unit: Unit, place: Place) -> Exported:
    """The file of an earlier attempt, whose worker died before it could tell.

    Raises:
        OutputError: It is not whole, so another program has put it there.
    """
    remove_if_published(place.work)
    try:
        with place.fetched() as content:
            rows = sum(1 for _ in rows_of(content, unit.format))
            size, digest = files.measured(content)
    except DamagedError as error:
        raise exists_already(unit) from error
    except OSError as error:
        raise files.cannot_read(place.name, error) from error
    settled = unit.end <= job.settled_before
    return Exported(unit, rows=rows, bytes=size, sha256=digest, settled=settled, resumed=True)
