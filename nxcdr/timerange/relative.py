"""Periods and instants relative to now: ``yesterday``, ``last 7 days``, ``2h ago``."""

from __future__ import annotations

from dataclasses import replace

from nxcdr.errors import RangeError
from nxcdr.timerange.amounts import CLOCK_UNITS, amounts_in, moved, negative, now_expression, spelled
from nxcdr.timerange.civil import DAY, UNITS, Span, boundary, floor, shift, span_of
from nxcdr.timerange.sides import Instant, Now, Side, Weekday
from nxcdr.timerange.vocabulary import TWO_READINGS, WEEKDAYS
from nxcdr.timerange.yearly import Words


def today(_: Words, now: Now) -> Side:
    """``today``."""
    return Side(span_of(now.local, "day"))


def yesterday(_: Words, now: Now) -> Side:
    """``yesterday``."""
    return Side(span_of(now.local, "day", ago=1))


def day_before_yesterday(_: Words, now: Now) -> Side:
    """``day before yesterday``."""
    return Side(span_of(now.local, "day", ago=2))


def unit_before_last(words: Words, now: Now) -> Side:
    """``week before last``."""
    return Side(span_of(now.local, _unit(words), ago=2))


def this_unit(words: Words, now: Now) -> Side:
    """``this week``."""
    return Side(span_of(now.local, _unit(words)))


def last_unit(words: Words, now: Now) -> Side:
    """``last week``."""
    if "hour" not in words:
        return Side(span_of(now.local, _unit(words), ago=1))
    # An hour that the clocks skipped does not count: the hour before it is the last.
    spans = (span_of(now.local, "hour", ago=ago) for ago in range(1, 49))
    span = next(span for span in spans if boundary(span.start, now.zone) < boundary(span.end, now.zone))
    note = 'last hour: the whole hour before this one; "past hour" is the 60 minutes before now'
    return Side(span, notes=(note,))


def past_unit(words: Words, now: Now) -> Instant:
    """``past hour``."""
    if (unit := _unit(words)) in CLOCK_UNITS:
        return replace(moved(now.instant, [(-1, unit)], now.zone), closed=True)
    raise RangeError(
        f'"past {unit}" {TWO_READINGS}',
        f'Say "last {unit}" for the {unit} before this one, "now-1{unit} to now" for what leads up to now.',
    )


def last_units(words: Words, now: Now) -> Side | Instant:
    """``last 24 hours``, ``last 7 days``, ``last 7 days including today``."""
    amounts = amounts_in(words["DURATION"])
    including = next((end for end in ("today", *UNITS) if end in words), None)
    if including is None and CLOCK_UNITS & {unit for _, unit in amounts}:
        return replace(moved(now.instant, negative(amounts), now.zone), closed=True)
    (count, unit), *more = amounts
    if more or (including and including.replace("today", "day") != unit):
        raise RangeError(
            f'"{" ".join(words.values())}" mixes units',
            'Say "last 3 days including today", "last 2 weeks including this week".',
        )
    span = span_of(now.local, unit, ago=count - (including is not None), count=count)
    which = f"{count} whole {unit}s" if count > 1 else f"whole {unit}"
    current = "today" if unit == "day" else f"this {unit}"
    side = "up to the end of" if including else "before"
    note = f"last {spelled(amounts)}: the {which} {side} {current}, from {span.start.date()}"
    return Side(span, notes=(note,))


def ago(words: Words, now: Now) -> Side | Instant:
    """``2h ago`` is an instant, ``3 days ago`` is a day."""
    amounts = amounts_in(words["DURATION"])
    if CLOCK_UNITS & {unit for _, unit in amounts}:
        return moved(now.instant, negative(amounts), now.zone)
    local = now.local
    for count, unit in negative(amounts):
        local = shift(local, unit, count)
    day = span_of(local, "day")
    is_plain = amounts[-1][1] == "day"
    return Side(day, notes=() if is_plain else (f"{spelled(amounts)} ago: that day, {day.start.date()}",))


def minus(words: Words, now: Now) -> Instant:
    """``-2h``."""
    return moved(now.instant, negative(amounts_in(words["DURATION"])), now.zone)


def dashboard(words: Words, now: Now) -> Side | Instant:
    """``now-7d/d``."""
    return now_expression(words["NOW"], now)


def weekend(words: Words, now: Now) -> Side:
    """``weekend``, ``last weekend``."""
    week = span_of(now.local, "week")
    if "last" in words or ("this" not in words and now.local < week.start + 5 * DAY):
        week = span_of(now.local, "week", ago=1)
    saturday = week.start + 5 * DAY
    return Side(Span(saturday, week.end), notes=(f"the weekend is {saturday.date()} and the day after",))


def weekday(words: Words, now: Now) -> Side:
    """``monday``, ``last monday``, ``monday last week``."""
    index = WEEKDAYS.index(words["WEEKDAY"])
    monday = floor(now.local, "week")
    if "week" in words:
        return Side(Weekday(index, monday - 7 * DAY if "last" in words else monday))
    if "this" in words:
        return Side(Weekday(index, monday))
    return Side(Weekday(index, last="last" in words))


def _unit(words: Words) -> str:
    return next(unit for unit in UNITS if unit in words)
