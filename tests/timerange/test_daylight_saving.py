"""Days of 23, 24.5 and 25 hours; clock times that occur twice or not at all."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.timerange import parse_range
from tests.timerange.reading import read


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2023-03-26", "Europe/Berlin", 23),
        ("2023-10-29", "Europe/Berlin", 25),
        ("2023-10-28", "Europe/Berlin", 24),
        ("2023-03-12", "America/New_York", 23),
        ("2023-11-05", "America/New_York", 25),
        ("2023-04-02", "Australia/Lord_Howe", 24.5),
        ("2023-10-01", "Australia/Lord_Howe", 23.5),
        ("2018-11-04", "America/Sao_Paulo", 23),  # has no midnight
        ("2018-02-17", "America/Sao_Paulo", 25),  # its last hour comes twice
        ("2023-11-05", "America/Havana", 25),  # its first hour comes twice
        ("2006-10-28", "America/St_Johns", 24),  # clocks went back at 00:01, to the day before
        ("2023-03-26", "Asia/Hong_Kong", 24),
        ("2011-12-29", "Pacific/Apia", 24),
        ("2011-12-31", "Pacific/Apia", 24),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(day: str, zone: str, hours: float) -> None:
    now = "2023-12-01 12:00"
    assert read(day, now, zone).seconds == hours * 3600
    assert read("today", f"{day} 12:00", zone).seconds == hours * 3600


def test_a_time_that_occurs_twice_is_the_first_as_a_start_and_the_second_as_an_end() -> None:
    span = read("2023-10-29 2:30 to 2023-10-29 2:45", "2023-11-01", "Europe/Berlin")
    assert span.start_at.isoformat() == "2023-10-29T02:30:00+02:00"
    assert span.end_at.isoformat() == "2023-10-29T02:45:00+01:00"
    assert span.choices == (
        "02:30 on 2023-10-29 occurs twice in Europe/Berlin: the first is used",
        "02:45 on 2023-10-29 occurs twice in Europe/Berlin: the second is used",
    )


def test_a_time_that_the_clocks_skip_moves_to_the_next_existing_time() -> None:
    span = read("2023-03-26 2:30 to 5:00", "2023-04-01", "Europe/Berlin")
    assert span.start_at.isoformat() == "2023-03-26T03:00:00+02:00"
    assert span.choices == ("02:30 on 2023-03-26 does not exist in Europe/Berlin: the next time that does is 03:00",)


def test_a_range_within_a_skipped_hour_is_refused_as_empty() -> None:
    with pytest.raises(Exception, match="the range is empty"):
        read("2023-03-26 2:10 to 2:50", "2023-04-01", "Europe/Berlin")


def test_a_time_on_a_skipped_day_moves_to_the_next_day() -> None:
    span = read("2011-12-30 14:00 to 2011-12-31 10:00", "2012-01-05", "Pacific/Apia")
    assert span.start_at.isoformat() == "2011-12-31T00:00:00+14:00"
    assert "00:00 on 2011-12-31" in span.choices[0]


def test_a_day_without_midnight_starts_later_and_lists_the_choice() -> None:
    span = read("2018-11-04", "2018-12-01", "America/Sao_Paulo")
    assert span.start_at.isoformat() == "2018-11-04T01:00:00-02:00"
    assert "00:00 on 2018-11-04 does not exist" in span.choices[0]


def test_hours_are_elapsed_time_and_days_are_calendar_days() -> None:
    now = "2023-03-26 12:00"
    assert read("now-24h", now, "Europe/Berlin").seconds == 24 * 3600
    assert read("now-1d", now, "Europe/Berlin").seconds == 23 * 3600
    assert read("last 24 hours", now, "Europe/Berlin").seconds == 24 * 3600
    assert read("now-1d1h", now, "Europe/Berlin").seconds == 24 * 3600


def test_an_hour_that_occurs_twice_is_one_hour_of_the_calendar() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2023, 10, 29, 2, 30, fold=1, tzinfo=zone)
    this, last = (parse_range(phrase, now=now, zone=zone) for phrase in ("this hour", "last hour"))
    assert (this.seconds, last.seconds) == (2 * 3600, 3600)
    assert last.end == this.start
    assert this.start_at.isoformat() == "2023-10-29T02:00:00+02:00"


def test_the_last_hour_is_not_one_that_the_clocks_skipped() -> None:
    span = read("last hour", "2023-03-26 03:10", "Europe/Berlin")
    assert span.start_at.isoformat() == "2023-03-26T01:00:00+01:00"
    assert span.seconds == 3600


@pytest.mark.parametrize(
    ("phrase", "zone", "line"),
    [
        ("2023-07-27", "Asia/Hong_Kong", "2023-07-27 00:00 to 2023-07-28 00:00 Asia/Hong_Kong (UTC+08:00), 1 day"),
        (
            "2023-03-26",
            "Europe/Berlin",
            "2023-03-26 00:00 to 2023-03-27 00:00 Europe/Berlin (UTC+01:00 to UTC+02:00), 1 day (23 hours)",
        ),
        (
            "2023-10",
            "Europe/Berlin",
            "2023-10-01 00:00 to 2023-11-01 00:00 Europe/Berlin (UTC+02:00 to UTC+01:00), 31 days (745 hours)",
        ),
        (
            "2023-04-02",
            "Australia/Lord_Howe",
            (
                "2023-04-02 00:00 to 2023-04-03 00:00 Australia/Lord_Howe (UTC+11:00 to UTC+10:30), "
                "1 day (24 hours 30 minutes)"
            ),
        ),
        (
            "2023-07-26 14:00:05 to 15:30",
            "UTC",
            "2023-07-26 14:00:05 to 2023-07-26 15:30 UTC (UTC+00:00), 1 hour 29 minutes 55 seconds",
        ),
        ("last 24 hours", "UTC", "2023-11-30 12:00 to 2023-12-01 12:00 UTC (UTC+00:00), 24 hours"),
        (
            "month to date",
            "Asia/Kathmandu",
            "2023-12-01 00:00 to 2023-12-01 12:00 Asia/Kathmandu (UTC+05:45), 12 hours",
        ),
        (
            "since 2023-10-28 15:00",
            "Europe/Berlin",
            "2023-10-28 15:00 to 2023-12-01 12:00 Europe/Berlin (UTC+02:00 to UTC+01:00), 33 days 21 hours (814 hours)",
        ),
    ],
)
def test_a_range_is_described_in_one_line(phrase: str, zone: str, line: str) -> None:
    assert read(phrase, "2023-12-01 12:00", zone).describe() == line
