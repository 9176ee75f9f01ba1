"""The files that a template names, one for each part of a range."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from nxcdr.errors import UsageError
from nxcdr.output import files
from nxcdr.output.formats import FileFormat
from nxcdr.timerange import TimeRange, days, hours, months

SPLITS: dict[str, Callable[[TimeRange], Iterator[tuple[int, int]]]] = {"day": days, "hour": hours, "month": months}


class Action(StrEnum):
    """What becomes of a file."""

    WRITE = "write"
    REPLACE = "replace"
    REFRESH = "refresh"  # replaced only if its calls differ
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Unit:
    """One file.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        path: As it was asked for; None for stdout.
        target: The plain file, symlinks followed; None for stdout, a pipe, a device.
        base: The folder below which folders are made as needed.
        format: Its format.
        compressed: Whether it is gzipped.
        action: What becomes of it.
        reason: Why a file that is there is fetched again, or might have to be; empty for none.
    """

    start: int
    end: int
    path: Path | None
    target: Path | None
    base: Path
    format: FileFormat
    compressed: bool
    action: Action = Action.WRITE
    reason: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return "stdout" if self.path is None else str(self.path)

    @property
    def skipped(self) -> bool:
        """Whether it is left as it is."""
        return self.action is Action.SKIP


def units_of(template: str, span: TimeRange, *, split: str | None, profile: str, form: str | None) -> list[Unit]:
    """The files of a range, in order.

    Args:
        template: A path, or a template of paths; ``-`` for stdout.
        span: The range.
        split: A name of `SPLITS`; None for one file.
        profile: The profile's name, for the template.
        form: A name of `FORMATS`; None to go by the file's name.

    Raises:
        UsageError: The template can't be read, does not tell the files apart, or names no format.
        OutputError: A name is a folder's, or can't be looked at.
    """
    edges = SPLITS[split](span) if split else iter([(span.start, span.end)])
    base = files.base_of(template)
    units = []
    for start, end in edges:
        name = files.filled(template, {**_times(start, end, span.zone), "profile": profile})
        path = None if name == files.STDOUT else Path(name)
        target = files.target_of(path) if path else None
        # Where no folder holds a placeholder, none is made, also not behind a link.
        existing = target.parent if target and path and path.parent.resolve() == base else base
        units.append(Unit(start, end, path, target, existing, *files.format_of(name, form)))
    _tell_apart(units, template)
    return units


def _times(start: int, end: int, zone: ZoneInfo) -> dict[str, str]:
    first, after = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
    return {
        "date": f"{first:%Y-%m-%d}",
        "start": f"{first:%Y-%m-%dT%H%M%S}",
        "end": f"{after:%Y-%m-%dT%H%M%S}",
        "year": f"{first:%Y}",
        "month": f"{first:%m}",
        "day": f"{first:%d}",
    }


def _tell_apart(units: Sequence[Unit], template: str) -> None:
    if len({unit.path for unit in units}) == len(units):
        return
    if template == files.STDOUT:
        raise UsageError(
            "--split writes several files, and stdout is one", "Name them with -o, e.g. -o 'cdr-{date}.csv'."
        )
    raise UsageError(
        f"the name {template!r} does not tell {len(units)} files apart",
        "Use {date} for days and months, {start} for hours.",
    )
