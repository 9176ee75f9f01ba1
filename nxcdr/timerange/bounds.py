"""From two sides to the bounds of a range: each side takes what it leaves out from the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nxcdr.errors import RangeError
from nxcdr.timerange.amounts import Amounts, moved, negative
from nxcdr.timerange.civil import DAY, SECOND, boundary, clock_text, floor, instant_of, local_at, span_of
from nxcdr.timerange.clocks import rounding
from nxcdr.timerange.sides import (
    Bound,
    DayNumber,
    Instant,
    Now,
    Resolved,
    Side,
    Weekday,
    Yearly,
    bound,
    first_from,
    latest,
    resolve,
    weekday_from,
)
from nxcdr.timerange.vocabulary import EXAMPLES, TWO_READINGS, WEEKDAYS
from nxcdr.timerange.yearly import day_of, iso_week

Bounds = tuple[Bound, Bound]

# If no year is given, a longer range over New Year is more likely to have its sides in the wrong order.
_LONGEST_OVER_NEW_YEAR = 184 * DAY


def between(first: Side | Instant, last: Side | Instant, now: Now) -> Bounds:
    """Return the bounds from the start of one side to the end of the other.

    Raises:
        RangeError: A side does not exist, or leaves out what the other side does not tell.
    """
    if isinstance(last, Instant):
        return _start_of(first, now), _end_of(last, now)
    if isinstance(first, Instant):
        if last.period is None:
            raise RangeError("the end's time of day needs its day", 'Say "today 14:00".')
        return first.start, _end_of(last, now)
    start, end = _resolved(first, last, now)
    if last.period is None and first.clock and last.clock and last.clock.as_end < first.clock.time:
        if first.period is None and _start(first, start, now).instant > now.instant:
            return between(_last_night(first, now), last, now)
        end = Resolved(span_of(end.span.end, "day"))
    return _start(first, start, now), _end(last, end, now)


def whole(side: Side, now: Now) -> Bounds:
    """Return the bounds of a whole period."""
    resolved = resolve(side.period, now.local)
    return _start(side, resolved, now), _end(side, resolved, now)


def starting(first: Side | Instant, amounts: Amounts, now: Now) -> Bounds:
    """Return the bounds of a range by its start and its length: ``9am for 45 minutes``.

    Raises:
        RangeError: The start does not exist, or is neither a day nor a time.
    """
    if not _is_day_or_time(first, now):
        raise RangeError("a length needs a day or a time that it starts from", 'Say "may 1 for 2 weeks".')
    start = _start_of(first, now)
    end = moved(start.instant, amounts, now.zone).end
    over_midnight = local_at(start.instant, now.zone).date() < local_at(end.instant - 1, now.zone).date()
    if isinstance(first, Side) and first.period is None and over_midnight and start.instant > now.instant:
        return starting(_last_night(first, now), amounts, now)
    return start, end


def ending(amounts: Amounts, last: Side | Instant, now: Now) -> Bounds:
    """Return the bounds of a range by its length and its end: ``PT45M/2022-05-03T09:00``.

    Raises:
        RangeError: The end does not exist, or has no time of day.
    """
    if isinstance(last, Side) and not last.clock:
        raise RangeError(
            f"a length that ends in a day {TWO_READINGS}: where the day begins, or where it ends?",
            'Give the time: "P7D/2023-07-27T24:00"; or the days: "2023-07-21 to 2023-07-27".',
        )
    end = _end_of(last, now)
    return moved(end.instant, negative(amounts), now.zone).start, end


def _is_day_or_time(side: Side | Instant, now: Now) -> bool:
    if isinstance(side, Instant):
        return not side.closed
    span = resolve(side.period, now.local).span
    return bool(side.clock or side.edge) or span.end - span.start == DAY


def _last_night(first: Side, now: Now) -> Side:
    """Return the start of a night that began yesterday: ``10pm to 2am`` at 3 AM, or at noon."""
    night = span_of(now.local, "day", ago=1)
    return replace(first, period=night, notes=(*first.notes, f"the latest such night began on {night.start.date()}"))


def _resolved(first: Side, last: Side, now: Now) -> tuple[Resolved, Resolved]:
    if first.period is None or last.period is None:
        return _one_day(first, last, now)
    _refuse_doubtful_numbers(first, last, now)
    match first.period, last.period:
        case Yearly() as start, Yearly() as end if None in {start.year, end.year}:
            return _yearly(start, end, now)
        case (DayNumber() | Yearly(unit="day")) as start, (DayNumber() | Yearly(unit="day")) as end:
            return _numbered(start, end, now)
        case Yearly(unit="week"), DayNumber(day=number, year=year):
            return _resolved(first, replace(last, period=iso_week(number, year)), now)
        case Weekday() as start, Weekday() as end:
            if start == end == Weekday(start.index) and not (first.clock or last.clock):
                raise RangeError(f"from {WEEKDAYS[start.index]} to itself: one day, or eight?", "Give the dates.")
            return _weekdays(start, end, now)
    return resolve(first.period, now.local), resolve(last.period, now.local)


def _refuse_doubtful_numbers(first: Side, last: Side, now: Now) -> None:
    """Refuse numbers that may be times of day: ``12 - 3pm 27 july``, ``27 jul 2000 - 2030``."""
    has_clock = first.clock or last.clock
    for side in (first, last):
        if isinstance(side.period, DayNumber) and has_clock:
            resolve(side.period, now.local)
    match first.period, last.period:
        case Yearly(unit="year", year=year), _ if has_clock:
            doubtful = year
        case Yearly(unit="day"), Yearly(unit="year", year=year):
            doubtful = year
        case _, Yearly(unit="year", year=int(year)) if has_clock or year > now.local.year:
            doubtful = year
        case _:
            return
    raise RangeError(
        f"{doubtful}: a year, or a time of day?", 'Write "20:00" for a time, "dec 2022" for a year\'s end.'
    )


def _one_day(first: Side, last: Side, now: Now) -> tuple[Resolved, Resolved]:
    """``27 jul 14:00 - 16:30``, ``9am - 5pm yesterday``, ``9am - 5pm`` (today)."""
    named = resolve(last.period if first.period is None else first.period, now.local)
    if first.clock is None or last.clock is None:
        raise RangeError(
            "a time of day on one side needs its day", 'Say it: "monday to today 9am", "until today noon".'
        )
    unnamed = Resolved(named.span)
    return (unnamed, named) if first.period is None else (named, unnamed)


def _numbered(first: Yearly | DayNumber, last: Yearly | DayNumber, now: Now) -> tuple[Resolved, Resolved]:
    """``jul 1 - 15``, ``1-15 july 2023``, ``july 1-15, 2023``: one month, and one year unless there are two."""
    month = next((side.month for side in (first, last) if isinstance(side, Yearly)), 0)
    if not month:
        raise RangeError(f"{first.name} to {last.name} of which month?", 'Write it: "1-15 july".')
    start = replace(first, year=first.year or last.year)
    if isinstance(start, DayNumber):
        start = day_of(month, start.day, start.year)
    begin = resolve(start, now.local)
    if isinstance(last, DayNumber):
        last = day_of(month, last.day, last.year)
    return begin, resolve(replace(last, year=last.year or begin.year), now.local)


def _yearly(first: Yearly, last: Yearly, now: Now) -> tuple[Resolved, Resolved]:
    """``nov to feb``, ``may to december 2022``: at least one side is without its year."""
    if "year" in {first.unit, last.unit}:
        bare = first if first.year is None else last
        raise RangeError(f"{bare.name} of which year?", f'Write it: "{bare.name} 2022".')
    if first.year is None and last.year is not None:
        end = resolve(last, now.local)
        start = latest(first, end.span.end - datetime.resolution, "the latest before the end")
    else:
        start = resolve(first, now.local)
        end = first_from(last, start.span.start)
    if start.year != end.year and end.span.end - start.span.start > _LONGEST_OVER_NEW_YEAR:
        raise RangeError(
            f"from {first.name} {start.year} to {last.name} {end.year}, or the other way round?", "Write both years."
        )
    return start, end


def _weekdays(first: Weekday, last: Weekday, now: Now) -> tuple[Resolved, Resolved]:
    """``fri..mon``, ``mon-fri last week``, ``monday last week to friday``."""
    first_has_week, last_has_week = (bool(day.week or day.last) for day in (first, last))
    if last_has_week and not first_has_week:
        end = resolve(last, now.local)
        return resolve(replace(first, week=floor(end.span.start, "week")), now.local), end
    start = resolve(first, now.local)
    return start, resolve(last, now.local) if last_has_week else weekday_from(last.index, start.span.start)


def _start_of(side: Side | Instant, now: Now) -> Bound:
    return side.start if isinstance(side, Instant) else _start(side, resolve(side.period, now.local), now)


def _end_of(side: Side | Instant, now: Now) -> Bound:
    if isinstance(side, Side):
        return _end(side, resolve(side.period, now.local), now)
    if side.closed:
        raise RangeError("what runs up to now can't be the end of another range", 'Say "now" as the end.')
    return side.end


def _start(side: Side, resolved: Resolved, now: Now) -> Bound:
    if side.edge == "end":
        raise RangeError(
            f'"end of" a period {TWO_READINGS}: its last day, or the instant when it is over?',
            'Say "last day of may" for the day, or use it as an end: "may 20 to end of may".',
        )
    notes = [*side.notes, resolved.note]
    if side.clock is None:
        return _period_bound(resolved, resolved.span.start, now, notes)
    local = _day(resolved) + side.clock.time
    if side.clock.is_midnight:
        notes.append(f"midnight as a start is the beginning of {local.date()}")
    down, _ = rounding(side.clock.fraction)
    instant, note = instant_of(local, now.zone)
    return bound(instant, *notes, down, note)


def _end(side: Side, resolved: Resolved, now: Now) -> Bound:
    if side.edge == "start":
        raise RangeError(
            f'"start of" a period {TWO_READINGS}: its first day, or the instant when it begins?',
            'Say "first day of may" for the day, or use it as a start: "since start of may".',
        )
    notes = [*side.notes, resolved.note]
    if side.clock is None:
        return _period_bound(resolved, resolved.span.end, now, notes)
    day = _day(resolved)
    local = day + side.clock.as_end
    if side.clock.is_midnight:
        notes.append(f"midnight as an end is the end of {day.date()}")
    if side.clock.time in {DAY - SECOND, DAY - timedelta(minutes=1)}:
        shown = clock_text(day + side.clock.time)
        notes.append(f"an end is not part of its range: {shown} and later is left out; 24:00 includes it")
    _, up = rounding(side.clock.fraction)
    instant, note = instant_of(local, now.zone, late=True)
    return bound(instant, *notes, up, note)


def _period_bound(resolved: Resolved, local: datetime, now: Now, notes: list[str]) -> Bound:
    if boundary(resolved.span.start, now.zone) == boundary(resolved.span.end, now.zone):
        raise RangeError(
            f"{resolved.span.start.date()} does not exist in {now.zone.key}: its clocks skipped it", EXAMPLES
        )
    instant, note = instant_of(local, now.zone)
    return bound(instant, *notes, note)


def _day(resolved: Resolved) -> datetime:
    if resolved.span.end - resolved.span.start != DAY:
        raise RangeError("a time of day needs a day", 'Say which: "monday 9am", "27 jul 14:00".')
    return resolved.span.start
