"""The two sides of a range as they are written, and how a side without its year or week gets one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import DAY, SECOND, Span, floor, local_at, span_of
from nxcdr.timerange.vocabulary import EXAMPLES, WEEKDAYS


@dataclass(frozen=True, slots=True)
class Now:
    """The current time, in epoch seconds, and the zone of the range."""

    instant: int
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        """The current local time."""
        return local_at(self.instant, self.zone)


@dataclass(frozen=True, slots=True)
class Yearly:
    """A period that recurs every year, or nearly; its year may be left out.

    Attributes:
        name: How it is written in messages: ``27 July``, ``week 30``.
        unit: Its length: ``day``, ``week``, ``month``, ``quarter`` or ``year``.
        of: Returns the period in a given year, or None if that year has none (29 February, week 53).
        year: None if it was left out.
        month: The month of a day, 1 to 12: the other side of the range may be a day number of the same month.
        weekday: The weekday that was given with the date, 0 (Monday) to 6.
    """

    name: str
    unit: str
    of: Callable[[int], Span | None]
    year: int | None
    month: int = 0
    weekday: int | None = None

    def in_year(self, year: int) -> Span:
        """Return the period in a year.

        Raises:
            RangeError: The year has none, or it falls on another weekday than the one given.
        """
        span = self.of(year)
        if span is None:
            raise RangeError(f"{self.name} does not exist in {year}", EXAMPLES)
        if self.weekday not in {None, span.start.weekday()}:
            raise RangeError(
                f"{span.start.date()} is a {WEEKDAYS[span.start.weekday()]}, not a {WEEKDAYS[self.weekday or 0]}",
                "Leave out the weekday, or correct the date.",
            )
        return span


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week; its week may be left out.

    Attributes:
        index: 0 (Monday) to 6.
        week: The Monday of its week, or None if it was left out.
        last: Whether it was written as ``last monday``.
    """

    index: int
    week: datetime | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class DayNumber:
    """A day of the month that the other side names: the 15 of ``jul 1 - 15``."""

    day: int
    year: int | None

    @property
    def name(self) -> str:
        """How it is written in messages."""
        return str(self.day)


Period = Span | Yearly | Weekday | DayNumber | None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day.

    Attributes:
        time: Since midnight, up to 24 hours; whole seconds, rounded down.
        fraction: The time as written, if it was rounded.
        is_midnight: Whether it was written as ``midnight``: the start of the day as a start, its end as an end.
    """

    time: timedelta
    fraction: str = ""
    is_midnight: bool = False

    @property
    def as_end(self) -> timedelta:
        """The time as the end of a range, rounded up."""
        return DAY if self.is_midnight else self.time + bool(self.fraction) * SECOND


@dataclass(frozen=True, slots=True)
class Side:
    """A period, or a time of day in it.

    Attributes:
        period: None if only a time of day was written.
        clock: None for the whole period.
        notes: The choices made in reading it.
        edge: ``start`` or ``end`` if only that edge is meant, as in ``end of may``: it can't be the other one.
        to_now: Whether it continues to now if it has no other side.
    """

    period: Period
    clock: Clock | None = None
    notes: tuple[str, ...] = ()
    edge: str = ""
    to_now: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """The start or the end of a range: epoch seconds, and the choices made in finding it."""

    instant: int
    choices: tuple[str, ...] = ()


def bound(instant: int, *notes: str) -> Bound:
    """Return a bound with the notes that are not empty."""
    return Bound(instant, tuple(note for note in notes if note))


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time. Its bound as a start and its bound as an end may differ by rounding or a change of clocks.

    Attributes:
        start: Its bound as a start.
        end: Its bound as an end.
        relative: Whether it is relative to now: without another side, the range continues to now.
        closed: Whether the range already ends now, as in ``last 2 hours``.
    """

    start: Bound
    end: Bound
    relative: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """A period with nothing left out.

    Attributes:
        span: The period.
        note: The choice made in resolving it, if any.
        year: The year of a yearly period, else 0.
    """

    span: Span
    note: str = ""
    year: int = 0


# 29 February may be eight years away, since 2100 has none; an ISO year begins up to three days early.
_YEARS_AWAY = 9


def latest(period: Yearly, until: datetime, why: str) -> Resolved:
    """Return the latest occurrence of a yearly period that begins at or before a local time.

    Raises:
        RangeError: There is none, or it falls on another weekday than the one given.
    """
    years = range(until.year + 1, until.year - _YEARS_AWAY, -1)
    year = _first_year(period, years, lambda span: span.start <= until)
    return Resolved(period.in_year(year), f"{period.name} is that of {year}, {why}", year)


def first_from(period: Yearly, start: datetime) -> Resolved:
    """Return the first occurrence of a yearly period that ends after a local time.

    Raises:
        RangeError: There is none, or it falls on another weekday than the one given.
    """
    years = range(start.year - 1, start.year + _YEARS_AWAY)
    year = _first_year(period, years, lambda span: span.end > start)
    return Resolved(period.in_year(year), f"{period.name} is that of {year}, the first from the start on", year)


def _first_year(period: Yearly, years: Iterable[int], fits: Callable[[Span], bool]) -> int:
    for year in years:
        span = period.of(year)
        if span and fits(span):
            return year
    raise RangeError(f"{period.name} does not exist", EXAMPLES)


def resolve(period: Period, local: datetime) -> Resolved:
    """Fill in what a period leaves out, so that it is the latest that has begun at a local time.

    Raises:
        RangeError: It does not exist, or means nothing without another side.
    """
    today = floor(local, "day")
    match period:
        case Span():
            return Resolved(period)
        case Yearly(year=None):
            return latest(period, local, "the latest that has begun")
        case Yearly(year=int(year)):
            return Resolved(period.in_year(year), year=year)
        case Weekday(index=index, week=datetime() as week):
            return Resolved(span_of(week + index * DAY, "day"))
        case Weekday(index=index, last=last):
            day = today - ((today.weekday() - index) % 7 or 7 * last) * DAY
            name, why = ("last ", "before today") if last else ("", "that has begun")
            return Resolved(span_of(day, "day"), f"{name}{WEEKDAYS[index]} is {day.date()}, the latest {why}")
        case DayNumber(day=number):
            raise RangeError(
                f"{number} alone can be a day or an hour", 'Write "9am" or "9:00" for a time, "9 july" for a day.'
            )
    return Resolved(span_of(today, "day"))


def weekday_from(index: int, start: datetime) -> Resolved:
    """Return the first such weekday on or after the day of a local time."""
    day = floor(start, "day") + (index - start.weekday()) % 7 * DAY
    return Resolved(span_of(day, "day"), f"{WEEKDAYS[index]} is {day.date()}, the first from the start on")
