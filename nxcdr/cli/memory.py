"""One heap for all threads."""

from __future__ import annotations

from contextlib import suppress

_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_one_heap() -> None:
    """Let the threads that ask share the main thread's heap.

    glibc gives each a heap of its own, which holds on to what was freed in it: 6 MB more at the default of four
    requests in flight. Python runs one thread at a time, so they don't wait for each other. Elsewhere than on glibc
    nothing happens.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
