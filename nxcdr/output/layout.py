"""Which columns fit a terminal, and how wide each is; text cut and wrapped to a width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from nxcdr.output.table import Column

_SHORTENED = "…"
_FEWEST_KEPT = 3  # characters: less says less than half a word does
_ID = re.compile(r"\S*[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns shown: the place of each among all, its width, the cells before it, and whether it stands right."""

    places: tuple[int, ...]
    widths: tuple[int, ...]
    gaps: tuple[int, ...]
    right: tuple[bool, ...]

    @property
    def width(self) -> int:
        """Cells of a full line."""
        return sum(self.widths) + sum(self.gaps)

    def holds(self, natural: Sequence[int], columns: Sequence[Column]) -> bool:
        """Whether rows of these natural widths lose nothing here that must be whole."""
        return all(
            natural[at] <= width or columns[at].least is not None
            for at, width in zip(self.places, self.widths, strict=True)
        )

    def line(self, cells: Sequence[str]) -> str:
        """One line of the table, from a row with a cell for each column, shown or not."""
        shown = zip(self.places, self.widths, self.gaps, self.right, strict=True)
        return "".join(
            " " * gap + padded(shortened(cells[at], width), width, right=right) for at, width, gap, right in shown
        ).rstrip()


def natural_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """The cells each column would like to have; 0 for an extra one with nothing in it."""
    found = []
    for at, column in enumerate(columns):
        widest = max((cell_len(row[at][: 4 * column.most]) for row in rows), default=0)
        wanted = max(cell_len(column.heading), min(widest, column.most))
        found.append(0 if column.extra and not widest else wanted)
    return found


def arrange(columns: Sequence[Column], natural: Sequence[int], width: int) -> Layout:
    """Choose columns and widths for a terminal: the most useful first, and what room is left to whom it helps.

    Args:
        columns: In the order of the screen.
        natural: As `natural_widths` gave them.
        width: Cells of a line.
    """
    ranked = sorted(range(len(columns)), key=lambda at: columns[at].rank)
    gaps = [column.gap if at else 0 for at, column in enumerate(columns)]
    widths: dict[int, int] = {}
    room = width
    for at in ranked:
        least = columns[at].least
        needed = gaps[at] + (natural[at] if least is None else min(natural[at], least))
        if not columns[at].extra and (needed <= room or not widths):
            widths[at] = min(needed, room) - gaps[at]
            room -= needed
    # Those that need the fewest cells more to be whole come first: so the most become whole.
    for at in sorted(widths, key=lambda at: natural[at] - widths[at]):
        more = max(0, min(room, natural[at] - widths[at]))
        widths[at] += more
        room -= more
    for at in ranked:
        if columns[at].extra and 0 < natural[at] <= room - gaps[at]:
            widths[at] = natural[at]
            room -= gaps[at] + natural[at]
    places = tuple(sorted(widths))
    return Layout(
        places,
        tuple(widths[at] for at in places),
        tuple(gaps[at] for at in places),
        tuple(columns[at].right for at in places),
    )


def shortened(text: str, width: int) -> str:
    """The text in at most ``width`` cells; what must be cut is cut between words, and an id where ids begin alike."""
    if cell_len(text) <= width:
        return text
    if width > 1 and text.isascii() and _ID.fullmatch(text):
        return _SHORTENED + text[1 - width :]
    kept = chop_cells(text[: 4 * width], max(1, width - 1))[0] if width > 1 else ""
    before, space, _ = kept.rpartition(" ")
    if space and len(before) >= _FEWEST_KEPT and not text[len(kept)].isspace():
        kept = before
    return kept.rstrip() + _SHORTENED


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` cells (at least 2), broken between words, and within those too long."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        pieces = chop_cells(word, width)
        if lines[-1]:
            lines += pieces
        else:
            lines[-1:] = pieces
    return lines


def side_by_side(cells: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """Cells wrapped each in its own width: the lines of the row, each with a piece, perhaps empty, of every cell."""
    columns = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return [list(line) for line in zip_longest(*columns, fillvalue="")]


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text with spaces up to a width in cells."""
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap
