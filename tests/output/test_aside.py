"""A thread that does on the disk what nobody should wait for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from nxcdr.output.aside import Aside


def failing(error: Exception) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


def test_all_is_done_in_the_order_it_was_told() -> None:
    aside, done = Aside(), list[int]()
    for number in range(100):
        aside.do(lambda number=number: done.append(number))  # type: ignore[misc]
    aside.finish()
    assert done == list(range(100))
    aside.check()


def test_nothing_is_waited_for_where_nothing_was_told() -> None:
    before = threading.active_count()
    Aside().finish()
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [OSError("full"), MemoryError(), ValueError("none")])
def test_after_a_failure_nothing_more_is_done_and_everyone_is_told(error: Exception) -> None:
    aside, done, after = Aside(), list[str](), list[str]()
    aside.do(failing(error), after=lambda: after.append("failed"))
    aside.do(lambda: done.append("more"), after=lambda: after.append("given up"))
    aside.finish()
    assert (done, after) == ([], ["failed", "given up"])
    for _ in range(2):
        with pytest.raises(type(error)):
            aside.check()


def test_it_can_be_waited_for_again_after_an_interrupt() -> None:
    aside, go_on, done = Aside(), threading.Event(), list[str]()

    def task() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert go_on.wait(60)
        done.append("all")

    def interrupt(*_: object) -> None:
        raise InterruptedError

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(InterruptedError):
            begin_and_wait(aside, task)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not done
    go_on.set()
    aside.finish()
    assert done == ["all"]


def begin_and_wait(aside: Aside, task: Callable[[], None]) -> None:
    aside.do(task)
    aside.finish()


def test_where_no_thread_can_be_had_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    aside = Aside()
    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError):
        aside.do(lambda: None)
    aside.finish()


def test_it_works_for_a_thread_that_outlives_the_main_one() -> None:
    script = """
import threading
from nxcdr.output.aside import Aside

def late():
    threading.main_thread().join()
    aside = Aside()
    aside.do(lambda: print("done"))
    aside.finish()

threading.Thread(target=late).start()
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("done\n", "", 0)
