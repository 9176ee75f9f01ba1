"""Parts of a period: its start or end, a day or another unit in it, and the unit that contains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from nxcdr.errors import RangeError
from nxcdr.timerange.amounts import CLOCK_UNITS, amounts_in
from nxcdr.timerange.civil import DAY, UNITS, Span, floor, shift, span_of
from nxcdr.timerange.sides import Now, Side, Yearly, resolve
from nxcdr.timerange.vocabulary import TWO_READINGS, WEEKDAYS
from nxcdr.timerange.yearly import Words

Take = Callable[[Span], Span | None]
"""Takes a part out of a period, or None if the period has no such part."""


def edge(words: Words, whole: Side, _: Now) -> Side:
    """``start of may``, ``end of last month``."""
    return replace(whole, edge="start" if "start" in words else "end")


def nth(words: Words, whole: Side, now: Now) -> Side:
    """``last day of june``, ``first monday of june``, ``3rd of last month``.

    Raises:
        RangeError: The period has no such part, or a week is asked for.
    """
    number = None if "last" in words else int(words["NUMBER"])
    ordinal = "last" if number is None else _ordinal(number)
    if "WEEKDAY" in words:
        index = WEEKDAYS.index(words["WEEKDAY"])
        return _part(f"{ordinal} {words['WEEKDAY']}", "day", lambda span: _nth_weekday(span, index, number), whole, now)
    unit = next((unit for unit in UNITS if unit in words), "day")
    name = f"{ordinal} {unit}"
    _refuse_weeks(name, unit)
    return _part(name, unit, lambda span: _nth_unit(span, unit, number), whole, now)


def which_weekday(words: Words, _whole: Side, _now: Now) -> Side:
    """``monday of last month``, which is refused."""
    weekday = words["WEEKDAY"]
    raise RangeError(f'"{weekday} of" a period: which of them?', f'Say "first {weekday} of last month".')


def several(words: Words, whole: Side, now: Now) -> Side:
    """``first 10 days of june``, ``last 2 months of 2022``.

    Raises:
        RangeError: The period has no such part, or weeks or hours are asked for.
    """
    name = f"{'last' if 'last' in words else 'first'} {words['DURATION']}"
    (count, unit), *more = amounts_in(words["DURATION"])
    _refuse_weeks(name, unit)
    if more or unit in CLOCK_UNITS or words.get("NUMBER", "1") != "1":
        raise RangeError(f'"{name} of" a period is not understood', 'Give the times: "yesterday 22:00 to 24:00".')

    def take(span: Span) -> Span | None:
        if floor(span.start, unit) != span.start:
            return None
        if "last" in words:
            found = Span(shift(span.end, unit, -count), span.end)
        else:
            found = Span(span.start, shift(span.start, unit, count))
        return found if span.start <= found.start and found.end <= span.end else None

    return _part(name, unit, take, whole, now)


def around(words: Words, whole: Side, now: Now) -> Side:
    """``week of july 3``: the week that contains this day.

    Raises:
        RangeError: The period is longer.
    """
    unit = next(unit for unit in UNITS if unit in words)

    def take(span: Span) -> Span | None:
        found = span_of(span.start, unit)
        return found if span.end <= found.end else None

    return _part(unit, unit, take, whole, now)


def _part(name: str, unit: str, take: Take, whole: Side, now: Now) -> Side:
    if isinstance(yearly := whole.period, Yearly):

        def of(year: int) -> Span | None:
            span = yearly.of(year)
            return take(span) if span else None

        return replace(whole, period=Yearly(f"{name} of {yearly.name}", unit, of, yearly.year))
    resolved = resolve(whole.period, now.local)
    span = take(resolved.span)
    if span is None:
        first, last = resolved.span.start.date(), (resolved.span.end - datetime.resolution).date()
        raise RangeError(
            f'there is no "{name}" of {first} to {last}', 'Say the dates: "27 july", "july 1 - 15", "2023-07".'
        )
    return replace(whole, period=span, notes=(*whole.notes, resolved.note) if resolved.note else whole.notes)


def _refuse_weeks(name: str, unit: str) -> None:
    if unit == "week":
        raise RangeError(
            f'"{name} of" a period {TWO_READINGS}: from Monday to Sunday, or seven days?',
            'Say "week of july 3", "week 30 2023", "first 7 days of july".',
        )


def _nth_unit(span: Span, unit: str, number: int | None) -> Span | None:
    if floor(span.start, unit) != span.start or floor(span.end, unit) != span.end:
        return None
    if number is None:
        return span_of(span.end - datetime.resolution, unit)
    found = span_of(span.start, unit, ago=1 - number)
    return found if number > 0 and found.end <= span.end and found != span else None


def _nth_weekday(span: Span, index: int, number: int | None) -> Span | None:
    if number is None:
        last = span.end - DAY
        day = last - (last.weekday() - index) % 7 * DAY
    else:
        day = span.start + ((index - span.start.weekday()) % 7 + 7 * (number - 1)) * DAY
    return Span(day, day + DAY) if span.start <= day < span.end else None


def _ordinal(number: int) -> str:
    return f"{number}" + ("th" if number in range(10, 20) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th"))
