"""How far an export is: a bar on a terminal, a line every 30 seconds elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nxcdr.api.client import Client
from nxcdr.cli.console import console
from nxcdr.fetch.whole import Progress as State

SECONDS_BETWEEN_LINES = 30.0
_SECONDS_BETWEEN_FRAMES = 0.2


@contextmanager
def progress(state: State, client: Client, *, seconds_between_lines: float = SECONDS_BETWEEN_LINES) -> Iterator[None]:
    """Show a run's progress on stderr for as long as the context lasts."""
    if console.verbosity < 0 or sys.stderr is None:
        yield
    elif sys.stderr.isatty():
        with _bar(state, client):
            yield
    else:
        began = time.monotonic()
        with _every(seconds_between_lines, lambda: console.note(_line(state, client, time.monotonic() - began))):
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
def _bar(state: State, client: Client) -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    began = time.monotonic()
    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    task = bar.add_task("", total=None)

    def draw() -> None:
        bar.update(
            task,
            total=state.seconds or None,
            completed=min(_done(state), state.seconds),
            description=_facts(state, client, time.monotonic() - began),
            refresh=True,
        )

    with bar, _every(_SECONDS_BETWEEN_FRAMES, draw):
        yield


def _line(state: State, client: Client, seconds: float) -> str:
    share = 100 * min(_done(state), state.seconds) / state.seconds if state.seconds else 0.0
    return f"{share:.0f} % {_facts(state, client, seconds)}"


def _facts(state: State, client: Client, seconds: float) -> str:
    traffic = client.traffic
    rows = state.rows + state.held()[1]
    facts = [
        f"{rows:,} calls",
        f"{(rows - state.resumed) / max(seconds, 0.001):,.0f}/s",
        f"{traffic.requests:,} requests",
    ]
    if traffic.retries:
        facts.append(f"{traffic.retries:,} retries")
    if (pause := client.pace.blocked_for()) > 0:
        facts.append(f"waiting {pause:.0f} s, as the server asked")
    elif traffic.waiting:
        facts.append(f"trying again after: {traffic.last_fault}")
    return ", ".join(facts)


def _done(state: State) -> float:
    return state.done + state.held()[0]
