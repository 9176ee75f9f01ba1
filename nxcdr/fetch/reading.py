"""Carrying out a plan: threads fetch its pages, and iterating gives the proved windows."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from nxcdr.api.answer import Page
from nxcdr.api.request import PageRequest
from nxcdr.errors import LONGEST_NAP, NxcdrError
from nxcdr.fetch.plan import Plan, Proved, Turn

Ask = Callable[[PageRequest], Page]


class Reading:
    """Threads that carry out a plan; a context manager, for they end with it.

    Args:
        plan: What to read. Nobody else may use it meanwhile.
        ask: Fetches one page, from any thread.
        workers: Pages under way at once, at most.
        doubted: Called, from any thread, when answers contradict each other.
    """

    def __init__(self, plan: Plan, ask: Ask, *, workers: int, doubted: Callable[[], None] = lambda: None) -> None:
        self._plan = plan
        self._ask = ask
        self._doubted = doubted
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._result = threading.Condition(self._lock)
        self._proved: deque[Proved] = deque()
        self._taken = 0  # proved windows that are being dealt with
        self._failure: BaseException | None = None
        self._stopping = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(workers)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopping = True
            self._work.notify_all()

    def __iter__(self) -> Iterator[Proved]:
        """Each window as soon as it is proved, in no order; no page is asked for until the next is wanted.

        So a killed process loses hardly more than one window.

        Raises:
            NxcdrError: What a request failed with, or why nothing can be proved.
        """
        while True:
            with self._lock:
                while not (self._proved or self._failure or self._plan.done):
                    self._result.wait(LONGEST_NAP)
                if not self._proved:
                    if self._failure:
                        raise self._failure
                    return
                proved = self._proved.popleft()
                self._taken += 1
            yield proved
            with self._lock:
                self._taken -= 1
                self._work.notify_all()

    def held(self) -> tuple[float, int]:
        """How much is read of the windows under way: seconds, about, and rows."""
        with self._lock:
            return self._plan.held()

    def _run(self) -> None:
        try:
            while turn := self._next():
                page = self._fetch(turn.request)
                with self._lock:
                    doubts = self._plan.doubts
                    proved = self._plan.answer(turn, page)
                    doubted = self._plan.doubts > doubts
                    if proved:
                        self._proved.append(proved)
                    if proved or self._plan.done:
                        self._result.notify_all()
                    self._work.notify_all()
                if doubted:
                    self._doubted()
        except BaseException as error:  # noqa: BLE001 - raised where the windows are taken
            with self._lock:
                self._failure = self._failure or error
                self._stopping = True
                self._result.notify_all()
                self._work.notify_all()

    def _next(self) -> Turn | None:
        with self._lock:
            while not (self._stopping or self._plan.done):
                if not (self._proved or self._taken) and (turn := self._plan.next()):
                    return turn
                self._work.wait()
            return None

    def _fetch(self, request: PageRequest) -> Page:
        try:
            return self._ask(request)
        except NxcdrError as error:
            error.message += f" [asking for {_moment(request.start)} to {_moment(request.end)}, page {request.page}]"
            raise


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
