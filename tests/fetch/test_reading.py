"""Threads that carry out a plan: all of it, no further than it is wanted, and they end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import pytest

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest
from nxcdr.errors import UnavailableError, UntrustedAnswerError
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.reading import Reading
from nxcdr.fetch.whole import own_calls
from nxcdr.fetch.window import SelectedBy
from tests.fetch.server import Server, do_tile, some_rows
from tests.harness import END, START

PATIENCE = 20  # s


def asking(server: Server) -> Callable[[PageRequest], Page]:
    """A server that many threads may ask."""
    lock = threading.Lock()

    def ask(request: PageRequest) -> Page:
        with lock:
            return server(request)

    return ask


def whole_day(ask: Callable[[PageRequest], Page], workers: int = 4) -> Reading:
    return Reading(Plan([(START, END)]), ask, workers=workers)


def wait_for_the_end_of(reading: Reading) -> None:
    for thread in reading._threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in reading._threads)


@pytest.mark.parametrize("workers", [1, 4, 16])
@pytest.mark.parametrize("order", ["descending", "shuffled"])
def test_each_window_is_given_once_and_the_threads_end(workers: int, order: str) -> None:
    rows = some_rows(12_000)
    with whole_day(asking(Server(rows, order)), workers) as reading:  # type: ignore[arg-type]
        windows = list(reading)
    wait_for_the_end_of(reading)
    assert do_tile(sorted((window.start, window.end) for window in windows))
    calls = [record for window in windows for _, record in own_calls(window, SelectedBy.START)]
    assert sorted(calls) == sorted(row.record for row in rows)


def test_a_request_that_fails_ends_all_and_its_error_says_what_was_asked_for() -> None:
    ask = asking(Server(some_rows(12_000)))

    def failing(request: PageRequest) -> Page:
        if request.page == 7:
            raise UnavailableError("no answer")
        return ask(request)

    with (
        pytest.raises(UnavailableError, match=r"no answer") as failure,
        whole_day(failing) as reading,
    ):
        list(reading)
    wait_for_the_end_of(reading)
    assert failure.value.message.endswith("[asking for 2023-07-26T16:00:00Z to 2023-07-27T16:00:00Z, page 7]")


def test_a_window_that_was_proved_before_a_request_failed_is_given() -> None:
    rows = some_rows(9000)
    ask = asking(Server(rows))

    def failing(request: PageRequest) -> Page:
        if request.end == END:
            return ask(request)
        while not reading._proved:
            time.sleep(0)
        raise UnavailableError("no answer")

    reading = whole_day(failing)
    with reading:
        wait_for_the_end_of(reading)
        windows = iter(reading)
        assert next(windows).end == END
        with pytest.raises(UnavailableError):
            next(windows)


def test_what_cannot_be_proved_ends_all() -> None:
    with pytest.raises(UntrustedAnswerError), whole_day(asking(Server(some_rows(300), first_page=0))) as reading:
        list(reading)
    wait_for_the_end_of(reading)


def test_a_defect_in_a_thread_is_raised_where_windows_are_taken() -> None:
    def broken(_: PageRequest) -> Page:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), whole_day(broken) as reading:
        list(reading)
    wait_for_the_end_of(reading)


def test_who_leaves_early_ends_the_threads() -> None:
    server = Server(some_rows(20_000))
    with whole_day(asking(server)) as reading:
        next(iter(reading))
    wait_for_the_end_of(reading)
    assert len(server.asked) < 150


def test_who_leaves_does_not_wait_for_an_answer() -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_: PageRequest) -> Page:
        asked.set()
        answer.wait(PATIENCE)
        return Page()

    began = time.monotonic()
    with whole_day(slow) as reading:
        assert asked.wait(PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2
    answer.set()
    wait_for_the_end_of(reading)


def test_while_a_window_is_dealt_with_no_further_page_is_asked_for() -> None:
    server = Server(some_rows(20_000))
    under_way = set()
    ask = asking(server)

    def counted(request: PageRequest) -> Page:
        under_way.add(request)
        try:
            return ask(request)
        finally:
            under_way.discard(request)

    with whole_day(counted) as reading:
        windows = iter(reading)
        next(windows)
        while under_way:
            reading.held()
        asked = len(server.asked)
        for _ in range(1000):
            reading.held()  # takes the lock that a thread needs for its next page
        assert len(server.asked) == asked < 100
        assert sum(1 for _ in windows) >= 3
    wait_for_the_end_of(reading)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
def test_a_signal_is_answered_while_all_wait_for_the_server() -> None:
    class StopError(Exception):
        pass

    def stop(_: int, __: FrameType | None) -> None:
        raise StopError

    answer = threading.Event()

    def silent(_: PageRequest) -> Page:
        answer.wait(PATIENCE)
        return Page()

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(StopError), whole_day(silent) as reading:
            list(reading)
    finally:
        signal.signal(signal.SIGALRM, before)
        answer.set()
    assert time.monotonic() - began < PATIENCE / 2
    wait_for_the_end_of(reading)


@pytest.mark.parametrize(("cut", "is_doubted"), [(0, False), (0.3, True)])
def test_it_says_when_answers_contradict_each_other(cut: float, is_doubted: bool) -> None:
    doubts: list[bool] = []
    plan = Plan([(START, END)])
    server = asking(Server(some_rows(2000), cut=cut, whole=1, seed=4))
    with Reading(plan, server, workers=4, doubted=lambda: doubts.append(True)) as reading:
        list(reading)
    assert bool(doubts) is is_doubted


def test_how_much_is_held_can_be_asked_at_any_time() -> None:
    with whole_day(asking(Server(some_rows(9000)))) as reading:
        for window in reading:
            seconds, rows = reading.held()
            assert 0 <= seconds <= END - START
            assert 0 <= rows <= 9000
            assert len(window.listing) > 0
    assert reading.held() == (0.0, 0)
