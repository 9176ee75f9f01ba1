"""Ranges split into days, hours and months of their zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from nxcdr.timerange import TimeRange, days, hours, months, parse_range


def span(phrase: str, zone: str) -> TimeRange:
    where = ZoneInfo(zone)
    return parse_range(phrase, now=datetime(2023, 12, 1, 12, tzinfo=where), zone=where)


def lengths(tiles: list[tuple[int, int]]) -> list[float]:
    return [(end - start) / 3600 for start, end in tiles]


@pytest.mark.parametrize(
    ("phrase", "zone", "expected"),
    [
        ("2023-03-25 to 2023-03-27", "Europe/Berlin", [24, 23, 24]),
        ("2023-10-28 to 2023-10-30", "Europe/Berlin", [24, 25, 24]),
        ("2023-04-01 to 2023-04-03", "Australia/Lord_Howe", [24, 24.5, 24]),
        ("2011-12-29 to 2011-12-31", "Pacific/Apia", [24, 24]),
        ("2018-11-03 to 2018-11-05", "America/Sao_Paulo", [24, 23, 24]),
        ("2023-07-26 14:00 to 2023-07-28 06:00", "UTC", [10, 24, 6]),
        ("2023-07-26 14:00 to 15:00", "UTC", [1]),
    ],
)
def test_days_follow_the_zone_and_are_clipped_to_the_range(phrase: str, zone: str, expected: list[float]) -> None:
    assert lengths(list(days(span(phrase, zone)))) == expected


@pytest.mark.parametrize(
    ("phrase", "zone", "expected"),
    [
        ("2023-03-26 1:00 to 4:00", "Europe/Berlin", [1, 1]),
        ("2023-10-29 1:00 to 4:00", "Europe/Berlin", [1, 2, 1]),
        ("2023-04-02 0:30 to 3:00", "Australia/Lord_Howe", [0.5, 1.5, 1]),
        ("2023-10-01 1:00 to 4:00", "Australia/Lord_Howe", [1, 0.5, 1]),
        ("2023-07-26 09:15 to 11:20", "UTC", [0.75, 1, 1 / 3]),
        ("2023-07-26 09:15 to 11:20", "Asia/Kathmandu", [0.75, 1, 1 / 3]),
    ],
)
def test_hours_are_those_that_the_clocks_show(phrase: str, zone: str, expected: list[float]) -> None:
    assert lengths(list(hours(span(phrase, zone)))) == expected


def test_months_follow_the_calendar() -> None:
    assert lengths(list(months(span("2022-12-15 to 2023-03-01", "UTC")))) == [17 * 24, 31 * 24, 28 * 24, 24]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "America/St_Johns"])
@pytest.mark.parametrize("tile", [days, hours, months])
def test_tiles_cover_the_range_without_gaps_and_have_distinct_names(
    zone: str, tile: Callable[[TimeRange], Iterator[tuple[int, int]]]
) -> None:
    year = span("2006", zone)
    tiles = list(tile(year))
    assert tiles[0][0] == year.start
    assert tiles[-1][1] == year.end
    assert all(end == start for (_, end), (start, _) in pairwise(tiles))
    starts = [datetime.fromtimestamp(start, year.zone).replace(tzinfo=None) for start, _ in tiles]
    assert len(set(starts)) == len(starts)
