"""The program's clock: the system's, unless `main` was given another, as in a rehearsal of many nights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """A clock.

    Attributes:
        source: Gives seconds since 1970.
    """

    source: Callable[[], float] = time.time

    def now(self) -> float:
        """Seconds since 1970."""
        return self.source()


clock = Clock()
