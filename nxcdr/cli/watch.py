"""``nxcdr query --watch``: the newest calls, refreshed until the user leaves."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live
from rich.text import Text

from nxcdr.api.request import Filters
from nxcdr.cli.call_table import table_of
from nxcdr.cli.clock import clock as program_clock
from nxcdr.cli.connect import connect, fetch_options
from nxcdr.cli.console import console as messages
from nxcdr.cli.console import write_text
from nxcdr.cli.keyboard import keys
from nxcdr.cli.options import Asked
from nxcdr.errors import Interrupted, NxcdrError, UnavailableError, UntrustedAnswerError
from nxcdr.export.agents import find_agent
from nxcdr.fetch.newest import Watch
from nxcdr.output.mask import Mask
from nxcdr.output.screen import HEADING, MISSED, Line, joined, lines_of, one_line, printed, terminal_width
from nxcdr.output.visible import visible
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange, parse_ends, parse_range

Show = Callable[["Frame"], None]
Wait = Callable[[float], str]
"""Waits so many seconds and returns the keys pressed meanwhile."""

_STEP = 0.25  # seconds between two looks at the terminal's size
_LEAVE = "qQ"


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
    """Show the newest calls and refresh them until q or Ctrl-C; the last calls stay on the screen.

    The first line shows network errors until the connection recovers. The next refresh is the retry.

    Args:
        asked: The options. The range is understood anew each time: "last 2 hours" moves on.
        settings: The settings; the retries are not used.
        filters: Which calls.
        span: The range as first understood.
        columns: The fields wanted; None for those that fit.
        seconds: Between two requests.
        limit: How many calls, at least 1.

    Raises:
        NxcdrError: The server refused, which trying again can't change.
        Interrupted: By SIGTERM.
    """
    mask = asked.masking(settings)
    with connect(replace(settings, retries=0), filters) as client:
        with suppress(UnavailableError):
            find_agent(client, span.start, span.end, fetch_options(settings), note=messages.note, warn=messages.warn)
        watched = Watch(client, limit)
        console = Console(highlight=False)
        frame = _frame(f"asking, every {seconds:g} s; q leaves", watched, span, columns, mask, raw=asked.raw)

        def refresh(show: Show, wait: Wait) -> None:
            nonlocal frame
            as_of = ""
            show(frame)
            while True:
                now = datetime.fromtimestamp(program_clock.now(), UTC)
                current = _understood(asked, span, now)
                fault = _look(watched, current, settings)
                clock = f"{now.astimezone(span.zone):%H:%M:%S}"
                as_of = as_of if fault else clock
                head = _head(current, clock, seconds, fault, as_of)

                def draw(head: str = head, current: TimeRange = current, fault: NxcdrError | None = fault) -> None:
                    nonlocal frame
                    frame = _frame(head, watched, current, columns, mask, raw=asked.raw, failed=fault is not None)
                    show(frame)

                _show_for(seconds, draw, wait)

        try:
            with keys() as wait:
                if console.is_dumb_terminal:
                    refresh(_Printed(), wait)
                with Live(console=console, screen=True, auto_refresh=False) as live:
                    refresh(lambda frame: live.update(joined(frame.fitting()), refresh=True), wait)
        except Interrupted as stop:
            if stop.signum != signal.SIGINT:
                raise
    if watched.looked and not console.is_dumb_terminal:
        write_text(printed(frame.lines))


@dataclass(frozen=True, slots=True)
class Frame:
    """What the screen shows: the time and the range, or what failed; the calls; and their totals."""

    head: list[Line]
    calls: Sequence[Line] = ()
    foot: Sequence[Line] = ()
    failed: bool = False

    @property
    def lines(self) -> list[Line]:
        """All of it."""
        return [*self.head, *self.calls, *self.foot]

    def fitting(self) -> list[Line]:
        """As much as the terminal has lines for; where calls are left out, a line says so."""
        size = shutil.get_terminal_size()
        room = size.lines - len(self.head) - len(self.foot)
        if len(self.calls) <= room:
            return self.lines
        shown = max(0, room - 1)
        left_out = one_line(f"↓ {len(self.calls) - shown} more lines: a taller terminal shows them")
        return [*self.head, *self.calls[:shown], *lines_of([left_out], size.columns), *self.foot]


def _head(span: TimeRange, clock: str, seconds: float, fault: NxcdrError | None, as_of: str) -> str:
    """The first line. What matters most comes first, since a narrow terminal cuts the end, but not of an error."""
    now = f"{clock} {span.zone.key} ({span.offsets})"
    if fault:
        return f"{now}, " + (f"calls as of {as_of}: " if as_of else "") + fault.message
    return f"{now}, every {seconds:g} s, q leaves; {span.start_at:%Y-%m-%d %H:%M} to {span.end_at:%Y-%m-%d %H:%M}"


def _frame(
    head: str,
    watched: Watch,
    span: TimeRange,
    columns: Sequence[str] | None,
    mask: Mask | None,
    *,
    raw: bool,
    failed: bool = False,
) -> Frame:
    width = terminal_width()
    told = visible(head)
    first = lines_of([Text(told, f"{HEADING} {MISSED}") if failed else one_line(told, HEADING)], width)
    if not watched.looked:
        return Frame(first, failed=failed)
    table = table_of(columns, span, width, raw=raw, watching=True)
    records = list(map(mask.after(None), watched.records)) if mask else watched.records
    parts = table.parts(records, watched.new) if records else [one_line("no calls")]
    foot = [table.footer()]
    if watched.more:
        foot.append(one_line(f"the newest {len(watched.records):,}; there are more: a larger --limit shows them"))
    return Frame(first, lines_of(parts, width), lines_of(foot, width), failed)


def _show_for(seconds: float, draw: Callable[[], None], wait: Wait) -> None:
    """Draw, and again as soon as the terminal has another size, until the time is over.

    Raises:
        Interrupted: A key was pressed that leaves, as if it were Ctrl-C.
    """
    until = time.monotonic() + seconds
    size: os.terminal_size | None = None
    while (left := until - time.monotonic()) > 0:
        now = shutil.get_terminal_size()
        if now != size:
            size = now
            draw()
        if set(_LEAVE) & set(wait(min(left, _STEP))):
            raise Interrupted(signal.SIGINT)


def _look(watched: Watch, span: TimeRange, settings: Settings) -> NxcdrError | None:
    try:
        watched.look(span.start, span.end, fetch_options(settings))
    except (UnavailableError, UntrustedAnswerError) as fault:
        return fault
    return None


class _Printed:
    """Shows frames on a terminal that can't move its cursor: only those that differ, one below the other."""

    def __init__(self) -> None:
        self._last: Frame | None = None

    def __call__(self, frame: Frame) -> None:
        last, self._last = self._last, frame
        if last is None or (frame.calls, frame.foot) != (last.calls, last.foot):
            write_text(printed(frame.lines))
        elif frame.failed != last.failed:
            write_text(printed(frame.head))


def _understood(asked: Asked, span: TimeRange, now: datetime) -> TimeRange:
    if asked.start is None and asked.end is None:
        return parse_range(span.phrase, now=now.replace(microsecond=0), zone=span.zone)
    return parse_ends(asked.start, asked.end, now=now.replace(microsecond=0), zone=span.zone)
