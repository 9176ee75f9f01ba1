"""Which of two windows, and of two ranges, a call belongs to that is listed for both, or not for the one it starts in.

A call belongs to the window, and to the range, that it starts in. A server may list it for others, too, or only for
others: it may count a range's end in, and it may choose calls by their end, by their creation, or by being on.

- Of a server that chooses calls by their start, a window lists calls of the second after its end at most, and each is
  listed where it starts, too. `Seams` finds out where that is not so.
- Calls listed for a range that start outside of it belong to it unless a neighbouring range lists them, too: for calls
  that start before it the earlier neighbour, for all others the later one. Whoever exports the neighbour finds the
  same, so that adjacent ranges hold each call once between them. What a neighbour lists, the second of it that is next
  to the range tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nxcdr.api.answer import Record
from nxcdr.fetch.window import Window, digest, start_of

ReadSpan = Callable[[int, int], Iterable[Window]]
"""Reads the windows of a span: start and end in seconds since 1970, half-open."""


class Seams:
    """Whether each call that a window lists beyond its end is listed where it starts."""

    def __init__(self) -> None:
        self._heads: dict[int, frozenset[str]] = {}
        self._assumed: dict[int, frozenset[str]] = {}
        self._late: dict[int, frozenset[str]] = {}

    def fit(self, start: int, end: int, *, head: Iterable[str], assumed: Iterable[str], late: Iterable[str]) -> bool:
        """Take note of a window, as `Window` describes it; False where it does not fit one of its neighbours.

        A call that the earlier of two windows lists beyond its end, and the later one only holds from a larger window,
        may be listed for the earlier one alone; and then a call of the later one is hidden.
        """
        self._heads[start], self._assumed[start], self._late[end] = map(frozenset, (head, assumed, late))
        return self._fits(start) and self._fits(end)

    def is_open(self, end: int) -> bool:
        """Whether a window lists calls beyond this end, and it is unknown whether they are listed where they start."""
        return bool(self._late.get(end)) and end not in self._heads

    def _fits(self, at: int) -> bool:
        if at not in self._heads or at not in self._late:
            return True
        return self._late[at] <= self._heads[at] and not self._late[at] & self._assumed[at]


def side(time: int | None, start: int, end: int) -> int:
    """Which neighbour of a range a call belongs to if that lists it: -1 the earlier, 1 the later; 0 for its own calls.

    Args:
        time: When the call starts, in ms since 1970; None where it does not tell.
        start: The range's start in seconds since 1970, inclusive.
        end: The range's end, exclusive.
    """
    if time is None or time < 0 or time >= end * 1000:
        return 1
    return -1 if time < start * 1000 else 0


def neighbours(start: int, end: int) -> dict[int, tuple[int, int]]:
    """By side, the second next to a range (s, half-open) that tells what its neighbour lists; none before 1970."""
    return ({-1: (start - 1, start)} if start else {}) | {1: (end, end + 1)}


def belong_elsewhere(strays: Iterable[Record], start: int, end: int, read: ReadSpan) -> frozenset[str]:
    """Of records listed for a range that start outside of it, the digests of those that belong to its neighbours."""
    by_side: dict[int, set[str]] = {-1: set(), 0: set(), 1: set()}
    for record in strays:
        by_side[side(start_of(record), start, end)].add(digest(record))
    found: set[str] = set()
    for which, span in neighbours(start, end).items():
        if wanted := by_side[which]:
            found |= wanted.intersection(digest(record) for window in read(*span) for record in window.all_listed())
    return frozenset(found)
