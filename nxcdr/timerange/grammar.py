"""The grammar: what one side of a range can be, as patterns of tokens and what each of them means.

A pattern is a regular expression whose letters are tokens: a class in capitals (`lexer`), or the word itself. It fits a
side wholly or not at all; the first that fits is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from nxcdr.errors import RangeError
from nxcdr.timerange.amounts import CLOCKWISE, amounts_in, clock_of, instant, moved, now_expression, spelled
from nxcdr.timerange.civil import DAY, UNITS, Span, boundary, floor, shift, whole
from nxcdr.timerange.lexer import Token
from nxcdr.timerange.sides import FIRST_YEAR, LAST_YEAR, DayNumber, Here, Instant, Side, Weekday, Yearly
from nxcdr.timerange.vocabulary import EXAMPLES, MONTHS, WEEKDAYS

Words = dict[str, str]
"""The tokens that a pattern matched: kind to text."""


def _unit(words: Words) -> str:
    return next(unit for unit in UNITS if unit in words)


def _this(words: Words, here: Here) -> Side:
    return Side(whole(here.local, _unit(words)))


def _last(words: Words, here: Here) -> Side:
    if "hour" not in words:
        return Side(whole(here.local, _unit(words), ago=1))
    # An hour that the clocks skipped is no hour: the one before it is the last.
    spans = (whole(here.local, "hour", ago=ago) for ago in range(1, 49))
    span = next(span for span in spans if boundary(span.first, here.zone) < boundary(span.after, here.zone))
    return Side(span, note='last hour: the whole hour before this one; "past hour" is the 60 minutes before now')


def _past(words: Words, here: Here) -> Instant:
    if (unit := _unit(words)) in CLOCKWISE:
        return replace(moved(here, [(-1, unit)]), closed=True)
    raise RangeError(
        f'"past {unit}" can be read in two ways',
        f'Say "last {unit}" for the {unit} before this one, "now-1{unit} to now" for what leads up to now.',
    )


def _last_units(words: Words, here: Here) -> Side | Instant:
    amounts = amounts_in(words["DURATION"], here)
    including = next((end for end in ("today", *UNITS) if end in words), None)
    if including is None and CLOCKWISE & {unit for _, unit in amounts}:
        return replace(moved(here, [(-count, unit) for count, unit in amounts]), closed=True)
    (count, unit), *more = amounts
    if more or (including and including.replace("today", "day") != unit):
        raise RangeError(
            f'"{" ".join(words.values())}" mixes units',
            'Say "last 3 days including today", "last 2 weeks including this week".',
        )
    span = whole(here.local, unit, ago=count - (including is not None), count=count)
    which = f"{count} whole {unit}s" if count > 1 else f"whole {unit}"
    current = "today" if unit == "day" else f"this {unit}"
    side = "up to the end of" if including else "before"
    return Side(span, note=f"last {spelled(amounts)}: the {which} {side} {current}, from {span.first.date()}")


def _ago(words: Words, here: Here) -> Side | Instant:
    amounts = amounts_in(words["DURATION"], here)
    back = [(-count, unit) for count, unit in amounts]
    if CLOCKWISE & {unit for _, unit in amounts}:
        return moved(here, back)
    local = here.local
    for count, unit in back:
        local = shift(local, unit, count)
    day = whole(local, "day")
    note = "" if amounts[-1][1] == "day" else f"{spelled(amounts)} ago: that day, {day.first.date()}"
    return Side(day, note=note)


def _back(words: Words, here: Here) -> Instant:
    return moved(here, [(-count, unit) for count, unit in amounts_in(words["DURATION"], here)])


def _weekend(words: Words, here: Here) -> Side:
    week = whole(here.local, "week")
    if "last" in words or ("this" not in words and here.local < week.first + 5 * DAY):
        week = whole(here.local, "week", ago=1)
    saturday = week.first + 5 * DAY
    return Side(Span(saturday, week.after), note=f"the weekend is {saturday.date()} and the day after")


def _weekday(words: Words, here: Here) -> Side:
    index = WEEKDAYS.index(words["WEEKDAY"])
    this_week = floor(here.local, "week")
    if "NUMBER" in words:
        week = _numbered_week(words, here)
        if week.year is None:
            raise RangeError(f"{week.name} of which year?", f'Write "{words["WEEKDAY"]} {week.name} 2023".')
        return Side(Weekday(index, week.in_year(week.year).first))
    if "week" in words:
        return Side(Weekday(index, this_week - 7 * DAY if "last" in words else this_week))
    if "this" in words:
        return Side(Weekday(index, this_week))
    return Side(Weekday(index, last="last" in words))


def _said_year(words: Words, here: Here) -> int | None:
    if "year" in words:
        return here.local.year - ("last" in words)
    if "YEAR" not in words:
        return None
    if FIRST_YEAR <= (year := int(words["YEAR"])) <= LAST_YEAR:
        return year
    raise RangeError(
        f"{words['YEAR']} is no year from {FIRST_YEAR} to {LAST_YEAR}",
        'A clock time has a colon, or am or pm: "14:00", "2pm".',
    )


def _local(year: int, month: int, day: int = 1) -> datetime | None:
    try:
        return datetime(year, month, day)  # noqa: DTZ001  # a local: its zone is said beside it
    except ValueError:
        return None


def _within(unit: str, year: int, month: int, day: int = 1) -> Span | None:
    local = _local(year, month, day)
    return None if local is None else whole(local, unit)


def day_of(month: int, day: int, year: int | None, weekday: int | None = None) -> Yearly:
    """A day of a month, 1 to 12.

    Raises:
        RangeError: No year has it.
    """
    name = f"{day} {MONTHS[month - 1]}"
    if _local(2000, month, day) is None:  # a leap year
        raise RangeError(f"{name} does not exist", EXAMPLES)
    return Yearly(name, "day", lambda year: _within("day", year, month, day), year, month, weekday)


def _day(words: Words, here: Here) -> Side:
    weekday = WEEKDAYS.index(words["WEEKDAY"]) if "WEEKDAY" in words else None
    month = MONTHS.index(words["MONTH"]) + 1
    return Side(day_of(month, int(words["NUMBER"]), _said_year(words, here), weekday))


def _month(words: Words, here: Here) -> Side:
    month = MONTHS.index(words["MONTH"]) + 1
    name = words["MONTH"]
    return Side(Yearly(name, "month", lambda year: _within("month", year, month), _said_year(words, here)))


def _quarter(words: Words, here: Here) -> Side:
    quarter = int(words["QUARTER"][1:])
    if quarter not in range(1, 5):
        raise RangeError(f"there is no quarter Q{quarter}", "Quarters are Q1 to Q4: Q3 2023.")
    year = _said_year(words, here)
    return Side(Yearly(f"Q{quarter}", "quarter", lambda year: _within("quarter", year, 3 * quarter), year))


def _numbered_week(words: Words, here: Here) -> Yearly:
    number = int(words["NUMBER"])
    if number not in range(1, 54):
        raise RangeError(f"there is no week {number}", "ISO weeks are 1 to 52 or 53: 2023-W30, week 30.")

    def of(year: int) -> Span | None:
        try:
            return whole(datetime.fromisocalendar(year, number, 1), "week")
        except ValueError:
            return None

    return Yearly(f"week {number}", "week", of, _said_year(words, here))


def _week(words: Words, here: Here) -> Side:
    return Side(_numbered_week(words, here))


def _bare_year(words: Words, here: Here) -> Side:
    return Side(Yearly("year", "year", lambda year: _within("year", year, 1), _said_year(words, here)))


def _day_number(words: Words, here: Here) -> Side:
    return Side(DayNumber(int(words["NUMBER"]), _said_year(words, here)))


def _yesterday(_: Words, here: Here) -> Side:
    return Side(whole(here.local, "day", ago=1))


def _day_before(_: Words, here: Here) -> Side:
    return Side(whole(here.local, "day", ago=2))


def _today(_: Words, here: Here) -> Side:
    return Side(whole(here.local, "day"))


def _point(words: Words, _: Here) -> Instant:
    return instant(words.get("INSTANT", ""), words.get("EPOCH", ""))


def _now(words: Words, here: Here) -> Side | Instant:
    return now_expression(words["NOW"], here)


Meaning = Callable[[Words, Here], Side | Instant]
_SHORTHAND = {
    "CALENDAR": "(hour|day|week|month|quarter|year)",
    "OF_YEAR": "((of|in)? (YEAR | (this|last) year))",
}
RULES: tuple[tuple[str, Meaning], ...] = (
    ("in? today", _today),
    ("in? yesterday", _yesterday),
    ("(the? day before) yesterday", _day_before),
    ("in? this CALENDAR", _this),
    ("in? the? last CALENDAR", _last),
    ("in? the? past (minute | CALENDAR)", _past),
    ("in? the? (last|past) DURATION (including (today | this CALENDAR))?", _last_units),
    ("DURATION ago", _ago),
    ("- DURATION", _back),
    ("NOW", _now),
    ("INSTANT | EPOCH", _point),
    ("(on|in)? the? (this|last)? weekend", _weekend),
    ("on? (this|last)? WEEKDAY", _weekday),
    ("on? WEEKDAY (of|in)? (this|last) week", _weekday),
    ("on? WEEKDAY (of|in)? week NUMBER OF_YEAR?", _weekday),
    ("on? WEEKDAY? the? NUMBER of? MONTH OF_YEAR?", _day),
    ("on? WEEKDAY? MONTH the? NUMBER OF_YEAR?", _day),
    ("on? WEEKDAY? YEAR MONTH NUMBER", _day),
    ("in? MONTH OF_YEAR?", _month),
    ("in? YEAR MONTH", _month),
    ("in? QUARTER OF_YEAR?", _quarter),
    ("in? week NUMBER OF_YEAR?", _week),
    ("in? YEAR", _bare_year),
    ("NUMBER YEAR?", _day_number),
)


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, meaning in _SHORTHAND.items():
        pattern = pattern.replace(name, meaning)
    return re.compile(re.sub(r"[A-Za-z_]+|-", lambda word: f"(?:{word[0]}[ ])", pattern), re.VERBOSE)


_COMPILED = tuple((_compiled(pattern), meaning) for pattern, meaning in RULES)


def side_of(tokens: Sequence[Token], here: Here) -> Side | Instant | None:
    """What the tokens of one side mean, or None where they are no side.

    Raises:
        RangeError: They are one, but name what does not exist.
    """
    kinds = "".join(f"{token.kind} " for token in tokens)
    words = {token.kind: token.text for token in tokens}
    for pattern, meaning in _COMPILED:
        if pattern.fullmatch(kinds):
            return meaning(words, here)
    return _with_clock(tokens, here)


def _with_clock(tokens: Sequence[Token], here: Here) -> Side | None:
    kinds = [token.kind for token in tokens]
    if kinds.count("CLOCK") != 1:
        return None
    at = kinds.index("CLOCK")
    before = tokens[: at - 1] if at and kinds[at - 1] == "at" else tokens[:at]
    rest = tokens[at + 1 :]
    if before and rest:
        return None
    clock = clock_of(tokens[at].text)
    if not before and not rest:
        return Side(None, clock)
    side = side_of([*before, *rest], here)
    return replace(side, clock=clock) if isinstance(side, Side) and not side.to_now else None
