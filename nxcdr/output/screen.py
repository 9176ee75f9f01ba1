"""Calls on a terminal: tables that fit it, and calls in full."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from nxcdr.api.answer import Record
from nxcdr.output.details import field_rows, timeline, title
from nxcdr.output.layout import Layout, fit
from nxcdr.output.shown import Totals
from nxcdr.output.table import View, day_of, is_missed, rows_of
from nxcdr.output.values import Decode

Line = list[Segment]
"""One line of a screen, with its styles and its line feed."""

_NARROWEST = 20
_SIDE_BY_SIDE = 72  # cells that a field's name, value and meaning take
_LONGEST_NAME = 24
_GAP = 2
_A_TIME = len("2023-07-27 15:21:32.841+08:00")
# Colours of the terminal's own palette, readable on light and on dark backgrounds.
MISSED = "red"
HEADING = "bold"
_NEW = "bold"
_MISSED_MARK = "✗"
_NEW_MARK = "+"


def terminal_width() -> int:
    """Cells of a line: COLUMNS, else the terminal's own, else 80; at least 20."""
    return max(_NARROWEST, shutil.get_terminal_size().columns)


def lines_of(parts: Iterable[RenderableType], width: int) -> list[Line]:
    """Parts of the screen, one below the other, as lines without trailing spaces."""
    console = _console()
    options = console.options.update(width=width)
    lines = []
    for rendered in (line for part in parts for line in console.render_lines(part, options, pad=False)):
        line = list(Segment.simplify(rendered))
        while line and not line[-1].text.strip(" "):
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(" "), line[-1].style)
        lines.append([*line, Segment.line()])
    return lines


def drawn(parts: Iterable[RenderableType], width: int) -> str:
    """The text that shows these parts on the terminal, with escape sequences if it has colours."""
    return printed(lines_of(parts, width))


def printed(lines: Iterable[Line]) -> str:
    """The same for lines."""
    console = _console()
    with console.capture() as capture:
        console.print(joined(lines), soft_wrap=True)
    return capture.get()


def joined(lines: Iterable[Line]) -> Segments:
    """Lines as one part of the screen."""
    return Segments(segment for line in lines for segment in line)


