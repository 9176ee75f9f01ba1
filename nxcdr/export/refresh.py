"""Refreshing a file: it is replaced only if its calls differ from those the server lists now."""

from __future__ import annotations

import filecmp
from pathlib import Path

from nxcdr.archive.differences import Changes, counted, differences
from nxcdr.output.formats import FileFormat
from nxcdr.output.places import Place
from nxcdr.output.reading import DamagedError, rows_of


def changes_of(old: Path, new: Path, form: FileFormat) -> Changes | None:
    """How a new file differs from the one that is to be refreshed; None if that one can't be compared.

    Args:
        old: The file that is to be refreshed.
        new: The new file, not under its name yet.
        form: Their format.

    Raises:
        OSError: One of them can't be read, or the comparison can't be written.
    """
    if filecmp.cmp(old, new, shallow=False):
        return Changes()
    try:
        return counted(differences(rows_of(old, form), rows_of(new, form)))
    except DamagedError:
        return None


def keep_old(place: Place, old: Path, today: str) -> str:
    """Give a file that is about to be replaced a second name: ``NAME.before-DATE``.

    Args:
        place: The file.
        old: Its content.
        today: The date.

    Returns:
        The second name; with a number where another file has it.

    Raises:
        OSError: It can't be done.
    """
    kept, number = place.beside(f".before-{today}"), 1
    while kept.found():
        with kept.fetched() as content:
            if filecmp.cmp(old, content, shallow=False):
                return kept.name  # by a run that was interrupted right after
        number += 1
        kept = place.beside(f".before-{today}.{number}")
    place.keep(kept, old)
    return kept.name
