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
from nxcdr.archive.units import Action, Unit
from nxcdr.errors import Interrupted, StoreError, UnavailableError, UntrustedAnswerError
from nxcdr.export.job import Job
from nxcdr.export.publish import check_unclaimed, has_receipt, is_claimed, publish
from nxcdr.export.results import Exported, Warn
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Progress, fetch
from nxcdr.output import files

_KEPT = "What is done is kept: run the same command again to resume."


def export_file(
    job: Job, unit: Unit, client: Client, progress: Progress, *, warn: Warn, clock: Callable[[], float]
) -> Exported:
    """Fetch a file's calls and publish the file; with `skip_existing`, leave a file that appeared meanwhile.

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
        if job.skip_existing and is_claimed(unit):  # another run was faster
            return Exported(replace(unit, action=Action.SKIP))
        check_unclaimed(job, unit)
        if checkpoint.discarded and job.refresh is None:
            warn("discarded", "an interrupted run left work that does not fit this command: starting over")
        before = replace(client.traffic)
        told = partial(warn, "selected_by")
        fetch(unit.start, unit.end, client, checkpoint, job.options, progress=progress, warn=told)
        try:
            written = _written(job, unit, checkpoint, warn)
        except UntrustedAnswerError:  # of a record that can't be read: it must be asked for again
            checkpoint.remove()
            raise
        exported = replace(
            written,
            requests=client.traffic.requests - before.requests,
            retries=client.traffic.retries - before.retries,
        )
        if unit.place is not None:
            exported = publish(job, exported, checkpoint, client, warn=warn, clock=clock)
        checkpoint.remove()
        return exported


@contextmanager
def _explained(unit: Unit) -> Iterator[None]:
    """Add to an error whether the unfinished work is kept, and how to continue."""
    try:
        yield
    except BrokenPipeError:
        if unit.path is None:
            raise  # the reader of stdout has what it wanted
        raise files.cannot_write(unit.name, BrokenPipeError("its reader is gone")) from None
    except OSError as error:
        if unit.place is not None:
            raise unit.place.cannot_write(error, kept=_is_kept(unit)) from error
        where = f"{error.filename}, where {unit.name} is put together," if error.filename else unit.name
        raise files.cannot_write(where, error) from error
    except (UnavailableError, UntrustedAnswerError, StoreError) as error:
        if _is_kept(unit):
            error.hint = f"{error.hint} {_KEPT}".lstrip()
        raise
    except Interrupted as stop:
        if unit.place is None:
            stop.hint = f"What goes to {unit.name} can't be resumed: run the same command again to start over."
        else:
            stop.hint = _KEPT if _is_kept(unit) else "Run the same command again."
        raise


@contextmanager
def _place_of_work(unit: Unit) -> Iterator[Path]:
    """The checkpoint's path: the place's own, or in a temporary folder if the output is a stream."""
    if unit.place is not None:
        unit.place.make_folders()
        yield unit.place.work
        return
    with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder:
        yield Path(folder) / "checkpoint"


def _shape_of_work(job: Job, unit: Unit) -> str:
    """All that decides which calls are kept in the checkpoint.

    Calls of a recent range can still change, so work that was kept on another day is not used.
    """
    shape = [__version__, job.account, unit.start, unit.end, asdict(job.filters)]
    if job.refresh is not None:
        shape.append(job.today if job.is_recent(unit) else "refresh")
    return json.dumps(shape, sort_keys=True)


def _is_kept(unit: Unit) -> bool:
    """Whether the next run can resume this one."""
    return unit.place is not None and unit.place.work.is_file()


def _written(job: Job, unit: Unit, checkpoint: Checkpoint, warn: Warn) -> Exported:
    """Write the calls to the scratch file, or straight to the stream."""
    shape = replace(job.shape, range=(unit.start, unit.end))
    with _destination(unit, checkpoint) as destination:
        counted = files.Counted(destination)
        stream = cast("IO[bytes]", counted)
        if unit.compressed:
            with files.compressed(stream) as packed:
                unit.format.write(checkpoint.records, packed, shape)
        else:
            unit.format.write(checkpoint.records, stream, shape)
        if unit.place is not None:
            os.fsync(destination)
    if shape.left_out:
        names = ", ".join(sorted(shape.left_out))
        warn(
            "undocumented",
            f"the server sends fields that {unit.format.name.upper()} leaves out: {names}; JSON lines keep them",
        )
    size, digest = counted.bytes, ""
    if unit.place is not None and (has_receipt(job, unit) or job.digest):
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
        distinct_calls=checkpoint.distinct_call_ids if has_receipt(job, unit) else None,
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
        with FileIO(checkpoint.scratch if unit.place else unit.path, "w", opener=_privately) as file:
            yield file


def _privately(path: str, flags: int) -> int:
    """Open a file, for its owner alone if it is new: until it is published, nobody else needs to read it."""
    return os.open(path, flags, 0o600)
