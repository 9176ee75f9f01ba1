"""How fast to ask: the calculator as a table, and the limiter on a clock of its own."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from nxcdr.api.pacing import Pace, Stopped, backoff, slower


@pytest.mark.parametrize(("attempt", "longest"), [(0, 0.5), (1, 1), (2, 2), (3, 4), (5, 16), (6, 20), (50, 20)])
def test_backoff_doubles_to_twenty_seconds_and_half_of_it_is_jitter(attempt: int, longest: float) -> None:
    assert backoff(attempt, random=lambda: 0.0) == longest / 2
    assert backoff(attempt, random=lambda: 1.0) == longest


@pytest.mark.parametrize(
    ("rate", "served", "expected"),
    [(None, 20, 16), (None, 0, 1), (20, 20, 16), (20, 2, 10), (20, 200, 16), (1, 0, 0.8)],
)
def test_a_refusal_sets_the_pace_to_four_fifths_of_what_was_served(
    rate: float | None, served: int, expected: float
) -> None:
    assert slower(rate, served) == pytest.approx(expected)


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_wait_the_server_asked_for_holds_everybody_and_is_capped() -> None:
    clock = Clock()
    pace = Pace(rate=None, concurrency=4, clock=clock)
    with pace.turn() as sent:
        pace.refused(sent, 5.0)
    assert pace.blocked_for() == 5.0
    clock.now += 6
    assert pace.blocked_for() == 0.0
    with pace.turn() as sent:
        pace.refused(sent, 1e9)
    assert pace.blocked_for() == 120.0


def test_a_stop_ends_every_wait_at_once() -> None:
    pace = Pace(rate=None, concurrency=1)
    ended: list[str] = []

    def wait() -> None:
        try:
            pace.wait(3600)
        except Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=wait)
    thread.start()
    pace.stop()
    thread.join(5)
    assert ended == ["stopped"]
    with pytest.raises(Stopped), pace.turn():
        pass


def test_a_rate_is_not_exceeded() -> None:
    pace = Pace(rate=200, concurrency=8)
    sent: list[float] = []

    def ask() -> None:
        for _ in range(10):
            with pace.turn() as at:
                sent.append(at)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.sort()
    assert all(later - earlier >= 1 / 200 for earlier, later in pairwise(sent))
