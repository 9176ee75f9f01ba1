"""Work on the disk that nobody should wait for."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

from nxcdr.errors import LONGEST_NAP

_Task = Callable[[], None]


class Aside:
    """A thread of its own that does one thing after another, in the order they are told, until one fails.

    Who only hands something over does not wait for the disk; nor for the interpreter's lock, which every call to the
    disk lets go of, and which comes back after all threads that wait for it: while one keeps a page under a lock that
    all of them want, none would ask for the next.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[tuple[_Task, _Task] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._beginning = Lock()
        self._at_work = Lock()  # held until the thread has ended
        self._ended = False
        self._failure: Exception | None = None

    def do(self, task: _Task, *, after: _Task = lambda: None) -> None:
        """Have something done.

        Args:
            task: What. Of its failure is told who calls `check` next.
            after: What to do when it is done, has failed, or is not begun because another one has.
        """
        with self._beginning:
            if self._thread is None:
                self._begin()
        self._tasks.put((task, after))

    def check(self) -> None:
        """Go on only if nothing has failed.

        Raises:
            OSError: What the first thing failed with that did.
        """
        if self._failure:
            raise self._failure

    def finish(self) -> None:
        """Wait until all is done; nothing may be handed over after that."""
        if self._thread is not None:
            self._tasks.put(None)
            # Not by joining: where that is interrupted, it takes the thread for ended when it is called again.
            while not self._ended:
                self._at_work.acquire(timeout=LONGEST_NAP)
            self._thread.join()

    def _begin(self) -> None:
        self._thread = Thread(target=self._work)
        self._at_work.acquire()
        try:
            self._thread.start()
        except RuntimeError:  # the system allows no more threads
            self._at_work.release()
            self._thread = None
            raise

    def _work(self) -> None:
        try:
            while (told := self._tasks.get()) is not None:
                self._do(*told)
        finally:
            self._ended = True
            self._at_work.release()

    def _do(self, task: _Task, after: _Task) -> None:
        try:
            if self._failure is None:
                task()
        except Exception as failure:  # noqa: BLE001 - raised again by `check`
            self._failure = failure
        finally:
            after()
