"""Phrases to ranges: which part is which side, what a side takes from the other, and what then is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nxcdr.errors import RangeError, UsageError
from nxcdr.timerange.amounts import CLOCKWISE, amounts_in, moved
from nxcdr.timerange.civil import local_at, whole
from nxcdr.timerange.grammar import side_of
from nxcdr.timerange.lexer import Token, tokens
from nxcdr.timerange.model import TimeRange
from nxcdr.timerange.pair import Edge, pair, whole_unit
from nxcdr.timerange.sides import FIRST_YEAR, LAST_YEAR, Here, Instant, Side, settle
from nxcdr.timerange.vocabulary import EXAMPLES

_SEPARATORS = frozenset({"..", "-", "/", "to", "until", "through"})
# What may part the two sides of a range that opens with a word.
_PARTED_BY = {"from": _SEPARATORS, "since": frozenset({"to", "until"}), "between": frozenset({"and"})}
_LAST = int(datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC).timestamp())  # a day of grace for every zone
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}


def parse_range(phrase: str, *, now: datetime, zone: ZoneInfo) -> TimeRange:
    """Understand a phrase, wholly or not at all.

    Args:
        phrase: What was typed, such as ``last 7 days``.
        now: Aware; its part of a second is left out.
        zone: Whose days and clocks are meant.

    Returns:
        The range, half-open, in whole epoch seconds.

    Raises:
        RangeError: The phrase is not understood, can be read in two ways, or means no time that has begun.
        ValueError: ``now`` is naive.
    """
    here = _here(now, zone)
    words = tokens(phrase)
    return _range(*_edges(words, here), here, phrase.strip())


def parse_ends(start: str | None, end: str | None, *, now: datetime, zone: ZoneInfo) -> TimeRange:
    """Understand the two sides of a range, told apart, by the rules of ``START to END``.

    Args:
        start: Its start, or that of the unit it names.
        end: To the end of the unit it names, or to the instant where it has a clock time; None for now.
        now: Aware; its part of a second is left out.
        zone: Whose days and clocks are meant.

    Raises:
        UsageError: There is no start.
        RangeError: As for `parse_range`.
    """
    if start is None:
        raise UsageError("a range with an end needs a start", "Give --from too, e.g. --from monday --to yesterday.")
    here = _here(now, zone)
    first = _sure_side(start, here)
    last = Instant(here.instant, here.instant) if end is None else _sure_side(end, here)
    phrase = f"since {start.strip()}" if end is None else f"{start.strip()} to {end.strip()}"
    return _range(*pair(first, last, here), here, phrase)


def _here(now: datetime, zone: ZoneInfo) -> Here:
    if now.utcoffset() is None:
        raise ValueError("now must be aware")
    if not FIRST_YEAR < now.year <= LAST_YEAR:
        raise RangeError(f"now is {now.year}: ranges lie between {FIRST_YEAR} and {LAST_YEAR}", "Set the clock.")
    return Here(int(now.replace(microsecond=0).timestamp()), zone)


def _sure_side(phrase: str, here: Here) -> Side | Instant:
    side = side_of(tokens(phrase), here)
    if side is None:
        raise RangeError(f'"{phrase.strip()}" is not understood as one end of a range', EXAMPLES)
    return side


def _range(start: Edge, end: Edge, here: Here, phrase: str) -> TimeRange:
    if not 0 <= start.instant <= _LAST or not 0 <= end.instant <= _LAST:
        raise RangeError(f"a range lies between {FIRST_YEAR} and {LAST_YEAR}", EXAMPLES)
    first, last = (f"{local_at(edge.instant, here.zone)}" for edge in (start, end))
    if start.instant > here.instant:
        raise RangeError(
            f"the range lies wholly in the future: it begins {first}, and now is {here.local}",
            'Name a time that has begun: "yesterday 9:00 to 17:00", "last friday", "july 2022".',
        )
    if end.instant <= start.instant:
        raise RangeError(f"the range is empty: its end, {last}, is not after its start, {first}", EXAMPLES)
    choices = tuple(dict.fromkeys((*start.choices, *end.choices)))
    return TimeRange(start.instant, end.instant, here.zone, phrase, choices)


def _edges(words: list[Token], here: Here) -> tuple[Edge, Edge]:
    match [word.kind for word in words]:
        case ["DURATION"]:
            edges = _rolling(words[0].text, here)
        case ["ytd" | "qtd" | "mtd" | "wtd" as short]:
            edges = pair(Side(whole(here.local, _TO_DATE[short])), _now(here), here)
        case [("day" | "week" | "month" | "quarter" | "year") as current, "to", "date"]:
            edges = pair(Side(whole(here.local, current)), _now(here), here)
        case [*_, "so", "far"] | [*_, "to", "date"]:
            edges = _so_far(words[:-2], here)
        case ["until", *_]:
            edges = _until(words[1:], here)
        case ["since", *_] if side := side_of(words[1:], here):
            edges = pair(side, _now(here), here)
        case _:
            side = side_of(words, here)
            edges = _alone(side, words, here) if side else _two_sides(words, here)
    return edges


def _now(here: Here) -> Instant:
    return Instant(here.instant, here.instant)


def _rolling(text: str, here: Here) -> tuple[Edge, Edge]:
    """``90m``, ``1h30m``, ``7d``: what leads up to now."""
    amounts = amounts_in(text, here)
    if re.match(r"0|\d{4}", text) and amounts[0][1] == "hour":
        raise RangeError(f'"{text}": an amount of hours, or a time of day?', 'Write "14:00", or "last 1400 hours".')
    back = [(-count, unit) for count, unit in amounts]
    if {unit for _, unit in amounts} <= CLOCKWISE:
        return pair(moved(here, back), _now(here), here)
    if not re.fullmatch(r"(?:\d+[a-z]{1,2})+", text):
        raise RangeError(
            f'"{text}" can be read in two ways', f'Say "last {text}" (whole ones), or "now-{text} to now".'
        )
    start, end = pair(moved(here, back), _now(here), here)
    note = f'{text}: from the same time of day up to now; "last {text}" has whole days'
    return Edge(start.instant, (note, *start.choices)), end


def _alone(side: Side | Instant, words: Sequence[Token], here: Here) -> tuple[Edge, Edge]:
    if isinstance(side, Instant):
        if not (side.relative or side.closed):
            raise _one_instant(words)
        return pair(side, _now(here), here)
    if side.clock:
        raise _one_instant(words)
    return pair(side, _now(here), here) if side.to_now else whole_unit(side, here)


def _one_instant(words: Sequence[Token]) -> RangeError:
    text = _text(words)
    return RangeError(f'"{text}" is one instant, not a range', f'Say "since {text}", or give its end: "{text} to now".')


def _so_far(words: Sequence[Token], here: Here) -> tuple[Edge, Edge]:
    """``this month so far``."""
    side = side_of(words, here)
    if not isinstance(side, Side) or side.clock or side.to_now:
        raise RangeError(f'"{_text(words)} so far" is not understood', EXAMPLES)
    if settle(side.days, here).span.after <= here.local:
        raise RangeError(f'"{_text(words)}" is over', f'Leave out "so far", or say "since {_text(words)}".')
    return pair(side, _now(here), here)


def _until(words: Sequence[Token], here: Here) -> tuple[Edge, Edge]:
    """``until yesterday noon``: with a time of day, that day up to then."""
    side = side_of(words, here)
    if side is None:
        raise RangeError(f'"until {_text(words)}" is not understood', EXAMPLES)
    if isinstance(side, Instant) or not side.clock:
        raise RangeError(f'since when, until "{_text(words)}"?', f'Say "monday until {_text(words)}".')
    day = settle(side.days, here).span
    start, end = pair(Side(day), Side(day, side.clock), here)
    note = f'"until" without a start: from the beginning of that day, {day.first.date()}'
    return Edge(start.instant, (note, *start.choices)), end


def _two_sides(words: Sequence[Token], here: Here) -> tuple[Edge, Edge]:
    opening = words[0].kind
    body = words[1:] if opening in _PARTED_BY else words
    if opening == "from" and side_of(body, here):
        raise RangeError(f'"{_text(words)}" can be read in two ways', f'Say "{_text(body)}", or "since {_text(body)}".')
    culprit = words
    for left, right in _halves(body, _PARTED_BY.get(opening, _SEPARATORS)):
        first = side_of(left, here)
        last = side_of(right, here)
        if first and last:
            return pair(first, last, here)
        if first or last:
            culprit = right if first else left
    hint = EXAMPLES
    if {"NUMBER", "MONTH"} & {word.kind for word in culprit} == {"NUMBER"}:
        hint = 'A number alone can be a day or an hour: write "9 july", "9:00" or "9am".'
    raise RangeError(f'"{_text(culprit)}" is not understood', hint)


def _halves(words: Sequence[Token], separators: frozenset[str]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
    for at, word in enumerate(words):
        left, right = words[:at], words[at + 1 :]
        # "1/15" looks like a date: "/" parts no number that stands alone.
        slashed = word.kind == "/" and any([token.kind for token in half] == ["NUMBER"] for half in (left, right))
        if left and right and word.kind in separators and not slashed:
            yield left, right


def _text(words: Sequence[Token]) -> str:
    return " ".join(word.text for word in words)
