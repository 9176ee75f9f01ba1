"""Work on the disk that nobody should wait for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Aside:
    """A thread of its own that does one thing after another, in the order they are told, until one fails.

    Who only hands something over does not wait for the disk; nor for the interpreter's lock, which every call to the
    disk lets go of, and which comes back after all threads that wait for it: while one keeps a page under a lock that
    all of them want, none would ask for the next.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._failure: OSError | None = None

    def do(self, task: Callable[[], None]) -> Future[None]:
        """Have something done; told of its failure is who calls `check` next."""
        return self._thread.submit(self._done, task)

    def check(self) -> None:
        """Go on only if nothing has failed.

        Raises:
            OSError: What the first thing failed with that did.
        """
        if self._failure:
            raise self._failure

    def finish(self) -> None:
        """Wait until all is done. Nothing can be handed over after that."""
        self._thread.shutdown()

    def _done(self, task: Callable[[], None]) -> None:
        if self._failure:
            return
        try:
            task()
        except OSError as error:
            self._failure = self._failure or error
