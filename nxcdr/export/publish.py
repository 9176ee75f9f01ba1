"""Letting a finished file appear under its name, with its receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from nxcdr.api.client import Client
from nxcdr.archive.differences import Changes, counted_calls
from nxcdr.archive.units import Action, Unit
from nxcdr.errors import OutputError
from nxcdr.export.job import Job, exists_already
from nxcdr.export.refresh import changes_of, keep_old
from nxcdr.export.results import Exported, Warn, facts
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.output import files
from nxcdr.output.receipt import receipt_path, write_receipt


def has_receipt(job: Job, unit: Unit) -> bool:
    """Whether a file is to have a receipt: one of an archive that has one keeps having one."""
    return job.receipt or (job.skip_existing and unit.path is not None and receipt_path(unit.path).exists())


def is_claimed(unit: Unit) -> bool:
    """Whether another program has put a file where none was when the job was planned."""
    return unit.action is Action.WRITE and unit.target is not None and unit.target.exists()


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
    """Let a file appear, unless it is refreshed and has the same calls: then only its receipt is new.

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
    unit, target = exported.unit, cast("Path", exported.unit.target)
    changes = changes_of(unit, checkpoint.scratch)
    exported = replace(exported, changes=changes)
    if changes == Changes():
        size, digest = files.measured(target)
        exported = replace(exported, bytes=size, sha256=digest)
    elif changes and changes.vanished:
        exported = replace(exported, kept_as=keep_old(target, job.today))
        warn(
            f"vanished {unit.name}",
            f"{unit.name}: {counted_calls(changes.vanished)} vanished from the server's records; the file as it was "
            f"is kept as {exported.kept_as}",
        )
    new_receipt = checkpoint.scratch.with_name(checkpoint.scratch.name + "r")
    try:
        if has_receipt(job, unit):
            write_receipt(new_receipt, facts(job, exported, client, finished=clock()))
            files.keep_mode(new_receipt, target)
        check_unclaimed(job, unit)
        if changes != Changes():
            _replace(target, receipt_path(unit.path or target), checkpoint, new_receipt)
        elif new_receipt.exists():
            _place_receipt(new_receipt, receipt_path(unit.path or target))
    finally:
        new_receipt.unlink(missing_ok=True)
    return exported


def _replace(target: Path, receipt: Path, checkpoint: Checkpoint, new_receipt: Path) -> None:
    """Let a file appear after its receipt: who finds a file finds the receipt that is its own, or none."""
    files.keep_mode(checkpoint.scratch, target)
    checkpoint.publishing()
    try:
        receipt.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(receipt, error) from error
    if new_receipt.exists():
        _place_receipt(new_receipt, receipt)
    files.publish(checkpoint.scratch, target)


def _place_receipt(new_receipt: Path, receipt: Path) -> None:
    try:
        files.publish(new_receipt, receipt)
    except OSError as error:
        raise _cannot_write(receipt, error) from error


def _cannot_write(receipt: Path, error: OSError) -> OutputError:
    return files.cannot_write(receipt, error, kept=True)
