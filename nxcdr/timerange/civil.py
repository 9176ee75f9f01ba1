"""Calendar and wall-clock arithmetic in a time zone.

A *local* time is a naive datetime: what a clock on the wall shows. An *instant* is a number of epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # local time in UTC


@dataclass(frozen=True, slots=True)
class Span:
    """A span of local time, half-open: ``[start, end)``."""

    start: datetime
    end: datetime


def local_at(instant: int, zone: ZoneInfo) -> datetime:
    """Return the local time in a zone at an instant."""
    # Not datetime.fromtimestamp, which on some platforms has no times before 1970.
    return (EPOCH + instant * SECOND).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def instant_of(local: datetime, zone: ZoneInfo, *, late: bool = False) -> tuple[int, str]:
    """Return the instant at which a zone's clocks show a local time.

    Args:
        local: A whole second.
        zone: The time zone.
        late: If the clocks show this time twice, use the second time instead of the first.

    Returns:
        Epoch seconds, and a sentence if there was a choice: a time that occurs twice, or one that the clocks skip, for
        which the next existing time is used.
    """
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    first, second = ((local - EPOCH - offset) // SECOND for offset in (before, after))
    if before == after:
        return first, ""
    name = f"{clock_text(local)} on {local.date()}"
    if before > after:
        chosen, which = (second, "second") if late else (first, "first")
        return chosen, f"{name} occurs twice in {zone.key}: the {which} is used"
    # The time is skipped: `second` is before the change of clocks and `first` is not. Search for the change.
    while first - second > 1:
        middle = (first + second) // 2
        if local_at(middle, zone) < local:
            second = middle
        else:
            first = middle
    exists = local_at(first, zone)
    on = "" if exists.date() == local.date() else f" on {exists.date()}"
    return first, f"{name} does not exist in {zone.key}: the next time that does is {clock_text(exists)}{on}"


def boundary(local: datetime, zone: ZoneInfo) -> int:
    """Return the first instant at which a zone's clocks show a local time, or a later one if they skip it."""
    return instant_of(local, zone)[0]


def floor(local: datetime, unit: str) -> datetime:
    """Return the start of the unit (one of `UNITS`) that contains a local time. Weeks begin on Monday."""
    if unit == "minute":
        return local.replace(second=0, microsecond=0)
    local = local.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return local
    local = local.replace(hour=0)
    match unit:
        case "week":
            local -= local.weekday() * DAY
        case "month":
            local = local.replace(day=1)
        case "quarter":
            local = local.replace(day=1, month=local.month - (local.month - 1) % 3)
        case "year":
            local = local.replace(day=1, month=1)
    return local


def shift(local: datetime, unit: str, count: int) -> datetime:
    """Add units (``second`` or one of `UNITS`) to a local time. A day that its month does not have becomes the last.

    Raises:
        OverflowError, ValueError: The result is outside the years 1 to 9999.
    """
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return local + timedelta(**{unit + "s": count})
    from dateutil.relativedelta import relativedelta

    return local + relativedelta(months=count * months)


def span_of(local: datetime, unit: str, *, ago: int = 0, count: int = 1) -> Span:
    """Return ``count`` whole units, starting ``ago`` units before the one that contains a local time."""
    start = shift(floor(local, unit), unit, -ago)
    return Span(start, shift(start, unit, count))


def clock_text(local: datetime) -> str:
    """Format the time of day, with seconds only if there are any: ``09:00``, ``09:00:30``."""
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
