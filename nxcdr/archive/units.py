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
from nxcdr.output.places import Place, places, shown
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
        path: As it was asked for, without a password; None for stdout.
        place: Where it appears when it is whole; None for stdout, a pipe, a device.
        format: Its format.
        compressed: Whether it is gzipped.
        action: What becomes of it.
        reason: Why a file that is there is fetched again, or might have to be; empty for none.
    """

    start: int
    end: int
    path: str | None
    place: Place | None
    format: FileFormat
    compressed: bool
    action: Action = Action.WRITE
    reason: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return "stdout" if self.path is None else self.path

    @property
    def skipped(self) -> bool:
        """Whether it is left as it is."""
        return self.action is Action.SKIP


def units_of(template: str, span: TimeRange, *, split: str | None, profile: str, form: str | None) -> list[Unit]:
    """The files of a range, in order.

    Args:
        template: A path or a URL, or a template of them; ``-`` for stdout.
        span: The range.
        split: A name of `SPLITS`; None for one file.
        profile: The profile's name, for the template.
        form: A name of `FORMATS`; None to go by the file's name.

    Raises:
        UsageError: The template can't be read, does not tell the files apart, or names no format.
        OutputError: A name is a folder's, or can't be looked at, or the store can't be reached.
    """
    edges = SPLITS[split](span) if split else iter([(span.start, span.end)])
    at = places(template)
    units = []
    for start, end in edges:
        name = files.filled(template, {**_times(start, end, span.zone), "profile": profile})
        place = at(name)
        path = None if name == files.STDOUT else place.name if place else str(Path(name))
        units.append(Unit(start, end, path, place, *files.format_of(name, form)))
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
        f"the name {shown(template)!r} does not tell {len(units)} files apart",
        "Use {date} for days and months, {start} for hours.",
    )
