"""Reading a plan's windows with several requests in flight."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Generic, TypeVar

from nxcdr.api.answer import Page
from nxcdr.api.client import PageRequest
from nxcdr.errors import LONGEST_NAP, Interrupted, NxcdrError
from nxcdr.fetch.crew import Crew
from nxcdr.fetch.plan import Plan
from nxcdr.fetch.window import Reader, Window

Ask = Callable[[PageRequest], Page]
Made = TypeVar("Made")
Saved = Callable[[Reader, PageRequest, Page], None]

_WINDOWS_WAITING = 2


def spans(start: int, end: int, longest_days: int) -> Iterator[tuple[int, int]]:
    """Cut [start, end) into touching spans of at most ``longest_days`` times 24 hours."""
    step = longest_days * 86400
    while start < end:
        yield start, min(start + step, end)
        start += step


class Reading(Generic[Made]):
    """The threads that carry out a plan; iterate over it for what is made of each window proved, in no order.

    Args:
        plan: What to read. Used only under the lock here.
        ask: Fetches one page, with its retries; called from several threads.
        made: Makes of a window what is wanted of it, in the thread that read it: its pages, megabytes, can then go.
        concurrency: How many threads, at most.
        ahead: Whether to ask while nobody waits for a window; False for a reader who may not want all.
        page_read: Told of each page, under the lock, after the plan has taken it: for keeping unfinished work.
    """

    def __init__(
        self,
        plan: Plan,
        ask: Ask,
        made: Callable[[Window], Made],
        *,
        concurrency: int,
        ahead: bool = True,
        page_read: Saved | None = None,
    ) -> None:
        self._plan = plan
        self._ask = ask
        self._made = made
        self._ahead = ahead
        self._page_read = page_read
        self._wanted = False
        self._lock = threading.RLock()
        self._to_do = threading.Condition(self._lock)  # told to the threads
        self._found = threading.Condition(self._lock)  # told to who iterates: not of each page, which costs as much
        self._laid_off = threading.Condition(self._lock)
        self._windows: deque[Made] = deque()
        self._failure: BaseException | None = None
        self._stopping = False
        self._idle = 0
        self._crew = Crew(concurrency)
        self._at_work = concurrency
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(concurrency)]

    def __iter__(self) -> Generator[Made, None, None]:
        """Start the threads, and give what is made of each window as soon as it is proved.

        Raises:
            NxcdrError: What a request failed with, naming the window.
        """
        try:
            for thread in self._threads:
                thread.start()
            while (made := self._take()) is not None:
                yield made
        except RuntimeError as error:
            # An interrupt while the lock is taken again: threading then gives back what it does not hold.
            if isinstance(error.__context__, Interrupted):
                raise error.__context__ from None
            raise
        finally:
            self.stop()
            # An interrupt just after the lock was taken leaves it taken, and the threads waiting for it.
            with suppress(RuntimeError):
                while True:
                    self._lock.release()

    def stop(self) -> None:
        """Ask for nothing more. A thread that waits for an answer ends when it comes."""
        with self._lock:
            self._stopping = True
            self._tell()

    def _take(self) -> Made | None:
        """What is made of the next window, waited for; None after the last one."""
        with self._lock:
            self._wanted = True
            self._to_do.notify_all()
            while not (self._windows or self._failure or self._plan.done):
                self._found.wait(LONGEST_NAP)
            self._wanted = False
            self._to_do.notify_all()
            if self._windows:
                return self._windows.popleft()
            if self._failure:
                raise self._failure
            return None

    def _work(self) -> None:
        try:
            while (turn := self._next()) is not None:
                reader, request = turn
                page = self._fetch(request)
                with self._lock:
                    if self._stopping:
                        return
                    last = self._plan.feed(reader, request, page, idle=self._idle)
                    if self._page_read:
                        self._page_read(reader, request, page)
                    self._crew.dealt_with()
                    self._tell()
                if last:
                    self._settle(reader)
        except BaseException as failure:  # noqa: BLE001 - raised again where the windows are read
            with self._lock:
                self._failure = self._failure or failure
                self._stopping = True
                self._tell()

    def _settle(self, reader: Reader) -> None:
        window = reader.settle(self._plan.size)
        made = None if window is None else self._made(window)
        with self._lock:
            if self._plan.conclude(reader, window) and made is not None:
                self._windows.append(made)
            self._tell()

    def _lay_off(self) -> None:
        """Wait until one thread more is of use."""
        self._at_work -= 1
        while not (self._stopping or self._plan.done or self._at_work < self._crew.useful):
            self._laid_off.wait()
        self._at_work += 1

    def _tell(self) -> None:
        """Wake those whom what has changed may concern."""
        if self._at_work < self._crew.useful or self._stopping or self._plan.done:
            self._laid_off.notify_all()
        self._to_do.notify_all()
        if self._windows or self._failure or self._plan.done:
            self._found.notify_all()

    def _next(self) -> tuple[Reader, PageRequest] | None:
        with self._lock:
            while not (self._stopping or self._plan.done):
                if self._at_work > self._crew.useful:
                    self._lay_off()
                elif len(self._windows) < _WINDOWS_WAITING if self._ahead else self._wanted and not self._windows:
                    if (turn := self._plan.next()) is not None:
                        return turn
                    self._idle += 1
                    self._to_do.wait()
                    self._idle -= 1
                else:
                    self._to_do.wait()
            return None

    def _fetch(self, request: PageRequest) -> Page:
        try:
            return self._ask(request)
        except NxcdrError as error:
            error.message += f" [asking for {_moment(request.start)} to {_moment(request.end)}, page {request.page}]"
            raise


class Windows(Reading[Window]):
    """A reading that gives the windows themselves."""

    def __init__(self, plan: Plan, ask: Ask, *, concurrency: int, ahead: bool = True) -> None:
        super().__init__(plan, ask, Window.compact, concurrency=concurrency, ahead=ahead)


def in_order(windows: Iterable[Window], end: int) -> Iterator[Window]:
    """Windows newest first, each as soon as all newer ones have come; ``end`` is the range's end (s)."""
    waiting: dict[int, Window] = {}
    for window in windows:
        waiting[window.end] = window
        while end in waiting:
            ready = waiting.pop(end)
            end = ready.start
            yield ready


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
