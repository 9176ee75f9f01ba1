"""What is refused, and what the refusal says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.errors import RangeError, UsageError
from nxcdr.timerange import EXAMPLES, parse_ends, parse_range

ZONE = ZoneInfo("Asia/Hong_Kong")
THURSDAY = datetime(2023, 7, 27, 15, 30, 20, tzinfo=ZONE)

# phrase | a part of the message
REFUSED = """
 | empty
,,, | empty
blah | "blah" is not understood
yesterday blah | "blah" is not understood
last | "last" is not understood
last 5 | "last 5" is not understood
week | "week" is not understood
yesterday to | "yesterday to" is not understood
to yesterday | "to yesterday" is not understood
monday.. | "Monday .." is not understood
..monday | ".. Monday" is not understood
today yesterday | "today yesterday" is not understood
2023-07-01 to 2023-07-02 to 2023-07-03 | is not understood
2023-07-01...2023-07-03 | "." has no place
9am-5pm mon-fri | is not understood
july and august | is not understood
between july 1 to july 3 | is not understood
in 2h | is not understood
july 2023 27 | is not understood
2023-07-27-2023-07-28 | is not understood
yesterday? | "?" has no place
$(date) | "$" has no place
today; rm | ";" has no place
yestreday | "yestreday" is not understood
30 february | 30 February does not exist
2023-02-30 | 30 February does not exist
feb 29 2023 | 29 February does not exist in 2023
31 june | 31 June does not exist
july 99 | 99 July does not exist
july 0 | 0 July does not exist
2023-13-01 | there is no month 13
2023-13 | there is no month 13
20231301 | there is no month 13
13/13/2023 | there is no month 13
week 54 | there is no week 54
week 0 | there is no week 0
week 53 2022 | week 53 does not exist in 2022
2023-W53 | week 53 does not exist in 2023
Q5 2023 | there is no quarter Q5
Q0 | there is no quarter Q0
25:00 to now | "25:00" is no time of day
today 9:60 to 10:00 | "9:60" is no time of day
today 9:00:60 to 10:00 | "9:00:60" is no time of day
24:01 to now | "24:01" is no time of day
13pm to now | "13pm" is no time of a 12-hour clock
0am to now | "0am" is no time of a 12-hour clock
2023-07-26T25:00Z to now | no point of time
2023-02-30T10:00Z to now | no point of time
2023-07-26T10:00-16:30 | no zone is -16:30 from UTC
2023-07-26T10:00+08:60 to now | no zone is +08:60 from UTC
2023-07-27 to 2023-07-26 | the range is empty
2023-07-15 to 2023-07-01 | the range is empty
today 10:00 to 10:00 | the range is empty
10pm - 1am yesterday | the range is empty
fri-mon last week | the range is empty
yesterday to monday | the range is empty
now | the range is empty
now to now | the range is empty
jul 28 - 3 | the range is empty
last week to last month | the range is empty
01/02/2023 | which number is the month?
1.2.2023 | which number is the month?
1/2/23 | a year has four digits
27-jul-23 | a year has four digits
mon 27 jul 2023 | 2023-07-27 is a Thursday, not a Monday
friday, july 27 | 2023-07-27 is a Thursday, not a Friday
friday 2023-07-27 | 2023-07-27 is a Thursday, not a Friday
2023-W30-8 | 8 alone can be
tomorrow | "tomorrow" lies in the future
next week | "next" lies in the future
today to tomorrow | "tomorrow" lies in the future
2099 | wholly in the future
2023-08-01 | wholly in the future
2023-07-28 to 2023-07-30 | wholly in the future
july 28 2023 | wholly in the future
since 6pm | wholly in the future
17:00 to 18:00 | wholly in the future
this weekend | wholly in the future
friday this week | wholly in the future
now+1h to now+2h | wholly in the future
since 9999999999 | a range lies between 1970 and 2199
1969 | 1969 is no year
2300 | 2300 is no year
0900 to 1700 | 0900 is no year
9999-12-31 | 9999 is no year
2023-07-01 to 9999-12-31 | 9999 is no year
since 2023-07-01 until 9999-12-31T23:59Z | a range lies between
1970 | a range lies between
last 99999999999 days | reaches back before 1970
last 9999 months | reaches back before 1970
99999999 hours ago | reaches back before 1970
now-54y | reaches back before 1970
now-30y-30y | reaches back before 1970
99999 | 99999 is no day, date, year or epoch time
123456789012345678901234567890 | 12345678901234567890… is no day
202307 | 202307 is no day
last 0 days | is no time at all
0h | is no time at all
last 30 minutes 1 hour | "30 minutes 1 hour" is no length of time
last 2h 3h | "2h 3h" is no length of time
last 1 week 2 days | mixes units
last 3 weeks including today | mixes units
last 1.5 hours | fractions
9.30 to 10.30 | fractions
now-5x | "5x" is no length of time
now-1h/x | rounds to nothing known
now-1h/s | rounds to nothing known
now-1M | is M a month or a minute?
now-6M/M | is M a month or a minute?
1400 hours | an amount of hours, or a time of day?
0900h | an amount of hours, or a time of day?
7 days | can be read in two ways
two weeks | can be read in two ways
past week | can be read in two ways
past month | can be read in two ways
from yesterday | can be read in two ways
last fortnight | can be read in two ways
after monday | can be read in two ways
2023-07-26 10:00:00-08:00 | ends in an offset or in a second time
noon | one instant
14:00 | one instant
yesterday 14:00 | one instant
2023-07-26T14:00Z | one instant
1690300800 | one instant
until monday | since when
until now | since when
yesterday to 9am | needs its day
9am to monday | needs its day
2h ago to 14:00 | needs its day
last week 9am to 5pm | needs a day
july 9am to noon | needs a day
yesterday to last 2h | can't be the end
last month so far | is over
9am so far | "9am so far" is not understood
until week | "until week" is not understood
15 | a day or an hour
9-5pm | a day or an hour
12 to 3pm 27 july | a day or an hour
jul 2 2pm - 4 | a day or an hour
27 jul 2000 - 2030 | a year, or a time of day?
27 jul 2023 9am to 2023 | a year, or a time of day?
2000 to 27 jul 2023 9pm | a year, or a time of day?
2015 to 2030 | a year, or a time of day?
july 2023 15:00 to 16:00 | needs a day
jul 27 1400 to 1500 | 1400 is no year
for 2h | is not understood
1-15 | of which month
2023-07-01/15 | is not understood
1/15 july | is not understood
2022 to july | of which year
july 27 - 2023 | a year, or a time of day?
sep to may | or the other way round
jul 15 - jul 1 | or the other way round
jul 15 - jul 1 2023 | or the other way round
mon to mon | one day, or eight
monday week 30 | of which year
last 3 business days | needs a calendar of holidays
last 5 working days | needs a calendar of holidays
this morning | has no agreed hours
last night | has no agreed hours
yesterday afternoon | has no agreed hours
last few days | is no number
half an hour ago | is no number
yesterday 14:00 UTC to now | is a zone
9am hkt to 10am | is a zone
yesterday 14:00Z to 15:00Z | is a zone
"""


def refusal(phrase: str) -> RangeError:
    with pytest.raises(RangeError) as caught:
        parse_range(phrase, now=THURSDAY, zone=ZONE)
    return caught.value


@pytest.mark.parametrize("row", REFUSED.strip("\n").splitlines())
def test_what_is_not_wholly_understood_is_refused_with_the_reason(row: str) -> None:
    phrase, _, reason = row.rpartition(" | ")
    error = refusal(phrase)
    assert reason in error.message
    assert error.hint


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
    ],
)
def test_a_near_miss_is_named(phrase: str, hint: str) -> None:
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
def test_characters_of_other_scripts_and_invisible_ones_are_named(phrase: str, name: str) -> None:
    assert refusal(phrase).message == name


def test_a_phrase_that_is_too_long_is_refused_unread() -> None:
    assert "201 characters" in refusal("x" * 201).message
    assert refusal("9" * 200).message.endswith("is no day, date, year or epoch time")


@pytest.mark.parametrize("unit", ["1h", "a ", "- ", "now-", "1-", "to ", "2023-07-27", "9:00 to "])
def test_the_longest_phrases_are_refused_too(unit: str) -> None:
    assert refusal((unit * 200)[:200]).message


def test_an_end_without_a_start_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a start"):
        parse_ends(None, "yesterday", now=THURSDAY, zone=ZONE)


@pytest.mark.parametrize("start", ["monday to friday", "since monday", "2h", "", "blah"])
def test_a_side_told_apart_is_one_side(start: str) -> None:
    with pytest.raises(RangeError):
        parse_ends(start, None, now=THURSDAY, zone=ZONE)


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    apia = ZoneInfo("Pacific/Apia")
    now = datetime(2011, 12, 31, 12, tzinfo=apia)
    for phrase in ("2011-12-30", "yesterday", "2011-12-30 to now"):
        with pytest.raises(RangeError, match="2011-12-30 does not exist in Pacific/Apia"):
            parse_range(phrase, now=now, zone=apia)


def test_now_has_a_zone_and_a_year_that_ranges_have() -> None:
    with pytest.raises(ValueError, match="aware"):
        parse_range("today", now=datetime(2023, 7, 27), zone=ZONE)  # noqa: DTZ001 - the point
    with pytest.raises(RangeError, match="now is 9999"):
        parse_range("today", now=datetime(9999, 12, 31, tzinfo=ZONE), zone=ZONE)
