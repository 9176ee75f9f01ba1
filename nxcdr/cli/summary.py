"""What an export is going to do, and what it has done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from nxcdr.api.client import Client
from nxcdr.archive.differences import Changes
from nxcdr.archive.units import Action, Unit
from nxcdr.cli.console import console
from nxcdr.export import Exported, Job


def warn_of(job: Job, units: Sequence[Unit]) -> None:
    """Warn of files that can't be whole, and of files that may lack their last calls."""
    for unit in units:
        if unit.action is Action.REPLACE and unit.reason:
            console.warn(f"{unit.name} is not whole ({unit.reason}): it is fetched again")
    early = [unit for unit in units if unit.skipped and unit.reason]
    if early and job.settle:
        more = f" (and {len(early) - 1} more)" if len(early) > 1 else ""
        console.warn(
            f"{early[0].name}{more} was written before its calls had settled: the last ones may be missing "
            "(--refresh 3d fetches it again)"
        )
    late = [unit for unit in units if not unit.skipped and unit.end > job.settled_before]
    if late and job.settle:
        until = datetime.fromtimestamp(late[-1].end + job.settle * 60, job.range.zone)
        console.warn(
            f"not settled yet: a call is recorded when it ends, so the last calls may still be missing "
            f"(export again after {until:%Y-%m-%d %H:%M}; the setting settle, {job.settle} minutes, decides)"
        )


def show_plan(job: Job, units: Sequence[Unit], *, as_json: bool) -> None:
    """Show what would be done."""
    rows: list[dict[str, Any]] = [
        {
            "path": "-" if unit.path is None else unit.path,
            "start": _iso(unit.start, job),
            "end": _iso(unit.end, job),
            "format": unit.format.name,
            "action": unit.action.value,
            "reason": unit.reason or None,
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


def summarise(done: Sequence[Exported], client: Client | None, seconds: float, *, as_json: bool) -> None:
    """Show what was done."""
    requests = client.traffic.requests if client else 0
    retries = client.traffic.retries if client else 0
    changes = sum((exported.changes or Changes() for exported in done), Changes())
    if as_json:
        summary = {
            "rows": sum(exported.rows for exported in done),
            "files": [_file(exported) for exported in done],
            **asdict(changes),
            "requests": requests,
            "retries": retries,
            "seconds": round(seconds, 3),
        }
        print(json.dumps(summary, ensure_ascii=False))
    written = [exported for exported in done if not exported.unit.skipped]
    left = _counted(len(done) - len(written), "file") + " left as they were" if len(done) > len(written) else ""
    if not written:
        console.note(f"nothing to do: {left}")
        return
    for exported in written if len(written) > 1 else ():
        line = f"{exported.unit.name}: {_counted(exported.rows, 'call')}, {_size(exported.bytes)}"
        if exported.changes:
            console.note(f"{line}, {exported.changes}")
        else:
            console.detail(line)
    facts = [
        _counted(sum(exported.rows for exported in written), "call"),
        _size(sum(exported.bytes for exported in written)),
        _counted(requests, "request") + (f" ({retries:,} of them a further try)" if retries else ""),
    ]
    if repeats := sum(exported.repeats for exported in written):
        facts.append(_counted(repeats, "repeat") + " dropped")
    if any(exported.resumed for exported in written):
        facts.append("resumed")
    if any(exported.changes is not None for exported in written):
        facts.append(str(changes))
    if left:
        facts.append(left)
    what = written[0].unit.name if len(written) == 1 else _counted(len(written), "file")
    console.note(f"done: {what}: {', '.join(facts)}, in {seconds:.1f} s")


def _file(exported: Exported) -> dict[str, Any]:
    """What ``--json`` tells of a file."""
    return {
        "path": exported.unit.path,
        "action": exported.unit.action.value,
        "reason": exported.unit.reason or None,
        "rows": exported.rows,
        "bytes": exported.bytes,
        "sha256": exported.sha256,
        "repeats_dropped": exported.repeats,
        "settled": exported.settled,
        "resumed": exported.resumed,
        "selected_by": exported.selected_by,
        "skipped": exported.unit.skipped,
        **asdict(exported.changes or Changes()),
        "kept_as": exported.kept_as,
    }


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _iso(seconds: int, job: Job) -> str:
    return datetime.fromtimestamp(seconds, job.range.zone).isoformat()
