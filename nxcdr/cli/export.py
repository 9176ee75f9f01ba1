# ruff: noqa: D301, D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr export``."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxcdr import __version__
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
        typer.Option("--output", "-o", metavar="PATH", help="A file, a template with {date}, or - for stdout."),
    ] = None,
    form: Annotated[FileFormat | None, typer.Option("--format", "-f", help="Default: from the name's suffix.")] = None,
    split: Annotated[Split | None, typer.Option("--split", help="One file for each.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    skip_existing: Annotated[bool, typer.Option("--skip-existing", help="Leave files that exist.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an interrupted run left.")] = False,
    excel: Annotated[bool, typer.Option("--excel", help="CSV that Excel opens without spoiling numbers.")] = False,
    receipt: Annotated[bool, typer.Option("--receipt", help="Also write PATH.receipt.json.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show range, files and plan; ask for nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object on stdout.")] = False,
) -> None:
    """Examples:

    \b
      nxcdr export yesterday -o calls.csv
      nxcdr export last month -o month.csv.gz
      nxcdr export last 7 days --split day --skip-existing -o 'cdr-{date}.csv'

    Write every call of a range to CSV or JSON lines, each exactly once. A file appears under its name only when it is
    whole; an interrupted export goes on where it was when the same command is run again.
    """
    from nxcdr.cli.connect import connect
    from nxcdr.cli.progress import progress
    from nxcdr.cli.ranges import asked_range
    from nxcdr.export import Job, Tally, plan_units, run
    from nxcdr.output.values import columns_named

    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing contradict each other", "Use one of them.")
    if output == "-" and as_json:
        raise UsageError("--json and -o - would both write to stdout", "Write the calls to a file.")
    if output == "-" and receipt:
        raise UsageError("--receipt needs a file to stand beside", "Write the calls to a file.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    settings = asked.settings()
    job = Job(
        range=asked_range(asked, settings),
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
    tally, done = Tally(), []
    began, started = time.monotonic(), datetime.now(UTC)
    if all(unit.skipped for unit in units):
        client = None
        done = list(run(job, units, client, tally, warn=console.warn))
    else:
        with (
            connect(settings, filters) as client,
            progress(tally, client),
            contextlib.closing(run(job, units, client, tally, warn=console.warn)) as files,
        ):
            for exported in files:
                done.append(exported)
                if job.receipt and not exported.unit.skipped:
                    _write_receipt(job, exported, client, started)
    _summarise(done, client, time.monotonic() - began, as_json=as_json)


def _warn_unsettled(job: Job, units: Sequence[Unit]) -> None:
    if not job.settle:
        return
    late = [unit for unit in units if not unit.skipped and unit.end > job.settled_before]
    if late:
        until = datetime.fromtimestamp(late[-1].end + job.settle * 60, job.range.zone)
        console.warn(
            f"not settled yet: a call is recorded when it ends, so the last calls may still be missing "
            f"(export again after {until:%Y-%m-%d %H:%M}; the setting settle, {job.settle} minutes, decides)"
        )


def _show_plan(job: Job, units: Sequence[Unit], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "path": str(unit.path) if unit.path else "-",
            "start": _iso(unit.start, job),
            "end": _iso(unit.end, job),
            "format": unit.format,
            "action": "skip" if unit.skipped else "replace" if unit.path and unit.path.exists() else "write",
        }
        for unit in units
    ]
    if as_json:
        span = {"start": job.range.start, "end": job.range.end, "zone": job.range.zone.key}
        print(json.dumps({"dry_run": True, "range": span, "files": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['action']} {row['path']}: {row['start']} to {row['end']}, {row['format']}")
    plural = "" if job.concurrency == 1 else "s"
    print(
        f"plan: at least {sum(not unit.skipped for unit in units)} requests, one more for each 100 calls, "
        f"{job.concurrency} request{plural} in flight; nothing was asked for"
    )


def _write_receipt(job: Job, exported: Exported, client: Client, started: datetime) -> None:
    from nxcdr.output.files import cannot_write
    from nxcdr.output.receipt import receipt_path, write_receipt

    unit = exported.unit
    if unit.path is None:
        return
    facts = {
        "tool": f"nxcdr {__version__}",
        "range": {
            "phrase": job.range.phrase,
            "start": unit.start,
            "end": unit.end,
            "start_iso": _iso(unit.start, job),
            "end_iso": _iso(unit.end, job),
            "zone": job.range.zone.key,
        },
        "filters": client.filters,
        "account": _shortened(client.account.access_key),
        "endpoint": client.endpoint,
        "rows": exported.rows,
        "distinct_call_ids": exported.distinct_calls,
        "repeats_dropped": exported.repeats,
        "first_start": exported.first,
        "last_start": exported.last,
        "windows": exported.windows,
        "requests": client.traffic.requests,
        "retries": client.traffic.retries,
        "resumed": exported.resumed,
        "settled": exported.settled,
        "file": {
            "name": unit.path.name,
            "format": unit.format,
            "bytes": exported.bytes,
            "sha256": exported.sha256,
            "columns": job.columns,
            "raw": job.raw,
            "excel": job.excel,
        },
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        write_receipt(unit.path, facts)
    except OSError as error:
        raise cannot_write(receipt_path(unit.path), error) from error


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
                "skipped": exported.unit.skipped,
            }
            for exported in done
        ]
        summary = {"rows": rows, "files": found, "requests": requests, "retries": retries, "seconds": round(seconds, 3)}
        print(json.dumps(summary, ensure_ascii=False))
    written = [exported for exported in done if not exported.unit.skipped]
    for exported in written:
        if len(written) > 1 or exported.unit.path is None:
            console.detail(f"{_name(exported)}: {exported.rows:,} calls, {_size(exported.bytes)}")
    skipped = len(done) - len(written)
    what = _name(written[0]) if len(written) == 1 else f"{len(written)} files"
    facts = [f"{rows:,} call{'' if rows == 1 else 's'}", _size(sum(exported.bytes for exported in written))]
    facts.append(f"{requests:,} request{'' if requests == 1 else 's'}")
    if retries:
        facts.append(f"{retries:,} of them tried again")
    if skipped:
        facts.append(f"{skipped} file{'' if skipped == 1 else 's'} left as they were")
    if any(exported.resumed for exported in written):
        facts.append("an interrupted run gone on with")
    console.note(f"done: {what}: {', '.join(facts)} in {seconds:.1f} s")


def _name(exported: Exported) -> str:
    return str(exported.unit.path) if exported.unit.path else "stdout"


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _iso(seconds: int, job: Job) -> str:
    return datetime.fromtimestamp(seconds, job.range.zone).isoformat()


def _shortened(key: str) -> str:
    return key[:4] + "…"
