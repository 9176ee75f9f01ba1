"""The export job and the files it will write: all that can be known before the first request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from nxcdr.api.request import Filters
from nxcdr.archive.condition import State, condition_of
from nxcdr.archive.units import Action, Unit, units_of
from nxcdr.errors import OutputError, UsageError
from nxcdr.fetch.checkpoint import remove_if_published
from nxcdr.fetch.whole import Options
from nxcdr.output import files
from nxcdr.output.formats import FORMATS, Shape
from nxcdr.output.mask import Mask
from nxcdr.output.receipt import Receipt
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange

_DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Job:
    """What to export, and how.

    Attributes:
        range: The range.
        account: The endpoint and the account it is asked for, as far as they shape the result.
        profile: The profile's name, for templates.
        filters: What the server leaves out.
        output: A path, URL or template; ``-`` for stdout; None for the default name.
        format: A name of `FORMATS`; None to go by the file's name.
        columns: Fields in their order; None for the documented ones (CSV) or all (JSON lines).
        raw: Values as the API returned them.
        excel: CSV for Excel.
        mask: Replaces fields by pseudonyms; None for none.
        split: ``day``, ``hour``, ``month``, or None for one file.
        overwrite: Replace files that are there.
        skip_existing: Leave files that are there, unless they can't be whole.
        refresh: With `skip_existing`, seconds: files of ranges that ended less than that ago, files written before
            their calls had settled, and files not fetched in the last day of that time, are fetched again, and replaced
            only if their calls differ. None for none.
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
    mask: Mask | None = None
    split: str | None = None
    overwrite: bool = False
    skip_existing: bool = False
    refresh: int | None = None
    fresh: bool = False
    receipt: bool = False
    digest: bool = False
    concurrency: int = 4
    max_span_days: int = 31
    settle: int = 60
    now: float = 0.0

    @classmethod
    def of(cls, settings: Settings, span: TimeRange, **asked: Any) -> Self:
        """The job of a profile: what its settings decide, and what was asked for."""
        return cls(
            span,
            account_of(settings),
            settings.profile,
            concurrency=settings.concurrency,
            max_span_days=settings.max_span_days,
            settle=settings.settle,
            **asked,
        )

    @property
    def settled_before(self) -> float:
        """Seconds since 1970: calls that began before have been recorded by now."""
        return self.now - self.settle * 60

    @property
    def today(self) -> str:
        """The day the job was given, in its zone, as YYYY-MM-DD."""
        return f"{datetime.fromtimestamp(self.now, self.range.zone):%Y-%m-%d}"

    @property
    def shape(self) -> Shape:
        """What the bytes of its files depend on, beside the calls."""
        return Shape(None if self.raw else self.range.zone, self.columns, self.excel, self.mask)

    @property
    def options(self) -> Options:
        """How to ask."""
        return Options(self.concurrency, self.max_span_days, self.settled_before if self.settle else None)

    def is_recent(self, unit: Unit) -> bool:
        """Whether a file's range ended less than `refresh` ago."""
        return self.refresh is not None and unit.end > self.now - self.refresh

    def has_missed(self, unit: Unit, receipt: Receipt | None) -> bool:
        """Whether a file was not fetched in the last day of its `refresh` period, as nightly runs would have done.

        After nights without network, only a receipt can tell.
        """
        last_day = unit.end + (self.refresh or 0) - _DAY
        finished = receipt.finished if receipt else None
        return self.refresh is not None and finished is not None and finished.timestamp() < last_day


def account_of(settings: Settings) -> tuple[str, str]:
    """The endpoint and the account of these settings."""
    return settings.base_url or settings.profile, settings.access_key or settings.profile


def plan_units(job: Job) -> list[Unit]:
    """The files of a job, in order; everything that can be wrong with them is found here, before any request.

    Raises:
        UsageError: The template does not tell the files apart, or names no format, or options don't go together.
        OutputError: A file exists, or can't be written where it should be.
    """
    return plan_accounts([job])[0]


def plan_accounts(jobs: Sequence[Job]) -> list[list[Unit]]:
    """The files of several accounts' jobs, as `plan_units` gives those of one.

    Raises:
        UsageError: As `plan_units`; or the template does not tell the accounts apart.
        OutputError: As `plan_units`.
    """
    named = [_named(job) for job in jobs]
    if len({unit.path for units in named for unit in units}) < sum(map(len, named)):
        raise UsageError(
            f"{_template(jobs[0])!r} does not tell the files of {len(jobs)} accounts apart",
            "Use {profile}, for example: -o '{profile}-{date}.csv'.",
        )
    return [_checked(job, units) for job, units in zip(jobs, named, strict=True)]


def _template(job: Job) -> str:
    return files.template_of(_default_output(job) if job.output is None else job.output)


def _named(job: Job) -> list[Unit]:
    """The files of a job, whatever is there."""
    return units_of(_template(job), job.range, split=job.split, profile=job.profile, form=job.format)


def _checked(job: Job, units: Sequence[Unit]) -> list[Unit]:
    """The files of a job, with what becomes of each."""
    if job.excel and any(unit.format.name != "csv" for unit in units):
        raise UsageError("--excel is for CSV", "Leave out --excel, or write CSV.")
    if job.receipt and any(unit.place is None for unit in units):
        raise UsageError("--receipt needs a file to stand beside", "Write the calls to a file.")
    planned = [_planned(unit, job) if unit.place and unit.place.found() else unit for unit in units]
    _check_unclaimed(job, planned)
    for unit in planned:
        if unit.place and not unit.skipped:
            unit.place.check()
    return planned


def exists_already(unit: Unit, more: str = "") -> OutputError:
    """The error for a file that is not to be replaced."""
    return OutputError(
        f"{unit.name} exists already{more}",
        "Use --overwrite to replace it, --skip-existing to leave it, or another name with -o.",
    )


def _planned(unit: Unit, job: Job) -> Unit:
    """What becomes of a file that is there."""
    if unit.place:
        remove_if_published(unit.place.work)
    if not job.skip_existing:
        return replace(unit, action=Action.REPLACE)
    found = condition_of(unit, settle=job.settle * 60, zone=job.range.zone)
    if found.state is State.DAMAGED:
        return replace(unit, action=Action.REPLACE, reason=found.reason)
    again = found.state is State.EARLY or job.is_recent(unit) or job.has_missed(unit, found.receipt)
    refresh = job.refresh is not None and again
    return replace(unit, action=Action.REFRESH if refresh else Action.SKIP, reason=found.reason)


def _check_unclaimed(job: Job, units: Sequence[Unit]) -> None:
    there = [unit for unit in units if unit.action is Action.REPLACE]
    if there and not (job.overwrite or job.skip_existing):
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise exists_already(there[0], more)


def _default_output(job: Job) -> str:
    suffix = FORMATS[job.format or "csv"].suffixes[0]
    if job.split == "hour":
        return "cdr-{start}" + suffix
    first = datetime.fromtimestamp(job.range.start, job.range.zone).date()
    last = datetime.fromtimestamp(job.range.end - 1, job.range.zone).date()
    return "cdr-{date}" + (f"_{last}" if last != first and not job.split else "") + suffix
