"""What one side of a range can be: patterns of tokens, and what each of them means.

A pattern is a verbose regular expression over tokens instead of letters. A token is written as its kind (`lexer`): a
class in capitals, or the word itself. A side must match a pattern as a whole; the first that matches is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from nxcdr.errors import RangeError
from nxcdr.timerange import parts, relative, yearly
from nxcdr.timerange.civil import UNITS
from nxcdr.timerange.clocks import clock_of, epoch_instant, instant_at, local_at_offset, offset_of
from nxcdr.timerange.lexer import Token, text_of
from nxcdr.timerange.sides import Instant, Now, Side, Yearly, resolve
from nxcdr.timerange.vocabulary import SAY_ZONE
from nxcdr.timerange.yearly import Words


def _epoch(words: Words, _: Now) -> Instant:
    return epoch_instant(words["EPOCH"])


_SHORTHAND = {
    "CALENDAR": "(hour | day | week | month | quarter | year)",
    "OF_YEAR": "((of | in)? (YEAR | (this | last) year))",
    "IN": "(in | for | during)",
}
RULES: tuple[tuple[str, Callable[[Words, Now], Side | Instant]], ...] = (
    ("IN? today", relative.today),
    ("IN? yesterday", relative.yesterday),
    ("IN? the? day before yesterday", relative.day_before_yesterday),
    ("IN? the? CALENDAR before last", relative.unit_before_last),
    ("IN? this CALENDAR", relative.this_unit),
    ("IN? the? last CALENDAR", relative.last_unit),
    ("IN? the? past (minute | CALENDAR)", relative.past_unit),
    ("IN? the? (last | past) DURATION (including (today | this CALENDAR))?", relative.last_units),
    ("DURATION ago", relative.ago),
    ("- DURATION", relative.minus),
    ("NOW", relative.dashboard),
    ("EPOCH", _epoch),
    ("(on | IN)? the? (this | last)? weekend", relative.weekend),
    ("(on | IN)? (this | last)? WEEKDAY", relative.weekday),
    ("on? WEEKDAY (of | in)? (this | last) week", relative.weekday),
    ("on? WEEKDAY (of | in)? week NUMBER OF_YEAR?", yearly.weekday_of_week),
    ("(on | for)? WEEKDAY? the? NUMBER of? MONTH OF_YEAR?", yearly.day),
    ("(on | for)? WEEKDAY? MONTH the? NUMBER OF_YEAR?", yearly.day),
    ("NUMBER MONTH NUMBER | MONTH NUMBER NUMBER | QUARTER NUMBER", yearly.short_year),
    ("on? the? NUMBER (of | in)? (this | the? last) month", yearly.day_of_month),
    ("IN? MONTH OF_YEAR?", yearly.month),
    ("IN? the? (QUARTER | NUMBER quarter | quarter NUMBER) OF_YEAR?", yearly.quarter),
    ("IN? week NUMBER OF_YEAR?", yearly.week),
    ("IN? YEAR", yearly.year),
    ("the? NUMBER YEAR?", yearly.day_number),
)
# What may stand before "of" and a period.
PART_RULES: tuple[tuple[str, Callable[[Words, Side, Now], Side]], ...] = (
    ("the? (start | end)", parts.edge),
    ("(on | IN)? the? (last | NUMBER) (CALENDAR | WEEKDAY)?", parts.nth),
    ("(on | IN)? WEEKDAY", parts.which_weekday),
    ("IN? the? (last | NUMBER) DURATION", parts.several),
    ("IN? the? CALENDAR", parts.around),
)
# What may also stand before the period that it is a part of, without "of": "last week friday", "2023 july".
_WHOLE_FIRST = "IN? (the? (this | last) (week | month | year) | YEAR | week NUMBER ((of | in)? YEAR)?)"


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, meaning in _SHORTHAND.items():
        pattern = re.sub(rf"\b{name}\b", meaning, pattern)
    return re.compile(re.sub(r"[A-Za-z_]+|-", lambda word: f"(?:{word[0]}[ ])", pattern), re.VERBOSE)


_RULES = tuple((_compiled(pattern), meaning) for pattern, meaning in RULES)
_PART_RULES = tuple((_compiled(pattern), meaning) for pattern, meaning in PART_RULES)
_FIRST = _compiled(_WHOLE_FIRST)


def side_of(tokens: Sequence[Token], now: Now) -> Side | Instant | None:
    """Return what the tokens of one side mean, or None if they are not a side.

    Raises:
        RangeError: They are a side, but it does not exist or can be read in two ways.
    """
    return _by_rule(tokens, now) or _with_clock(tokens, now) or _whole_first(tokens, now) or _part(tokens, now)


def _by_rule(tokens: Sequence[Token], now: Now) -> Side | Instant | None:
    kinds = _kinds(tokens)
    for pattern, meaning in _RULES:
        if pattern.fullmatch(kinds):
            return meaning(_words(tokens), now)
    return None


def _with_clock(tokens: Sequence[Token], now: Now) -> Side | Instant | None:
    """``yesterday 9am``, ``at 9:00 on monday``, ``Thu Jul 27 15:30:20 2023 +0800``."""
    clocks = [at for at, token in enumerate(tokens) if token.kind == "CLOCK"]
    offsets = [at for at, token in enumerate(tokens) if token.kind == "OFFSET"]
    if len(clocks) > 1 or len(offsets) > 1 or not (clocks or offsets) or (clocks and offsets and offsets < clocks):
        return None
    left_out = {*clocks, *offsets, *(at - 1 for at in clocks if at and tokens[at - 1].kind == "at")}
    rest = [token for at, token in enumerate(tokens) if at not in left_out]
    side = side_of(rest, now) if rest else Side(None)
    if not isinstance(side, Side) or side.to_now or side.edge:
        return None
    clock = clock_of(tokens[clocks[0]].text) if clocks else None
    if not offsets:
        return replace(side, clock=clock)
    if clock and isinstance(side.period, Yearly) and side.period.unit == "day":
        offset = offset_of(tokens[offsets[0]].text)
        return instant_at(resolve(side.period, local_at_offset(now.instant, offset)), clock, offset)
    raise RangeError(f'"{text_of(tokens)}": a zone needs a date, such as 2023-07-27, and a time', SAY_ZONE)


def _whole_first(tokens: Sequence[Token], now: Now) -> Side | Instant | None:
    """``last week friday``, ``2023 july``: the same as ``friday last week``, ``july 2023``."""
    first = _FIRST.match(_kinds(tokens))
    if not first:
        return None
    count = first[0].count(" ")
    return _by_rule([*tokens[count:], *tokens[:count]], now) if count < len(tokens) else None


def _part(tokens: Sequence[Token], now: Now) -> Side | None:
    """``last day of june``, ``end of last month``."""
    at = next((at for at, token in enumerate(tokens) if at and token.kind in {"of", "in"}), len(tokens))
    left, right = tokens[:at], list(tokens[at + 1 :])
    for pattern, meaning in _PART_RULES:
        if right and pattern.fullmatch(_kinds(left)):
            side = side_of(_with_this(left, right), now)
            is_period = isinstance(side, Side) and not (side.clock or side.to_now or side.edge)
            return meaning(_words(left), side, now) if isinstance(side, Side) and is_period else None
    return None


def _with_this(part: Sequence[Token], whole: list[Token]) -> list[Token]:
    """Read ``first of the month`` as ``first of this month``."""
    *the, unit = whole
    if unit.kind not in UNITS or [token.kind for token in the] not in ([], ["the"]):
        return whole
    if {"last", "end"} & {token.kind for token in part}:
        text = text_of(part)
        raise RangeError(f'"{text} of the {unit.text}": of which one?', f'Say "{text} of this {unit.text}".')
    return [Token("this", "this"), unit]


def _kinds(tokens: Sequence[Token]) -> str:
    return "".join(f"{token.kind} " for token in tokens)


def _words(tokens: Sequence[Token]) -> Words:
    return {token.kind: token.text for token in tokens}
