"""What one side of a range can be, before what it leaves out is filled in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import DAY, Span, floor, local_at, whole
from nxcdr.timerange.vocabulary import EXAMPLES, WEEKDAYS

FIRST_YEAR, LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when a phrase is said."""

    instant: int
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        """What the wall shows now."""
        return local_at(self.instant, self.zone)


@dataclass(frozen=True, slots=True)
class Yearly:
    """A stretch that every year has, or nearly every; which year may be left out.

    Attributes:
        name: As it is said: ``27 july``, ``week 30``.
        unit: ``day``, ``week``, ``month``, ``quarter`` or ``year``.
        of: The stretch in a year, or None where a year has none (29 February, week 53).
        year: None where it was left out.
        month: 1 to 12, of a day: a bare day number on the other side shares it.
        weekday: 0 (Monday) to 6, where one was said too.
    """

    name: str
    unit: str
    of: Callable[[int], Span | None]
    year: int | None
    month: int = 0
    weekday: int | None = None

    def in_year(self, year: int) -> Span:
        """The stretch in a year.

        Raises:
            RangeError: The year has none, or its weekday is another than was said.
        """
        span = self.of(year)
        if span is None:
            raise RangeError(f"{self.name} does not exist in {year}", EXAMPLES)
        if self.weekday not in {None, span.first.weekday()}:
            raise RangeError(
                f"{span.first.date()} is a {WEEKDAYS[span.first.weekday()]}, not a {WEEKDAYS[self.weekday or 0]}",
                "Leave out the weekday, or correct the date.",
            )
        return span


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week; which week may be left out.

    Attributes:
        index: 0 (Monday) to 6.
        week: The first day of its week, where that was said.
        last: It was called "last".
    """

    index: int
    week: datetime | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class DayNumber:
    """A day of a month that the other side names; perhaps with its year."""

    day: int
    year: int | None

    @property
    def name(self) -> str:
        """As it is said."""
        return str(self.day)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day: how far from the day's midnight on the wall, up to 24 hours."""

    time: timedelta
    is_midnight: bool = False


Days = Span | Yearly | Weekday | DayNumber | None


@dataclass(frozen=True, slots=True)
class Side:
    """A stretch of the calendar, or a time of day in it.

    Attributes:
        days: None where only a clock time was said.
        clock: None for the whole stretch.
        note: The choice made in reading it, if any.
        to_now: Alone, it runs on to now.
    """

    days: Days
    clock: Clock | None = None
    note: str = ""
    to_now: bool = False


@dataclass(frozen=True, slots=True)
class Instant:
    """A point of time, in epoch seconds: as a start, and as an end, which may differ.

    Attributes:
        relative: It was told from now; alone, it runs on to now.
        closed: It already has its end, now: "last 2 hours".
    """

    start: int
    end: int
    start_note: str = ""
    end_note: str = ""
    relative: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A stretch with nothing left out, the choice that was made in settling it, and its year if it is a yearly one."""

    span: Span
    note: str = ""
    year: int = 0


# 29 February can be eight years away, since 2100 has none; an ISO year begins up to three days early.
_YEARS_AWAY = 9


def latest(days: Yearly, until: datetime, why: str) -> Settled:
    """The latest such stretch that begins at or before a local.

    Raises:
        RangeError: Its weekday is another than was said.
    """
    years = range(until.year + 1, until.year - _YEARS_AWAY, -1)
    year = next(year for year in years if (span := days.of(year)) and span.first <= until)
    return Settled(days.in_year(year), f"{days.name} is that of {year}, {why}", year)


def first_from(days: Yearly, start: datetime) -> Settled:
    """The first such stretch that is not over at a local.

    Raises:
        RangeError: Its weekday is another than was said.
    """
    years = range(start.year - 1, start.year + _YEARS_AWAY)
    year = next(year for year in years if (span := days.of(year)) and span.after > start)
    return Settled(days.in_year(year), f"{days.name} is that of {year}, the first from the start on", year)


def settle(days: Days, here: Here) -> Settled:
    """A stretch by its own rule: what is left out is taken so that it is the latest that has begun.

    Raises:
        RangeError: It does not exist, or is not understood without another side.
    """
    today = floor(here.local, "day")
    match days:
        case Span():
            return Settled(days)
        case Yearly(year=None):
            return latest(days, here.local, "the latest that has begun")
        case Yearly(year=int(year)):
            return Settled(days.in_year(year), year=year)
        case Weekday(index=index, week=datetime() as week):
            return Settled(whole(week + index * DAY, "day"))
        case Weekday(index=index, last=last):
            ago = (today.weekday() - index) % 7 or 7 * last
            day = today - ago * DAY
            name, why = ("last ", "before today") if last else ("", "that has begun")
            return Settled(whole(day, "day"), f"{name}{WEEKDAYS[index]} is {day.date()}, the latest {why}")
        case DayNumber(day=number):
            raise RangeError(
                f"{number} alone can be a day or an hour", 'Write "9am" or "9:00" for a time, "9 july" for a day.'
            )
    return Settled(whole(today, "day"))


def weekday_from(index: int, start: datetime) -> Settled:
    """The first such weekday on or after a local's day."""
    day = floor(start, "day") + (index - start.weekday()) % 7 * DAY
    return Settled(whole(day, "day"), f"{WEEKDAYS[index]} is {day.date()}, the first from the start on")
