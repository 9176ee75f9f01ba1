"""Which of the calls fetched are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nxcdr.api.answer import Record
from nxcdr.api.fields import FIELDS, Kind
from nxcdr.output.mask import Mask
from nxcdr.output.shown import number
from nxcdr.output.text import json_text
from nxcdr.output.values import queue_seconds

_KINDS = {field.name: field.kind for field in FIELDS}
_BATCH = 100  # calls


@dataclass(frozen=True, slots=True)
class Selection:
    """The calls wanted.

    Attributes:
        limit: The newest so many that are long enough; 0 for all.
        min_duration: The least talk time, in seconds.
        sort: The field to sort by, by the vendor's name; empty for the newest first.
        reverse: Whether the order is reversed.
    """

    limit: int
    min_duration: float = 0
    sort: str = ""
    reverse: bool = False

    @property
    def fetched(self) -> int:
        """How many calls to fetch at most; 0 for no limit."""
        return 0 if self.min_duration else self.limit

    @property
    def is_plain(self) -> bool:
        """Whether it is simply the newest calls, newest first."""
        return not (self.min_duration or self.sort or self.reverse)

    @property
    def by_time(self) -> bool:
        """Whether the calls are in the order of time, or against it."""
        return self.sort in {"", "startTime"}


class Shown:
    """The calls selected, in batches, in the order in which they are shown.

    Args:
        batches: The calls fetched, newest first.
        selection: Which are wanted.
        mask: Replaces fields of the calls shown by pseudonyms; None for none.

    Attributes:
        count: How many there are, known at the end.
        more: Whether the limit left some out, known at the end.
    """

    def __init__(self, batches: Iterable[list[Record]], selection: Selection, mask: Mask | None = None) -> None:
        self._batches = batches
        self._selection = selection
        self._mask = mask
        self.count = 0
        self.more = False

    def __iter__(self) -> Iterator[list[Record]]:
        batches = self._ordered()
        if self._mask is None:
            return batches
        masked = self._mask.after(None)
        return (list(map(masked, batch)) for batch in batches)

    def _ordered(self) -> Iterator[list[Record]]:
        if self._selection.sort:
            return sorted_by(self._newest(), self._selection.sort, reverse=self._selection.reverse)
        return reversed_order(self._newest()) if self._selection.reverse else self._newest()

    def _newest(self) -> Iterator[list[Record]]:
        limit = self._selection.limit
        for batch in with_min_duration(self._batches, self._selection.min_duration):
            taken = batch[: limit - self.count] if limit else batch
            self.count += len(taken)
            if taken:
                yield taken
            if len(taken) < len(batch):
                self.more = True
                return


def with_min_duration(batches: Iterable[list[Record]], seconds: float) -> Iterator[list[Record]]:
    """The calls whose ``callDuration`` is at least so many seconds; 0 for all calls, also those without one."""
    for batch in batches:
        yield [call for call in batch if _talk(call) >= seconds] if seconds else batch


def sorted_by(batches: Iterable[Sequence[Record]], field: str, *, reverse: bool = False) -> Iterator[list[Record]]:
    """All calls by a field, the least first; numbers come before texts.

    Calls without a value come last, also with ``reverse``. Equal calls keep their order. All are held in memory.

    Args:
        batches: The calls.
        field: The vendor's name of a field.
        reverse: Whether the greatest comes first.
    """
    present: list[Record] = []
    missing: list[Record] = []
    for batch in batches:
        for call in batch:
            (missing if _is_missing(call, field) else present).append(call)
    present.sort(key=lambda call: _sort_key(call, field), reverse=reverse)
    return _in_batches(present + missing)


def reversed_order(batches: Iterable[Sequence[Record]]) -> Iterator[list[Record]]:
    """All calls in the opposite order. All are held in memory."""
    return _in_batches([call for batch in batches for call in batch][::-1])


def _in_batches(calls: list[Record]) -> Iterator[list[Record]]:
    for at in range(0, len(calls), _BATCH):
        yield calls[at : at + _BATCH]


def _talk(call: Record) -> int | Decimal:
    return number(call.get("callDuration")) or 0


def _is_missing(call: Record, field: str) -> bool:
    value = call.get(field)
    return value is None or value == "" or (_KINDS[field] is Kind.TIME and value == 0)


def _sort_key(call: Record, field: str) -> tuple[int, Any]:
    value = queue_seconds(call) if field == "queueDuration" else call[field]
    if isinstance(value, (int, Decimal)):
        return 0, value
    return 1, value if isinstance(value, str) else json_text(value).decode()
