"""Two sides to one range: what a side leaves out comes from the other, and each becomes an instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import DAY, boundary, clock_text, floor, instant_of, whole
from nxcdr.timerange.grammar import day_of
from nxcdr.timerange.sides import (
    Clock,
    DayNumber,
    Here,
    Instant,
    Settled,
    Side,
    Weekday,
    Yearly,
    first_from,
    latest,
    settle,
    weekday_from,
)
from nxcdr.timerange.vocabulary import EXAMPLES, WEEKDAYS

# Over a new year that nobody named, longer ranges are more likely sides the wrong way round.
_LONGEST_OVER_NEW_YEAR = 184 * DAY


@dataclass(frozen=True, slots=True)
class Edge:
    """A start or an end: epoch seconds, and what was chosen on the way."""

    instant: int
    choices: tuple[str, ...] = ()


def pair(first: Side | Instant, last: Side | Instant, here: Here) -> tuple[Edge, Edge]:
    """From the start of one side to the end of the other.

    Raises:
        RangeError: A side does not exist, or leaves out what the other can't tell.
    """
    if isinstance(last, Instant):
        if last.closed:
            raise RangeError("what runs up to now can't be the end of another range", 'Say "now" as the end.')
        start = _instant_start(first) if isinstance(first, Instant) else _start(first, settle(first.days, here), here)
        return start, Edge(last.end, _said(last.end_note))
    if isinstance(first, Instant):
        if last.days is None:
            raise RangeError("the end's time of day needs its day", 'Say "today 14:00".')
        return _instant_start(first), _end(last, settle(last.days, here), here)
    start_days, end_days = _shared(first, last, here)
    if last.days is None and first.clock and last.clock and _as_end(last.clock) < first.clock.time:
        end_days = Settled(whole(end_days.span.after, "day"))
    return _start(first, start_days, here), _end(last, end_days, here)


def whole_unit(side: Side, here: Here) -> tuple[Edge, Edge]:
    """The whole of a stretch of the calendar."""
    settled = settle(side.days, here)
    return _start(side, settled, here), _end(side, settled, here)


def _shared(first: Side, last: Side, here: Here) -> tuple[Settled, Settled]:
    if first.days is None or last.days is None:
        return _one_day(first, last, here)
    _refuse_doubtful_numbers(first, last, here)
    match first.days, last.days:
        case DayNumber() as start, (Yearly(unit="day") | DayNumber()) as end:
            return _numbered(start, end, here)
        case Yearly(unit="day") as start, DayNumber() as end:
            return _numbered(start, end, here)
        case Yearly() as start, Yearly() as end if None in {start.year, end.year}:
            return _yearly(start, end, here)
        case Weekday() as start, Weekday() as end:
            if start == end == Weekday(start.index) and not (first.clock or last.clock):
                raise RangeError(f"from {WEEKDAYS[start.index]} to itself: one day, or eight?", "Give the dates.")
            return _weekdays(start, end, here)
    return settle(first.days, here), settle(last.days, here)


def _refuse_doubtful_numbers(first: Side, last: Side, here: Here) -> None:
    """Numbers that may be meant as times: ``12 - 3pm 27 july``, ``27 jul 2000 - 2030``."""
    has_clock = first.clock or last.clock
    for side in (first, last):
        if isinstance(side.days, DayNumber) and has_clock:
            settle(side.days, here)
    match first.days, last.days:
        case Yearly(unit="year", year=year), _ if has_clock:
            doubtful = year
        case Yearly(unit="day"), Yearly(unit="year", year=year):
            doubtful = year
        case _, Yearly(unit="year", year=int(year)) if has_clock or year > here.local.year:
            doubtful = year
        case _:
            return
    raise RangeError(
        f"{doubtful}: a year, or a time of day?", 'Write "20:00" for a time, "dec 2022" for a year\'s end.'
    )


def _one_day(first: Side, last: Side, here: Here) -> tuple[Settled, Settled]:
    """``27 jul 14:00 - 16:30``, ``9am - 5pm yesterday``, ``9am - 5pm`` (today)."""
    named = settle(last.days if first.days is None else first.days, here)
    if first.clock is None or last.clock is None:
        raise RangeError("a time of day on one side needs its day", 'Say it: "yesterday to today 9am".')
    unnamed = Settled(named.span)
    return (unnamed, named) if first.days is None else (named, unnamed)


def _numbered(first: Yearly | DayNumber, last: Yearly | DayNumber, here: Here) -> tuple[Settled, Settled]:
    """``jul 1 - 15``, ``1-15 july 2023``, ``july 1-15, 2023``: one month, and one year unless two are said."""
    month = next((side.month for side in (first, last) if isinstance(side, Yearly)), 0)
    if not month:
        raise RangeError(f"{first.name} to {last.name} of which month?", 'Write it: "1-15 july".')
    start = replace(first, year=first.year or last.year)
    if isinstance(start, DayNumber):
        start = day_of(month, start.day, start.year)
    begin = settle(start, here)
    if isinstance(last, DayNumber):
        last = day_of(month, last.day, last.year)
    return begin, settle(replace(last, year=last.year or begin.year), here)


def _yearly(first: Yearly, last: Yearly, here: Here) -> tuple[Settled, Settled]:
    if "year" in {first.unit, last.unit}:
        bare = first if first.year is None else last
        raise RangeError(f"{bare.name} of which year?", f'Write it: "{bare.name} 2022".')
    if first.year is None and last.year is not None:
        end = settle(last, here)
        start = latest(first, end.span.after - timedelta.resolution, "the latest before the end")
    else:
        start = settle(first, here)
        end = first_from(last, start.span.first)
    if start.year != end.year and end.span.after - start.span.first > _LONGEST_OVER_NEW_YEAR:
        raise RangeError(
            f"from {first.name} {start.year} to {last.name} {end.year}, or the other way round?", "Write both years."
        )
    return start, end


def _weekdays(first: Weekday, last: Weekday, here: Here) -> tuple[Settled, Settled]:
    first_said, last_said = (bool(day.week or day.last) for day in (first, last))
    if last_said and not first_said:
        end = settle(last, here)
        return settle(replace(first, week=floor(end.span.first, "week")), here), end
    start = settle(first, here)
    return start, settle(last, here) if last_said else weekday_from(last.index, start.span.first)


def _instant_start(point: Instant) -> Edge:
    return Edge(point.start, _said(point.start_note))


def _start(side: Side, settled: Settled, here: Here) -> Edge:
    said = [side.note, settled.note]
    if side.clock is None:
        return _unit_edge(settled, settled.span.first, here, said)
    local = _day(settled) + side.clock.time
    if side.clock.is_midnight:
        said.append(f"midnight as a start is that at which {local.date()} begins")
    whole_second = local.replace(microsecond=0)
    if local != whole_second:
        said.append(f"{local} as a start is the whole second before")
    instant, note = instant_of(whole_second, here.zone)
    return Edge(instant, _said(*said, note))


def _end(side: Side, settled: Settled, here: Here) -> Edge:
    said = [side.note, settled.note]
    if side.clock is None:
        return _unit_edge(settled, settled.span.after, here, said)
    day = _day(settled)
    local = day + _as_end(side.clock)
    if side.clock.is_midnight:
        said.append(f"midnight as an end is that at which {day.date()} is over")
    if local - day in {DAY - timedelta(seconds=1), DAY - timedelta(minutes=1)}:
        said.append(f"an end is not in its range: {clock_text(local)} and later is left out; 24:00 includes it")
    whole_second = local.replace(microsecond=0)
    if local != whole_second:
        said.append(f"{local} as an end is the whole second after")
        whole_second += timedelta(seconds=1)
    instant, note = instant_of(whole_second, here.zone, late=True)
    return Edge(instant, _said(*said, note))


def _unit_edge(settled: Settled, local: datetime, here: Here, said: list[str]) -> Edge:
    if boundary(settled.span.first, here.zone) == boundary(settled.span.after, here.zone):
        raise RangeError(
            f"{settled.span.first.date()} does not exist in {here.zone.key}: its clocks skipped it", EXAMPLES
        )
    instant, note = instant_of(local, here.zone)
    return Edge(instant, _said(*said, note))


def _as_end(clock: Clock) -> timedelta:
    return DAY if clock.is_midnight else clock.time


def _day(settled: Settled) -> datetime:
    if settled.span.after - settled.span.first != DAY:
        raise RangeError("a time of day needs a day", 'Say which: "monday 9am", "27 jul 14:00".')
    return settled.span.first


def _said(*notes: str) -> tuple[str, ...]:
    return tuple(note for note in notes if note)
