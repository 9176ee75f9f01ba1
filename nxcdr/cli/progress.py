"""How far an export is: a bar on a terminal, a line every 30 seconds elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from nxcdr.api.client import Client, Traffic
from nxcdr.cli.console import console
from nxcdr.fetch.whole import Progress as State

SECONDS_BETWEEN_LINES = 30.0
_SECONDS_BETWEEN_FRAMES = 0.2


@dataclass(frozen=True, slots=True)
class Followed:
    """What is shown of a run.

    Attributes:
        progress: How far it is.
        traffic: What it has cost so far.
        pause: Tells the seconds that the server has asked it to wait from now on.
    """

    progress: State
    traffic: Traffic
    pause: Callable[[], float] = lambda: 0.0

    @classmethod
    def of(cls, progress: State, client: Client) -> Self:
        """What is shown of a run that asks with a client."""
        return cls(progress, client.traffic, client.pace.blocked_for)


@contextmanager
def progress(*followed: Followed, seconds_between_lines: float = SECONDS_BETWEEN_LINES) -> Iterator[None]:
    """Show the progress of a run, or of several together, on stderr for as long as the context lasts."""
    if console.verbosity < 0 or sys.stderr is None:
        yield
    elif sys.stderr.isatty():
        with _bar(followed):
            yield
    else:
        began = time.monotonic()
        with _every(seconds_between_lines, lambda: console.note(_line(followed, time.monotonic() - began))):
            yield


@contextmanager
def _every(seconds: float, tell: Callable[[], None]) -> Iterator[None]:
    done = threading.Event()

    def tick() -> None:
        while not done.wait(seconds):
            tell()

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(1.0)


@contextmanager
def _bar(followed: Sequence[Followed]) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    began = time.monotonic()
    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task = bar.add_task("", total=None)

    def draw() -> None:
        bar.update(
            task,
            total=_seconds(followed) or None,
            completed=min(_done(followed), _seconds(followed)),
            description=_facts(followed, time.monotonic() - began),
            refresh=True,
        )

    with bar, _every(_SECONDS_BETWEEN_FRAMES, draw):
        yield


def _line(followed: Sequence[Followed], seconds: float) -> str:
    share = min(1.0, _done(followed) / max(1, _seconds(followed)))
    return f"{100 * share:.0f} % {_facts(followed, seconds)}"


def _facts(followed: Sequence[Followed], seconds: float) -> str:
    rows = sum(each.progress.rows + each.progress.held()[1] for each in followed)
    resumed = sum(each.progress.resumed for each in followed)
    facts = [
        f"{rows:,} calls",
        f"{(rows - resumed) / max(seconds, 0.001):,.0f}/s",
        f"{sum(each.traffic.requests for each in followed):,} requests",
    ]
    if retries := sum(each.traffic.retries for each in followed):
        facts.append(f"{retries:,} retries")
    waits = [each.pause() for each in followed]
    if (pause := max(waits, default=0.0)) > 0:
        facts.append(f"waiting {pause:.0f} s, as the server asked")
    elif faults := [each.traffic.last_fault for each in followed if each.traffic.waiting]:
        facts.append(f"trying again after: {faults[0]}")
    return ", ".join(facts)


def _done(followed: Sequence[Followed]) -> float:
    return sum(each.progress.done + each.progress.held()[0] for each in followed)


def _seconds(followed: Sequence[Followed]) -> int:
    return sum(each.progress.seconds for each in followed)
