"""Two sides: each takes what it leaves out from the other."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.timerange import parse_ends
from tests.timerange.reading import HONG_KONG, THURSDAY, read, rows, shown

# phrase | range, on Thursday 2023-07-27 15:30:20 in Hong Kong
PHRASES = """
2023-07-01..2023-07-03             | 2023-07-01 > 2023-07-04
2023-07-01 to 2023-07-03           | 2023-07-01 > 2023-07-04
2023-07-01 - 2023-07-03            | 2023-07-01 > 2023-07-04
20230701-20230703                  | 2023-07-01 > 2023-07-04
2023-07-01/2023-07-03              | 2023-07-01 > 2023-07-04
2023-07-01 until 2023-07-03        | 2023-07-01 > 2023-07-04
2023-07-01 through 2023-07-03      | 2023-07-01 > 2023-07-04
from july 1 to july 3              | 2023-07-01 > 2023-07-04
from july 1 until july 3           | 2023-07-01 > 2023-07-04
between july 1 and july 3          | 2023-07-01 > 2023-07-04
between 2h ago and 1h ago          | 2023-07-27 13:30:20 > 2023-07-27 14:30:20
july 1 thru july 3                 | 2023-07-01 > 2023-07-04
yesterday to today                 | 2023-07-26 > 2023-07-28
last month to now                  | 2023-06-01 > 2023-07-27 15:30:20
3 days ago to yesterday            | 2023-07-24 > 2023-07-27
7daysAgo to yesterday              | 2023-07-20 > 2023-07-27
-5h..-2h                           | 2023-07-27 10:30:20 > 2023-07-27 13:30:20
jul 1 - 15                         | 2023-07-01 > 2023-07-16
1-15 july                          | 2023-07-01 > 2023-07-16
1-15 july 2022                     | 2022-07-01 > 2022-07-16
july 1-15, 2022                    | 2022-07-01 > 2022-07-16
July 1st to 15th                   | 2023-07-01 > 2023-07-16
2023-07-01..15                     | 2023-07-01 > 2023-07-16
jul 1 - aug 15 2022                | 2022-07-01 > 2022-08-16
mon..fri                           | 2023-07-24 > 2023-07-29
mon-wed                            | 2023-07-24 > 2023-07-27
fri..mon                           | 2023-07-21 > 2023-07-25
mon-fri last week                  | 2023-07-17 > 2023-07-22
monday to friday of last week      | 2023-07-17 > 2023-07-22
monday last week to friday         | 2023-07-17 > 2023-07-22
mon to last friday                 | 2023-07-17 > 2023-07-22
monday to yesterday                | 2023-07-24 > 2023-07-27
june to friday                     | 2023-06-01 > 2023-07-22
last friday 10pm to saturday 2am   | 2023-07-21 22:00 > 2023-07-22 02:00
may to december 2022               | 2022-05-01 > 2023-01-01
may - june                         | 2023-05-01 > 2023-07-01
may 2022 to july                   | 2022-05-01 > 2022-08-01
nov to feb                         | 2022-11-01 > 2023-03-01
nov to feb 2023                    | 2022-11-01 > 2023-03-01
dec 30 - jan 2                     | 2022-12-30 > 2023-01-03
Q1 - Q2 2022                       | 2022-01-01 > 2022-07-01
week 28 to week 30                 | 2023-07-10 > 2023-07-31
2023-W28..W30                      | 2023-07-10 > 2023-07-31
2021 to 2022                       | 2021-01-01 > 2023-01-01
last year to march                 | 2022-01-01 > 2023-04-01
july 1 to the 15th                 | 2023-07-01 > 2023-07-16
1-15 last month                    | 2023-06-01 > 2023-06-16
1st to 15th of last month          | 2023-06-01 > 2023-06-16
last month 3rd to 5th              | 2023-06-03 > 2023-06-06
july from 3 to 5                   | 2023-07-03 > 2023-07-06
2022 from march to may             | 2022-03-01 > 2022-06-01
last week from monday to wednesday | 2023-07-17 > 2023-07-20
last week monday to wednesday      | 2023-07-17 > 2023-07-20
week 28 - 30                       | 2023-07-10 > 2023-07-31
week 28 to 30 2022                 | 2022-07-11 > 2022-08-01
1.-15. july                        | 2023-07-01 > 2023-07-16
6/2022 - 8/2022                    | 2022-06-01 > 2022-09-01
"""


@pytest.mark.parametrize(("phrase", "expected"), rows(PHRASES))
def test_two_sides_make_a_range(phrase: str, expected: str) -> None:
    assert shown(read(phrase)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("july 1", "july 3", "2023-07-01 > 2023-07-04"),
        ("monday", None, "2023-07-24 > 2023-07-27 15:30:20"),
        ("monday", "yesterday", "2023-07-24 > 2023-07-27"),
        ("yesterday 9am", "5pm", "2023-07-26 09:00 > 2023-07-26 17:00"),
        ("jul 1", "15", "2023-07-01 > 2023-07-16"),
        ("mon", "fri last week", "2023-07-17 > 2023-07-22"),
        (" -2h", "now", "2023-07-27 13:30:20 > 2023-07-27 15:30:20"),
        ("last week", "last week", "2023-07-17 > 2023-07-24"),
        ("1690300800", "1690304400500", "2023-07-26 > 2023-07-26 01:00:01"),
        ("start of may", "end of may", "2023-05-01 > 2023-06-01"),
    ],
)
def test_sides_given_separately_make_the_same_range(start: str, end: str | None, expected: str) -> None:
    zone = ZoneInfo(HONG_KONG)
    span = parse_ends(start, end, now=datetime.fromisoformat(THURSDAY).replace(tzinfo=zone), zone=zone)
    assert shown(span) == expected
