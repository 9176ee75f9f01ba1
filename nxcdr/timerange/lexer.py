"""Split a phrase into tokens. Every character belongs to a token, or the phrase is refused.

Dates in digits become the same tokens as dates in words: ``2023-07-27`` is ``27 july 2023``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nxcdr.errors import RangeError
from nxcdr.timerange.amounts import DURATION
from nxcdr.timerange.vocabulary import (
    DURATION_UNITS,
    EXAMPLES,
    FIRST_YEAR,
    LAST_YEAR,
    MONTHS,
    NUMBERS,
    REASONS,
    SPELLINGS,
    VOCABULARY,
    WEEKDAYS,
)

LONGEST = 200
"""The longest phrase, in characters."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a punctuation mark of a phrase.

    Attributes:
        kind: Its kind in the grammar: a class in capitals (MONTH), or the word itself.
        text: The full spelling of a word, a number without leading zeros, or what was typed, in lower case.
    """

    kind: str
    text: str


_FRACTION = r"(?: \.\d+ )?"
_TIME = rf"\d\d:\d\d (?: :\d\d {_FRACTION} )?"
_OFFSET = r"\d\d (?: :?\d\d (?: :?\d\d )? )?"
# The first pattern that matches is used, so longer and more specific patterns come first.
_PATTERNS = {
    "TIMESTAMP": rf"""(?: \d{{4}}-\d\d-\d\d t {_TIME} -{_OFFSET}
                        | \d{{4}}-\d\d-\d\d t \d\d (?: z | [+-]{_OFFSET} )?
                        | \d{{8}} t \d{{4}} (?: \d\d {_FRACTION} )? (?: z | [+-]{_OFFSET} )? ) (?! [\w:] )""",
    "TIME_OR_OFFSET": r"""(?: \d{4}-\d\d-\d\d \s \d\d:\d\d \s | \d\d:\d\d:\d\d (?: \.\d+ )? \s? )
                          -(?: 0\d | 1[0-4] ):\d\d (?! [\d:] )""",
    "ISO_WEEK": r"\d{4} [\s-]? (?: week\s? | wk\s? | w ) (?: \d\d (?: -?\d )? | \d ) (?! \w )",
    "WEEK": r"(?: week | wk | w ) \d{1,2} (?! \w )",
    "QUARTER": r"(?: \d{4} [\s-]? )? q\d (?! \w )",
    "ISO_DURATION": r"p (?= t?\d ) (?: [\d.]+[ymwd] )* (?: t (?: [\d.]+[hms] )+ )? (?! \w )",
    "DURATION": DURATION,
    "DATE": r"""(?: \d{4}-\d{1,2}-\d{1,2} (?! \d | -\d )
                  | \d{4}/\d{1,2}/\d{1,2} (?! \d | /\d )
                  | \d{4}\.\d{1,2}\.\d{1,2} (?! \d | \.\d )
                  | \d{8} (?! \d ) ) (?: t (?= \d\d: ) )?""",
    "DAY_MONTH_YEAR": r"\d{1,2} (?P<mark> [-/.] ) (?: \d{1,2} | [a-z]{3,9} ) (?P=mark) \d{2,4} (?! \d )",
    "YEAR_MONTH": r"(?: \d{4}[-/.]\d{1,2} | \d{1,2}[/.]\d{4} ) (?! \d | [-/.]\d | : )",
    "EPOCH": rf"@? \d{{10}} (?: \d{{3}} ){{0,3}} {_FRACTION} (?! \d )",
    "NOW": r"now (?! [a-z] ) (?: \s* [-+] \s* (?: \d+ (?: \.\d+ )? \s* [a-z]+ )+ )* (?: /[a-z]+ )?",
    "OFFSET": rf"""(?: utc | gmt | z ) (?! [a-z] ) (?: \+\d{{1,2}} (?: :?\d\d )? (?! [\d:] ) | -\d{{1,4}} (?! [\d:] ) )?
                 | \+ {_OFFSET} (?! [\w:] )
                 | (?: (?<= \s ) | (?<= :\d\d:\d\d ) ) - (?: 0\d | 1[0-4] ) [0-5]\d (?! [\w:-] )""",
    "TWELVE": r"12 (?: :00 ){0,2} \s* (?= (?: noon | midday | midnight ) \b )",
    "CLOCK": rf"""\d{{1,2}} (?: :\d\d (?: :\d\d {_FRACTION} )? )? \s* (?: [ap]m (?! [a-z] ) | [ap]\.m\. )
                | \d{{1,2}}:\d\d (?: :\d\d {_FRACTION} )? (?! [\d:] )""",
    "DECIMAL": r"\d+\.\d+",
    "NUMBER": r"\d+ (?: (?: st | nd | rd | th ) (?! [a-z] ) )?",
    "SEPARATOR": r"\.\. (?! \. ) | - (?! - ) | /",
    "WORD": r"[a-z]+",
    "SPACE": r"\s+",
    "STRANGE": r"-- | .",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}> {pattern} )" for kind, pattern in _PATTERNS.items()), re.VERBOSE)
# "16:04:01,498" and "1,5 hours", but not "14:00:00,2023".
_DECIMAL_COMMA = re.compile(
    rf"""(?: (?<= :\d\d:\d\d ) | (?<= t\d{{6}} ) ) , (?= \d+ (?! [\d:] ) ) (?! (?: 19 | 2[01] )\d\d (?! [\dz+] ) )
       | (?<= \d ) , (?= \d{{1,2}} \s* (?: {"|".join(DURATION_UNITS)} ) \b )""",
    re.VERBOSE | re.IGNORECASE,
)
# "jul. 27", "27. july", "1.-15. july" and "2.weeks.ago", but not "2 p.m." and "mon..fri"; "last week's".
_PUNCTUATION = re.compile(r",|(?<=[a-z]{2})\.(?!\.)|(?<=\d)\.(?=\s?[a-z-])|(?<=[a-z])'s\b", re.IGNORECASE)


def tokens(phrase: str) -> list[Token]:
    """Split a phrase into tokens.

    Raises:
        RangeError: It is empty or too long, or has a character, a word or a number that no range has.
    """
    if len(phrase) > LONGEST:
        raise RangeError(f"a range of {len(phrase)} characters is too long (at most {LONGEST})", EXAMPLES)
    for position, character in enumerate(phrase, 1):
        if not (" " <= character <= "~" or character == "\t"):
            name = unicodedata.name(character, "a control character")
            raise RangeError(
                f"character {position} is U+{ord(character):04X} ({name})",
                "A range is plain English letters and digits; look-alikes come with copied text: type it anew.",
            )
    typed = " ".join(_PUNCTUATION.sub(" ", _DECIMAL_COMMA.sub(".", phrase)).split())
    if not typed:
        raise RangeError("the range is empty: the phrase has no words", f"Perhaps a variable is not set. {EXAMPLES}")
    return [
        token
        for match in _TOKEN.finditer(typed.lower())
        for token in _read(str(match.lastgroup), match[0].strip(), typed[match.start() : match.end()])
    ]


def text_of(words: Sequence[Token]) -> str:
    """Return the text of tokens, for a message."""
    return " ".join(word.text for word in words)


def _read(kind: str, text: str, typed: str) -> Iterable[Token]:
    match kind:
        case "SPACE" | "TWELVE":  # "12 noon" is "noon"
            return ()
        case "NOW" if re.search(r"[\d/]\s*M(?![A-Za-z])", typed) and typed != typed.upper():
            # To dashboards M is a month and m is a minute, but here case does not matter.
            raise RangeError(f'"{typed}": is M a month or a minute?', 'Write "mo" or "min": now-1mo.')
        case "TIME_OR_OFFSET":
            raise RangeError(
                f'"{text}" ends in an offset or in a second time',
                'Write "2023-07-27T10:00:00-08:00" for an offset, ".." between two times.',
            )
        case "DECIMAL":
            raise RangeError(
                f'"{text}" is neither a time nor a date',
                'Write "9:30" for a time, "27 nov" for a day. Only hours and shorter have parts: "last 1.5 hours".',
            )
        case "STRANGE":
            raise RangeError(f'"{text}" has no place in a range', EXAMPLES)
    return _READERS[kind](text) if kind in _READERS else (Token(kind, text),)


def _separator(text: str) -> Iterator[Token]:
    yield Token(text, text)


def _word(text: str) -> Iterator[Token]:
    if text in REASONS:
        reason, hint = REASONS[text]
        raise RangeError(f'"{text}" {reason}', hint)
    if text not in SPELLINGS:
        hint = EXAMPLES
        if text in DURATION_UNITS:
            hint = 'A number comes first: "last 7 days", "2h ago".'
        elif text in NUMBERS:
            hint = 'A unit follows it, or write it in digits: "two hours ago", "25 minutes ago", "9am".'
        elif near := difflib.get_close_matches(text, VOCABULARY, n=1, cutoff=0.7):
            hint = f'Did you mean "{near[0]}"?'
        raise RangeError(f'"{_short(text)}" is not understood', hint)
    yield Token(*SPELLINGS[text])


def _number(text: str) -> Iterator[Token]:
    digits = "".join(filter(str.isdigit, text))
    match len(digits):
        case 1 | 2:
            yield Token("NUMBER", str(int(digits)))
        case 4 if digits == text:
            yield Token("YEAR", digits)
        case _:
            raise RangeError(
                f"{_short(digits)} is no day, date, year or epoch time",
                "A date is 2023-07-27, a month 2023-07; epoch times have 10 digits (seconds) or 13 (milliseconds).",
            )


def _timestamp(text: str) -> Iterator[Token]:
    date, _, time = text.partition("t")
    clock, offset = re.findall(r"([\d:.]+)(.*)", time)[0]
    yield from _date(date)
    yield Token("CLOCK", clock if ":" in clock else ":".join(re.findall(r"\d\d(?:\.\d+)?", clock)))
    if offset:
        yield from _offset(offset)


def _offset(text: str) -> Iterator[Token]:
    yield Token("OFFSET", text.upper())


def _date(text: str) -> Iterator[Token]:
    match re.findall(r"\d+", text):
        case [year, month, day]:
            yield from _day(year, month, day)
        case _:
            yield from _day(text[:4], text[4:6], text[6:8])


def _day_month_year(text: str) -> Iterator[Token]:
    first, second, year = re.split(r"[-/.]", text)
    if len(year) != len("2023"):
        raise RangeError(f'"{text}": a year has four digits', "Write 2023-07-27 or 27 jul 2023.")
    if not second.isdigit():
        yield from (Token("NUMBER", str(int(first))), *_word(second), _year(year))
        return
    day, month = int(first), int(second)
    months = range(1, len(MONTHS) + 1)
    if day != month and day in months and month in months:
        ways = (f"{d} {MONTHS[m - 1][:3]} {year}" for d, m in ((day, month), (month, day)))
        raise RangeError(f'"{text}": which number is the month?', f"Write {' or '.join(ways)}.")
    yield from _day(year, first, second) if month not in months else _day(year, second, first)


def _year_month(text: str) -> Iterator[Token]:
    month, year = sorted(re.split(r"[-/.]", text), key=len)
    yield from (_month(month), _year(year))


def _week(text: str) -> Iterator[Token]:
    yield from (Token("week", "week"), Token("NUMBER", "".join(filter(str.isdigit, text))))


def _iso_week(text: str) -> Iterator[Token]:
    digits = "".join(filter(str.isdigit, text))
    if day := digits[6:]:
        if not 1 <= int(day) <= len(WEEKDAYS):
            raise RangeError(f'"{text}": there is no weekday {day}', "ISO weekdays are 1 (Monday) to 7 (Sunday).")
        yield Token("WEEKDAY", WEEKDAYS[int(day) - 1])
    yield from (Token("week", "week"), Token("NUMBER", digits[4:6]), _year(digits[:4]))


def _quarter(text: str) -> Iterator[Token]:
    yield Token("QUARTER", text[-2:])
    if not text.startswith("q"):
        yield _year(text[:4])


def _iso_duration(text: str) -> Iterator[Token]:
    days, _, time = text[1:].partition("t")
    yield Token("DURATION", days.replace("m", "mo") + time)


def _day(year: str, month: str, day: str) -> tuple[Token, Token, Token]:
    return Token("NUMBER", str(int(day))), _month(month), _year(year)


def _month(digits: str) -> Token:
    if 1 <= int(digits) <= len(MONTHS):
        return Token("MONTH", MONTHS[int(digits) - 1])
    raise RangeError(f"there is no month {digits}", "Months are 1 to 12: 2023-07, july 2023.")


def _year(digits: str) -> Token:
    if FIRST_YEAR <= int(digits) <= LAST_YEAR:
        return Token("YEAR", digits)
    raise RangeError(
        f"{digits} is no year from {FIRST_YEAR} to {LAST_YEAR}",
        'Name a date in these years: "since 2000-01-01".',
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_SHOWN = 20
_READERS: dict[str, Callable[[str], Iterator[Token]]] = {
    "SEPARATOR": _separator,
    "WORD": _word,
    "NUMBER": _number,
    "TIMESTAMP": _timestamp,
    "OFFSET": _offset,
    "DATE": _date,
    "DAY_MONTH_YEAR": _day_month_year,
    "YEAR_MONTH": _year_month,
    "WEEK": _week,
    "ISO_WEEK": _iso_week,
    "QUARTER": _quarter,
    "ISO_DURATION": _iso_duration,
}
