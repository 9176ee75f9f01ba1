"""How many threads read: all that are allowed while answers are awaited, two where they keep a processor busy."""

from __future__ import annotations

import pytest

from nxcdr.api.answer import Page
from nxcdr.api.client import PageRequest
from nxcdr.fetch.crew import Crew
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.read import Windows
from tests.fetch.test_reading_threads import END, START, dense


class Machine:
    """A clock, and a process that uses a share of a processor."""

    def __init__(self) -> None:
        self.share = 1.0
        self._now = self._used = 0.0

    def clock(self) -> float:
        self._now += 1
        self._used += self.share
        return self._now

    def used(self) -> float:
        return self._used

    def crew(self, most: int) -> Crew:
        return Crew(most, clock=self.clock, used=self.used)


def deal_with_pages(crew: Crew, pages: int) -> int:
    for _ in range(pages):
        crew.dealt_with()
    return crew.useful


@pytest.mark.parametrize(("most", "left"), [(1, 1), (2, 2), (3, 2), (4, 2), (64, 2)])
def test_of_threads_that_keep_a_processor_busy_two_are_left(most: int, left: int) -> None:
    assert deal_with_pages(Machine().crew(most), 400) == left


def test_all_are_at_work_while_answers_are_awaited() -> None:
    machine = Machine()
    machine.share = 0.3
    assert deal_with_pages(machine.crew(16), 400) == 16


def test_threads_laid_off_are_all_taken_on_again_and_stay() -> None:
    machine = Machine()
    crew = machine.crew(16)
    assert deal_with_pages(crew, 80) == 4
    machine.share = 0.9
    assert deal_with_pages(crew, 80) == 4
    machine.share = 0.5
    assert deal_with_pages(crew, 40) == 16
    machine.share = 1.0
    assert deal_with_pages(crew, 400) == 16


def test_a_reading_has_as_many_threads_at_work_as_its_crew_finds_of_use() -> None:
    machine = Machine()
    at_work: list[int] = []

    def ask(request: PageRequest) -> Page:
        at_work.append(reading._at_work)
        if len(at_work) == 400:
            machine.share = 0.1
        return dense(request)

    reading = Windows(Plan([(START, END)]), ask, concurrency=4)
    reading._crew = machine.crew(4)
    assert sum(window.count for window in reading) == 172_800
    assert min(at_work[:400]) == 2
    assert max(at_work[500:]) == 4
