"""What is asked for, and which files that makes: all that can be known before the first request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nxcdr.api.client import Filters
from nxcdr.errors import OutputError, UsageError
from nxcdr.fetch.checkpoint import remove_if_published
from nxcdr.fetch.whole import Options
from nxcdr.output import files
from nxcdr.output.formats import FORMATS, FileFormat, Shape
from nxcdr.timerange import TimeRange, days, hours, months

_SPLITS: dict[str, Callable[[TimeRange], Iterator[tuple[int, int]]]] = {"day": days, "hour": hours, "month": months}


@dataclass(frozen=True, slots=True)
class Job:
    """What to export, and how.

    Attributes:
        range: The range.
        account: The endpoint and the account it is asked for, as far as they shape the result.
        profile: The profile's name, for templates.
        filters: What the server leaves out.
        output: A path or template; ``-`` for stdout; None for the default name.
        format: A name of `FORMATS`; None to go by the file's name.
        columns: Fields in their order; None for the documented ones (CSV) or all (JSON lines).
        raw: Values as the API returned them.
        excel: CSV for Excel.
        split: ``day``, ``hour``, ``month``, or None for one file.
        overwrite: Replace files that are there.
        skip_existing: Leave files that are there, and what they hold unasked for.
        fresh: Forget what an interrupted run left.
        receipt: Write a receipt beside each file.
        digest: Whether each file's digest is wanted, as its receipt has it.
        concurrency: Requests in flight, at most.
        max_span_days: The longest span of one request, in days.
        settle: Minutes after which no more calls are expected to come in; 0 for at once.
        now: Seconds since 1970: when the job was given.
    """

    range: TimeRange
    account: tuple[str, str]
    profile: str
    filters: Filters = field(default_factory=Filters)
    output: str | None = None
    format: str | None = None
    columns: tuple[str, ...] | None = None
    raw: bool = False
    excel: bool = False
    split: str | None = None
    overwrite: bool = False
    skip_existing: bool = False
    fresh: bool = False
    receipt: bool = False
    digest: bool = False
    concurrency: int = 4
    max_span_days: int = 31
    settle: int = 60
    now: float = 0.0

    @property
    def settled_before(self) -> float:
        """Seconds since 1970: calls that began before have been recorded by now."""
        return self.now - self.settle * 60

    @property
    def shape(self) -> Shape:
        """What the bytes of its files depend on, beside the calls."""
        return Shape(None if self.raw else self.range.zone, self.columns, self.excel)

    @property
    def options(self) -> Options:
        """How to ask."""
        return Options(self.concurrency, self.max_span_days, self.settled_before if self.settle else None)


@dataclass(frozen=True, slots=True)
class Unit:
    """One file to write.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        path: As it was asked for; None for stdout.
        target: The plain file that is to appear, symlinks followed; None for stdout, a pipe, a device.
        format: Its format.
        compressed: Whether it is gzipped.
        skipped: Whether it is there already and is to be left.
    """

    start: int
    end: int
    path: Path | None
    target: Path | None
    format: FileFormat
    compressed: bool
    skipped: bool = False

    @property
    def name(self) -> str:
        """What to call it."""
        return "stdout" if self.path is None else str(self.path)


def plan_units(job: Job) -> list[Unit]:
    """The files of a job, in order; everything that can be wrong with them is found here, before any request.

    Raises:
        UsageError: The template does not tell the files apart, or names no format, or options don't go together.
        OutputError: A file exists, or can't be written where it should be.
    """
    template = files.template_of(_default_output(job) if job.output is None else job.output)
    edges = _SPLITS[job.split](job.range) if job.split else iter([(job.range.start, job.range.end)])
    units = [_unit(start, end, template, job) for start, end in edges]
    if job.excel and any(unit.format.name != "csv" for unit in units):
        raise UsageError("--excel is for CSV", "Leave out --excel, or write CSV.")
    if job.receipt and any(unit.target is None for unit in units):
        raise UsageError("--receipt needs a file to stand beside", "Write the calls to a file.")
    _tell_apart(units, template)
    there = [unit for unit in units if unit.target and unit.target.exists()]
    for unit in there:
        if unit.target:
            remove_if_published(checkpoint_path(unit.target))
    if job.skip_existing:
        units = [replace(unit, skipped=unit in there) for unit in units]
    elif there and not job.overwrite:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise exists_already(there[0], more)
    for unit in units:
        if unit.target and not unit.skipped:
            files.check_place(unit.target)
    return units


def checkpoint_path(target: Path) -> Path:
    """Where unfinished work on a file is kept: beside it."""
    return target.with_name(f".{target.name}.nxcdr")


def exists_already(unit: Unit, more: str = "") -> OutputError:
    """The error for a file that is not to be replaced."""
    return OutputError(
        f"{unit.name} exists already{more}",
        "Use --overwrite to replace it, --skip-existing to leave it, or another name with -o.",
    )


def _unit(start: int, end: int, template: str, job: Job) -> Unit:
    zone = job.range.zone
    first, after = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
    name = files.filled(
        template,
        {
            "date": f"{first:%Y-%m-%d}",
            "start": f"{first:%Y-%m-%dT%H%M%S}",
            "end": f"{after:%Y-%m-%dT%H%M%S}",
            "profile": job.profile,
        },
    )
    path = None if name == files.STDOUT else Path(name)
    target = files.target_of(path) if path else None
    return Unit(start, end, path, target, *files.format_of(name, job.format))


def _default_output(job: Job) -> str:
    suffix = FORMATS[job.format or "csv"].suffixes[0]
    if job.split == "hour":
        return "cdr-{start}" + suffix
    first = datetime.fromtimestamp(job.range.start, job.range.zone).date()
    last = datetime.fromtimestamp(job.range.end - 1, job.range.zone).date()
    return "cdr-{date}" + (f"_{last}" if last != first and not job.split else "") + suffix


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
