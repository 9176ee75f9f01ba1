"""Which columns fit a terminal, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells

from nxcdr.output.table import Column

_GAP = "  "
_SHORTENED = "…"
_FEWEST_KEPT = 3  # characters: less says less than half a word does


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns shown, by their place among all, and the width of each in cells."""

    places: tuple[int, ...]
    widths: tuple[int, ...]
    right: tuple[bool, ...]

    def holds(self, natural: Sequence[int], columns: Sequence[Column]) -> bool:
        """Whether rows of these natural widths lose nothing here that must be whole."""
        return all(
            natural[at] <= width or columns[at].least is not None
            for at, width in zip(self.places, self.widths, strict=True)
        )

    def line(self, cells: Sequence[str]) -> str:
        """One line of the table, from a row with a cell for each column, shown or not."""
        shown = zip(self.places, self.widths, self.right, strict=True)
        return _GAP.join(
            _padded(shortened(cells[at], width), width, right=right) for at, width, right in shown
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
    widths: dict[int, int] = {}
    room = width + len(_GAP)
    for at in ranked:
        least = columns[at].least
        needed = len(_GAP) + (natural[at] if least is None else min(natural[at], least))
        if not columns[at].extra and (needed <= room or not widths):
            widths[at] = min(needed, room) - len(_GAP)
            room -= needed
    while room > 0 and (short := [at for at in widths if widths[at] < natural[at]]):
        widths[min(short, key=widths.__getitem__)] += 1
        room -= 1
    for at in ranked if room > 0 else ():
        if columns[at].extra and 0 < natural[at] <= room - len(_GAP):
            widths[at] = natural[at]
            room -= len(_GAP) + natural[at]
    places = tuple(sorted(widths))
    return Layout(places, tuple(widths[at] for at in places), tuple(columns[at].right for at in places))


def shortened(text: str, width: int) -> str:
    """The text in at most ``width`` cells; where it must be cut, between words if it has some, with ``…``."""
    if cell_len(text) <= width:
        return text
    kept = chop_cells(text[: 4 * width], max(1, width - 1))[0] if width > 1 else ""
    before, space, _ = kept.rpartition(" ")
    if space and len(before) >= _FEWEST_KEPT and not text[len(kept)].isspace():
        kept = before
    return kept.rstrip() + _SHORTENED


def _padded(text: str, width: int, *, right: bool) -> str:
    gap = " " * (width - cell_len(text))
    return gap + text if right else text + gap
