"""What an export has written, and what its receipt says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nxcdr import __version__
from nxcdr.api.client import Client
from nxcdr.archive.differences import Changes
from nxcdr.archive.source import source_of
from nxcdr.archive.units import Unit
from nxcdr.export.job import Job

Warn = Callable[[str, str], None]
"""Takes a kind of warning, of which only the first is shown, and its text."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One finished file, or one left as it was.

    Attributes:
        unit: Which.
        rows: Calls in it.
        repeats: Equal records dropped.
        bytes: Its size.
        sha256: Its digest, in hexadecimal; empty where nobody wants it.
        first: The first startTime, ms since 1970; None for none.
        last: The last startTime.
        windows: Windows it was read in.
        distinct_calls: Different callIds; None where nobody asked.
        outside: Of the calls, those that start outside of the range.
        selected_by: The time that the server selects calls by: ``start``, ``end`` or ``listed``.
        settled: Whether no more calls can come into it.
        resumed: Whether an interrupted run was resumed.
        requests: Requests sent for it by this run, all tries.
        retries: Of these, tries after the first.
        changes: How its calls differ from those of the file that was there; None if it was not refreshed.
        kept_as: The other name of the file as it was, kept because calls have vanished; None for none.
    """

    unit: Unit
    rows: int = 0
    repeats: int = 0
    bytes: int = 0
    sha256: str = ""
    first: int | None = None
    last: int | None = None
    windows: int = 0
    distinct_calls: int | None = None
    outside: int = 0
    selected_by: str = "start"
    settled: bool = True
    resumed: bool = False
    requests: int = 0
    retries: int = 0
    changes: Changes | None = None
    kept_as: str | None = None


def facts(job: Job, exported: Exported, client: Client, *, finished: float) -> dict[str, Any]:
    """What a receipt says of a file.

    Args:
        job: What was asked for.
        exported: What became of it.
        client: Who was asked; of the account, only the beginning of its key is told.
        finished: Seconds since 1970.
    """
    unit = exported.unit
    account, endpoint = source_of(client, job.profile)
    filters = {name: value for name, value in asdict(job.filters).items() if value is not None}
    return {
        "tool": f"nxcdr {__version__}",
        "range": {
            "phrase": job.range.phrase,
            "start": unit.start,
            "end": unit.end,
            "start_iso": datetime.fromtimestamp(unit.start, job.range.zone).isoformat(),
            "end_iso": datetime.fromtimestamp(unit.end, job.range.zone).isoformat(),
            "zone": job.range.zone.key,
        },
        "filters": filters,
        "account": account,
        "endpoint": endpoint,
        "rows": exported.rows,
        "distinct_call_ids": exported.distinct_calls,
        "repeats_dropped": exported.repeats,
        "starting_outside": exported.outside,
        "selected_by": exported.selected_by,
        "first_start": exported.first,
        "last_start": exported.last,
        "windows": exported.windows,
        "requests": exported.requests,
        "retries": exported.retries,
        "resumed": exported.resumed,
        "settled": exported.settled,
        "file": {
            "name": Path(unit.name).name,
            "format": unit.format.name,
            "bytes": exported.bytes,
            "sha256": exported.sha256,
            "columns": job.columns,
            "raw": job.raw,
            "excel": job.excel,
            **({"mask": job.mask.fields} if job.mask else {}),
        },
        "started": datetime.fromtimestamp(job.now, UTC).isoformat(timespec="seconds"),
        "finished": datetime.fromtimestamp(finished, UTC).isoformat(timespec="seconds"),
    }
