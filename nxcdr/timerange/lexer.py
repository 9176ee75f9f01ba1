"""Text to tokens: every character belongs to one, or the text is refused.

What is written in digits becomes the tokens of the same thing in words: ``2023-07-27`` is ``27 july 2023``.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nxcdr.errors import RangeError
from nxcdr.timerange.vocabulary import (
    DURATION_UNITS,
    EXAMPLES,
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
    """A word or a number of a phrase.

    Attributes:
        kind: What it is to the grammar: a class in capitals (MONTH), or the word itself.
        text: A word in its full spelling, a number without zeros before it, else as typed, in lower case.
    """

    kind: str
    text: str


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TIME = r"\d\d:\d\d (?: :\d\d (?: \.\d{1,6} )? )?"
_OFFSET = r"\d\d (?: :?\d\d (?: :?\d\d )? )?"
_AMOUNT = rf"(?: \d+ \s* | (?:{_any(NUMBERS)}) \s+ ) (?:{_any(DURATION_UNITS)}) (?: (?![a-z]) | (?=ago\b) )"
# The first that matches is taken, so what is longer or more particular comes first.
_PATTERNS = {
    "INSTANT": rf"""(?: \d{{4}}-\d\d-\d\d [t\s] {_TIME} \s? (?: z | \+{_OFFSET} )
                      | \d{{4}}-\d\d-\d\d t {_TIME} -{_OFFSET}
                      | \d{{8}} t \d{{4}} (?:\d\d)? (?: z | [+-]{_OFFSET} ) ) (?![\w:])""",
    "BASIC": r"\d{8} t \d{4} (?:\d\d)? (?![\w:+-])",
    "TIME_OR_OFFSET": r"\d{4}-\d\d-\d\d \s+ \d\d:\d\d:\d\d (?:\.\d+)? \s? -\d\d:?\d\d (?![\d:])",
    "ISO_WEEK": r"\d{4} [\s-]? (?: week\s? | wk\s? | w ) (?: \d\d (?: -?[1-7] )? | \d ) (?!\w)",
    "WEEK": r"(?: week | wk | w ) \d{1,2} (?!\w)",
    "QUARTER": r"(?: \d{4} [\s-]? )? q\d (?!\w)",
    "DURATION": rf"{_AMOUNT} (?: \s* (?: and\s+ )? {_AMOUNT} )*",
    "DATE": r"""(?: \d{4}-\d{1,2}-\d{1,2} (?! \d | -\d )
                  | \d{4}/\d{1,2}/\d{1,2} (?! \d | /\d )
                  | \d{4}\.\d{1,2}\.\d{1,2} (?! \d | \.\d )
                  | \d{8} (?!\d) ) (?: t (?=\d\d:) )?""",
    "DAY_MONTH_YEAR": r"\d{1,2} (?P<mark>[-/.]) (?: \d{1,2} | [a-z]{3,9} ) (?P=mark) \d{2,4} (?!\d)",
    "YEAR_MONTH": r"\d{4}-\d{1,2} (?! \d | -\d | : )",
    "EPOCH": r"@? (?: \d{13} | \d{10} ) (?!\d)",
    "NOW": r"now (?![a-z]) (?: \s* [-+] \s* (?: \d+ \s* [a-z]+ )+ )* (?: /[a-z]+ )?",
    "CLOCK": r"""\d{1,2} (?: :\d\d (?: :\d\d (?: \.\d{1,6} )? )? )? \s* (?: [ap]m (?![a-z]) | [ap]\.m\. )
               | \d{1,2}:\d\d (?: :\d\d (?: \.\d{1,6} )? )? (?![\d:])""",
    "FRACTION": r"\d+\.\d+",
    "NUMBER": r"\d+ (?: (?: st|nd|rd|th ) (?![a-z]) )?",
    "SEPARATOR": r"\.\. (?!\.) | [-/]",
    "WORD": r"[a-z]+",
    "SPACE": r"\s+",
    "STRANGE": r".",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}> {pattern} )" for kind, pattern in _PATTERNS.items()), re.VERBOSE)


def tokens(phrase: str) -> list[Token]:
    """Cut a phrase into tokens.

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
    typed = " ".join(phrase.replace(",", " ").split())
    found = [
        token
        for match in _TOKEN.finditer(typed.lower())
        for token in _READERS.get(str(match.lastgroup), _plain)(
            str(match.lastgroup), match[0].strip(), typed[match.start() : match.end()]
        )
    ]
    if not found:
        raise RangeError("the range is empty", EXAMPLES)
    return found


