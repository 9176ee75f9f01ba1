"""Refreshing a file: it is replaced only if its calls differ from those the server lists now."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from nxcdr.archive.differences import Changes, counted, differences
from nxcdr.archive.units import Action, Unit
from nxcdr.output.reading import DamagedError, rows_of


def changes_of(unit: Unit, whole: Path) -> Changes | None:
    """How a new file differs from the one to be refreshed; None if there is nothing to compare.

    Args:
        unit: The file.
        whole: The new file, not under its name yet.

    Raises:
        OSError: One of them can't be read, or the comparison can't be written.
    """
    if unit.action is not Action.REFRESH or unit.path is None or not unit.path.exists():
        return None
    if filecmp.cmp(unit.path, whole, shallow=False):
        return Changes()
    try:
        return counted(differences(rows_of(unit.path, unit.format), rows_of(whole, unit.format)))
    except DamagedError:
        return None


def keep_old(target: Path, today: str) -> Path:
    """Give a file that is about to be replaced a second name: ``NAME.before-DATE``.

    Args:
        target: The file.
        today: The date.

    Returns:
        The second name; with a number where another file has it.

    Raises:
        OSError: It can't be done.
    """
    kept = first = target.with_name(f"{target.name}.before-{today}")
    number = 1
    while kept.exists():
        if filecmp.cmp(target, kept, shallow=False):
            return kept  # by a run that was interrupted right after
        number += 1
        kept = first.with_name(f"{first.name}.{number}")
    try:
        os.link(target, kept)
    except OSError:  # some file systems have no hard links
        shutil.copy2(target, kept)
    return kept
