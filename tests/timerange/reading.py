"""Read phrases at a given time and place, and show their ranges as text."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from nxcdr.timerange import TimeRange, parse_range

THURSDAY = "2023-07-27 15:30:20"
HONG_KONG = "Asia/Hong_Kong"


def read(phrase: str, now: str = THURSDAY, zone: str = HONG_KONG) -> TimeRange:
    """Read a phrase; by default it is Thursday afternoon in Hong Kong."""
    where = ZoneInfo(zone)
    return parse_range(phrase, now=datetime.fromisoformat(now).replace(tzinfo=where), zone=where)


def shown(span: TimeRange) -> str:
    """Show the local start and end, without zeros: ``2023-07-26 > 2023-07-26 09:00``."""
    ends = (
        f"{end:%Y-%m-%d %H:%M:%S}".removesuffix(":00").removesuffix(" 00:00") for end in (span.start_at, span.end_at)
    )
    return " > ".join(ends)


def rows(table: str, columns: int = 2) -> list[list[str]]:
    """Split a table into rows of cells, which are separated by ``|``; spaces before a phrase are part of it."""
    return [[cell.rstrip() for cell in line.rsplit(" | ", columns - 1)] for line in table.strip("\n").splitlines()]
