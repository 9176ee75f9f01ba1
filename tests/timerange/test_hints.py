"""What the hints of refusals say, and what is refused before it is read."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.errors import RangeError, UsageError
from nxcdr.timerange import EXAMPLES, parse_ends, parse_range
from tests.timerange.reading import HONG_KONG, THURSDAY, read

ZONE = ZoneInfo(HONG_KONG)
NOW = datetime.fromisoformat(THURSDAY).replace(tzinfo=ZONE)


def refusal(phrase: str) -> RangeError:
    with pytest.raises(RangeError) as caught:
        read(phrase)
    return caught.value


def refusal_of_sides(start: str, end: str) -> RangeError:
    with pytest.raises(RangeError) as caught:
        parse_ends(start, end, now=NOW, zone=ZONE)
    return caught.value


@pytest.mark.parametrize("phrase", ["", " ", "\t", ",,,"])
def test_an_empty_phrase_is_refused_with_the_likely_cause(phrase: str) -> None:
    for error in (refusal(phrase), refusal_of_sides(phrase, "today"), refusal_of_sides("today", phrase)):
        assert error.message == "the range is empty: the phrase has no words"
        assert error.hint.startswith("Perhaps a variable is not set. For example: ")


@pytest.mark.parametrize(
    ("phrase", "hint"),
    [
        ("yestreday", 'Did you mean "yesterday"?'),
        ("mondey", 'Did you mean "monday"?'),
        ("last quater", 'Did you mean "quarter"?'),
        ("septmeber 2022", 'Did you mean "september"?'),
        ("previos week", 'Did you mean "previous"?'),
        ("01/02/2023", "Write 1 Feb 2023 or 2 Jan 2023."),
        ("xyzzy", EXAMPLES),
        ("last days", 'A number comes first: "last 7 days", "2h ago".'),
        ("since 1900-01-01", 'Name a date in these years: "since 2000-01-01".'),
        ("since 1900", 'Name a year in this range. A time of day has a colon, or am or pm: "14:00", "2pm".'),
        (
            "yesterday 14:00 UTC to now",
            'Use --tz for the zone, e.g. --tz UTC; an offset follows a date and a time: "2023-07-27 14:00 +08:00".',
        ),
        ("end of may", 'Say "last day of may" for the day, or use it as an end: "may 20 to end of may".'),
        ("end of the month", 'Say "end of this month".'),
        ("monday of last month", 'Say "first Monday of last month".'),
        ("10:00 to 11pm", 'Write "10:00am" or "10:00pm".'),
        ("1.5 days ago", 'Use a shorter unit: "last 36 hours", "last 10 days".'),
        ("at 9am", 'Say "since 9am", or give its end: "9am to now".'),
        ("until monday", 'Give the start too: "july 1 until Monday".'),
    ],
)
def test_the_hint_shows_what_to_say(phrase: str, hint: str) -> None:
    assert refusal(phrase).hint == hint


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("yesterd\u0430y", "character 8 is U+0430 (CYRILLIC SMALL LETTER A)"),
        ("\uff12023", "character 1 is U+FF12 (FULLWIDTH DIGIT TWO)"),
        ("\u0662023-07-27", "character 1 is U+0662 (ARABIC-INDIC DIGIT TWO)"),
        ("to\u200bday", "character 3 is U+200B (ZERO WIDTH SPACE)"),
        ("today\u202e", "character 6 is U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("jul 1 \u2013 15", "character 7 is U+2013 (EN DASH)"),
        ("last\u00a0week", "character 5 is U+00A0 (NO-BREAK SPACE)"),
        ("\ufefftoday", "character 1 is U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("today\x00", "character 6 is U+0000 (a control character)"),
        ("today\x1b[2J", "character 6 is U+001B (a control character)"),
        ("today\n", "character 6 is U+000A (a control character)"),
        ("\u212aeks", "character 1 is U+212A (KELVIN SIGN)"),
    ],
)
def test_characters_that_are_not_plain_ascii_are_named(phrase: str, name: str) -> None:
    assert refusal(phrase).message == name


def test_a_phrase_that_is_too_long_is_refused() -> None:
    assert "201 characters" in refusal("x" * 201).message
    assert refusal("9" * 200).message.endswith("is no day, date, year or epoch time")


@pytest.mark.parametrize("unit", ["1h", "a ", "- ", "now-", "1-", "to ", "2023-07-27", "9:00 to "])
def test_the_longest_nonsense_is_refused(unit: str) -> None:
    assert refusal((unit * 200)[:200]).message


def test_an_end_without_a_start_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a start"):
        parse_ends(None, "yesterday", now=NOW, zone=ZONE)


@pytest.mark.parametrize("start", ["monday to friday", "since monday", "2h", "", "blah"])
def test_a_side_given_separately_must_be_one_side(start: str) -> None:
    with pytest.raises(RangeError):
        parse_ends(start, None, now=NOW, zone=ZONE)


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    apia = ZoneInfo("Pacific/Apia")
    now = datetime(2011, 12, 31, 12, tzinfo=apia)
    for phrase in ("2011-12-30", "yesterday", "2011-12-30 to now"):
        with pytest.raises(RangeError, match="2011-12-30 does not exist in Pacific/Apia"):
            parse_range(phrase, now=now, zone=apia)


def test_now_must_be_aware_and_in_the_years_of_ranges() -> None:
    with pytest.raises(ValueError, match="aware"):
        parse_range("today", now=datetime(2023, 7, 27), zone=ZONE)  # noqa: DTZ001 - the point
    with pytest.raises(RangeError, match="now is 9999"):
        parse_range("today", now=datetime(9999, 12, 31, tzinfo=ZONE), zone=ZONE)
