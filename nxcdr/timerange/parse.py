"""From a phrase to a range: find its two sides and combine them, or refuse it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nxcdr.errors import RangeError, UsageError
from nxcdr.timerange.amounts import CLOCK_UNITS, amounts_in, moved, negative
from nxcdr.timerange.bounds import Bounds, between, ending, starting, whole
from nxcdr.timerange.civil import local_at, span_of
from nxcdr.timerange.clocks import clock_of, meridiem_of
from nxcdr.timerange.grammar import side_of
from nxcdr.timerange.lexer import Token, text_of, tokens
from nxcdr.timerange.model import TimeRange
from nxcdr.timerange.sides import Bound, Instant, Now, Side, bound, resolve
from nxcdr.timerange.vocabulary import EXAMPLES, FIRST_YEAR, LAST_YEAR, TWO_READINGS

_SEPARATORS = frozenset({"..", "-", "/", "to", "until", "through"})
# What separates the two sides after an opening word.
_SEPARATORS_AFTER = {"from": _SEPARATORS, "since": frozenset({"to", "until"}), "between": frozenset({"and"})}
_LAST = int(datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC).timestamp())  # with a day for zones west of UTC
_NOON = Token("CLOCK", "12:00")
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}


def parse_range(phrase: str, *, now: datetime, zone: ZoneInfo) -> TimeRange:
    """Read a phrase as a range. Either all of it is understood, or it is refused.

    Args:
        phrase: What was typed, such as ``last 7 days``.
        now: The current time, aware; fractions of a second are dropped.
        zone: The time zone of the phrase's days and clock times.

    Returns:
        The range, half-open, in epoch seconds.

    Raises:
        RangeError: The phrase is empty, is not understood, can be read in two ways, or means no time that has begun.
        ValueError: ``now`` is naive.
    """
    here = _now(now, zone)
    return _range(*_bounds(tokens(phrase), here), here, phrase.strip())


def parse_ends(start: str | None, end: str | None, *, now: datetime, zone: ZoneInfo) -> TimeRange:
    """Read the two sides of a range, given separately, by the rules of ``START to END``.

    Args:
        start: The start, or a period that the range starts with.
        end: A period that the range includes, or a time of day that it ends at; None for now.
        now: The current time, aware; fractions of a second are dropped.
        zone: The time zone of the phrases' days and clock times.

    Raises:
        UsageError: There is no start.
        RangeError: As for `parse_range`.
    """
    if start is None:
        raise UsageError("a range with an end needs a start", "Give --from too, e.g. --from monday --to yesterday.")
    here = _now(now, zone)
    first = _required_side(start, here)
    last = _instant_now(here) if end is None else _required_side(end, here)
    phrase = f"since {start.strip()}" if end is None else f"{start.strip()} to {end.strip()}"
    return _range(*between(first, last, here), here, phrase)


def _now(now: datetime, zone: ZoneInfo) -> Now:
    if now.utcoffset() is None:
        raise ValueError("now must be aware")
    if not FIRST_YEAR < now.year <= LAST_YEAR:
        raise RangeError(f"now is {now.year}: ranges lie between {FIRST_YEAR} and {LAST_YEAR}", "Set the clock.")
    return Now(int(now.replace(microsecond=0).timestamp()), zone)


def _instant_now(now: Now) -> Instant:
    return Instant(bound(now.instant), bound(now.instant))


def _required_side(phrase: str, now: Now) -> Side | Instant:
    side = side_of(tokens(phrase), now)
    if side is None:
        raise RangeError(f'"{phrase.strip()}" is not understood as one end of a range', EXAMPLES)
    return side


def _range(start: Bound, end: Bound, now: Now, phrase: str) -> TimeRange:
    if not 0 <= start.instant <= _LAST or not 0 <= end.instant <= _LAST:
        raise RangeError(
            f"a range lies between {FIRST_YEAR} and {LAST_YEAR}, in UTC",
            'Days go from 1970-01-02 to 2199-12-31: "since 1970-01-02".',
        )
    first, last = (f"{local_at(bound.instant, now.zone)}" for bound in (start, end))
    if start.instant > now.instant:
        raise RangeError(
            f"the range lies wholly in the future: it begins {first}, and now is {now.local}",
            'Name a time that has begun: "yesterday 9:00 to 17:00", "last friday", "july 2022".',
        )
    if end.instant <= start.instant:
        raise RangeError(f"the range is empty: its end, {last}, is not after its start, {first}", EXAMPLES)
    choices = tuple(dict.fromkeys((*start.choices, *end.choices)))
    return TimeRange(start.instant, end.instant, now.zone, phrase, choices)


def _bounds(words: list[Token], now: Now) -> Bounds:
    match [word.kind for word in words]:
        case ["DURATION"]:
            bounds = _up_to_now(words[0].text, now)
        case ["ytd" | "qtd" | "mtd" | "wtd" as short]:
            bounds = between(Side(span_of(now.local, _TO_DATE[short])), _instant_now(now), now)
        case [("day" | "week" | "month" | "quarter" | "year") as current, "to", "date"]:
            bounds = between(Side(span_of(now.local, current)), _instant_now(now), now)
        case [*_, "so", "far"] | [*_, "to", "date"]:
            bounds = _so_far(words[:-2], now)
        case ["until", *_]:
            bounds = _until(words[1:], now)
        case ["since", *_] if side := side_of(words[1:], now):
            bounds = between(side, _instant_now(now), now)
        case _:
            side = side_of(words, now)
            bounds = _alone(side, words, now) if side else _with_length(words, now) or _two_sides(words, now)
    return bounds


def _up_to_now(text: str, now: Now) -> Bounds:
    """``90m``, ``1h30m``, ``7d``."""
    amounts = amounts_in(text)
    if re.match(r"0\d|\d{4}", text) and amounts[0][1] == "hour":
        raise RangeError(f'"{text}": an amount of hours, or a time of day?', 'Write "14:00", or "last 1400 hours".')
    first = moved(now.instant, negative(amounts), now.zone)
    if {unit for _, unit in amounts} <= CLOCK_UNITS:
        return between(first, _instant_now(now), now)
    if not re.fullmatch(r"(?:\d+[a-z]{1,2})+", text):
        raise RangeError(f'"{text}" {TWO_READINGS}', f'Say "last {text}" (whole ones), or "now-{text} to now".')
    start, end = between(first, _instant_now(now), now)
    note = f'{text}: from the same time of day up to now; "last {text}" has whole days'
    return bound(start.instant, note, *start.choices), end


def _alone(side: Side | Instant, words: Sequence[Token], now: Now) -> Bounds:
    if isinstance(side, Instant):
        if not (side.relative or side.closed):
            raise _one_instant(words)
        return between(side, _instant_now(now), now)
    if side.clock:
        raise _one_instant(words)
    return between(side, _instant_now(now), now) if side.to_now else whole(side, now)


def _one_instant(words: Sequence[Token]) -> RangeError:
    text = text_of(words).removeprefix("at ")
    return RangeError(f'"{text}" is one instant, not a range', f'Say "since {text}", or give its end: "{text} to now".')


def _so_far(words: Sequence[Token], now: Now) -> Bounds:
    """``this month so far``."""
    side = side_of(words, now)
    if not isinstance(side, Side) or side.clock or side.to_now:
        raise RangeError(f'"{text_of(words)} so far" is not understood', EXAMPLES)
    if resolve(side.period, now.local).span.end <= now.local:
        raise RangeError(f'"{text_of(words)}" is over', f'Leave out "so far", or say "since {text_of(words)}".')
    return between(side, _instant_now(now), now)


def _until(words: Sequence[Token], now: Now) -> Bounds:
    """``until yesterday noon``: from the beginning of that day."""
    side = side_of(words, now)
    if side is None:
        raise RangeError(f'"until {text_of(words)}" is not understood', EXAMPLES)
    if isinstance(side, Instant) or not side.clock:
        raise RangeError(
            f'since when, until "{text_of(words)}"?', f'Give the start too: "july 1 until {text_of(words)}".'
        )
    day = resolve(side.period, now.local).span
    start, end = between(Side(day), Side(day, side.clock), now)
    note = f'"until" without a start: from the beginning of that day, {day.start.date()}'
    return bound(start.instant, note, *start.choices), end


def _with_length(words: Sequence[Token], now: Now) -> Bounds | None:
    """``9am for 45 minutes``, ``2022-05-03/P7D``, ``PT45M/2022-05-03T09:00``."""
    if words[0].kind in {"from", "since"}:
        words = words[1:]
    match [word.kind for word in words]:
        case [*_, "for" | "/", "DURATION"] if side := side_of(words[:-2], now):
            return starting(side, amounts_in(words[-1].text), now)
        case ["DURATION", "/", *_] if side := side_of(words[2:], now):
            return ending(amounts_in(words[0].text), side, now)
    return None


def _two_sides(words: Sequence[Token], now: Now) -> Bounds:
    opening, body = _opened(words, now)
    if opening == "from" and side_of(body, now):
        text = text_of(body)
        raise RangeError(f'"{text_of(words)}" {TWO_READINGS}', f'Say "{text}", or "since {text}".')
    culprit = words
    for left, right in _splits(body, _SEPARATORS_AFTER.get(opening, _SEPARATORS)):
        first = _first_side(left, right, now)
        last = side_of(right, now)
        if first and last:
            return between(first, last, now)
        if first or last:
            culprit = right if first else left
    hint, kinds = EXAMPLES, {word.kind for word in culprit}
    if "DURATION" in kinds:
        hint = 'A length has a word beside it: "last 2h", "2h ago to now", "9am for 2h".'
    elif {"NUMBER", "MONTH"} & kinds == {"NUMBER"}:
        hint = 'A number alone can be a day or an hour: write "9 july", "9:00" or "9am".'
    raise RangeError(f'"{text_of(culprit)}" is not understood', hint)


def _opened(words: Sequence[Token], now: Now) -> tuple[str, Sequence[Token]]:
    """Take out the opening word; a day may stand before it: ``tuesday from 8:00 to 10:15``."""
    for at, word in enumerate(words):
        if word.kind in _SEPARATORS_AFTER and (at == 0 or (word.kind != "since" and side_of(words[:at], now))):
            return word.kind, [*words[:at], *words[at + 1 :]]
    return "", words


def _splits(words: Sequence[Token], separators: frozenset[str]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
    for at, word in enumerate(words):
        left, right = words[:at], words[at + 1 :]
        # "1/15" looks like a date: a slash does not separate a lone number.
        slashed = word.kind == "/" and any([token.kind for token in side] == ["NUMBER"] for side in (left, right))
        if left and right and word.kind in separators and not slashed:
            yield left, right


def _first_side(left: Sequence[Token], right: Sequence[Token], now: Now) -> Side | Instant | None:
    *day, hour = left
    may_be_a_day = hour.kind == "NUMBER" and not day and {"NUMBER", "MONTH"} & {word.kind for word in right}
    clock = None if may_be_a_day else _sharing_meridiem(hour, right[0])  # "12 to 3pm 27 july": noon, or the 12th?
    side = side_of([*day, clock], now) if clock else None
    if clock and isinstance(side, Side):
        return replace(side, notes=(*side.notes, f"{hour.text} is read as {clock.text}"))
    return side_of(left, now)


def _sharing_meridiem(first: Token, last: Token) -> Token | None:
    """``1-2pm``, ``9:30 to 11pm``: the first time takes am or pm from the second, if it is then the earlier one."""
    meridiem = meridiem_of(last.text) if last.kind == "CLOCK" else ""
    if not meridiem or not re.fullmatch(r"(1[0-2]|[1-9])(:\d\d)*", first.text) or first == _NOON:
        return None
    shared = Token("CLOCK", first.text + meridiem)
    if clock_of(shared.text).time >= clock_of(last.text).time:
        return None
    if first.kind == "CLOCK" and clock_of(first.text) == clock_of(shared.text):
        return None
    if re.match(r"\d\d:", first.text):  # 10:30 may be of a 24-hour clock; that clock writes 9:30 as 09:30
        raise RangeError(f'"{first.text}": before noon, or after?', f'Write "{first.text}am" or "{first.text}pm".')
    return shared
