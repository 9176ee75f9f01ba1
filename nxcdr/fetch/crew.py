"""How many threads are of use to read with."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAGES_TO_JUDGE_BY = 40
_BUSY, _AT_LEISURE = 0.95, 0.85  # of a processor
_FEWEST = 2  # one asks while the other reads


class Crew:
    """How many of the threads that are allowed should be at work.

    Where answers come sooner than they can be dealt with, which takes the interpreter's lock, two threads keep it busy,
    and each one more costs time and memory: they take the lock from each other. So while they keep a processor busy,
    half of them are laid off; but where that leaves it at leisure, all are taken on again, for good.

    Args:
        most: How many are allowed.
        clock: Seconds.
        used: Processor seconds of this process.

    Attributes:
        useful: How many should be at work.
    """

    def __init__(
        self, most: int, *, clock: Callable[[], float] = time.monotonic, used: Callable[[], float] = time.process_time
    ) -> None:
        self.useful = self._most = most
        self._clock = clock
        self._used = used
        self._pages = 0
        self._decided = most <= _FEWEST
        self._since = clock(), used()

    def dealt_with(self) -> None:
        """Take note of a page."""
        self._pages += 1
        if self._decided or self._pages % _PAGES_TO_JUDGE_BY:
            return
        (began, used), self._since = self._since, (self._clock(), self._used())
        busy = (self._since[1] - used) / max(1e-9, self._since[0] - began)
        if busy > _BUSY:
            self.useful = max(_FEWEST, self.useful // 2)
        elif busy < _AT_LEISURE and self.useful < self._most:
            self.useful = self._most
            self._decided = True
