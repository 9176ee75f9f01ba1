"""Periods of the calendar by name or number: days, weeks, months, quarters and years, with or without their year."""

from __future__ import annotations

from datetime import datetime

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import Span, shift, span_of
from nxcdr.timerange.sides import DayNumber, Now, Side, Weekday, Yearly
from nxcdr.timerange.vocabulary import EXAMPLES, FIRST_YEAR, LAST_YEAR, MONTHS, WEEKDAYS

Words = dict[str, str]
"""The tokens of a side: kind to text."""


def _year(words: Words, now: Now) -> int | None:
    if "year" in words:
        return now.local.year - ("last" in words)
    if "YEAR" not in words:
        return None
    if FIRST_YEAR <= (year := int(words["YEAR"])) <= LAST_YEAR:
        return year
    raise RangeError(
        f"{words['YEAR']} is no year from {FIRST_YEAR} to {LAST_YEAR}",
        'Name a year in this range. A time of day has a colon, or am or pm: "14:00", "2pm".',
    )


def _local(year: int, month: int, day: int = 1) -> datetime | None:
    try:
        return datetime(year, month, day)  # noqa: DTZ001  # local time
    except ValueError:
        return None


def _within(unit: str, year: int, month: int, day: int = 1) -> Span | None:
    local = _local(year, month, day)
    return None if local is None else span_of(local, unit)


def day_of(month: int, day: int, year: int | None, weekday: int | None = None) -> Yearly:
    """Return a day of a month.

    Args:
        month: 1 to 12.
        day: 1 to 31.
        year: None if it was left out.
        weekday: 0 (Monday) to 6, if it was given too.

    Raises:
        RangeError: No year has this day.
    """
    name = f"{day} {MONTHS[month - 1]}"
    if _local(2000, month, day) is None:  # a leap year
        raise RangeError(f"{name} does not exist", EXAMPLES)
    return Yearly(name, "day", lambda year: _within("day", year, month, day), year, month, weekday)


def day(words: Words, now: Now) -> Side:
    """``27 july``, ``monday, july 24, 2023``."""
    weekday = WEEKDAYS.index(words["WEEKDAY"]) if "WEEKDAY" in words else None
    month = MONTHS.index(words["MONTH"]) + 1
    return Side(day_of(month, int(words["NUMBER"]), _year(words, now), weekday))


def day_of_month(words: Words, now: Now) -> Side:
    """``3rd of last month``."""
    month = shift(now.local.replace(day=1), "month", -("last" in words))
    return Side(day_of(month.month, int(words["NUMBER"]), month.year))


def day_number(words: Words, now: Now) -> Side:
    """The 15 of ``jul 1 - 15``."""
    return Side(DayNumber(int(words["NUMBER"]), _year(words, now)))


def short_year(words: Words, _: Now) -> Side:
    """``27 july 23``, which is refused."""
    raise RangeError(
        f'"{words["NUMBER"]}" is no year: a year has four digits',
        'Write "27 july 2023", "Q3 2023", or "july 1 - 15" for days.',
    )


def month(words: Words, now: Now) -> Side:
    """``july``, ``july 2023``."""
    name = words["MONTH"]
    number = MONTHS.index(name) + 1
    return Side(Yearly(name, "month", lambda year: _within("month", year, number), _year(words, now)))


def quarter(words: Words, now: Now) -> Side:
    """``Q3``, ``third quarter of 2023``."""
    number = int(words.get("NUMBER") or words["QUARTER"][1:])
    if number not in range(1, 5):
        raise RangeError(f"there is no quarter Q{number}", "Quarters are Q1 to Q4: Q3 2023.")
    return Side(Yearly(f"Q{number}", "quarter", lambda year: _within("quarter", year, 3 * number), _year(words, now)))


def week(words: Words, now: Now) -> Side:
    """``week 30``, ``week 30 of 2023``."""
    return Side(iso_week(int(words["NUMBER"]), _year(words, now)))


def iso_week(number: int, year: int | None) -> Yearly:
    """Return an ISO week.

    Args:
        number: 1 to 53.
        year: None if it was left out.

    Raises:
        RangeError: No year has this week.
    """
    if number not in range(1, 54):
        raise RangeError(f"there is no week {number}", "ISO weeks are 1 to 52 or 53: 2023-W30, week 30.")

    def of(year: int) -> Span | None:
        try:
            return span_of(datetime.fromisocalendar(year, number, 1), "week")
        except ValueError:
            return None

    return Yearly(f"week {number}", "week", of, year)


def weekday_of_week(words: Words, now: Now) -> Side:
    """``friday week 30 2023``."""
    week = iso_week(int(words["NUMBER"]), _year(words, now))
    if week.year is None:
        raise RangeError(f"{week.name} of which year?", f'Write "{words["WEEKDAY"]} {week.name} 2023".')
    return Side(Weekday(WEEKDAYS.index(words["WEEKDAY"]), week.in_year(week.year).start))


def year(words: Words, now: Now) -> Side:
    """``2023``."""
    return Side(Yearly("year", "year", lambda year: _within("year", year, 1), _year(words, now)))
