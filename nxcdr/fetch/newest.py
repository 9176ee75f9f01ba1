"""The newest calls of a range, with as few requests as prove them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from nxcdr.api.answer import Page, Record, decode_records
from nxcdr.api.client import Client
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.api.request import PageRequest
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Options, Progress, fetch
from nxcdr.fetch.window import Order, order_of

_SPARE = 1.3  # times the time that should hold the calls wanted
_WIDEN = 4  # times, where that was too little

Warn = Callable[[str], None]


@contextmanager
def _temporary_checkpoint() -> Generator[Checkpoint, None, None]:
    with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder, Checkpoint(Path(folder) / "checkpoint", "") as work:
        yield work


def newest(
    start: int,
    end: int,
    client: Client,
    options: Options,
    *,
    limit: int,
    progress: Progress | None = None,
    warn: Warn = lambda _: None,
) -> Generator[list[Record], None, None]:
    """The newest calls of a range, newest first, in batches: one more than the limit, if there are more.

    If the first page is sorted newest first and holds enough, it is the answer. Else windows are proved, from the
    range's end backwards and as long as the first page suggests, until they hold enough.

    Args:
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        client: Asks.
        options: How to ask.
        limit: How many calls; 0 for all.
        progress: Kept up to date.
        warn: Told if the server selects calls by another time than their start.

    Raises:
        NxcdrError: A request failed, or nothing can be proved.
        OSError: The temporary folder can't be written.
    """
    first = start
    if limit and len(client.filters.agents) == 1:
        page = client.page(PageRequest(max(start, end - options.longest_days * 86_400), end))
        if (calls := _falling(page, start, end)) is not None:
            if len(calls) > limit:
                yield decode_records(calls[: limit + 1])
                return
            if len(page) == LARGEST_PAGE:
                seconds = end - (page.starts[-1] or 0) / 1000
                first = max(start, int(end - seconds * _SPARE * (limit + 1) / len(page)))
    with _temporary_checkpoint() as work:
        while True:
            fetch(first, end, client, work, options, progress=progress, warn=warn)
            if first == start or work.rows > limit:
                break
            first = max(start, end - _WIDEN * (end - first))
        records = (record for batch in work.records(newest_first=True) for record in batch)
        yield from _decoded(islice(records, limit + 1) if limit else records)


def _falling(page: Page, start: int, end: int) -> list[bytes] | None:
    """A page's calls of a range, each once; None if they are not sorted newest first, or include others."""
    if order_of(page.starts) is not Order.DESCENDING:
        return None
    if not all(start * 1000 <= (time or 0) < (end + 1) * 1000 for time in page.starts):
        return None
    own = {record: time for record, time in zip(page.records, page.starts, strict=True) if time and time < end * 1000}
    return sorted(own, key=lambda record: (own[record], record), reverse=True)


def _decoded(records: Iterable[bytes], size: int = 1000) -> Generator[list[Record], None, None]:
    left = iter(records)
    while batch := list(islice(left, size)):
        yield decode_records(batch)


@dataclass(slots=True)
class Watch:
    """The newest calls of a range that is looked at again and again.

    Attributes:
        client: Asks.
        limit: How many calls, at least 1.
        records: The newest calls, newest first, as of the last look.
        more: Whether there are more than these.
        looked: Whether there has been a look.
        new: Indexes of the calls that the latest look with new calls brought; the first look brings none.
    """

    client: Client
    limit: int
    records: list[Record] = field(default_factory=list)
    more: bool = False
    looked: bool = False
    new: frozenset[int] = frozenset()

    def look(self, start: int, end: int, options: Options) -> None:
        """Look again.

        Raises:
            NxcdrError: A request failed; all is as it was.
        """
        batches = newest(start, end, self.client, options, limit=self.limit)
        records = [record for batch in batches for record in batch]
        known = {_identity(record) for record in self.records}
        marked = {_identity(self.records[at]) for at in self.new}
        shown = records[: self.limit]
        arrived = {_identity(record) for record in shown} - known if self.looked else set()
        self.new = frozenset(at for at, record in enumerate(shown) if _identity(record) in (arrived or marked))
        self.records, self.more, self.looked = shown, len(records) > self.limit, True


def _identity(record: Record) -> str:
    """A leg of a call, whatever becomes known of it later: its recording, its price."""
    return f"{record.get('callId')} {record.get('startTime')}"
