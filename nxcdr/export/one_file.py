"""One file: its range fetched into a checkpoint, written beside its place, and published when it is whole."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from io import FileIO
from pathlib import Path
from typing import IO, cast

from nxcdr import __version__
from nxcdr.api.client import Client
from nxcdr.errors import Interrupted, UnavailableError, UntrustedAnswerError
from nxcdr.export.job import Job, Unit, checkpoint_path, exists_already
from nxcdr.export.results import Exported, facts
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Progress, fetch
from nxcdr.output import files
from nxcdr.output.receipt import receipt_path, write_receipt

_KEPT = "What is done is kept: run the same command again to resume."

Warn = Callable[[str, str], None]
"""Takes a kind of warning, of which only the first is shown, and its text."""


def export_file(
    job: Job, unit: Unit, client: Client, progress: Progress, *, warn: Warn, clock: Callable[[], float]
) -> Exported:
    """Fetch a file's calls, and let it appear; or leave what has appeared there since, where that is wanted.

    Args:
        job: What it belongs to.
        unit: The file.
        client: Asks.
        progress: Kept up to date.
        warn: Told what the user should know.
        clock: Seconds since 1970.

    Raises:
        NxcdrError: What stopped it.
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    with (
        _explained(unit),
        _place_of_work(unit) as path,
        Checkpoint(path, _shape_of_work(job, unit), fresh=job.fresh) as checkpoint,
    ):
        if job.skip_existing and _is_there(unit):  # another run was faster
            return Exported(replace(unit, skipped=True))
        _check_unclaimed(job, unit)
        if checkpoint.discarded:
            warn("discarded", "an interrupted run left work that does not fit this command: starting over")
        before = replace(client.traffic)
        told = partial(warn, "selected_by")
        fetch(unit.start, unit.end, client, checkpoint, job.options, progress=progress, warn=told)
        exported = replace(
            _written(job, unit, checkpoint, warn),
            requests=client.traffic.requests - before.requests,
            retries=client.traffic.retries - before.retries,
        )
        if unit.target is not None:
            _publish(job, unit, checkpoint, exported, client, finished=clock())
        checkpoint.remove()
        return exported


@contextmanager
def _explained(unit: Unit) -> Iterator[None]:
    """Say of what goes wrong whether the work is kept, and how to go on."""
    try:
        yield
    except BrokenPipeError:
        if unit.path is None:
            raise  # the reader of stdout has what it wanted
        raise files.cannot_write(unit.name, BrokenPipeError("its reader is gone")) from None
    except OSError as error:
        of_work = error.filename and not unit.target
        where = f"{error.filename}, where {unit.name} is put together," if of_work else unit.name
        raise files.cannot_write(where, error, kept=_is_kept(unit)) from error
    except (UnavailableError, UntrustedAnswerError) as error:
        if _is_kept(unit):
            error.hint = f"{error.hint} {_KEPT}".lstrip()
        raise
    except Interrupted as stop:
        if unit.target is None:
            stop.hint = f"What goes to {unit.name} can't be resumed: run the same command again to start over."
        else:
            stop.hint = _KEPT if _is_kept(unit) else "Run the same command again."
        raise


@contextmanager
def _place_of_work(unit: Unit) -> Iterator[Path]:
    """Where the checkpoint is: beside the file, or in a temporary folder if the file is none that can be renamed."""
    if unit.target is not None:
        yield checkpoint_path(unit.target)
        return
    with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder:
        yield Path(folder) / "checkpoint"


def _shape_of_work(job: Job, unit: Unit) -> str:
    """All that decides which calls are kept in the checkpoint."""
    shape = [__version__, job.account, unit.start, unit.end, asdict(job.filters)]
    return json.dumps(shape, sort_keys=True)


def _is_there(unit: Unit) -> bool:
    return unit.target is not None and unit.target.exists()


def _is_kept(unit: Unit) -> bool:
    """Whether the next run can resume this one."""
    return unit.target is not None and checkpoint_path(unit.target).is_file()


def _check_unclaimed(job: Job, unit: Unit) -> None:
    """Another program may have put a file here since the job was planned."""
    if _is_there(unit) and not job.overwrite:
        raise exists_already(unit)


def _written(job: Job, unit: Unit, checkpoint: Checkpoint, warn: Warn) -> Exported:
    """Write the calls: to where the whole file can appear, or out."""
    shape = job.shape
    with _destination(unit, checkpoint) as destination:
        counted = files.Counted(destination)
        stream = cast("IO[bytes]", counted)
        if unit.compressed:
            with files.compressed(stream) as packed:
                unit.format.write(checkpoint.records(), packed, shape)
        else:
            unit.format.write(checkpoint.records(), stream, shape)
        if unit.target is not None:
            os.fsync(destination)
    if shape.left_out:
        names = ", ".join(sorted(shape.left_out))
        warn("undocumented", f"the server sends fields that CSV leaves out: {names}; JSON lines keep them")
    size, digest = counted.bytes, ""
    if unit.target is not None and (job.receipt or job.digest):
        size, digest = files.measured(checkpoint.scratch)
    first, last = checkpoint.first_and_last()
    return Exported(
        unit=unit,
        rows=checkpoint.rows,
        repeats=checkpoint.repeats,
        bytes=size,
        sha256=digest,
        first=first,
        last=last,
        windows=checkpoint.windows,
        distinct_calls=checkpoint.distinct_call_ids if job.receipt else None,
        outside=checkpoint.outside(unit.start, unit.end),
        selected_by=checkpoint.selected_by.value,
        settled=unit.end <= job.settled_before,
        resumed=checkpoint.resumed,
    )


@contextmanager
def _destination(unit: Unit, checkpoint: Checkpoint) -> Iterator[FileIO]:
    if unit.path is None:
        yield files.stdout()
    else:
        with FileIO(checkpoint.scratch if unit.target else unit.path, "w", opener=_privately) as file:
            yield file


def _privately(path: str, flags: int) -> int:
    """Open a file, for its owner alone if it is new: until it is published, nobody else needs to read it."""
    return os.open(path, flags, 0o600)


def _publish(
    job: Job, unit: Unit, checkpoint: Checkpoint, exported: Exported, client: Client, *, finished: float
) -> None:
    """Let the file appear, after its receipt: who finds a file finds the receipt that is its own, or none."""
    target = cast("Path", unit.target)
    receipt = receipt_path(unit.path or target)
    whole = checkpoint.scratch
    files.keep_mode(whole, target)
    new_receipt = whole.with_name(whole.name + "r")
    try:
        if job.receipt:
            write_receipt(new_receipt, facts(job, exported, client, finished=finished))
            files.keep_mode(new_receipt, target)
        _check_unclaimed(job, unit)
        checkpoint.publishing()
        try:
            receipt.unlink(missing_ok=True)
            if job.receipt:
                files.publish(new_receipt, receipt)
        except OSError as error:
            raise files.cannot_write(receipt, error, kept=True) from error
        files.publish(whole, target)
    finally:
        new_receipt.unlink(missing_ok=True)
