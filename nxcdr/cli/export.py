# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr export``."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxcdr.cli.console import console
from nxcdr.cli.options import Asked, with_asked
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.client import Client
    from nxcdr.export import Exported, Job, Unit


class FileFormat(StrEnum):
    """What a file can be."""

    CSV = "csv"
    JSONL = "jsonl"


class Split(StrEnum):
    """What one file of several can hold."""

    DAY = "day"
    HOUR = "hour"
    MONTH = "month"


@with_asked
def export(
    *,
    asked: Asked,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PATH", help="File, or template with {date}; - is stdout."),
    ] = None,
    form: Annotated[FileFormat | None, typer.Option("--format", "-f", help="Default: from the name's suffix.")] = None,
    split: Annotated[Split | None, typer.Option("--split", help="One file for each.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    skip_existing: Annotated[bool, typer.Option("--skip-existing", help="Leave files that exist.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an interrupted run left.")] = False,
    excel: Annotated[bool, typer.Option("--excel", help="CSV whose numbers Excel does not spoil.")] = False,
    receipt: Annotated[bool, typer.Option("--receipt", help="Also write PATH.receipt.json.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show range, files and plan; ask for nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object on stdout.")] = False,
) -> None:
    """Examples:

      nxcdr export yesterday -o calls.csv --profile sandbox
      nxcdr export last month -o month.jsonl.gz --profile sandbox
      nxcdr export last 7 days --split day --skip-existing --profile sandbox

    Write every call of a range to CSV or JSON lines, each exactly once. A file appears under its name only when it is
    whole; an interrupted export goes on where it was when the same command is run again.
    """
    from nxcdr.cli.connect import connect
    from nxcdr.cli.progress import progress
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_range
    from nxcdr.export import Job, plan_units, run
    from nxcdr.fetch.whole import Progress
    from nxcdr.output.columns import columns_named
    from nxcdr.output.files import STDOUT, template_of

    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing contradict each other", "Use one of them.")
    if as_json and output is not None and template_of(output) == STDOUT:
        raise UsageError("--json and -o - would both write to stdout", "Write the calls to a file.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    settings = asked.settings()
    job = Job(
        range=asked_range(asked, settings, default=SINCE_AN_ID if asked.call_id or asked.order_id else None),
        account=(settings.base_url or settings.profile, settings.access_key or settings.profile),
        profile=settings.profile,
        filters=filters,
        output=output,
        format=form.value if form else None,
        columns=columns,
        raw=asked.raw,
        excel=excel,
        split=split.value if split else None,
        overwrite=overwrite,
        skip_existing=skip_existing,
        fresh=fresh,
        receipt=receipt,
        digest=as_json,
        concurrency=settings.concurrency,
        max_span_days=settings.max_span_days,
        settle=settings.settle,
        now=time.time(),
    )
    units = plan_units(job)
    _warn_unsettled(job, units)
    if dry_run:
        _show_plan(job, units, as_json=as_json)
        return
    state = Progress()
    began = time.monotonic()
    if all(unit.skipped for unit in units):
        client = None
        done = list(run(job, units, client, state, warn=console.warn))
    else:
        with (
            connect(settings, filters) as client,
            progress(state, client),
            contextlib.closing(run(job, units, client, state, warn=console.warn)) as files,
        ):
            try:
                done = list(files)
            except BrokenPipeError:
                return  # the reader of stdout has what it wanted: no failure, and no summary
    _summarise(done, client, time.monotonic() - began, as_json=as_json)


def _warn_unsettled(job: Job, units: Sequence[Unit]) -> None:
    early = [unit for unit in units if job.settle and unit.skipped and _was_early(unit, job.settle * 60)]
    if early:
        more = f" (and {len(early) - 1} more)" if len(early) > 1 else ""
        console.warn(
            f"{early[0].name}{more} was written before its calls had settled: the last ones may be missing "
            "(remove it, and it is fetched again)"
        )
    late = [unit for unit in units if not unit.skipped and unit.end > job.settled_before]
    if late and job.settle:
        until = datetime.fromtimestamp(late[-1].end + job.settle * 60, job.range.zone)
        console.warn(
            f"not settled yet: a call is recorded when it ends, so the last calls may still be missing "
            f"(export again after {until:%Y-%m-%d %H:%M}; the setting settle, {job.settle} minutes, decides)"
        )


def _was_early(unit: Unit, settle: int) -> bool:
    """Whether a file that is left as it is was written sooner than so many seconds after its range."""
    return unit.target is not None and unit.target.stat().st_mtime < unit.end + settle


def _show_plan(job: Job, units: Sequence[Unit], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "path": "-" if unit.path is None else str(unit.path),
            "start": _iso(unit.start, job),
            "end": _iso(unit.end, job),
            "format": unit.format.name,
            "action": "skip" if unit.skipped else "replace" if unit.target and unit.target.exists() else "write",
        }
        for unit in units
    ]
    if as_json:
        span = {"start": job.range.start, "end": job.range.end, "zone": job.range.zone.key}
        print(json.dumps({"dry_run": True, "range": span, "files": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['action']} {row['path']}: {row['start']} to {row['end']}, {row['format']}")
    fewest = 2 * sum(not unit.skipped for unit in units)
    print(
        f"plan: {_counted(fewest, 'request')} at least, about one more for each 100 calls, "
        f"{job.concurrency} at once; nothing was asked for"
    )


def _summarise(done: Sequence[Exported], client: Client | None, seconds: float, *, as_json: bool) -> None:
    requests = client.traffic.requests if client else 0
    retries = client.traffic.retries if client else 0
    rows = sum(exported.rows for exported in done)
    if as_json:
        found = [
            {
                "path": str(exported.unit.path),
                "rows": exported.rows,
                "bytes": exported.bytes,
                "sha256": exported.sha256,
                "repeats_dropped": exported.repeats,
                "settled": exported.settled,
                "resumed": exported.resumed,
                "selected_by": exported.selected_by,
                "skipped": exported.unit.skipped,
            }
            for exported in done
        ]
        summary = {"rows": rows, "files": found, "requests": requests, "retries": retries, "seconds": round(seconds, 3)}
        print(json.dumps(summary, ensure_ascii=False))
    written = [exported for exported in done if not exported.unit.skipped]
    left = _counted(len(done) - len(written), "file") + " left as they were" if len(done) > len(written) else ""
    if not written:
        console.note(f"nothing to do: {left}")
        return
    for exported in written if len(written) > 1 else ():
        console.detail(f"{exported.unit.name}: {_counted(exported.rows, 'call')}, {_size(exported.bytes)}")
    facts = [
        _counted(rows, "call"),
        _size(sum(exported.bytes for exported in written)),
        _counted(requests, "request") + (f" ({retries:,} of them a further try)" if retries else ""),
    ]
    if repeats := sum(exported.repeats for exported in written):
        facts.append(_counted(repeats, "repeat") + " dropped")
    if any(exported.resumed for exported in written):
        facts.append("resumed")
    if left:
        facts.append(left)
    what = written[0].unit.name if len(written) == 1 else _counted(len(written), "file")
    console.note(f"done: {what}: {', '.join(facts)}, in {seconds:.1f} s")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _iso(seconds: int, job: Job) -> str:
    return datetime.fromtimestamp(seconds, job.range.zone).isoformat()
