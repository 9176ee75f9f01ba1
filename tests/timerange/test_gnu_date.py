"""Instants are the same as those of GNU ``date -d``."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.timerange import parse_range


def is_gnu() -> bool:
    date = shutil.which("date")
    return date is not None and b"GNU" in subprocess.run([date, "--version"], capture_output=True, check=False).stdout


pytestmark = pytest.mark.skipif(not is_gnu(), reason="there is no GNU date")

ZONES = ["UTC", "Asia/Hong_Kong", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]

ABSOLUTE = """
2023-07-27
2023-7-7
2023/07/27
20230727
27 Jul 2023
27 july 2023
27jul2023
27-Jul-2023
Jul 27, 2023
July 27 2023
Thu, 27 Jul 2023
thursday 27 july 2023
2020-02-29
29 feb 2020
1 jan 1975
31 dec 2022
2023-07-27 14:00
2023-07-27 14:00:30
2023-07-27T14:00
2023-07-27T14:00:30
27 jul 2023 2pm
27 jul 2023 2:30 pm
27 jul 2023 2:30:15 p.m.
2pm 27 jul 2023
14:00 27 jul 2023
27 jul 2023 12am
27 jul 2023 12pm
27 jul 2023 12:30am
2023-03-26 04:00
2023-10-29 04:00
2023-07-27T14:00Z
2023-07-27T14:00:30Z
2023-07-27T14:00+08:00
2023-07-27T14:00-03:30
2023-07-27 14:00+0800
2023-07-27 14:00Z
2023-07-27T14:00:30.000000000Z
2023-07-27T14:00:30,000Z
2023-07-27 14:00:30 +02:00
2023-07-27 14:00:30 -0330
2023-07-27 14:00 UTC
2023-07-27 14:00 GMT
Thu, 27 Jul 2023 14:00:30 +0200
Thu Jul 27 14:00:30 UTC 2023
@1690387200
@1000000000
""".strip().splitlines()

RELATIVE = """
now
today
yesterday
2 hours ago
90 minutes ago
30 seconds ago
""".strip().splitlines()

# Here a phrase in days is a whole day; to date it is the same time on that day.
DAYS_AGO = ["1 day ago", "3 days ago", "1 week ago", "2 weeks ago", "40 days ago"]
NOWS = [
    "2023-07-27 15:30:20",
    "2023-03-26 12:00:00",
    "2023-10-29 12:00:00",
    "2024-02-29 23:59:59",
    "2021-01-01 00:00:00",
    "2023-07-31 09:00:00",
    "2023-11-05 18:00:00",
]


def gnu(phrases: list[str], zone: str) -> list[int]:
    """Read the phrases with date; return epoch seconds."""
    done = subprocess.run(
        ["date", "-f", "-", "+%s"],
        input="\n".join(phrases),
        env={**os.environ, "TZ": zone, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(line) for line in done.stdout.split()]


def ours(phrase: str, now: datetime, zone: str) -> int:
    return parse_range(f"since {phrase}", now=now, zone=ZoneInfo(zone)).start


@pytest.mark.parametrize("zone", ZONES)
def test_absolute_instants_agree_with_gnu_date(zone: str) -> None:
    now = datetime(2023, 12, 1, tzinfo=ZoneInfo(zone))
    assert [ours(phrase, now, zone) for phrase in ABSOLUTE] == gnu(ABSOLUTE, zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("now", NOWS)
def test_relative_instants_agree_with_gnu_date(now: str, zone: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone))
    for phrase, theirs in zip(RELATIVE, gnu([f"{now} {phrase}" for phrase in RELATIVE], zone), strict=True):
        if phrase == "now":
            assert parse_range("yesterday to now", now=moment, zone=ZoneInfo(zone)).end == theirs
        elif phrase.endswith("ago"):
            assert ours(phrase, moment, zone) == theirs
        else:
            days = [
                datetime.fromtimestamp(theirs, moment.tzinfo).date(),
                parse_range(phrase, now=moment, zone=ZoneInfo(zone)).start_at.date(),
            ]
            assert days[0] == days[1], phrase


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("now", NOWS)
def test_days_ago_agree_with_gnu_date(now: str, zone: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone))
    midnight = f"{now[:10]} 00:00"
    theirs = gnu([f"{midnight} {phrase}" for phrase in DAYS_AGO], zone)
    assert [ours(phrase, moment, zone) for phrase in DAYS_AGO] == theirs


@pytest.mark.parametrize("zone", ZONES)
def test_last_weekdays_agree_with_gnu_date(zone: str) -> None:
    # With a date given, date ignores a weekday, so this test uses the current time.
    phrases = [f"last {day}" for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")]
    before, *theirs, after = gnu(["now", *phrases, "now"], zone)
    moments = [datetime.fromtimestamp(now, ZoneInfo(zone)) for now in (before, after)]
    assert theirs in [[ours(phrase, moment, zone) for phrase in phrases] for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
def test_clock_times_agree_with_gnu_date(zone: str) -> None:
    now = datetime(2023, 7, 27, 23, 59, 59, tzinfo=ZoneInfo(zone))
    clocks = ["9am", "9:15", "14:00:30", "12am", "12pm", "00:00", "23:59", "1:30 pm"]
    theirs = gnu(
        [f"2023-07-27 {clock}" for clock in clocks] + [f"2023-07-27 yesterday {clock}" for clock in clocks], zone
    )
    phrases = [*clocks, *(f"yesterday {clock}" for clock in clocks)]
    assert [ours(phrase, now, zone) for phrase in phrases] == theirs
