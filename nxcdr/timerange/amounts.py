"""Amounts of time, clock times and points of time: the tokens that are read in parts."""

from __future__ import annotations

import re
from datetime import timedelta

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import DAY, EPOCH, UNITS, instant_of, shift, whole
from nxcdr.timerange.sides import Clock, Here, Instant, Side
from nxcdr.timerange.vocabulary import DURATION_UNITS, EXAMPLES, NUMBERS

Amounts = list[tuple[int, str]]
"""Counts of units (``second`` or one of `UNITS`), the longest unit first."""

_LENGTHS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_LENGTHS |= {"month": 28 * 86_400, "quarter": 90 * 86_400, "year": 365 * 86_400}  # at the least
_ORDER = ("second", *UNITS)
_SIXTY = 60
_FARTHEST_OFFSET = timedelta(hours=14)  # Pacific/Kiritimati

CLOCKWISE = frozenset({"second", "minute", "hour"})
"""The units that a clock counts, and not the calendar."""


def amounts_in(text: str, here: Here) -> Amounts:
    """Read ``1h30m``, ``two weeks``, ``1 hour and 30 minutes``.

    Raises:
        RangeError: A unit is unknown, comes twice or after a shorter one, or it is nothing, or too much.
    """
    parts = [part for part in re.findall(r"\d+|[a-z]+", text) if part != "and"]
    amounts = []
    for count, unit in zip(parts[::2], parts[1::2], strict=True):
        if unit not in DURATION_UNITS:
            raise RangeError(f'"{count}{unit}" is no length of time', "Units are s, m, h, d, w, mo, q and y: 2h, 7d.")
        amounts.append((NUMBERS.get(count) or int(count), DURATION_UNITS[unit]))
    order = [_ORDER.index(unit) for _, unit in amounts]
    if order != sorted(set(order), reverse=True):
        raise RangeError(f'"{text}" is no length of time', 'Name each unit once, the longest first: "1 day 12 hours".')
    if not any(count for count, _ in amounts):
        raise RangeError(f'"{text}" is no time at all', EXAMPLES)
    _check_reach(amounts, here)
    return amounts


def _check_reach(amounts: Amounts, here: Here) -> None:
    if sum(count * _LENGTHS[unit] for count, unit in amounts) > here.instant:
        raise RangeError("that reaches back before 1970", EXAMPLES)


def spelled(amounts: Amounts) -> str:
    """In words: ``1 day 12 hours``."""
    return " ".join(f"{count} {unit}" + "s" * (count != 1) for count, unit in amounts)


def moved(here: Here, amounts: Amounts) -> Instant:
    """The instant that lies so much from now: days and longer by the calendar, at the same time of day."""
    local, seconds = here.local, 0
    for count, unit in amounts:
        if unit in CLOCKWISE:
            seconds += count * _LENGTHS[unit]
        else:
            local = shift(local, unit, count)
    if local == here.local:
        return Instant(here.instant + seconds, here.instant + seconds, relative=True)
    (start, start_note), (end, end_note) = (instant_of(local, here.zone, late=late) for late in (False, True))
    return Instant(start + seconds, end + seconds, start_note, end_note, relative=True)


def now_expression(text: str, here: Here) -> Side | Instant:
    """The dashboard notation: ``now-1h``, ``now-7d/d`` (to the unit: its begin as a start, its end as an end).

    Raises:
        RangeError: A unit is unknown, or it reaches too far.
    """
    terms, _, rounding = text.partition("/")
    signed = re.findall(r"([-+])([^-+]+)", terms)
    amounts = [
        (-count if sign == "-" else count, unit) for sign, amount in signed for count, unit in amounts_in(amount, here)
    ]
    _check_reach([(abs(count), unit) for count, unit in amounts], here)
    point = moved(here, amounts)
    if not rounding:
        return point
    unit = DURATION_UNITS.get(rounding, "second")
    if unit == "second":
        raise RangeError(f'"/{rounding}" rounds to nothing known', "Round to m, h, d, w, mo, q or y: now-7d/d.")
    return Side(whole(Here(point.start, here.zone).local, unit), to_now=True)


def instant(iso: str, epoch: str) -> Instant:
    """A point of time that needs no zone: ISO 8601 with an offset, or epoch seconds or milliseconds.

    Ranges are in whole seconds: a part of one is cut off a start and filled up at an end, so that nothing is lost.

    Raises:
        RangeError: The calendar or the clock has no such point.
    """
    if epoch:
        digits = epoch.lstrip("@")
        start, part = int(digits[:10]), int(digits[10:] or 0)
    else:
        start, part = _iso_instant(iso)
    if not part:
        return Instant(start, start)
    note = f"{epoch or iso} is not a whole second: as {{}} is meant"
    return Instant(start, start + 1, note.format("a start, the second before"), note.format("an end, the second after"))


def _iso_instant(text: str) -> tuple[int, int]:
    from dateutil.parser import isoparse

    date, time, sign, offset = re.findall(r"([-\d]+)[T\s]([\d:.]+)\s?(?:([-+])([\d:]+)|Z)$", text)[0]
    size = _time(*(int(part) for part in re.findall(r"\d\d", offset or "00")))
    if size is None or size > _FARTHEST_OFFSET:
        raise RangeError(f'"{text}": no zone is {sign}{offset} from UTC', 'Put ".." between two times.')
    try:
        moment = isoparse(f"{date}T{time}")
    except ValueError as error:
        raise RangeError(f'"{text}" is no point of time: {error}', "Write 2023-07-27T14:00:00+08:00.") from None
    return (moment - EPOCH + (size if sign == "-" else -size)) // timedelta(seconds=1), moment.microsecond


def clock_of(text: str) -> Clock:
    """The time of day that a CLOCK token says.

    Raises:
        RangeError: No clock shows it.
    """
    if text == "midnight":
        return Clock(timedelta(), is_midnight=True)
    hour, *rest = re.findall(r"\d+", text)
    hours = int(hour)
    if half := "".join(re.findall(r"[apm]", text)):
        if hours not in range(1, 13):
            raise RangeError(f'"{text}" is no time of a 12-hour clock', 'Write "2pm" or "14:00".')
        hours = hours % 12 + 12 * (half == "pm")
    time = _time(hours, *(int(part) for part in rest[:2]), microsecond=int("".join(rest[2:]).ljust(6, "0")))
    if time is None:
        raise RangeError(f'"{text}" is no time of day', "Times are 00:00 to 23:59:59; 24:00 is the end of the day.")
    return Clock(time)


def _time(hour: int, minute: int = 0, second: int = 0, *, microsecond: int = 0) -> timedelta | None:
    """How far a clock time is from midnight, up to 24 hours; None where no clock shows it."""
    time = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)
    return time if max(minute, second) < _SIXTY and time <= DAY else None