def one_line(text: str, style: str = "") -> Text:
    """A text that is cut, not wrapped, where it is too long."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def aligned(rows: Sequence[Sequence[str | Text]], headings: Sequence[str] = (), widths: Sequence[int] = ()) -> Table:
    """A table whose cells are wrapped where they are too long; with headings, not the first column.

    Args:
        rows: The cells, at least one row.
        headings: Of the columns; none by default.
        widths: Cells of the first columns; otherwise as their content needs.
    """
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, show_header=bool(headings), header_style=HEADING)
    for _, heading, width in zip_longest(rows[0], headings, widths):
        table.add_column(heading or "", width=width, overflow="fold", no_wrap=bool(headings) and not table.columns)
    for row in rows:
        table.add_row(*row)
    return table


class CallTable:
    """A table whose rows come in batches.

    Args:
        views: The choices of columns.
        zone: Of the days that are named in lines above their calls; None for no such lines.
        day: The day that is already named.
        decode: Applied to the calls first.
        marks: Cells for the marks of a missed and of a new call.
        width: Cells of a line.
    """

    def __init__(
        self,
        views: Sequence[View],
        *,
        zone: ZoneInfo | None,
        day: str = "",
        decode: Decode | None = None,
        marks: int = 1,
        width: int,
    ) -> None:
        self._views = views
        self._zone = zone
        self._day = day
        self._decode = decode
        self._marks = marks
        self._width = width
        self._layout: Layout | None = None
        self.totals = Totals()

    @property
    def left_out(self) -> list[str]:
        """The headings of columns that do not fit, apart from extra ones."""
        shown = self._layout.columns if self._layout else ()
        headings = {column.heading for column in shown}
        return [
            column.heading for column in self._views[-1].columns if not column.extra and column.heading not in headings
        ]

    def parts(self, records: Sequence[Record], new: Collection[int] = ()) -> list[RenderableType]:
        """The next calls; headings come first, and again where wider cells move the columns.

        Args:
            records: The calls.
            new: Which of them are marked as new, by their place.
        """
        self.totals.add(records)
        calls = list(map(self._decode, records)) if self._decode else records
        layout, moved = self._layout_for(calls)
        parts: list[RenderableType] = [layout.table(headings=True)] if moved else []
        table = layout.table(headings=False)
        for at, (record, row) in enumerate(zip(records, rows_of(layout.columns, calls), strict=True)):
            if self._zone and (day := day_of(record, self._zone)) != self._day:
                self._day = day
                parts += [table, one_line(day, HEADING)]
                table = layout.table(headings=False)
            missed = is_missed(record)
            marks = _MISSED_MARK * missed + _NEW_MARK * (at in new)
            table.add_row(marks, *row, style=" ".join([MISSED] * missed + [_NEW] * (at in new)))
        return [*parts, table]

    def footer(self) -> Text:
        """The totals of all calls so far."""
        return Text(str(self.totals), style=HEADING)

    def _layout_for(self, calls: Sequence[Record]) -> tuple[Layout, bool]:
        """The layout for more calls, and whether its columns are elsewhere than before."""
        before = self._layout
        rows = rows_of(before.columns, calls) if before else []
        if before and before.holds(rows):
            return before, False
        layout = before.widened(rows) if before else None
        self._layout = layout or fit(self._views, calls, self._width, self._marks)
        return self._layout, True


def details(
    groups: Sequence[Sequence[Record]], zone: ZoneInfo, names: Sequence[str] | None, *, raw: bool, width: int
) -> list[RenderableType]:
    """Every call in full, the legs of one call together, with its timeline below.

    Args:
        groups: From `legs_together`.
        zone: For times.
        names: The fields wanted; None for all.
        raw: Whether values are shown as the API returned them.
        width: Cells of a line.
    """
    parts: list[RenderableType] = []
    for legs in groups:
        for place, leg in enumerate(legs):
            parts.append(one_line(title(legs, place), f"{HEADING} {MISSED}" if is_missed(leg) else HEADING))
            rows = field_rows(leg, zone, names, raw=raw)
            parts += _side_by_side(rows, width) if width >= _SIDE_BY_SIDE else _one_below_the_other(rows)
            parts.append(Text())
        bars = timeline(legs, zone, width)
        parts += [*map(one_line, bars), *([Text()] if bars else [])]
    return parts


def _side_by_side(rows: Sequence[tuple[str, str, str]], width: int) -> list[RenderableType]:
    """Name, value and meaning in a line. A long value, such as a URL, has its own line, so that it is not broken."""
    name = min(_LONGEST_NAME, max(cell_len(row[0]) for row in rows))
    meaning = max(cell_len(row[2]) for row in rows)
    room = width - name - 2 * _GAP
    value = max(_A_TIME, *(cells for row in rows if (cells := cell_len(row[1])) <= room - meaning), 0)
    parts: list[RenderableType] = []
    for told, valued, meant in rows:
        if cell_len(valued) <= value:
            parts.append(aligned([(told, Text(valued, HEADING), meant)], widths=(name, value)))
        else:
            parts.append(aligned([(told, Text(valued, HEADING))], widths=(name,)))
            parts.append(aligned([("", "", meant)], widths=(name, value)))
    return parts


def _one_below_the_other(rows: Sequence[tuple[str, str, str]]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for name, value, meaning in rows:
        parts.append(Text(name))
        parts += [Padding(Text(text, style), (0, 0, 0, _GAP)) for text, style in ((value, HEADING), (meaning, ""))]
    return parts


def _console() -> Console:
    # The texts are other people's: nothing in them is markup.
    return Console(highlight=False, markup=False, emoji=False, legacy_windows=False)
