"""Threads that read: they stop when told, hand on what failed, and an interrupt can come anywhere."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from nxcdr.api.answer import Page, read_page
from nxcdr.api.client import PageRequest
from nxcdr.errors import Interrupted, UnavailableError
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.read import Windows

START, END = 1690387200, 1690387200 + 86400


def dense(request: PageRequest) -> Page:
    """Two calls in each second, the newest first."""
    first = request.end * 2 - 1 - (request.page - 1) * request.size
    last = max(request.start * 2, first - request.size + 1)
    return read_page(json.dumps([{"id": n, "startTime": n * 500} for n in range(first, last - 1, -1)]).encode())


def read_until_interrupted(reading: Windows) -> None:
    """Read all, and wait for the interrupt where it was quicker."""
    for _ in reading:
        pass
    signal.pause()


@pytest.fixture
def interrupts() -> Iterator[None]:
    """A signal handler as the program's own."""

    def interrupt(signum: int, _: FrameType | None) -> None:
        raise Interrupted(signum)

    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_what_is_proved_is_given_before_what_failed() -> None:
    proved = threading.Event()

    def ask(request: PageRequest) -> Page:
        if request.start == START:
            return read_page(b"[]")
        proved.wait(10)
        raise UnavailableError("the server is away")

    reading = iter(Windows(Plan([(START, START + 10), (START + 10, END)]), ask, concurrency=2))
    assert next(reading).start == START
    proved.set()
    with pytest.raises(UnavailableError) as caught:
        next(reading)
    assert caught.value.message.startswith("the server is away [asking for 2023-07-26T16:00:10Z to ")


def test_a_thread_that_ends_for_any_reason_ends_the_reading() -> None:
    def ask(_: PageRequest) -> Page:
        raise KeyError("a defect")

    with pytest.raises(KeyError):
        list(Windows(Plan([(START, END)]), ask, concurrency=3))


def test_stopping_does_not_wait_for_a_server_that_is_silent() -> None:
    silent = threading.Event()
    asked = threading.Semaphore(0)

    def ask(request: PageRequest) -> Page:
        if request.start == START:
            return read_page(b"[]")
        asked.release()
        silent.wait(60)
        return read_page(b"[]")

    reading = Windows(Plan([(START, START + 10), (START + 10, END)]), ask, concurrency=2)
    windows = iter(reading)
    next(windows)
    asked.acquire()
    began = time.monotonic()
    windows.close()
    assert time.monotonic() - began < 1
    silent.set()


def test_nothing_more_is_asked_for_after_a_stop() -> None:
    asked = 0

    def ask(request: PageRequest) -> Page:
        nonlocal asked
        asked += 1
        return dense(request)

    reading = Windows(Plan([(START, END)]), ask, concurrency=4)
    windows = iter(reading)
    next(windows)
    windows.close()
    for thread in reading._threads:
        thread.join(5)
    before = asked
    assert not any(thread.is_alive() for thread in reading._threads)
    assert asked == before < 2 * 864 * 2


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_at_any_moment_ends_the_reading_and_never_hangs_it() -> None:
    for moment in range(1, 60):
        reading = Windows(Plan([(START, END)]), dense, concurrency=4)
        signal.setitimer(signal.ITIMER_REAL, moment * 0.0007)
        with pytest.raises(Interrupted):
            read_until_interrupted(reading)
        for thread in reading._threads:
            if thread.ident is not None:
                thread.join(5)
                assert not thread.is_alive()


def test_few_windows_wait_for_a_reader_that_is_slow() -> None:
    asked = 0

    def ask(request: PageRequest) -> Page:
        nonlocal asked
        asked += 1
        return dense(request)

    windows = iter(Windows(Plan([(START, END)]), ask, concurrency=4))
    next(windows)
    settled = -1
    while settled != asked:  # until nobody asks any more
        settled = asked
        time.sleep(0.2)
    assert asked < 200
    windows.close()
