"""Lengths of time: ``90m``, ``two weeks``, ``an hour and a half``, ``now-1h``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from zoneinfo import ZoneInfo

from nxcdr.errors import RangeError
from nxcdr.timerange.civil import UNITS, instant_of, local_at, shift, span_of
from nxcdr.timerange.sides import Instant, Now, Side, bound
from nxcdr.timerange.vocabulary import DURATION_UNITS, EXAMPLES, FIRST_YEAR, LAST_YEAR, NUMBERS, TWO_READINGS

Amounts = list[tuple[int, str]]
"""Counts of units (``second`` or one of `UNITS`), the longest unit first; negative to go back."""

CLOCK_UNITS = frozenset({"second", "minute", "hour"})
"""The units of a fixed length; the others are counted by the calendar."""

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_SECONDS |= {"month": 28 * 86_400, "quarter": 90 * 86_400, "year": 365 * 86_400}  # at least
_ORDER = ("second", *UNITS)


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_UNIT = _any(DURATION_UNITS)
_HALF = r"(?: and\s+ )? (?: a\s+half | 1/2 )"
# "three quarters of an hour" | "half an hour" | "90m", "two and a half hours" | "hour and a half"; "an hour and a half"
_AMOUNT = rf"""
    (?: (?: (?P<quarters> a|one|three ) \s+ )? (?P<quarter> quarters? ) \s+ (?: of\s+an?\s+ )? (?= h )
      | (?: a\s+ )? (?P<half> half | 1/2 ) [\s-]+ (?: an?\s+ )?
      | (?: (?P<count> \d+ (?: \.\d+ )? ) \s* | (?P<number> {_any(NUMBERS)} ) \s+ ) (?P<plus> (?<= \s ) {_HALF} \s+ )?
      | (?= (?: {_UNIT} ) \s+ {_HALF} )
    )
    (?P<unit> {_UNIT} ) (?: (?! [a-z] ) | (?= ago\b ) )
    (?P<and_a_half> \s+ {_HALF} (?! [\w/] | \s+ (?: {_UNIT} ) \b ) )?
"""
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _AMOUNT)
DURATION = rf"{_UNNAMED} (?: \s* (?: and\s+ )? {_UNNAMED} )*"
"""A verbose regular expression: amounts, in lower case."""

_EACH = re.compile(_AMOUNT, re.VERBOSE)
_ALL = re.compile(DURATION, re.VERBOSE)


def amounts_in(text: str) -> Amounts:
    """Read ``1h30m``, ``two weeks``, ``1 hour and 30 minutes``, ``an hour and a half``.

    Raises:
        RangeError: A unit is unknown, is repeated or follows a shorter one; the amount is zero or longer than a range
            can be; or it has a part of a second, or of a unit that has no fixed length.
    """
    if not _ALL.fullmatch(text):
        raise RangeError(f'"{text}" is no length of time', "Units are s, m, h, d, w, mo, q and y: 2h, 7d.")
    counts = [(_count(match), DURATION_UNITS[match["unit"]]) for match in _EACH.finditer(text)]
    order = [_ORDER.index(unit) for _, unit in counts]
    if order != sorted(set(order), reverse=True):
        raise RangeError(f'"{text}" is no length of time', 'Name each unit once, the longest first: "1 day 12 hours".')
    if not any(count for count, _ in counts):
        raise RangeError(f'"{text}" is no time at all', EXAMPLES)
    amounts = [_whole(count, unit, text) for count, unit in counts]
    _check_length(amounts)
    return amounts


def _count(match: re.Match[str]) -> Fraction:
    if match["quarter"]:
        return Fraction(NUMBERS[match["quarters"] or "a"], 4)
    if match["half"]:
        return Fraction(1, 2)
    count = Fraction(match["count"] or NUMBERS[match["number"] or "a"])
    return count + Fraction(1, 2) * bool(match["plus"] or match["and_a_half"])


def _whole(count: Fraction, unit: str, text: str) -> tuple[int, str]:
    """Convert a part of an hour or a minute to seconds."""
    if count.denominator == 1:
        return int(count), unit
    if unit not in CLOCK_UNITS:
        raise RangeError(
            f'"{text}" {TWO_READINGS}: a {unit} has no fixed length',
            'Use a shorter unit: "last 36 hours", "last 10 days".',
        )
    seconds = count * _SECONDS[unit]
    if seconds.denominator != 1:
        raise RangeError(f'"{text}" is no whole number of seconds', 'Say it in seconds: "last 90 seconds".')
    return int(seconds), "second"


def _check_length(amounts: Amounts) -> None:
    """Refuse what the calendar can't add up."""
    if sum(abs(count) * _SECONDS[unit] for count, unit in amounts) > (LAST_YEAR - FIRST_YEAR) * _SECONDS["year"]:
        raise RangeError(
            f"a range lies between {FIRST_YEAR} and {LAST_YEAR}, and this is longer",
            'For everything up to now, say "since 2000-01-01".',
        )


def negative(amounts: Amounts) -> Amounts:
    """Return the same amounts, back in time."""
    return [(-count, unit) for count, unit in amounts]


def spelled(amounts: Amounts) -> str:
    """Format amounts in words: ``1 day 12 hours``."""
    return " ".join(f"{count} {unit}" + "s" * (count != 1) for count, unit in amounts)


def moved(instant: int, amounts: Amounts, zone: ZoneInfo) -> Instant:
    """Add amounts to an instant: days and longer units by the zone's calendar, shorter ones by elapsed time."""
    before = local_at(instant, zone)
    local, seconds = before, 0
    for count, unit in amounts:
        if unit in CLOCK_UNITS:
            seconds += count * _SECONDS[unit]
        else:
            local = shift(local, unit, count)
    if local == before:
        return Instant(bound(instant + seconds), bound(instant + seconds), relative=True)
    (start, start_note), (end, end_note) = (instant_of(local, zone, late=late) for late in (False, True))
    return Instant(bound(start + seconds, start_note), bound(end + seconds, end_note), relative=True)


def now_expression(text: str, now: Now) -> Side | Instant:
    """Read the notation of dashboards: ``now-1h``, ``now-7d/d`` (the start of that day, or its end as an end).

    Raises:
        RangeError: A unit is unknown, or the time is too far away.
    """
    terms, _, rounding = text.partition("/")
    amounts: Amounts = []
    for sign, amount in re.findall(r"([-+])\s*([^-+]+)", terms):
        added = amounts_in(amount.strip())
        amounts += negative(added) if sign == "-" else added
    _check_length(amounts)
    point = moved(now.instant, amounts, now.zone)
    if not rounding:
        return point
    unit = DURATION_UNITS.get(rounding, "second")
    if unit == "second":
        raise RangeError(f'"/{rounding}" rounds to nothing known', "Round to m, h, d, w, mo, q or y: now-7d/d.")
    return Side(span_of(local_at(point.start.instant, now.zone), unit), to_now=True)
