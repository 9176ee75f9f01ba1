"""The grammar by example: the help of ``nxcdr range``."""

from __future__ import annotations

GRAMMAR = """\
A range is one phrase. Either all of it is understood, or it is refused. Case,
commas, spaces and "1st" don't matter.

  units        today, yesterday, day before yesterday, 3 days ago
               a week ago (that day), this hour, last hour, this week
               last week, previous month, last quarter, last year
               week before last, monday, last friday, last weekend
               monday last week, last week friday, july last year
               july, july 2023, 2023-07, Q3 2023, 2023Q3, 2023
               week 30, 2023-W30, week of july 3
               27 july, jul 27, 27 Jul 2023, July 27, 2023
               2023-07-27, 2023/07/27, 20230727, 27.7.2023
  parts        last day of june, first of last month
               first monday of june, first 10 days of june
               since start of may, may 20 to end of may
  whole units  last 7 days (before today), last 7 days including today
               last two weeks (before this one), last 7 days to now
               last 3 months, last 3 months including this month
  so far       this month so far, week to date, month to date
               year to date, ytd
  up to now    last 24 hours, past 90 minutes, past hour
               last 1.5 hours, half an hour ago, an hour and a half ago
               -2h, 90m, 5h, 1h30m, 7d, 2h ago, now-1h, now-7d/d
               since 9am, since monday, since july 1
  clock times  today 9am-5pm, yesterday 14:00..15:30, yesterday 1-2pm
               9:00 to 17:00 (today), until yesterday noon
               27 jul 14:00 - 16:30, tuesday from 8:00 to 10:15
               26 jul 10pm - 1am (over midnight)
               10pm to 2am (the latest), monday 9am to wednesday 6pm
  lengths      9am for 45 minutes, 3 may for a week
               2023-07-26T14:00Z/PT45M, PT45M/2023-07-26T14:00Z
  two sides    A..B, A to B, A - B, A/B, A until B, A through B
               from A to B, between A and B
               jul 1 - 15, 1-15 july 2023, may to december 2022
               mon..fri, mon-fri last week
               now-3h to now-1h, 7daysAgo to yesterday
  instants     2023-07-26T14:00Z/2023-07-26T16:30+02:00
               since 2023-07-26 14:00 UTC, since 2023-07-26 14:00 -0400
               1690300800 to 1690304400, since 1690300800123

A range runs from the start of A to the end of B, or to the instant where B has
a clock time; an end is not part of its range. What one side leaves out comes
from the other. Weeks begin on Monday. A month, day, weekday or night alone is
the latest that has begun. A clock time that occurs twice is the first as a
start and the second as an end; if the clocks skip it, the next existing time
is used. Each choice made is shown.
"""
