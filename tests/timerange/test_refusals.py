"""What is refused, and the reason given."""

from __future__ import annotations

import pytest

from nxcdr.errors import RangeError
from tests.timerange.reading import read, rows

# phrase | a part of the message, on Thursday 2023-07-27 15:30:20 in Hong Kong
REFUSED = """
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
2023-07-26T25:00Z to now | "25:00" is no time of day
2023-02-30T10:00Z to now | 30 February does not exist
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
2023-W30-8 | there is no weekday 8
2022-W05-9 | there is no weekday 9
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
since 2023-07-01 until 9999-12-31T23:59Z | 9999 is no year
1970 | a range lies between
last 99999999999 days | a range lies between
last 9999 months | a range lies between
99999999 hours ago | a range lies between
now-54y | a range lies between
now-30y-30y | a range lies between
99999 | 99999 is no day, date, year or epoch time
123456789012345678901234567890 | 12345678901234567890… is no day
202307 | 202307 is no day
last 0 days | is no time at all
0h | is no time at all
last 30 minutes 1 hour | "30 minutes 1 hour" is no length of time
last 2h 3h | "2h 3h" is no length of time
last 1 week 2 days | mixes units
last 3 weeks including today | mixes units
9.30 to 10.30 | "9.30" is neither a time nor a date
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
yesterday 14:00 UTC to now | "yesterday 14:00 UTC": a zone needs a date
9am hkt to 10am | "hkt" is not understood as a zone
yesterday 14:00Z to 15:00Z | a zone needs a date
14:00 UTC to 15:00 UTC | a zone needs a date
2023-07-26 UTC | a zone needs a date
2023-07-26 14:00 UTC to 15:00 | needs its day
2023-07-26 14:00Z/15:00Z | a zone needs a date
2023-07-26 14:00 Europe/Berlin to now | "europe" is not understood
2023-07-26 14:00 +15:00 to now | no zone is +15:00 from UTC
2023-07-26 10:00 -08:00 | ends in an offset or in a second time
26 jul 2023 10:00:00 -08:00 | ends in an offset or in a second time
since 1900-01-01 | 1900 is no year from 1970 to 2199
since 1900 | 1900 is no year from 1970 to 2199
31.12.1969 | 1969 is no year from 1970 to 2199
1969-W30 | 1969 is no year
03.04.2017 | which number is the month?
27.11.17 | a year has four digits
27 july 23 | a year has four digits
Q3 22 | a year has four digits
27.11. | neither a time nor a date
end of may | can be read in two ways
end of may to now | can be read in two ways
since end of last month | can be read in two ways
start of may | can be read in two ways
may 1 to start of june | can be read in two ways
last day of the month | of which one?
may 3 to end of the month | of which one?
first week of june | can be read in two ways
last two weeks of june | can be read in two ways
monday of last month | which of them?
first 2 hours of yesterday | is not understood
first 40 days of june | first 40 days of June does not exist
second 10 days of june | is not understood
32nd day of june | 32nd day of June does not exist
31st of last month | 31 June does not exist
sixth monday of june | does not exist
fifth monday of june 2023 | does not exist in 2023
fifth monday of last month | there is no "5th Monday" of 2023-06-01 to 2023-06-30
13th month of 2022 | does not exist
third month of last week | there is no "3rd month"
week of may | week of May does not exist
last day of this month | wholly in the future
end of 9am | is not understood
first day of 2h ago | is not understood
last last week | is not understood
last week last month | is not understood
11-1pm | a day or an hour
10-12pm | a day or an hour
13-2pm | a day or an hour
1-2pm 27 july | a day or an hour
2pm - 4 | a day or an hour
10:00 to 11pm | "10:00": before noon, or after?
12:15-1am | "12:15": before noon, or after?
10pm for 1 hour | wholly in the future
10pm to midnight | wholly in the future
may for 2 weeks | needs a day or a time that it starts from
last 2 hours for 30 minutes | needs a day or a time that it starts from
P7D/2023-07-26 | a length that ends in a day can be read in two ways
9am for 0 minutes | is no time at all
2023-07-01 for 9999 years | a range lies between
2023-07-01 for 180 years | a range lies between
in 2h | is not understood
9am for | is not understood
monday to from tuesday | is not understood
half a day ago | a day has no fixed length
last 1.5 days | a day has no fixed length
last half year | a year has no fixed length
P1.5D | a day has no fixed length
last 1.333 hours | no whole number of seconds
1.5 seconds ago | no whole number of seconds
first half of 2023 | "half" has no place here
half past nine | "half" has no place here
mid may | has no agreed days
all | has no start
last days | "days" is not understood
P | is not understood
P0D | is no time at all
PT45M/9am/10am | is not understood
2022-05-03T08:15Z--PT45M | "--" has no place
-5h--2h | "--" has no place
2022-05-03T08:15Z to PT45M | "45m" is not understood
45 minutes from 9am | is not understood
twenty five minutes ago | "twenty" is not understood
13/2022 | there is no month 13
"""


@pytest.mark.parametrize(("phrase", "reason"), rows(REFUSED))
def test_a_phrase_is_refused_with_the_reason_and_a_hint(phrase: str, reason: str) -> None:
    with pytest.raises(RangeError) as caught:
        read(phrase)
    assert reason in caught.value.message
    assert caught.value.hint
