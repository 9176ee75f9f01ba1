"""A whole range into a checkpoint: every call exactly once, or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from nxcdr.api.answer import Page
from nxcdr.api.client import Client
from nxcdr.api.request import PageRequest
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.plan import Plan, Proved
from nxcdr.fetch.reading import Reading
from nxcdr.fetch.window import SelectedBy, is_selected, times_of

_SECONDS_IN_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Options:
    """How to ask.

    Attributes:
        concurrency: Requests in flight, at most.
        longest_days: The longest span of one request, in days.
        settled_before: Seconds since 1970: calls that began later may still come in. None: none may.
    """

    concurrency: int = 4
    longest_days: int = 31
    settled_before: float | None = None


@dataclass(slots=True)
class Progress:
    """How far a run is; read by whoever shows it.

    Attributes:
        seconds: Length of all ranges to fetch.
        done: Length of what is proved, of these.
        rows: Calls in it.
        resumed: Of these, calls that an earlier run had fetched.
        held: Tells the length read, and the rows, of windows under way.
    """

    seconds: int = 0
    done: float = 0
    rows: int = 0
    resumed: int = 0
    held: Callable[[], tuple[float, int]] = lambda: (0.0, 0)


def fetch(
    start: int,
    end: int,
    client: Client,
    checkpoint: Checkpoint,
    options: Options,
    *,
    progress: Progress | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> None:
    """Fetch what is missing of a range.

    Args:
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        client: Asks.
        checkpoint: Gets the calls.
        options: How to ask.
        progress: Kept up to date.
        warn: Told once if the server selects calls by another time than their start.

    Raises:
        NxcdrError: A request failed, or nothing can be proved; what is proved is kept.
        OSError: The checkpoint can't be written.
    """
    progress = progress or Progress()
    done, rows = progress.done, progress.rows
    progress.resumed += checkpoint.rows
    while True:
        progress.done, progress.rows = done, rows + checkpoint.rows
        for agent in client.filters.agents:
            if odd := _fetch_listing(
                agent, start, end, client, checkpoint=checkpoint, options=options, progress=progress
            ):
                break
        else:
            return
        checkpoint.restart(guess_selected_by(odd, checkpoint.selected_by))
        warn(_WARNINGS[checkpoint.selected_by])


def _fetch_listing(
    agent: str | None,
    start: int,
    end: int,
    client: Client,
    *,
    checkpoint: Checkpoint,
    options: Options,
    progress: Progress,
) -> Proved | None:
    """Fetch what is missing of the calls of one agent, or of all; or return a window that lists others."""
    missing = list(checkpoint.missing(start, end, agent))
    share = 1 / len(client.filters.agents)
    progress.done += share * ((end - start) - sum(last - first for first, last in missing))
    plan = Plan(
        missing,
        longest=options.longest_days * _SECONDS_IN_A_DAY,
        settled_before=options.settled_before,
        selected_by=checkpoint.selected_by,
    )

    def ask(request: PageRequest) -> Page:
        return client.page(replace(request, agent=agent))

    with Reading(plan, ask, workers=options.concurrency, doubted=client.reconnect) as windows:
        progress.held = windows.held
        for window in windows:
            if not is_selected(window.listing, window.start, window.end, checkpoint.selected_by):
                return window
            settled = options.settled_before is None or window.end <= options.settled_before
            calls = list(own_calls(window, checkpoint.selected_by))
            checkpoint.add(window.start, window.end, calls, agent=agent, listed=len(calls), settled=settled)
            progress.done += share * (window.end - window.start)
            progress.rows += len(calls)
    progress.held = lambda: (0.0, 0)
    if any(checkpoint.missing(start, end, agent)):
        raise AssertionError("the windows do not cover the range")
    return None


_WARNINGS = {
    SelectedBy.END: "the server selects calls by their end, so the file holds the calls that ended in the range",
    SelectedBy.LISTED: "the server selects calls by a time that is not in the record, so the file holds what it "
    "lists for the range; calls near the range's ends may start outside of it",
}


def own_calls(window: Proved, selected_by: SelectedBy) -> Iterator[tuple[int | None, bytes]]:
    """The startTime (ms) and text of each call that belongs to a window; those that don't tell belong where listed."""
    listing = window.listing
    if selected_by is SelectedBy.LISTED:
        return zip(listing.starts, listing.records, strict=True)
    first, last = window.start * 1000, window.end * 1000
    return (
        (start, record)
        for time, start, record in zip(times_of(listing, selected_by), listing.starts, listing.records, strict=True)
        if time is None or first <= time < last
    )


def guess_selected_by(window: Proved, selected_by: SelectedBy) -> SelectedBy:
    """The time that the server seems to select by, once the one assumed so far has proved wrong."""
    if selected_by is SelectedBy.START and is_selected(window.listing, window.start, window.end, SelectedBy.END):
        return SelectedBy.END
    return SelectedBy.LISTED
