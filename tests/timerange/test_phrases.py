"""The grammar, as a table: a phrase, and the range it means."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr.timerange import GRAMMAR, TimeRange, parse_ends, parse_range

HONG_KONG = "Asia/Hong_Kong"


def understood(phrase: str, now: str, zone: str) -> TimeRange:
    where = ZoneInfo(zone)
    return parse_range(phrase, now=datetime.fromisoformat(now).replace(tzinfo=where), zone=where)


def shown(span: TimeRange) -> str:
    """Start and end as the wall shows them, without what is midnight."""
    walls = (
        f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(":00").removesuffix(" 00:00")
        for moment in (span.start_at, span.end_at)
    )
    return " > ".join(walls)


# Thursday, 2023-07-27 15:30:20.
THURSDAY = """
today                              | 2023-07-27 > 2023-07-28
TODAY                              | 2023-07-27 > 2023-07-28
this day                           | 2023-07-27 > 2023-07-28
yesterday                          | 2023-07-26 > 2023-07-27
  Yesterday,                       | 2023-07-26 > 2023-07-27
last day                           | 2023-07-26 > 2023-07-27
previous day                       | 2023-07-26 > 2023-07-27
day before yesterday               | 2023-07-25 > 2023-07-26
the day before yesterday           | 2023-07-25 > 2023-07-26
this hour                          | 2023-07-27 15:00 > 2023-07-27 16:00
last hour                          | 2023-07-27 14:00 > 2023-07-27 15:00
previous hour                      | 2023-07-27 14:00 > 2023-07-27 15:00
this week                          | 2023-07-24 > 2023-07-31
current week                       | 2023-07-24 > 2023-07-31
last week                          | 2023-07-17 > 2023-07-24
previous week                      | 2023-07-17 > 2023-07-24
during last week                   | 2023-07-17 > 2023-07-24
this month                         | 2023-07-01 > 2023-08-01
last month                         | 2023-06-01 > 2023-07-01
the previous month                 | 2023-06-01 > 2023-07-01
this quarter                       | 2023-07-01 > 2023-10-01
last quarter                       | 2023-04-01 > 2023-07-01
this year                          | 2023-01-01 > 2024-01-01
last year                          | 2022-01-01 > 2023-01-01
previous year                      | 2022-01-01 > 2023-01-01
monday                             | 2023-07-24 > 2023-07-25
mon                                | 2023-07-24 > 2023-07-25
on tuesday                         | 2023-07-25 > 2023-07-26
tues                               | 2023-07-25 > 2023-07-26
weds                               | 2023-07-26 > 2023-07-27
thursday                           | 2023-07-27 > 2023-07-28
thurs                              | 2023-07-27 > 2023-07-28
friday                             | 2023-07-21 > 2023-07-22
sunday                             | 2023-07-23 > 2023-07-24
last monday                        | 2023-07-24 > 2023-07-25
last thursday                      | 2023-07-20 > 2023-07-21
last friday                        | 2023-07-21 > 2023-07-22
previous friday                    | 2023-07-21 > 2023-07-22
this monday                        | 2023-07-24 > 2023-07-25
monday this week                   | 2023-07-24 > 2023-07-25
monday last week                   | 2023-07-17 > 2023-07-18
tuesday of last week               | 2023-07-18 > 2023-07-19
sunday last week                   | 2023-07-23 > 2023-07-24
monday of week 28 2023             | 2023-07-10 > 2023-07-11
over the weekend                   | 2023-07-22 > 2023-07-24
for yesterday                      | 2023-07-26 > 2023-07-27
within the last 2 hours            | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
last weekend                       | 2023-07-22 > 2023-07-24
weekend                            | 2023-07-22 > 2023-07-24
july                               | 2023-07-01 > 2023-08-01
in july                            | 2023-07-01 > 2023-08-01
august                             | 2022-08-01 > 2022-09-01
may                                | 2023-05-01 > 2023-06-01
sept                               | 2022-09-01 > 2022-10-01
jul 2023                           | 2023-07-01 > 2023-08-01
july 2023                          | 2023-07-01 > 2023-08-01
July, 2022                         | 2022-07-01 > 2022-08-01
july of 2022                       | 2022-07-01 > 2022-08-01
july last year                     | 2022-07-01 > 2022-08-01
2023 july                          | 2023-07-01 > 2023-08-01
2023-07                            | 2023-07-01 > 2023-08-01
2022-12                            | 2022-12-01 > 2023-01-01
2023-W30                           | 2023-07-24 > 2023-07-31
2023W30                            | 2023-07-24 > 2023-07-31
2023-w01                           | 2023-01-02 > 2023-01-09
2023-W30-4                         | 2023-07-27 > 2023-07-28
2023 week 30                       | 2023-07-24 > 2023-07-31
week 30                            | 2023-07-24 > 2023-07-31
w30                                | 2023-07-24 > 2023-07-31
wk30                               | 2023-07-24 > 2023-07-31
week 31                            | 2022-08-01 > 2022-08-08
week 30 2022                       | 2022-07-25 > 2022-08-01
week 30 of 2022                    | 2022-07-25 > 2022-08-01
week 53                            | 2020-12-28 > 2021-01-04
Q3                                 | 2023-07-01 > 2023-10-01
Q4                                 | 2022-10-01 > 2023-01-01
Q3 2022                            | 2022-07-01 > 2022-10-01
q3, 2022                           | 2022-07-01 > 2022-10-01
2023Q1                             | 2023-01-01 > 2023-04-01
2023-Q2                            | 2023-04-01 > 2023-07-01
2023 q2                            | 2023-04-01 > 2023-07-01
Q2 last year                       | 2022-04-01 > 2022-07-01
2023                               | 2023-01-01 > 2024-01-01
in 2020                            | 2020-01-01 > 2021-01-01
2023-07-26                         | 2023-07-26 > 2023-07-27
2023-7-6                           | 2023-07-06 > 2023-07-07
2023/07/26                         | 2023-07-26 > 2023-07-27
2023.07.26                         | 2023-07-26 > 2023-07-27
20230726                           | 2023-07-26 > 2023-07-27
26 Jul 2023                        | 2023-07-26 > 2023-07-27
26jul2023                          | 2023-07-26 > 2023-07-27
26-Jul-2023                        | 2023-07-26 > 2023-07-27
July 26, 2023                      | 2023-07-26 > 2023-07-27
July 26 2023                       | 2023-07-26 > 2023-07-27
2023 july 26                       | 2023-07-26 > 2023-07-27
26 july                            | 2023-07-26 > 2023-07-27
26th of July                       | 2023-07-26 > 2023-07-27
the 26th of July                   | 2023-07-26 > 2023-07-27
july the 26th                      | 2023-07-26 > 2023-07-27
July 1st                           | 2023-07-01 > 2023-07-02
jul 2nd                            | 2023-07-02 > 2023-07-03
3rd jul 2022                       | 2022-07-03 > 2022-07-04
jul 26                             | 2023-07-26 > 2023-07-27
jul 27                             | 2023-07-27 > 2023-07-28
jul 28                             | 2022-07-28 > 2022-07-29
28 july last year                  | 2022-07-28 > 2022-07-29
feb 29                             | 2020-02-29 > 2020-03-01
on monday 24 july                  | 2023-07-24 > 2023-07-25
Mon, 24 Jul 2023                   | 2023-07-24 > 2023-07-25
monday 2023-07-24                  | 2023-07-24 > 2023-07-25
23/1/2015                          | 2015-01-23 > 2015-01-24
1/23/2015                          | 2015-01-23 > 2015-01-24
27.07.2022                         | 2022-07-27 > 2022-07-28
5/5/2023                           | 2023-05-05 > 2023-05-06
week to date                       | 2023-07-24 > 2023-07-27 15:30:20
wtd                                | 2023-07-24 > 2023-07-27 15:30:20
month to date                      | 2023-07-01 > 2023-07-27 15:30:20
mtd                                | 2023-07-01 > 2023-07-27 15:30:20
quarter to date                    | 2023-07-01 > 2023-07-27 15:30:20
qtd                                | 2023-07-01 > 2023-07-27 15:30:20
year to date                       | 2023-01-01 > 2023-07-27 15:30:20
ytd                                | 2023-01-01 > 2023-07-27 15:30:20
today so far                       | 2023-07-27 > 2023-07-27 15:30:20
this week so far                   | 2023-07-24 > 2023-07-27 15:30:20
this month so far                  | 2023-07-01 > 2023-07-27 15:30:20
july so far                        | 2023-07-01 > 2023-07-27 15:30:20
last 24 hours                      | 2023-07-26 15:30:20 > 2023-07-27 15:30:20
in the last 24 hours               | 2023-07-26 15:30:20 > 2023-07-27 15:30:20
past 90 minutes                    | 2023-07-27 14:00:20 > 2023-07-27 15:30:20
last 2h                            | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
last two hours                     | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
last 30 seconds                    | 2023-07-27 15:29:50 > 2023-07-27 15:30:20
last 1 hour and 30 minutes         | 2023-07-27 14:00:20 > 2023-07-27 15:30:20
-2h                                | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
 -2h                               | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
