"""``nxcdr query --watch``: the table kept fresh until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from nxcdr.api.client import Filters
from nxcdr.cli.clock import clock as program_clock
from nxcdr.cli.connect import connect
from nxcdr.cli.console import write_text
from nxcdr.cli.options import Asked
from nxcdr.cli.query import options, table_of
from nxcdr.errors import Interrupted, NxcdrError, UnavailableError, UntrustedAnswerError
from nxcdr.fetch.newest import Watch
from nxcdr.output.layout import shortened
from nxcdr.output.screen import HEADING, MISSED, drawn, terminal_width
from nxcdr.output.visible import visible
from nxcdr.settings import Settings
from nxcdr.timerange import TimeRange, parse_ends, parse_range

Show = Callable[["Frame"], None]

_GLANCE = 0.25  # seconds


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
    with connect(replace(settings, retries=0), filters) as client:
        watched = Watch(client, limit)
        console = Console(highlight=False)
        frame = Frame(Text(f"asking, every {seconds:g} s; Ctrl-C ends", style=HEADING))

        def keep_fresh(show: Show) -> None:
            nonlocal frame
            as_of = ""
            show(frame)
            while True:
                now = datetime.fromtimestamp(program_clock.now(), UTC)
                current = _understood(asked, span, now)
                clock = f"{now.astimezone(span.zone):%H:%M:%S}"
                if fault := _look(watched, current, settings):
                    told = f"{clock} " + (f"calls as of {as_of}: " if as_of else "") + fault.message
                else:
                    told, as_of = f"{clock} every {seconds:g} s, Ctrl-C ends; {current.describe()}", clock
                head = Text(visible(told), style=f"{HEADING} {MISSED}" if fault else HEADING)

                def draw(head: Text = head, current: TimeRange = current) -> None:
                    nonlocal frame
                    frame = _frame(head, watched, current, columns, raw=asked.raw)
                    show(frame)

                _show_for(seconds, draw)

        try:
            if console.is_dumb_terminal:
                keep_fresh(_Printed())
            with Live(console=console, screen=True, auto_refresh=False) as live:
                keep_fresh(lambda frame: live.update(Group(*frame.fitting()), refresh=True))
        except Interrupted as stop:
            if stop.signum != signal.SIGINT:
                raise
    if watched.looked and not console.is_dumb_terminal:
        _print(frame.lines)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is shown at a time: when it was looked, the calls, and what they come to."""

    head: Text
    calls: Sequence[Text] = ()
    foot: Sequence[Text] = ()

    @property
    def lines(self) -> list[Text]:
        """All of it."""
        return [self.head, *self.calls, *self.foot]

    def fitting(self) -> list[Text]:
        """As much as the terminal has lines for; where calls are left out, the last line but the foot says so."""
        spare = shutil.get_terminal_size().lines - 1 - len(self.foot)
        if len(self.calls) <= spare:
            return self.lines
        shown = max(0, spare - 1)
        left_out = Text(f"↓ {len(self.calls) - shown} more lines: a taller terminal shows them")
        return [self.head, *self.calls[:shown], left_out, *self.foot]


def _frame(head: Text, watched: Watch, span: TimeRange, columns: Sequence[str] | None, *, raw: bool) -> Frame:
    width = terminal_width()
    head = Text(shortened(head.plain, width), style=head.style)
    if not watched.looked:
        return Frame(head)
    table = table_of(columns, span, width, raw=raw)
    lines = table.lines(watched.records, watched.new) if watched.records else [Text("no calls")]
    more = [Text(f"the newest {len(watched.records):,}; there are more: a larger --limit shows them")] * watched.more
    return Frame(head, lines, [*table.footer(), *more])


def _show_for(seconds: float, draw: Callable[[], None]) -> None:
    """Draw, and draw anew as soon as the terminal has another size, until the time is over."""
    until = time.monotonic() + seconds
    size: os.terminal_size | None = None
    while (left := until - time.monotonic()) > 0:
        now = shutil.get_terminal_size()
        if now != size:
            size = now
            draw()
        time.sleep(min(left, _GLANCE))


def _look(watched: Watch, span: TimeRange, settings: Settings) -> NxcdrError | None:
    try:
        watched.look(span.start, span.end, options(settings))
    except (UnavailableError, UntrustedAnswerError) as fault:
        return fault
    return None


class _Printed:
    """Shows on a terminal that can only be written on, line after line: what is new, and where it fails or heals."""

    def __init__(self) -> None:
        self._last: Frame | None = None

    def __call__(self, frame: Frame) -> None:
        last, self._last = self._last, frame
        if last is None or frame.lines[1:] != last.lines[1:]:
            _print(frame.lines)
        elif frame.head.style != last.head.style:
            _print([frame.head])


def _print(lines: list[Text]) -> None:
    write_text(drawn(lines, terminal_width()))


def _understood(asked: Asked, span: TimeRange, now: datetime) -> TimeRange:
    if asked.start is None and asked.end is None:
        return parse_range(span.phrase, now=now.replace(microsecond=0), zone=span.zone)
    return parse_ends(asked.start, asked.end, now=now.replace(microsecond=0), zone=span.zone)
