"""The handbook's examples, and what does not matter in a phrase."""

from __future__ import annotations

import pytest

from nxcdr.timerange import GRAMMAR
from tests.timerange.reading import read, rows, shown
from tests.timerange.test_clock_times import PHRASES as CLOCK_TIMES
from tests.timerange.test_parts import PHRASES as PARTS
from tests.timerange.test_periods import PHRASES as PERIODS
from tests.timerange.test_two_sides import PHRASES as TWO_SIDES
from tests.timerange.test_up_to_now import PHRASES as UP_TO_NOW

ALL = [row for table in (PERIODS, PARTS, UP_TO_NOW, CLOCK_TIMES, TWO_SIDES) for row in rows(table)]


@pytest.mark.parametrize(("phrase", "expected"), ALL[::4])
def test_case_commas_and_spaces_do_not_matter(phrase: str, expected: str) -> None:
    spaced = f"\t{phrase.strip()} ,".replace(" ", " , ")
    for text in (spaced, spaced.upper()):
        assert shown(read(text)) == expected


def test_every_example_of_the_handbook_is_understood() -> None:
    lines = [line[15:] for line in GRAMMAR.split("\n\n")[1].splitlines() if " B" not in line]
    phrases = [phrase.partition(" (")[0] for line in lines for phrase in line.split(", ")]
    assert len(phrases) > 60
    for phrase in phrases:
        assert read(phrase).seconds > 0
