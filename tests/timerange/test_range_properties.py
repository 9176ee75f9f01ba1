"""Properties of all phrases, at all times and in all zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.errors import RangeError
from nxcdr.timerange import TimeRange, days, parse_ends, parse_range

ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Hong_Kong",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "America/Havana",
        "Africa/Monrovia",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
).map(ZoneInfo)
NOWS = st.datetimes(datetime(1973, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive

_WORDS = """
today yesterday day before last this previous past hour day week month quarter year monday friday fri weekend on of
in jan july jul feb 29 30 31 1 2 15 1st 2023 2012 1999 2023-07 2011-12-30 2023-03-26 27/7/2023 20230727 2023-W53 w30
Q3 2023Q1 now now-7d/d now-1h now-1mo/w 2h 90m 1h30m two weeks 7 days ago 3 minutes a an including so far to date
until since from between and through for .. - / , 9am 5pm 14:00 2:30 23:59:59 24:00 noon midnight at the 1690387200
1690387200123 2023-07-26T14:00Z ytd 2023-10-29T02:30:00.5+02:00 7daysago blah tomorrow 99999 0
first second last end start beginning 3rd 31st half 1.5 1/2 hours an UTC GMT Z +08:00 -0400 +14:00 UTC+2 PT45M P1M P7D
P400Y 12:00 1-2pm 27.11.2017 9999 1.5h 2.weeks.ago jul. last's 14:00:00,5 2017-01-30T16:04:01.498138595Z midnight noon
first of last day of first monday of week of 10 days months
"""
PHRASES = st.lists(st.sampled_from(_WORDS.split()), min_size=1, max_size=7).map(" ".join)
_UNITS = """
today | yesterday | this hour | last hour | this week | last week | this month | last month | this quarter
last quarter | this year | last year | monday | last friday | monday last week | tuesday of last week | last weekend
july | feb 29 | week 53 | 2011-12-30 | Q3 | last 7 days | last 24 hours | last 7 days including today
last two weeks | last 3 months | past hour | 90m | -2h | 2h ago | a week ago | 3 days ago | now-7d/d | now-1mo | ytd
9:00 to 17:00 | yesterday 2:30 to 3:30 | yesterday 10pm - 1am | since 2:30 | since monday | mon..fri | jul 1 - 15
nov to feb | dec 30 - jan 2 | last 7 days to now | yesterday noon to midnight | last sunday 1:30 - 2:30
month to date | last year to march | 1990-02-03 to now | 10pm to 2am | 22:00 to 6:00 | 9am for 45 minutes | 10pm/PT9H
first of last month | last day of february | last friday of march | first 10 days of november | week of feb 29
last week friday | last 1.5 hours | half an hour ago | yesterday for a day | week before last | start of october to now
2:30-3:30am | PT36H | P1Y | 1990-02-03T10:00:00.5Z/P1M
"""
UNITS = _UNITS.strip().replace("\n", " | ").split(" | ")


def attempt(phrase: str, now: datetime, zone: ZoneInfo) -> TimeRange | None:
    try:
        return parse_range(phrase, now=now, zone=zone)
    except RangeError as caught:
        error = caught
    assert error.message
    assert error.hint
    return None


@given(st.one_of(st.text(), st.text(st.characters(codec="ascii")), PHRASES), NOWS, ZONES)
@settings(max_examples=1500)
def test_any_text_is_refused_or_a_range_that_has_begun(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    span = attempt(phrase, now, zone)
    if span:
        assert span.start < span.end
        assert span.start <= int(now.timestamp())


@given(st.text(max_size=20), PHRASES, NOWS, ZONES)
@settings(max_examples=300)
def test_any_two_sides_are_refused_or_a_range(start: str, end: str, now: datetime, zone: ZoneInfo) -> None:
    for first, last in ((start, end), (end, start), (end, None), (end, end)):
        try:
            span = parse_ends(first, last, now=now, zone=zone)
        except RangeError:
            continue
        assert span.start < span.end


@given(st.one_of(st.sampled_from(UNITS), PHRASES), NOWS, ZONES)
@settings(max_examples=800)
def test_a_range_written_in_iso_8601_is_the_same_range(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    span = attempt(phrase, now, zone)
    if span:
        iso = f"{span.start_at.isoformat()}/{span.end_at.isoformat()}"
        again = parse_range(iso, now=now, zone=zone)
        assert (again.start, again.end, again.choices) == (span.start, span.end, ())


@given(st.sampled_from(UNITS), NOWS, ZONES)
@settings(max_examples=400)
def test_case_does_not_matter(phrase: str, now: datetime, zone: ZoneInfo) -> None:
    spans = [attempt(text, now, zone) for text in (phrase, phrase.upper(), phrase.title())]
    assert len({span and (span.start, span.end) for span in spans}) == 1


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "quarter", "year"])
@given(now=NOWS, zone=ZONES)
@settings(max_examples=150)
def test_the_last_unit_ends_where_this_one_begins(unit: str, now: datetime, zone: ZoneInfo) -> None:
    this, last = (attempt(f"{which} {unit}", now, zone) for which in ("this", "last"))
    assert this
    assert this.start <= int(now.timestamp()) < this.end
    if last or unit != "day":  # a zone may have skipped yesterday
        assert last
        assert last.end == this.start


@given(NOWS, ZONES, st.integers(1, 60))
@settings(max_examples=300)
def test_the_last_days_are_the_days_before_today(now: datetime, zone: ZoneInfo, count: int) -> None:
    several, today = (attempt(phrase, now, zone) for phrase in (f"last {count} days", "today"))
    if several and today:
        assert several.end == today.start
        assert len(list(days(several))) in {count, count - 1}  # Pacific/Apia


@given(st.dates(datetime(1975, 1, 1).date(), datetime(2099, 1, 1).date()), ZONES)  # noqa: DTZ001 - dates
@settings(max_examples=300)
def test_all_spellings_of_a_date_are_the_same_day(date: datetime, zone: ZoneInfo) -> None:
    now = datetime(2100, 1, 1, tzinfo=UTC)
    spellings = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%A %d %B %Y", "%d-%b-%Y", "%G-W%V-%u")
    spans = {
        attempt(date.strftime(spelling), now, zone) and attempt(date.strftime("%Y-%m-%d"), now, zone)
        for spelling in spellings
    }
    assert len(spans) == 1
    span = spans.pop()
    following = attempt(f"{date + timedelta(days=1)}", now, zone)
    if span and following:
        assert span.end == following.start