def _plain(kind: str, text: str, typed: str) -> Iterator[Token]:
    match kind:
        case "NOW" if re.search(r"[\d/]\s*M(?![A-Za-z])", typed) and typed != typed.upper():
            # To the dashboards M is a month and m a minute; case must not matter here.
            raise RangeError(f'"{typed}": is M a month or a minute?', 'Write "mo" or "min": now-1mo.')
        case "TIME_OR_OFFSET":
            raise RangeError(
                f'"{text}" ends in an offset or in a second time',
                'Write "2023-07-27T10:00:00-08:00" for an offset, ".." between two times.',
            )
        case "FRACTION":
            raise RangeError(
                f'fractions such as "{text}" are not understood', 'Write "90m" for 1.5 hours, "9:30" for 9.30.'
            )
        case "STRANGE":
            raise RangeError(f'"{text}" has no place in a range', EXAMPLES)
    yield Token(kind, text.upper() if kind == "INSTANT" else text)


def _nothing(*_: str) -> Iterator[Token]:
    return iter(())


def _separator(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    yield Token(text, text)


def _word(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    if text in REASONS:
        reason, hint = REASONS[text]
        raise RangeError(f'"{text}" {reason}', hint)
    if text not in SPELLINGS:
        known = text in VOCABULARY  # a number or a unit, out of place
        near = [] if known else difflib.get_close_matches(text, VOCABULARY, n=1, cutoff=0.7)
        raise RangeError(f'"{_short(text)}" is not understood', f'Did you mean "{near[0]}"?' if near else EXAMPLES)
    yield Token(*SPELLINGS[text])


def _number(_kind: str, text: str, _typed: str) -> Iterator[Token]:
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


def _date(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    match re.findall(r"\d+", text):
        case [year, month, day]:
            yield from _day(year, month, day)
        case _:
            yield from _day(text[:4], text[4:6], text[6:8])


def _basic(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    yield from _day(text[:4], text[4:6], text[6:8])
    yield Token("CLOCK", ":".join(re.findall(r"\d\d", text[9:])))


def _day_month_year(_kind: str, text: str, typed: str) -> Iterator[Token]:
    first, second, year = re.split(r"[-/.]", text)
    if len(year) != len("2023"):
        raise RangeError(f'"{text}": a year has four digits', "Write 2023-07-27 or 27 jul 2023.")
    if not second.isdigit():
        yield from (Token("NUMBER", first), *_word("WORD", second, typed), Token("YEAR", year))
        return
    day, month = int(first), int(second)
    months = range(1, len(MONTHS) + 1)
    if day != month and day in months and month in months:
        ways = (f"{d} {MONTHS[m - 1][:3]} {year}" for d, m in ((day, month), (month, day)))
        raise RangeError(f'"{text}": which number is the month?', f"Write {' or '.join(ways)}.")
    yield from _day(year, first, second) if month not in months else _day(year, second, first)


def _year_month(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    year, month = text.split("-")
    yield from (_month(month), Token("YEAR", year))


def _week(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    yield from (Token("week", "week"), Token("NUMBER", "".join(filter(str.isdigit, text))))


def _iso_week(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    digits = "".join(filter(str.isdigit, text))
    if day := digits[6:]:
        yield Token("WEEKDAY", WEEKDAYS[int(day) - 1])
    yield from (Token("week", "week"), Token("NUMBER", digits[4:6]), Token("YEAR", digits[:4]))


def _quarter(_kind: str, text: str, _typed: str) -> Iterator[Token]:
    yield Token("QUARTER", text[-2:])
    if not text.startswith("q"):
        yield Token("YEAR", text[:4])


def _day(year: str, month: str, day: str) -> tuple[Token, Token, Token]:
    return Token("NUMBER", str(int(day))), _month(month), Token("YEAR", year)


def _month(digits: str) -> Token:
    if 1 <= int(digits) <= len(MONTHS):
        return Token("MONTH", MONTHS[int(digits) - 1])
    raise RangeError(f"there is no month {digits}", "Months are 1 to 12: 2023-07, july 2023.")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_SHOWN = 20
_READERS: dict[str, Callable[[str, str, str], Iterator[Token]]] = {
    "SPACE": _nothing,
    "SEPARATOR": _separator,
    "WORD": _word,
    "NUMBER": _number,
    "DATE": _date,
    "BASIC": _basic,
    "DAY_MONTH_YEAR": _day_month_year,
    "YEAR_MONTH": _year_month,
    "WEEK": _week,
    "ISO_WEEK": _iso_week,
    "QUARTER": _quarter,
}
