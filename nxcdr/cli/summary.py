"""What an export is going to do, and what it has done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from nxcdr.api.client import Traffic
from nxcdr.archive.differences import Changes
from nxcdr.archive.units import Action, Unit
from nxcdr.cli.console import console
from nxcdr.export import AccountRun, Exported, Job
from nxcdr.timerange import TimeRange


def warn_of(accounts: Sequence[AccountRun]) -> None:
    """Warn of files that can't be whole, and of files that may lack their last calls; of each thing once."""
    for warning in dict.fromkeys(text for account in accounts for text in _warnings(account.job, account.units)):
        console.warn(warning)


def _warnings(job: Job, units: Sequence[Unit]) -> Iterator[str]:
    for unit in units:
        if unit.action is Action.REPLACE and unit.reason:
            yield f"{unit.name} is not whole ({unit.reason}): it is fetched again"
    early = [unit for unit in units if unit.skipped and unit.reason]
    if early and job.settle:
        more = f" (and {len(early) - 1} more)" if len(early) > 1 else ""
        yield (
            f"{early[0].name}{more} was written before its calls had settled: the last ones may be missing "
            "(--refresh 3d fetches it again)"
        )
    late = [unit for unit in units if not unit.skipped and unit.end > job.settled_before]
    if late and job.settle:
        until = datetime.fromtimestamp(late[-1].end + job.settle * 60, job.range.zone)
        yield (
            f"not settled yet: a call is recorded when it ends, so the last calls may still be missing "
            f"(export again after {until:%Y-%m-%d %H:%M}; the setting settle, {job.settle} minutes, decides)"
        )


def show_plan(accounts: Sequence[AccountRun], *, as_json: bool) -> None:
    """Show what would be done."""
    rows: list[dict[str, Any]] = [
        {
            "path": "-" if unit.path is None else unit.path,
            "profile": account.profile,
            "start": _iso(unit.start, account.job),
            "end": _iso(unit.end, account.job),
            "format": unit.format.name,
            "action": unit.action.value,
            "reason": unit.reason or None,
        }
        for account in accounts
        for unit in account.units
    ]
    if as_json:
        spans = [_span(account.job.range) for account in accounts]
        plan: dict[str, Any] = {"dry_run": True, "range": spans[0] if spans.count(spans[0]) == len(spans) else None}
        if len(accounts) > 1:
            plan["accounts"] = [
                {"profile": account.profile, "range": span} for account, span in zip(accounts, spans, strict=True)
            ]
        print(json.dumps({**plan, "files": rows}, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['action']} {row['path']}: {row['start']} to {row['end']}, {row['format']}")
    fewest = 2 * sum(not unit.skipped for account in accounts for unit in account.units)
    at_once = " or ".join(map(str, sorted({account.job.concurrency for account in accounts})))
    each = " for each account" if len(accounts) > 1 else ""
    print(
        f"plan: {_counted(fewest, 'request')} at least, about one more for each 100 calls, "
        f"{at_once} at once{each}; no request was sent"
    )


def summarise(accounts: Sequence[AccountRun], seconds: float, *, as_json: bool) -> None:
    """Show what was done, of several accounts also each, and what stopped it."""
    done = [exported for account in accounts for exported in account.done]
    traffic = Traffic(
        requests=sum(account.traffic.requests for account in accounts),
        retries=sum(account.traffic.retries for account in accounts),
    )
    if as_json:
        print(json.dumps(_summary(accounts, traffic, seconds), ensure_ascii=False))
    written = [exported for exported in done if not exported.unit.skipped]
    for exported in written if len(written) > 1 else ():
        line = f"{exported.unit.name}: {_counted(exported.rows, 'call')}, {_size(exported.bytes)}"
        if exported.changes:
            console.note(f"{line}, {exported.changes}")
        else:
            console.detail(line)
    for account in accounts if len(accounts) > 1 else ():
        if account.done or not account.error:
            console.note(f"{account.profile}: {_outcome(account.done, account.traffic)}")
        if account.error:
            console.fail(f"{account.profile}: {account.error.message}", account.error.hint)
    outcome = _outcome(done, traffic)
    if len(accounts) > 1:
        whole = sum(account.error is None for account in accounts)
        of_all = "" if whole == len(accounts) else f"{whole} of "
        console.note(f"done: {of_all}{len(accounts)} accounts: {outcome}, in {seconds:.1f} s")
    elif written:
        console.note(f"done: {outcome}, in {seconds:.1f} s")
    else:
        console.note(outcome)


def _outcome(done: Sequence[Exported], traffic: Traffic) -> str:
    """What was done, in one line."""
    written = [exported for exported in done if not exported.unit.skipped]
    left = _counted(len(done) - len(written), "file") + " left as they were" if len(done) > len(written) else ""
    if not written:
        return f"nothing to do: {left}" if left else "nothing was done"
    facts = [
        _counted(sum(exported.rows for exported in written), "call"),
        _size(sum(exported.bytes for exported in written)),
        _counted(traffic.requests, "request")
        + (f" ({traffic.retries:,} of them a further try)" if traffic.retries else ""),
    ]
    if repeats := sum(exported.repeats for exported in written):
        facts.append(_counted(repeats, "repeat") + " dropped")
    if any(exported.resumed for exported in written):
        facts.append("resumed")
    if any(exported.changes is not None for exported in written):
        facts.append(str(_changes(done)))
    if left:
        facts.append(left)
    what = written[0].unit.name if len(written) == 1 else _counted(len(written), "file")
    return f"{what}: {', '.join(facts)}"


def _changes(done: Sequence[Exported]) -> Changes:
    return sum((exported.changes or Changes() for exported in done), Changes())


def _summary(accounts: Sequence[AccountRun], traffic: Traffic, seconds: float) -> dict[str, Any]:
    """What ``--json`` tells."""
    done = [exported for account in accounts for exported in account.done]
    summary = {
        "rows": sum(exported.rows for exported in done),
        "files": [_file(account.profile, exported) for account in accounts for exported in account.done],
        **asdict(_changes(done)),
        "requests": traffic.requests,
        "retries": traffic.retries,
        "seconds": round(seconds, 3),
    }
    if len(accounts) > 1:
        summary["accounts"] = [
            {
                "profile": account.profile,
                "rows": sum(exported.rows for exported in account.done),
                "files": len(account.done),
                "requests": account.traffic.requests,
                "error": account.error.message if account.error else None,
            }
            for account in accounts
        ]
    return summary


def _file(profile: str, exported: Exported) -> dict[str, Any]:
    """What ``--json`` tells of a file."""
    return {
        "path": exported.unit.path,
        "profile": profile,
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


def _span(span: TimeRange) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "zone": span.zone.key}


def _iso(seconds: int, job: Job) -> str:
    return datetime.fromtimestamp(seconds, job.range.zone).isoformat()
