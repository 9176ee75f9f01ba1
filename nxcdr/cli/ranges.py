"""The time range of a command, from a phrase or from --from and --to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nxcdr.cli.clock import clock
from nxcdr.cli.console import console
from nxcdr.cli.options import Asked
from nxcdr.errors import UsageError
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange, parse_ends, parse_range, zone_named

SINCE_AN_ID = "last 30 days to now"  # the default range with --call-id or --order-id
_FOR_EXAMPLE = "for example: yesterday, last 7 days, 2023-07, 2023-07-01..2023-07-15"


def asked_range(asked: Asked, settings: Settings, *, default: str | None = None) -> TimeRange:
    """Parse the range of a command, and show on stderr how it is understood.

    Args:
        asked: The command's options.
        settings: For the zone.
        default: The phrase to use if none is given; None if one must be.

    Raises:
        UsageError: There is no range, an empty one, two, or one that is not understood.
    """
    return asked_ranges(asked, [settings], default=default)[0]


def asked_ranges(asked: Asked, several: Sequence[Settings], *, default: str | None = None) -> list[TimeRange]:
    """Parse the range of a command in the zone of each profile, as `asked_range` does for one."""
    now = datetime.fromtimestamp(int(clock.now()), UTC)
    spans = [
        parsed(asked.phrase, asked.start, asked.end, now=now, zone=zone_named(settings.timezone), default=default)
        for settings in several
    ]
    distinct = dict.fromkeys(spans)
    for span in distinct:
        profiles = [settings.profile for settings, its in zip(several, spans, strict=True) if its == span]
        console.note(f"range: {span.describe()}" + (f" ({', '.join(profiles)})" if len(distinct) > 1 else ""))
        for choice in span.choices:
            console.note(f"  {choice}")
    return spans


def parsed(
    words: Sequence[str] | None,
    start: str | None,
    end: str | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    default: str | None = None,
) -> TimeRange:
    """Parse a range that is given as RANGE, or as --from and --to.

    Args:
        words: The words of RANGE; None if it is not given.
        start: The value of --from; None if it is not given.
        end: The value of --to; None if it is not given.
        now: The present; aware.
        zone: The zone of days and clock times.
        default: The phrase to use if none of them is given; None if one must be.

    Raises:
        UsageError: There is no range, an empty one, two, or one that is not understood.
    """
    phrase = None if words is None else " ".join(words)
    for name, given in {"the range": phrase, "--from": start, "--to": end}.items():
        if given is not None and not given.strip():
            raise UsageError(f"{name} is empty (is a shell variable unset?)", f"Give a phrase, {_FOR_EXAMPLE}")
    if start is None and end is None:
        if phrase is None and default is None:
            raise UsageError("no range is given", f"Give one, {_FOR_EXAMPLE}")
        return parse_range(phrase or default or "", now=now, zone=zone)
    if phrase is not None:
        raise UsageError(f"both a range ({phrase!r}) and --from or --to are given", "Use one or the other.")
    return parse_ends(start, end, now=now, zone=zone)
