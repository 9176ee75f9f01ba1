"""Leap days, turns of the year, week 53, changes of clocks and skipped days."""

from __future__ import annotations

import pytest

from tests.timerange.reading import read, rows, shown

# now | zone | phrase | range
PHRASES = """
2024-02-29 10:00 | UTC              | feb 29                 | 2024-02-29 > 2024-03-01
2024-02-29 10:00 | UTC              | a year ago             | 2023-02-28 > 2023-03-01
2024-02-29 10:00 | UTC              | last year              | 2023-01-01 > 2024-01-01
2024-02-29 10:00 | UTC              | last month             | 2024-01-01 > 2024-02-01
2024-03-31 10:00 | UTC              | a month ago            | 2024-02-29 > 2024-03-01
2024-03-31 10:00 | UTC              | last month             | 2024-02-01 > 2024-03-01
2023-03-31 10:00 | UTC              | now-1mo                | 2023-02-28 10:00 > 2023-03-31 10:00
2023-05-31 23:59:59 | UTC           | last month             | 2023-04-01 > 2023-05-01
2023-12-31 23:59:59 | UTC           | this quarter           | 2023-10-01 > 2024-01-01
2024-01-01 00:00 | UTC              | yesterday              | 2023-12-31 > 2024-01-01
2024-01-01 00:00 | UTC              | today                  | 2024-01-01 > 2024-01-02
2024-01-01 00:00 | UTC              | last quarter           | 2023-10-01 > 2024-01-01
2024-01-01 00:00 | UTC              | december               | 2023-12-01 > 2024-01-01
2021-01-01 12:00 | UTC              | this week              | 2020-12-28 > 2021-01-04
2021-01-01 12:00 | UTC              | week 53                | 2020-12-28 > 2021-01-04
2021-01-01 12:00 | UTC              | 2020-W53               | 2020-12-28 > 2021-01-04
2021-01-01 12:00 | UTC              | 2020-W53-5             | 2021-01-01 > 2021-01-02
2021-01-04 12:00 | UTC              | last week              | 2020-12-28 > 2021-01-04
2024-12-30 12:00 | UTC              | week 1                 | 2024-12-30 > 2025-01-06
2024-12-31 12:00 | UTC              | 2025-W01               | 2024-12-30 > 2025-01-06
2023-07-24 00:00 | UTC              | monday                 | 2023-07-24 > 2023-07-25
2023-07-24 00:00 | UTC              | last monday            | 2023-07-17 > 2023-07-18
2023-07-24 08:00 | UTC              | last weekend           | 2023-07-22 > 2023-07-24
2023-07-23 08:00 | UTC              | last weekend           | 2023-07-15 > 2023-07-17
2023-07-23 08:00 | UTC              | weekend                | 2023-07-22 > 2023-07-24
2023-07-23 08:00 | UTC              | this weekend           | 2023-07-22 > 2023-07-24
2023-01-05 08:00 | UTC              | dec 30 - jan 2         | 2022-12-30 > 2023-01-03
2023-07-10 08:00 | UTC              | jul 1 - 15             | 2023-07-01 > 2023-07-16
2023-03-10 08:00 | UTC              | may - june             | 2022-05-01 > 2022-07-01
2023-03-26 12:00 | Europe/Berlin    | today                  | 2023-03-26 > 2023-03-27
2023-03-26 12:00 | Europe/Berlin    | last 24 hours          | 2023-03-25 11:00 > 2023-03-26 12:00
2023-03-26 12:00 | Europe/Berlin    | now-1d                 | 2023-03-25 12:00 > 2023-03-26 12:00
2023-03-26 12:00 | Europe/Berlin    | 1:30 to 3:30           | 2023-03-26 01:30 > 2023-03-26 03:30
2023-03-26 12:00 | Europe/Berlin    | 2:30 to 4:00           | 2023-03-26 03:00 > 2023-03-26 04:00
2023-03-26 12:00 | Europe/Berlin    | 1:00 to 2:30           | 2023-03-26 01:00 > 2023-03-26 03:00
2023-03-26 03:10 | Europe/Berlin    | last hour              | 2023-03-26 01:00 > 2023-03-26 03:00
2023-10-29 12:00 | Europe/Berlin    | last 24 hours          | 2023-10-28 13:00 > 2023-10-29 12:00
2023-10-29 12:00 | Europe/Berlin    | since 2:30             | 2023-10-29 02:30 > 2023-10-29 12:00
2023-10-29 12:00 | Europe/Berlin    | 1:30 - 2:30            | 2023-10-29 01:30 > 2023-10-29 02:30
2018-11-04 12:00 | America/Sao_Paulo | today                 | 2018-11-04 01:00 > 2018-11-05
2018-11-05 12:00 | America/Sao_Paulo | yesterday             | 2018-11-04 01:00 > 2018-11-05
2012-01-05 12:00 | Pacific/Apia     | 2011-12-29             | 2011-12-29 > 2011-12-31
2012-01-05 12:00 | Pacific/Apia     | 2011-12-31             | 2011-12-31 > 2012-01-01
2012-01-05 12:00 | Pacific/Apia     | december               | 2011-12-01 > 2012-01-01
2012-01-05 12:00 | Pacific/Apia     | 2011-12-30 14:00 to 2011-12-31 10:00 | 2011-12-31 > 2011-12-31 10:00
2023-04-02 12:00 | Australia/Lord_Howe | today               | 2023-04-02 > 2023-04-03
2023-07-27 12:00 | Asia/Kathmandu   | 2023-07-26T18:00Z to now | 2023-07-26 23:45 > 2023-07-27 12:00
2023-07-27 12:00 | Asia/Kolkata     | last 90m               | 2023-07-27 10:30 > 2023-07-27 12:00
2023-07-27 02:00 | America/New_York | yesterday 10pm - 1am   | 2023-07-26 22:00 > 2023-07-27 01:00
2023-11-05 12:00 | America/New_York | 12am to 3am            | 2023-11-05 > 2023-11-05 03:00
2024-03-31 10:00 | UTC              | 29th of last month     | 2024-02-29 > 2024-03-01
2024-03-31 10:00 | UTC              | last day of last month | 2024-02-29 > 2024-03-01
2024-03-31 10:00 | UTC              | week before last       | 2024-03-11 > 2024-03-18
2024-01-15 10:00 | UTC              | 10th of last month     | 2023-12-10 > 2023-12-11
2024-01-15 10:00 | UTC              | last year december     | 2023-12-01 > 2024-01-01
2024-01-15 10:00 | UTC              | first monday of january | 2024-01-01 > 2024-01-02
2024-02-10 10:00 | UTC              | last day of february   | 2023-02-28 > 2023-03-01
2024-03-01 10:00 | UTC              | last day of february   | 2024-02-29 > 2024-03-01
2021-01-05 12:00 | UTC              | last week sunday       | 2021-01-03 > 2021-01-04
2021-01-05 12:00 | UTC              | last day of week 53    | 2021-01-03 > 2021-01-04
2023-03-26 12:00 | Europe/Berlin    | 0:30 for 3 hours       | 2023-03-26 00:30 > 2023-03-26 04:30
2023-03-26 12:00 | Europe/Berlin    | yesterday for a day    | 2023-03-25 > 2023-03-26
2023-03-27 12:00 | Europe/Berlin    | yesterday for a day    | 2023-03-26 > 2023-03-27
2023-03-27 12:00 | Europe/Berlin    | yesterday for 24 hours | 2023-03-26 > 2023-03-27 01:00
2023-03-27 12:00 | Europe/Berlin    | yesterday/P1DT1H       | 2023-03-26 > 2023-03-27 01:00
2023-10-29 12:00 | Europe/Berlin    | last 25.5 hours        | 2023-10-28 11:30 > 2023-10-29 12:00
2023-10-30 12:00 | Europe/Berlin    | 1 day/2023-10-30 2:30  | 2023-10-29 02:30 > 2023-10-30 02:30
2023-10-29 03:30 | Europe/Berlin    | 10pm to 2:30am         | 2023-10-28 22:00 > 2023-10-29 02:30
2023-07-27 12:00 | Asia/Kathmandu   | 26 jul 18:00 UTC to now | 2023-07-26 23:45 > 2023-07-27 12:00
"""


@pytest.mark.parametrize(("now", "zone", "phrase", "expected"), rows(PHRASES, 4))
def test_a_phrase_is_read_by_the_calendar_and_clocks_of_its_zone(
    now: str, zone: str, phrase: str, expected: str
) -> None:
    assert shown(read(phrase.strip(), now.strip(), zone.strip())) == expected
