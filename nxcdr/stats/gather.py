"""Every call of a range once, from windows in whatever order they come, in memory that does not grow with the range."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator
from typing import IO

from nxcdr.api.answer import Record
from nxcdr.fetch.window import Window, canonical

_IN_MEMORY = 8 * 1024 * 1024  # bytes: a million calls; more goes to a temporary file
_CHUNK = 64 * 1024


def every_call_once(windows: Iterable[Window]) -> Iterator[Record]:
    """The calls of all windows, each as soon as its window has come.

    A server that lists calls by their end gives some to a window later than the one they begin in, or to both. Such a
    stray is held back to the end, and given where no window had it among its own: for that, 8 bytes are kept of each
    call, beyond a million calls in a temporary file.

    Args:
        windows: That tile a range, in any order.
    """
    strays: dict[int, Record] = {}
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for window in windows:
            rows = window.rows
            yield from rows
            file.write(array("q", map(_digest, rows)).tobytes())
            strays |= {_digest(record): record for record in window.strays}
        if strays:
            for digest in _read(file):
                strays.pop(digest, None)
    yield from strays.values()


def _digest(record: Record) -> int:
    """64 bits: among 10^12 pairs of a call and a stray, the chance that two are taken for one is 10^-7."""
    return hash(canonical(record))


def _read(file: IO[bytes]) -> Iterator[int]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield from array("q", chunk)
