"""The choices that a range lists: how a phrase was understood where it left something out."""

from __future__ import annotations

import pytest

from tests.timerange.reading import read


@pytest.mark.parametrize(
    ("phrase", "choice"),
    [
        ("monday", "Monday is 2023-07-24, the latest that has begun"),
        ("july", "July is that of 2023, the latest that has begun"),
        ("last day of june", "last day of June is that of 2023, the latest that has begun"),
        ("week of monday", "Monday is 2023-07-24, the latest that has begun"),
        ("last friday", "last Friday is 2023-07-21, the latest before today"),
        ("mon..fri", "Friday is 2023-07-28, the first from the start on"),
        ("last 7 days", "last 7 days: the 7 whole days before today, from 2023-07-20"),
        ("last two weeks", "last 2 weeks: the 2 whole weeks before this week, from 2023-07-10"),
        ("a week ago", "1 week ago: that day, 2023-07-20"),
        ("7d", '7d: from the same time of day up to now; "last 7d" has whole days'),
        ("1-2pm", "1 is read as 1pm"),
        ("yesterday 9:30 to 11pm", "9:30 is read as 9:30pm"),
        ("10pm to 2am", "the latest such night began on 2023-07-26"),
        ("10pm for 4 hours", "the latest such night began on 2023-07-26"),
        ("yesterday 9am to midnight", "midnight as an end is the end of 2023-07-26"),
        (
            "yesterday 0:00 to 23:59:59",
            "an end is not part of its range: 23:59:59 and later is left out; 24:00 includes it",
        ),
        ("1690300800123 to now", "1690300800123 as a start is rounded down to the second"),
        ("@1690300800 to 1690300800.5", "1690300800.5 as an end is rounded up to the second"),
        ("26 jul 9:00 to 9:00:00.000000001", "9:00:00.000000001 as an end is rounded up to the second"),
        ("2023-07-26T14:00:00,5Z to now", "14:00:00.5 as a start is rounded down to the second"),
        ("26 jul 10:00 UTC to now", "26 July is that of 2023, the latest that has begun"),
        ("until yesterday noon", '"until" without a start: from the beginning of that day, 2023-07-26'),
    ],
)
def test_a_choice_is_listed(phrase: str, choice: str) -> None:
    assert choice in read(phrase).choices


@pytest.mark.parametrize(
    "phrase",
    [
        "today",
        "yesterday",
        "last week",
        "last week friday",
        "2023-07-27",
        "jul 2023",
        "last day of june 2022",
        "since 9am",
        "90m",
        "last 1.5 hours",
        "9am for 45 minutes",
        "2022-05-03T08:15:00.000000000Z/PT45M",
        "10:30-11:30am",
    ],
)
def test_a_phrase_with_nothing_left_out_lists_no_choices(phrase: str) -> None:
    assert read(phrase).choices == ()
