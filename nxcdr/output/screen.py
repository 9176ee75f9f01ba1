"""Calls on a terminal: a table that fits it, told in lines as the calls come."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from nxcdr.api.answer import Record
from nxcdr.output.details import drawn_to_scale, field_rows, title
from nxcdr.output.layout import Layout, arrange, natural_widths, padded, shortened, side_by_side, wrapped
from nxcdr.output.shown import Totals
from nxcdr.output.table import Column, day_of, is_missed, rows_of
from nxcdr.output.values import Decode

_NARROWEST = 20
_SIDE_BY_SIDE = 72  # cells that a field's name, value and meaning take
_LONGEST_NAME = 24
_BETWEEN = 2
_A_TIME = len("2023-07-27 15:21:32.841+08:00")
# Colours of the terminal's own palette that can be read on light and on dark.
MISSED = "red"
HEADING = "bold"
_NEW = "bold"
_MARGIN = "  "  # for the signs of a missed and of a new call


def terminal_width() -> int:
    """Cells of a line: COLUMNS, else the terminal's own, else 80; at least 20."""
    return max(_NARROWEST, shutil.get_terminal_size().columns)


def drawn(parts: Sequence[RenderableType], width: int) -> str:
    """What a terminal is sent to show these, one below the other; plain text where it knows no colours."""
    console = Console(width=width, highlight=False, legacy_windows=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))
    return capture.get()


class Screen:
    """A table whose rows are told as they come.

    Args:
        columns: In order.
        zone: Of the days that are told above their calls; None where a call's cells tell its time in full.
        decode: As for `rows_of`.
        width: Cells of a line.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        zone: ZoneInfo | None,
        decode: Decode | None = None,
        width: int,
    ) -> None:
        self._columns = columns
        self._zone = zone
        self._decode = decode
        self._width = width
        self._natural = [0] * len(columns)
        self._layout: Layout | None = None
        self._day = ""
        self.totals = Totals()

    @property
    def dropped(self) -> list[str]:
        """The headings of columns that do not fit, other than those that are only shown where there is room."""
        places = self._layout.places if self._layout else ()
        return [column.heading for at, column in enumerate(self._columns) if at not in places and not column.extra]

    def lines(self, records: Sequence[Record], new: Collection[int] = ()) -> list[Text]:
        """The lines that show some more calls; headings first, and again where wider cells move the columns.

        Args:
            records: The next calls.
            new: Which of them to mark as new, by their place.
        """
        rows = rows_of(self._columns, records, self._decode)
        self.totals.add(records)
        lines = self._headings(rows)
        for at, (record, row) in enumerate(zip(records, rows, strict=True)):
            if self._zone and (day := day_of(record, self._zone)) != self._day:
                self._day = day
                lines.append(Text(shortened(day, self._width), style=HEADING))
            marks = ("✗" if is_missed(record) else " ") + ("+" if at in new else " ")
            style = " ".join(name for name, applies in ((_NEW, at in new), (MISSED, is_missed(record))) if applies)
            lines.append(Text(marks + self._line(row), style=style))
        return lines

    def footer(self) -> list[Text]:
        """What the calls come to: one line, or more where one is too narrow."""
        lines: list[str] = []
        for part in str(self.totals).split(", "):
            if lines and len(lines[-1]) + len(part) + 2 <= self._width:
                lines[-1] += f", {part}"
            else:
                lines.append(part)
        return [Text(line, style=HEADING) for line in lines]

    def _headings(self, rows: Sequence[Sequence[str]]) -> list[Text]:
        wider = list(map(max, self._natural, natural_widths(self._columns, rows)))
        if self._layout and self._layout.holds(wider, self._columns):
            return []
        self._natural = wider
        self._layout = arrange(self._columns, wider, self._width - len(_MARGIN))
        return [Text(_MARGIN + self._line([column.heading for column in self._columns]), style=HEADING)]

    def _line(self, cells: Sequence[str]) -> str:
        return self._layout.line(cells) if self._layout else ""


def details(
    groups: Sequence[Sequence[Record]], zone: ZoneInfo, names: Sequence[str] | None, *, raw: bool, width: int
) -> list[Text]:
    """Every call in full, the legs of one call together, with its course below.

    Args:
        groups: As `legs_together` gave them.
        zone: For times.
        names: The fields wanted; None for all.
        raw: Values as the API returned them.
        width: Cells of a line.
    """
    parts: list[Text] = []
    for legs in groups:
        for place, leg in enumerate(legs):
            parts.append(Text(title(legs, place), style=f"{HEADING} {MISSED}" if is_missed(leg) else HEADING))
            rows = field_rows(leg, zone, names, raw=raw)
            parts += _side_by_side(rows, width) if width >= _SIDE_BY_SIDE else _one_below_the_other(rows, width)
            parts.append(Text())
        course = drawn_to_scale(legs, zone, width)
        parts += [*map(Text, course), *([Text()] if course else [])]
    return parts


def _side_by_side(rows: Sequence[tuple[str, str, str]], width: int) -> list[Text]:
    """A name, its value and its meaning in a line; a value too long for that in lines of its own, not to be broken."""
    name = min(_LONGEST_NAME, max(cell_len(row[0]) for row in rows))
    room = width - name - _BETWEEN
    meaning = max(cell_len(row[2]) for row in rows)
    fitting = (cells for row in rows if (cells := cell_len(row[1])) <= room - _BETWEEN - meaning)
    value = max(_A_TIME, *fitting, 0)
    meaning = room - _BETWEEN - value
    lines = []
    for told, valued, meant in rows:
        if cell_len(valued) <= value:
            pieces = side_by_side((told, valued, meant), (name, value, meaning))
        else:
            pieces = [[*piece, ""] for piece in side_by_side((told, valued), (name, room))]
            pieces += [["", "", piece] for piece in wrapped(meant, meaning)]
        for left, middle, right in pieces:
            line = Text.assemble(padded(left, name + _BETWEEN), (middle, HEADING))
            lines.append(line.append(" " * (value + _BETWEEN - cell_len(middle)) + right) if right else line)
    return lines


def _one_below_the_other(rows: Sequence[tuple[str, str, str]], width: int) -> list[Text]:
    lines = []
    for name, value, meaning in rows:
        lines += [Text(line) for line in wrapped(name, width)]
        for told, style in ((value, HEADING), (meaning, "")):
            lines += [Text.assemble(" " * _BETWEEN, (line, style)) for line in wrapped(told, width - _BETWEEN)]
    return lines
