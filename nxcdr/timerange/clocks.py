"""Times of day, UTC offsets and epoch times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import DAY, EPOCH, SECOND
from nxcdr.timerange.sides import Clock, Instant, Resolved, bound

_SIXTY = 60
_FARTHEST_OFFSET = timedelta(hours=14)  # Pacific/Kiritimati


def clock_of(text: str) -> Clock:
    """Read a time of day: ``14:00``, ``2:30 p.m.``, ``09:00:00.5``, ``midnight``.

    Raises:
        RangeError: No clock shows it.
    """
    if text == "midnight":
        return Clock(timedelta(), is_midnight=True)
    hour, *rest = re.findall(r"\d+", text)
    hours = int(hour)
    if meridiem := meridiem_of(text):
        if hours not in range(1, 13):
            raise RangeError(f'"{text}" is no time of a 12-hour clock', 'Write "2pm" or "14:00".')
        hours = hours % 12 + 12 * (meridiem == "pm")
    time = _time(hours, *(int(part) for part in rest[:2]))
    fraction = text if any(part.strip("0") for part in rest[2:]) else ""
    if time is None or (fraction and time == DAY):
        raise RangeError(f'"{text}" is no time of day', "Times are 00:00 to 23:59:59; 24:00 is the end of the day.")
    return Clock(time, fraction)


def meridiem_of(text: str) -> str:
    """Return ``am`` or ``pm`` if a time of day is written with it, else an empty string."""
    return "".join(re.findall(r"[apm]", text)) if text != "midnight" else ""


def _time(hour: int, minute: int = 0, second: int = 0) -> timedelta | None:
    """Return the time since midnight, up to 24 hours, or None if no clock shows it."""
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    return time if max(minute, second) < _SIXTY and time <= DAY else None


def offset_of(text: str) -> timedelta:
    """Read an offset from UTC: ``Z``, ``UTC``, ``+08:00``, ``-0330``, ``GMT+2``.

    Raises:
        RangeError: No zone has it.
    """
    sign, *parts = re.findall(r"[-+]|\d{1,2}", text) or ["+"]
    size = _time(*(int(part) for part in parts or ["0"]))
    if size is None or size > _FARTHEST_OFFSET:
        raise RangeError(f"no zone is {text} from UTC", 'Offsets are -14:00 to +14:00. Put ".." between two times.')
    return -size if sign == "-" else size


def instant_at(day: Resolved, clock: Clock, offset: timedelta) -> Instant:
    """Return the instant of a time of day at an offset from UTC."""
    start, end = ((day.span.start + time - offset - EPOCH) // SECOND for time in (clock.time, clock.as_end))
    down, up = rounding(clock.fraction)
    return Instant(bound(start, day.note, down), bound(end, day.note, up))


def epoch_instant(text: str) -> Instant:
    """Read epoch seconds; by the number of digits also milliseconds, microseconds and nanoseconds."""
    digits, _, fraction = text.removeprefix("@").partition(".")
    second, has_fraction = int(digits[:10]), bool((digits[10:] + fraction).strip("0"))
    down, up = rounding(text if has_fraction else "")
    return Instant(bound(second, down), bound(second + has_fraction, up))


def rounding(text: str) -> tuple[str, str]:
    """Return the notes for a time that is not a whole second, as a start and as an end; empty for no text.

    Ranges are in whole seconds. A start is rounded down and an end is rounded up, so that no call is lost.
    """
    if not text:
        return "", ""
    return f"{text} as a start is rounded down to the second", f"{text} as an end is rounded up to the second"


def local_at_offset(instant: int, offset: timedelta) -> datetime:
    """Return the local time at an offset from UTC."""
    return EPOCH + timedelta(seconds=instant) + offset
