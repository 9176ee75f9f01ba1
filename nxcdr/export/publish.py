"""Letting a finished file appear under its name, with its receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from nxcdr.api.client import Client
from nxcdr.archive.differences import Changes, counted_calls
from nxcdr.archive.units import Action, Unit
from nxcdr.export.job import Job, exists_already
from nxcdr.export.refresh import changes_of, keep_old
from nxcdr.export.results import Exported, Warn, facts
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.output import files
from nxcdr.output.places import Place
from nxcdr.output.receipt import write_receipt


def has_receipt(job: Job, unit: Unit) -> bool:
    """Whether to write a receipt: on request, or because the file that is updated has one."""
    return job.receipt or (job.skip_existing and unit.place is not None and unit.place.receipt.found() is not None)


def is_claimed(unit: Unit) -> bool:
    """Whether another program has put a file where none was when the job was planned."""
    return unit.action is Action.WRITE and unit.place is not None and unit.place.found() is not None


def check_unclaimed(job: Job, unit: Unit) -> None:
    """Replace nothing that another program has put there meanwhile.

    Raises:
        OutputError: It has.
    """
    if is_claimed(unit) and not job.overwrite:
        raise exists_already(unit)


def publish(
    job: Job, exported: Exported, checkpoint: Checkpoint, client: Client, *, warn: Warn, clock: Callable[[], float]
) -> Exported:
    """Publish a file. If it is a refresh and its calls are the same, only the receipt is replaced.

    Args:
        job: What it belongs to.
        exported: What was written to the checkpoint's scratch file.
        checkpoint: Notes that the file is whole.
        client: Who was asked, for the receipt.
        warn: Told of calls that have vanished.
        clock: Seconds since 1970.

    Returns:
        What became of the file.

    Raises:
        OutputError: Another program has put a file there, or the receipt can't be written.
        OSError: The file can't be written.
    """
    unit, place = exported.unit, cast("Place", exported.unit.place)
    exported = _compared(job, exported, place, checkpoint.scratch, warn)
    same = exported.changes == Changes()
    new_receipt = checkpoint.scratch.with_name(checkpoint.scratch.name + "r")
    with_receipt = has_receipt(job, unit)
    try:
        if with_receipt:
            write_receipt(new_receipt, facts(job, exported, client, finished=clock()))
        check_unclaimed(job, unit)
        if not same:
            checkpoint.mark_whole()
        place.publish(None if same else checkpoint.scratch, new_receipt if with_receipt else None)
    finally:
        new_receipt.unlink(missing_ok=True)
    return exported


def _compared(job: Job, exported: Exported, place: Place, whole: Path, warn: Warn) -> Exported:
    """Find out how a file that is refreshed has changed, and keep the old one if it has calls that have vanished."""
    unit = exported.unit
    if unit.action is not Action.REFRESH or not place.found():
        return exported
    with place.fetched() as old:
        changes = changes_of(old, whole, unit.format)
        exported = replace(exported, changes=changes)
        if changes == Changes():
            size, digest = files.measured(old)
            return replace(exported, bytes=size, sha256=digest)
        if changes and changes.vanished:
            exported = replace(exported, kept_as=keep_old(place, old, job.today))
            warn(
                f"vanished {unit.name}",
                f"{unit.name}: {counted_calls(changes.vanished)} vanished from the server's records; the file as it "
                f"was is kept as {exported.kept_as}",
            )
    return exported
