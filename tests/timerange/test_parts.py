"""Parts of a period: its start or end, a day or another unit in it, the week around a day."""

from __future__ import annotations

import pytest

from tests.timerange.reading import read, rows, shown

# phrase | range, on Thursday 2023-07-27 15:30:20 in Hong Kong
PHRASES = """
last day of june                   | 2023-06-30 > 2023-07-01
last day of june 2022              | 2022-06-30 > 2022-07-01
last day of february 2020          | 2020-02-29 > 2020-03-01
the last day of last month         | 2023-06-30 > 2023-07-01
last day of last week              | 2023-07-23 > 2023-07-24
last day of last year              | 2022-12-31 > 2023-01-01
last day of week 53                | 2021-01-03 > 2021-01-04
last of june                       | 2023-06-30 > 2023-07-01
first day of last month            | 2023-06-01 > 2023-06-02
first of last month                | 2023-06-01 > 2023-06-02
the first of the month             | 2023-07-01 > 2023-07-02
the 3rd of last month              | 2023-06-03 > 2023-06-04
3rd day of june                    | 2023-06-03 > 2023-06-04
second day of Q2 2022              | 2022-04-02 > 2022-04-03
tenth day of 2022                  | 2022-01-10 > 2022-01-11
first monday of june               | 2023-06-05 > 2023-06-06
2nd tuesday of last month          | 2023-06-13 > 2023-06-14
last friday of june                | 2023-06-30 > 2023-07-01
last friday in june 2022           | 2022-06-24 > 2022-06-25
fifth monday of june               | 2020-06-29 > 2020-06-30
last month of 2022                 | 2022-12-01 > 2023-01-01
last quarter of 2022               | 2022-10-01 > 2023-01-01
second month of Q2 2022            | 2022-05-01 > 2022-06-01
last hour of yesterday             | 2023-07-26 23:00 > 2023-07-27
first 10 days of june              | 2023-06-01 > 2023-06-11
last ten days of june 2022         | 2022-06-21 > 2022-07-01
last 2 months of 2022              | 2022-11-01 > 2023-01-01
week of july 3                     | 2023-07-03 > 2023-07-10
the week of yesterday              | 2023-07-24 > 2023-07-31
the month of may                   | 2023-05-01 > 2023-06-01
month of 2022-12-31                | 2022-12-01 > 2023-01-01
last day of june 9am to noon       | 2023-06-30 09:00 > 2023-06-30 12:00
first of june to last of june      | 2023-06-01 > 2023-07-01
may 20 to end of may               | 2023-05-20 > 2023-06-01
may 20 2022 to the end of may 2022 | 2022-05-20 > 2022-06-01
monday to end of this week         | 2023-07-24 > 2023-07-31
since start of last week           | 2023-07-17 > 2023-07-27 15:30:20
since the beginning of may         | 2023-05-01 > 2023-07-27 15:30:20
since start of the month           | 2023-07-01 > 2023-07-27 15:30:20
start of year to now               | 2023-01-01 > 2023-07-27 15:30:20
start of last week to end of last week | 2023-07-17 > 2023-07-24
"""


@pytest.mark.parametrize(("phrase", "expected"), rows(PHRASES))
def test_a_phrase_names_a_part_of_a_period(phrase: str, expected: str) -> None:
    assert shown(read(phrase)) == expected
