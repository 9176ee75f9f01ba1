"""The range a command is asked for, from a phrase or from --from and --to."""

from __future__ import annotations

from datetime import UTC, datetime

from nxcdr.cli.clock import clock
from nxcdr.cli.console import console
from nxcdr.cli.options import Asked
from nxcdr.errors import UsageError
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange, parse_ends, parse_range, zone_named

SINCE_AN_ID = "last 30 days to now"  # where an id is asked for, and no range


def asked_range(asked: Asked, settings: Settings, *, default: str | None = None) -> TimeRange:
    """Understand the range, and echo on stderr how it was understood.

    Args:
        asked: The command's options.
        settings: For the zone.
        default: The phrase meant where none was given; None where one must be.

    Raises:
        UsageError: No range, two ranges, or one that is not understood.
    """
    zone = zone_named(settings.timezone)
    now = datetime.fromtimestamp(int(clock.now()), UTC)
    phrase = " ".join(asked.phrase or ())
    if asked.start is not None or asked.end is not None:
        if phrase:
            raise UsageError(f"both a range ({phrase!r}) and --from or --to are given", "Use one or the other.")
        span = parse_ends(asked.start, asked.end, now=now, zone=zone)
    elif phrase or default:
        span = parse_range(phrase or default or "", now=now, zone=zone)
    else:
        raise UsageError(
            "which calls?", "Say a range, for example: yesterday, last 7 days, 2023-07, 2023-07-01..2023-07-15"
        )
    console.note(f"range: {span.describe()}")
    for choice in span.choices:
        console.note(f"  {choice}")
    return span