-1d                                | 2023-07-26 15:30:20 > 2023-07-27 15:30:20
90m                                | 2023-07-27 14:00:20 > 2023-07-27 15:30:20
5h                                 | 2023-07-27 10:30:20 > 2023-07-27 15:30:20
5 hours                            | 2023-07-27 10:30:20 > 2023-07-27 15:30:20
1h30m                              | 2023-07-27 14:00:20 > 2023-07-27 15:30:20
7d                                 | 2023-07-20 15:30:20 > 2023-07-27 15:30:20
2h ago                             | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
an hour ago                        | 2023-07-27 14:30:20 > 2023-07-27 15:30:20
1 day 12 hours ago                 | 2023-07-26 03:30:20 > 2023-07-27 15:30:20
3 days ago                         | 2023-07-24 > 2023-07-25
a week ago                         | 2023-07-20 > 2023-07-21
one month ago                      | 2023-06-27 > 2023-06-28
a year ago                         | 2022-07-27 > 2022-07-28
7daysAgo                           | 2023-07-20 > 2023-07-21
last two weeks                     | 2023-07-10 > 2023-07-24
last 1 week                        | 2023-07-17 > 2023-07-24
past 2 weeks                       | 2023-07-10 > 2023-07-24
past hour                          | 2023-07-27 14:30:20 > 2023-07-27 15:30:20
past minute                        | 2023-07-27 15:29:20 > 2023-07-27 15:30:20
last 7 days                        | 2023-07-20 > 2023-07-27
last 7d                            | 2023-07-20 > 2023-07-27
the last seven days                | 2023-07-20 > 2023-07-27
last 7 days including today        | 2023-07-21 > 2023-07-28
last 7 days to now                 | 2023-07-20 > 2023-07-27 15:30:20
last 30 days                       | 2023-06-27 > 2023-07-27
last 3 months                      | 2023-04-01 > 2023-07-01
last 12 months                     | 2022-07-01 > 2023-07-01
last 3 months including this month | 2023-05-01 > 2023-08-01
last 2 quarters                    | 2023-01-01 > 2023-07-01
last 2 years                       | 2021-01-01 > 2023-01-01
now-1h                             | 2023-07-27 14:30:20 > 2023-07-27 15:30:20
now-7d/d                           | 2023-07-20 > 2023-07-27 15:30:20
now-7d                             | 2023-07-20 15:30:20 > 2023-07-27 15:30:20
now-1h30m                          | 2023-07-27 14:00:20 > 2023-07-27 15:30:20
now/d                              | 2023-07-27 > 2023-07-27 15:30:20
now/m                              | 2023-07-27 15:30 > 2023-07-27 15:30:20
3h ago to now-1h/h                 | 2023-07-27 12:30:20 > 2023-07-27 15:00
1690300800 to july 26              | 2023-07-26 > 2023-07-27
26 jul 14:00:00.5 to 15:00:00.5    | 2023-07-26 14:00 > 2023-07-26 15:00:01
now/w                              | 2023-07-24 > 2023-07-27 15:30:20
now-1mo/mo                         | 2023-06-01 > 2023-07-27 15:30:20
now-1d/d to now-1d/d               | 2023-07-26 > 2023-07-27
now-3h to now-1h                   | 2023-07-27 12:30:20 > 2023-07-27 14:30:20
now - 3h .. now                    | 2023-07-27 12:30:20 > 2023-07-27 15:30:20
today 9am-5pm                      | 2023-07-27 09:00 > 2023-07-27 17:00
today at 9am to 5pm                | 2023-07-27 09:00 > 2023-07-27 17:00
9am - 5pm yesterday                | 2023-07-26 09:00 > 2023-07-26 17:00
yesterday 14:00..15:30             | 2023-07-26 14:00 > 2023-07-26 15:30
14:00 yesterday to 15:30           | 2023-07-26 14:00 > 2023-07-26 15:30
26 Jul 14:00 to 16:30              | 2023-07-26 14:00 > 2023-07-26 16:30
26 jul 2:00:15 pm to 2:30 p.m.     | 2023-07-26 14:00:15 > 2023-07-26 14:30
9:00 to 17:00                      | 2023-07-27 09:00 > 2023-07-27 17:00
9am to noon                        | 2023-07-27 09:00 > 2023-07-27 12:00
noon to 9am                        | 2023-07-27 12:00 > 2023-07-28 09:00
midnight to noon                   | 2023-07-27 > 2023-07-27 12:00
midnight to midnight               | 2023-07-27 > 2023-07-28
12am to 12pm                       | 2023-07-27 > 2023-07-27 12:00
00:00 to 24:00                     | 2023-07-27 > 2023-07-28
yesterday noon to midnight         | 2023-07-26 12:00 > 2023-07-27
monday 9am to wednesday 6pm        | 2023-07-24 09:00 > 2023-07-26 18:00
9am on monday to 5pm               | 2023-07-24 09:00 > 2023-07-24 17:00
3 days ago 9am to 10am             | 2023-07-24 09:00 > 2023-07-24 10:00
since 9am                          | 2023-07-27 09:00 > 2023-07-27 15:30:20
since noon                         | 2023-07-27 12:00 > 2023-07-27 15:30:20
since midnight                     | 2023-07-27 > 2023-07-27 15:30:20
since monday                       | 2023-07-24 > 2023-07-27 15:30:20
since july                         | 2023-07-01 > 2023-07-27 15:30:20
since last week                    | 2023-07-17 > 2023-07-27 15:30:20
since 2h ago                       | 2023-07-27 13:30:20 > 2023-07-27 15:30:20
since 2023-07-26T14:00:00          | 2023-07-26 14:00 > 2023-07-27 15:30:20
since yesterday noon until today 9am | 2023-07-26 12:00 > 2023-07-27 09:00
until yesterday noon               | 2023-07-26 > 2023-07-26 12:00
monday until yesterday noon        | 2023-07-24 > 2023-07-26 12:00
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
26 jul 14:00 - 16:30               | 2023-07-26 14:00 > 2023-07-26 16:30
26 jul 10pm - 1am                  | 2023-07-26 22:00 > 2023-07-27 01:00
2023-07-26 09:00-11:00             | 2023-07-26 09:00 > 2023-07-26 11:00
2023-07-26T22:00/01:30             | 2023-07-26 22:00 > 2023-07-27 01:30
20230726T1400/20230726T163015      | 2023-07-26 14:00 > 2023-07-26 16:30:15
2023-07-26T14:00Z/2023-07-26T16:30+02:00 | 2023-07-26 22:00 > 2023-07-26 22:30
20230726T140000Z..20230726T1430Z   | 2023-07-26 22:00 > 2023-07-26 22:30
2023-07-26 14:00+08 to 2023-07-26 14:30:15 +0800 | 2023-07-26 14:00 > 2023-07-26 14:30:15
2023-07-26T14:00:00.123+08:00/2023-07-26T14:30:00.001+08:00 | 2023-07-26 14:00 > 2023-07-26 14:30:01
1690300800 to 1690304400           | 2023-07-26 > 2023-07-26 01:00
1690300800-@1690304400             | 2023-07-26 > 2023-07-26 01:00
1690300800123..1690304400000       | 2023-07-26 > 2023-07-26 01:00
1690300800999..1690304400001       | 2023-07-26 > 2023-07-26 01:00:01
since 1690300800                   | 2023-07-26 > 2023-07-27 15:30:20
"""

# now | zone | phrase | range
ELSEWHERE = """
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
"""


@pytest.mark.parametrize("row", THURSDAY.strip("\n").splitlines())
def test_a_phrase_means_its_range_on_a_thursday_in_hong_kong(row: str) -> None:
    phrase, _, expected = row.rpartition(" | ")
    assert shown(understood(phrase, "2023-07-27 15:30:20", HONG_KONG)) == expected


@pytest.mark.parametrize("row", ELSEWHERE.strip().splitlines())
def test_a_phrase_means_its_range_at_odd_times_and_places(row: str) -> None:
    now, zone, phrase, expected = (cell.strip() for cell in row.split(" | "))
    assert shown(understood(phrase, now, zone)) == expected


@pytest.mark.parametrize("row", THURSDAY.strip("\n").splitlines()[::3])
def test_case_commas_and_spaces_do_not_matter(row: str) -> None:
    phrase, _, expected = row.rpartition(" | ")
    spaced = f"\t{phrase.strip()} ,".replace(" ", " , ").upper()
    if "T" not in phrase and "+" not in phrase:
        assert shown(understood(spaced, "2023-07-27 15:30:20", HONG_KONG)) == expected


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
    ],
)
def test_two_sides_told_apart_mean_what_they_mean_together(start: str, end: str | None, expected: str) -> None:
    zone = ZoneInfo(HONG_KONG)
    span = parse_ends(start, end, now=datetime(2023, 7, 27, 15, 30, 20, tzinfo=zone), zone=zone)
    assert shown(span) == expected


def test_every_example_of_the_grammar_is_understood() -> None:
    lines = [line[15:] for line in GRAMMAR.split("\n\n")[1].splitlines() if " B" not in line]
    phrases = [phrase.partition(" (")[0] for line in lines for phrase in line.split(", ")]
    assert len(phrases) > 60
    for phrase in phrases:
        assert understood(phrase, "2023-07-27 15:30:20", HONG_KONG).seconds > 0


@pytest.mark.parametrize(
    ("phrase", "choice"),
    [
        ("monday", "Monday is 2023-07-24, the latest that has begun"),
        ("july", "July is that of 2023, the latest that has begun"),
        ("last friday", "last Friday is 2023-07-21, the latest before today"),
        ("mon..fri", "Friday is 2023-07-28, the first from the start on"),
        ("last 7 days", "last 7 days: the 7 whole days before today, from 2023-07-20"),
        ("last two weeks", "last 2 weeks: the 2 whole weeks before this week, from 2023-07-10"),
        ("a week ago", "1 week ago: that day, 2023-07-20"),
        ("7d", '7d: from the same time of day up to now; "last 7d" has whole days'),
        ("yesterday 9am to midnight", "midnight as an end is that at which 2023-07-26 is over"),
        ("yesterday 0:00 to 23:59:59", "an end is not in its range: 23:59:59 and later is left out; 24:00 includes it"),
        ("1690300800123 to now", "1690300800123 is not a whole second: as a start, the second before is meant"),
        ("until yesterday noon", '"until" without a start: from the beginning of that day, 2023-07-26'),
    ],
)
def test_a_choice_is_said(phrase: str, choice: str) -> None:
    assert choice in understood(phrase, "2023-07-27 15:30:20", HONG_KONG).choices


@pytest.mark.parametrize("phrase", ["today", "yesterday", "last week", "2023-07-27", "jul 2023", "since 9am", "90m"])
def test_what_has_one_reading_says_nothing(phrase: str) -> None:
    assert understood(phrase, "2023-07-27 15:30:20", HONG_KONG).choices == ()
