"""Single keys from the terminal, while a command is running."""

from __future__ import annotations

import os
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from select import select

_MOST = 1024  # bytes


@contextmanager
def keys() -> Iterator[Callable[[float], str]]:
    """Read keys as they are pressed, without echo. The terminal is as before when the context ends, however it ends.

    Yields:
        A function that waits at most so many seconds and returns the keys pressed meanwhile. If stdin is no terminal,
        or another job has it, there are none.
    """
    if not _has_terminal():
        yield _no_keys
        return
    stdin = sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    try:
        tty.setcbreak(stdin, termios.TCSANOW)
        yield _keys
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def _has_terminal() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        # A job in the background would be stopped if it changed the terminal.
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # it does not control jobs
        return True


def _keys(seconds: float) -> str:
    pressed = b""
    if select([sys.stdin], [], [], seconds)[0]:
        with suppress(OSError):
            pressed = os.read(sys.stdin.fileno(), _MOST)
        if not pressed:  # the terminal is gone: it would be ready forever
            time.sleep(seconds)
    return pressed.decode("utf-8", "replace")


def _no_keys(seconds: float) -> str:
    time.sleep(seconds)
    return ""
