# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr range``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from nxcdr.cli.clock import clock
from nxcdr.cli.console import write_data
from nxcdr.cli.options import From, Phrase, Profile, Quiet, To, Verbose, Zone
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from nxcdr.timerange import TimeRange


def show_range(
    *,
    phrase: Phrase = None,
    start: From = None,
    end: To = None,
    zone: Zone = None,
    now: Annotated[str | None, typer.Option("--now", metavar="ISO", help="Use this as the present time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    profile: Profile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr range last 7 days
      nxcdr range --tz Europe/Berlin --now 2023-10-29T12:00 today
      nxcdr range --json --from "july 1" --to "july 15"

    Show how a range phrase is understood: its start, its end, and the choices made. Without a phrase, show which
    phrases there are.
    """
    from nxcdr.cli.ranges import parsed
    from nxcdr.settings import timezone_name
    from nxcdr.timerange import GRAMMAR, zone_named

    if phrase is None and start is None and end is None:
        write_data(GRAMMAR.encode())
        return
    where = zone_named(timezone_name(profile, os.environ) if zone is None else zone)
    when = datetime.fromtimestamp(int(clock.now()), UTC) if now is None else _moment(now, where)
    span = parsed(phrase, start, end, now=when, zone=where)
    write_data(f"{_object(span) if as_json else _table(span)}\n".encode())


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"--now {text!r} is not an ISO 8601 time", "For example: 2023-07-27T15:30, 2023-07-27T07:30:00Z."
        ) from None
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=zone)


def _object(span: TimeRange) -> str:
    return json.dumps(
        {
            "start": span.start,
            "end": span.end,
            "start_iso": span.start_at.isoformat(),
            "end_iso": span.end_at.isoformat(),
            "zone": span.zone.key,
            "seconds": span.seconds,
            "phrase": span.phrase,
            "choices": list(span.choices),
        }
    )


def _table(span: TimeRange) -> str:
    rows = [
        ("start", f"{span.start_at.isoformat()}  {span.start}"),
        ("end", f"{span.end_at.isoformat()}  {span.end}"),
        ("zone", span.zone.key),
        ("offsets", span.offsets),
        ("length", span.length),
        *(("choice", choice) for choice in span.choices),
    ]
    return "\n".join(f"{name:<8} {value}" for name, value in rows)
