"""Civil time: what calendars and clocks on the wall show in a zone, and the instants that stand for it.

A *local* is a naive datetime, read off the wall. Instants are epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # a local, in UTC


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the calendar, half-open, as locals: ``[first, after)``."""

    first: datetime
    after: datetime


def local_at(instant: int, zone: ZoneInfo) -> datetime:
    """What the wall shows at an instant."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None)


def instant_of(local: datetime, zone: ZoneInfo, *, late: bool = False) -> tuple[int, str]:
    """The instant at which the wall shows a local.

    Args:
        local: A whole second.
        zone: Where the wall is.
        late: Of a local that comes twice, take the second instead of the first.

    Returns:
        Epoch seconds, and a sentence where there was a choice: a local that comes twice, or one the clocks skip, for
        which the next that exists is taken.
    """
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    first, second = ((local - EPOCH - offset) // _SECOND for offset in (before, after))
    if before == after:
        return first, ""
    said = f"{clock_text(local)} on {local.date()}"
    if before > after:
        chosen, which = (second, "second") if late else (first, "first")
        return chosen, f"{said} comes twice in {zone.key}: the {which} is meant"
    # Skipped. `second` is before the clocks change and `first` is not: halve until the change is found.
    while first - second > 1:
        middle = (first + second) // 2
        if local_at(middle, zone) < local:
            second = middle
        else:
            first = middle
    exists = local_at(first, zone)
    on = "" if exists.date() == local.date() else f" on {exists.date()}"
    return first, f"{said} does not exist in {zone.key}: the next that does is {clock_text(exists)}{on}"


def boundary(local: datetime, zone: ZoneInfo) -> int:
    """The first instant at which the wall shows a local, or a later one if the clocks skip it."""
    return instant_of(local, zone)[0]


def floor(local: datetime, unit: str) -> datetime:
    """The beginning of the unit (one of `UNITS`) that a local is in. Weeks begin on Monday."""
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
    """A local some units (``second`` or one of `UNITS`) later; a month too short for the day gives its last day.

    Raises:
        OverflowError, ValueError: The calendar does not go there.
    """
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return local + timedelta(**{unit + "s": count})
    year, month = divmod(local.year * 12 + local.month - 1 + count * months, 12)
    next_month = datetime(year + month // 11, (month + 1) % 12 + 1, 1)  # noqa: DTZ001  # a local
    return local.replace(year=year, month=month + 1, day=min(local.day, (next_month - DAY).day))


def whole(local: datetime, unit: str, *, ago: int = 0, count: int = 1) -> Span:
    """Whole units of the calendar: ``count`` of them, the first ``ago`` before the one that a local is in."""
    first = shift(floor(local, unit), unit, -ago)
    return Span(first, shift(first, unit, count))


def clock_text(local: datetime) -> str:
    """The time of day, with seconds only where they are not zero: ``09:00``, ``09:00:30``."""
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
