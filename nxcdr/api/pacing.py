"""How fast to ask: retries, the configured rate, and slowing down when the server says so.

The calculator (`backoff`, `slower`) is pure; `Pace` is the one limiter all threads share.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nxcdr.errors import LONGEST_NAP

FIRST_WAIT = 0.5
LONGEST_BACKOFF = 20.0
LONGEST_RETRY_AFTER = 120.0
RECOVERY_PER_SECOND = 1.05
RECOVERY_NEAR_THE_LIMIT = 1.01
NEAR = 0.9
_FROM_A_SECOND_ON = 2  # attempts of `backoff`
UNPACED = 1000.0


def backoff(attempt: int, *, random: Callable[[], float] = random.random) -> float:
    """Seconds to wait before trying again: ``0.5 * 2**attempt`` at most 20, of which half is jitter.

    Args:
        attempt: 0 after the first failure.
        random: Uniform in [0, 1).
    """
    longest = min(LONGEST_BACKOFF, FIRST_WAIT * 2.0 ** min(attempt, 10))
    return longest * (0.5 + random() / 2)


def slower(rate: float | None, served_last_second: int) -> float:
    """The pace (requests/s) after a refusal: four fifths of what the server just served.

    A known pace falls by at least a fifth and at most a half, so that one burst of refusals can't stop the run.
    """
    wanted = max(1.0, 0.8 * served_last_second)
    return wanted if rate is None else min(max(wanted, 0.5 * rate), 0.8 * rate)


class Stopped(Exception):  # noqa: N818 - not an error: the run was told to end
    """Waiting ended because the run was stopped."""


class Pace:
    """The one limiter of a run, shared by all its threads.

    Args:
        rate: Requests per second never to be exceeded; None for no limit but what the server asks for.
        concurrency: Most requests in flight.
        pace: Requests per second to begin with, where a server has asked for less before; None for no such limit.
        clock: Monotonic seconds.

    A refusal (429, 503, code 2206) makes every thread wait as long as the server says (at most 120 s; without a word
    from it a backoff from 1 s on), lowers the pace to four fifths of what was served in the last second and halves the
    number in flight. Each second served raises the pace by 5 %, or by 1 % near where it was refused; each 20 requests
    served raise the number in flight by one.
    """

    def __init__(
        self,
        *,
        rate: float | None,
        concurrency: int,
        pace: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = rate
        self._concurrency = concurrency
        self._clock = clock
        self._changed = threading.Condition()
        self._stopping = False
        self._pace = pace
        self._refused_at = 0.0
        self._width = concurrency
        self._in_flight = 0
        self._next_turn = 0.0
        self._blocked_until = 0.0
        self._slowed_at = 0.0
        self._raised_at = 0.0
        self._refusals_in_a_row = 0
        self._served: deque[float] = deque()
        self._served_since_widening = 0

    @property
    def pace(self) -> float | None:
        """Requests per second, as the server's refusals have set it; None without."""
        return self._pace

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a turn to send one request, and hold a place in flight; gives the time it was sent.

        Raises:
            Stopped: The run was stopped while waiting.
        """
        with self._changed:
            while (delay := self._delay()) > 0:
                self._changed.wait(min(delay, LONGEST_NAP))
            sent = self._clock()
            rate = self._rate()
            self._next_turn = sent + (1 / rate if rate else 0.0)
            self._in_flight += 1
        try:
            yield sent
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()  # one alone could be somebody who only sleeps

    def served(self) -> None:
        """Take note of an answer that was no refusal."""
        with self._changed:
            now = self._clock()
            self._refusals_in_a_row = 0
            self._served.append(now)
            self._forget_old(now)
            if self._pace is not None:
                near = self._pace >= NEAR * self._refused_at
                growth = RECOVERY_NEAR_THE_LIMIT if near else RECOVERY_PER_SECOND
                self._pace *= growth ** min(1.0, now - self._raised_at)
                self._pace = None if self._pace > UNPACED else self._pace
            self._raised_at = now
            self._served_since_widening += 1
            if self._width < self._concurrency and self._served_since_widening >= 20:  # noqa: PLR2004 - the docstring's
                self._width += 1
                self._served_since_widening = 0

    def refused(self, sent: float, retry_after: float | None) -> None:
        """Slow down all threads, as the server asked.

        Args:
            sent: When the refused request was sent: if before the last slow-down, it does not slow down again.
            retry_after: Seconds the server asked to wait; None where it named none.
        """
        with self._changed:
            now = self._clock()
            if retry_after is None:
                # Servers count requests over a second or longer: to try sooner is pointless.
                retry_after = backoff(self._refusals_in_a_row + _FROM_A_SECOND_ON)
            self._blocked_until = max(self._blocked_until, now + min(retry_after, LONGEST_RETRY_AFTER))
            if sent >= self._slowed_at:
                self._forget_old(now)
                self._refused_at = float(len(self._served))
                self._pace = slower(self._pace, len(self._served))
                self._width = max(1, self._width // 2)
                self._slowed_at = now
                self._refusals_in_a_row += 1
            self._raised_at = self._blocked_until
            self._served_since_widening = 0

    def wait(self, seconds: float) -> None:
        """Sleep; raises Stopped as soon as the run is stopped."""
        with self._changed:
            until = self._clock() + seconds
            while not self._stopping and (left := until - self._clock()) > 0:
                self._changed.wait(min(left, LONGEST_NAP))
            if self._stopping:
                raise Stopped

    def blocked_for(self) -> float:
        """Seconds the server has asked everybody to wait from now on; 0 when it has not."""
        return max(0.0, self._blocked_until - self._clock())

    def stop(self) -> None:
        """End every wait, now and from now on."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def _delay(self) -> float:
        if self._stopping:
            raise Stopped
        if self._in_flight >= self._width:
            return 3600.0  # until another request leaves
        return max(self._blocked_until, self._next_turn) - self._clock()

    def _rate(self) -> float | None:
        rates = [rate for rate in (self._limit, self._pace) if rate is not None]
        return min(rates) if rates else None

    def _forget_old(self, now: float) -> None:
        while self._served and self._served[0] <= now - 1:
            self._served.popleft()
