"""The pace of an account whose files are made by several workers: what a server refuses one slows them all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import dask
from dask.utils import parse_timedelta
from distributed import Client, Semaphore, Variable

from nxcdr.api.pacing import Pace, Stopped

SECONDS_BETWEEN_LOOKS = 1.0
_LONGEST_ANSWER = 1.0  # seconds; for a variable that is not there
_LEASE_TIMEOUT = "distributed.scheduler.locks.lease-timeout"


def running(run: str, client: Client) -> Variable:
    """A variable of the scheduler that is there until a run ends."""
    return Variable(f"nxcdr-{run}", client)


def refusal(run: str, profile: str, client: Client) -> Variable:
    """A variable of the scheduler with an account's last refusal; None for none.

    It is a name, the seconds to wait, and until when, in seconds since 1970, by the clock of the worker that it met.
    """
    return Variable(f"nxcdr-{run}-{profile}-refusal", client)


class SharedPace(Pace):
    """The limiter of one task, which slows down also for refusals of the account's other tasks, and ends with the run.

    A task looks for them every second. It asks nothing more once it has not reached the scheduler for a third of the
    time after which its lease is given to another: so no two use the same lease.

    Args:
        run: The run's name.
        profile: The account's.
        places: How many of the account's tasks may ask at once.
        client: The connection to the scheduler.
        rate: As of `Pace`.
        concurrency: As of `Pace`.
        pace: As of `Pace`.
    """

    def __init__(
        self,
        run: str,
        profile: str,
        places: int,
        client: Client,
        *,
        rate: float | None,
        concurrency: int,
        pace: float | None,
    ) -> None:
        super().__init__(rate=rate, concurrency=concurrency, pace=pace)
        self._running = running(run, client)
        self._refusal = refusal(run, profile, client)
        self._semaphore = Semaphore(places, name=f"nxcdr-{run}-{profile}")
        self._known: set[str | None] = {None}
        self._seen = self._clock()
        self._pause = 0.0
        self._ended = threading.Event()

    @contextmanager
    def lease(self) -> Iterator[None]:
        """Hold one of the account's leases, until the next request may be sent; look for refusals meanwhile.

        Raises:
            Stopped: The run has ended.
        """
        if not self._look(first=True):
            raise Stopped
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self.wait(self._pause)
            while not self._semaphore.acquire(timeout=SECONDS_BETWEEN_LOOKS):
                self.wait(0)
            try:
                yield
                with self.turn():
                    pass
            finally:
                self._semaphore.release()
        finally:
            self._ended.set()
            self._semaphore.refresh_callback.stop()

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a turn, as that of a `Pace`; there is none once the lease may be another's.

        Raises:
            Stopped: The run has ended, or the scheduler was not reached for too long.
        """
        with super().turn() as sent:
            if sent - self._seen > _longest_silence():
                self.stop()
                raise Stopped
            yield sent

    def refused(self, sent: float, retry_after: float | None) -> None:
        """Slow down, and tell the account's other tasks."""
        super().refused(sent, retry_after)
        name = uuid4().hex
        self._known.add(name)
        with suppress(OSError, TimeoutError):
            seconds = self.blocked_for()
            self._refusal.set([name, seconds, time.time() + seconds], callback_timeout=_longest_silence())

    def _listen(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_LOOKS):
            if not self._look():
                self.stop()
                return

    def _look(self, *, first: bool = False) -> bool:
        """Look once; whether the run goes on."""
        try:
            self._running.get(timeout=_LONGEST_ANSWER, callback_timeout=_longest_silence())
            found = self._refusal.get(timeout=_LONGEST_ANSWER, callback_timeout=_longest_silence())
        except (OSError, TimeoutError):
            return False
        self._seen = self._clock()
        name, seconds, until = found or (None, 0.0, 0.0)
        if name not in self._known:
            self._known.add(name)
            if first:
                self._pause = min(seconds, until - time.time())
            else:
                # What this task was refused itself since the last look was of the same burst.
                super().refused(self._clock() - 2 * SECONDS_BETWEEN_LOOKS, seconds)
        return True


def _longest_silence() -> float:
    """Seconds without an answer of the scheduler until a task stops asking."""
    timeout = dask.config.get(_LEASE_TIMEOUT)
    return 10.0 if timeout == "inf" else float(parse_timedelta(timeout, "s")) / 3
