"""``nxcdr query --watch``: the table kept fresh until Ctrl-C."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from nxcdr.api.client import Filters
from nxcdr.cli.connect import connect
from nxcdr.cli.console import write_text
from nxcdr.cli.options import Asked
from nxcdr.cli.query import manner, table_of
from nxcdr.errors import Interrupted, NxcdrError, UnavailableError, UntrustedAnswerError
from nxcdr.output.layout import shortened
from nxcdr.output.screen import HEADING, MISSED, drawn, terminal_width
from nxcdr.output.visible import visible
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange, parse_ends, parse_range
from nxcdr.watched import Watched

Show = Callable[[list[Text]], None]


def watch_calls(
    asked: Asked,
    settings: Settings,
    filters: Filters,
    span: TimeRange,
    columns: Sequence[str] | None,
    *,
    seconds: float,
    limit: int,
) -> None:
    """Show the newest calls, and look again every so often, until Ctrl-C; what was seen last stays on the screen.

    A request that fails is told in the first line, and the next look is its next try.

    Args:
        asked: The range in words, which is understood anew for each look: "last 2 hours" moves on.
        settings: How to ask, but for the retries.
        filters: Which calls.
        span: The range as understood first.
        columns: The columns; None for those that fit.
        seconds: Between two looks.
        limit: How many calls, at least 1.

    Raises:
        NxcdrError: What no further look can mend: the server refused.
        Interrupted: By SIGTERM; SIGINT is the way to end.
    """
    frame: list[Text] = []
    with connect(replace(settings, retries=0), filters) as client:
        watched = Watched(client.page, limit)
        console = Console(highlight=False)

        def keep_fresh(show: Show) -> None:
            nonlocal frame
            while True:
                now = datetime.now(UTC)
                current = _understood(asked, span, now)
                fault = _look(watched, current, settings)
                told = fault.message if fault else f"every {seconds:g} s, Ctrl-C ends; {current.describe()}"
                head = Text(
                    shortened(visible(f"{now.astimezone(span.zone):%H:%M:%S} {told}"), terminal_width()),
                    style=f"{HEADING} {MISSED}" if fault else HEADING,
                )
                frame = [head, *_lines(watched, current, columns, raw=asked.raw)]
                show(frame)
                time.sleep(seconds)

        try:
            if console.is_dumb_terminal:
                keep_fresh(_Printed())
            with Live(console=console, screen=True, auto_refresh=False) as live:
                keep_fresh(lambda lines: live.update(Group(*_fitting(lines)), refresh=True))
        except Interrupted as stop:
            if stop.signum != signal.SIGINT:
                raise
    if not console.is_dumb_terminal:
        _print(frame)


def _look(watched: Watched, span: TimeRange, settings: Settings) -> NxcdrError | None:
    try:
        watched.look(span.start, span.end, manner(settings))
    except (UnavailableError, UntrustedAnswerError) as fault:
        return fault
    return None


def _lines(watched: Watched, span: TimeRange, columns: Sequence[str] | None, *, raw: bool) -> list[Text]:
    table = table_of(columns, span, terminal_width(), raw=raw)
    lines = table.lines(watched.records, watched.new) if watched.records else [Text("no calls")]
    return [*lines, *table.footer(), Text("there are more: --limit shows them" if watched.more else "")]


def _fitting(lines: list[Text]) -> list[Text]:
    """As many lines as the terminal has; the two last ones stay."""
    spare = shutil.get_terminal_size().lines - 2
    return lines if len(lines) <= spare + 2 else [*lines[: max(0, spare)], *lines[-2:]]


class _Printed:
    """Shows on a terminal that can only be written on, line after line: what is new below its heading, nothing else."""

    def __init__(self) -> None:
        self._shown: list[Text] = []

    def __call__(self, lines: list[Text]) -> None:
        if lines[1:] != self._shown:
            self._shown = lines[1:]
            _print(lines)


def _print(lines: list[Text]) -> None:
    write_text(drawn(lines, terminal_width()))


def _understood(asked: Asked, span: TimeRange, now: datetime) -> TimeRange:
    if asked.start is None and asked.end is None:
        return parse_range(span.phrase, now=now.replace(microsecond=0), zone=span.zone)
    return parse_ends(asked.start, asked.end, now=now.replace(microsecond=0), zone=span.zone)
