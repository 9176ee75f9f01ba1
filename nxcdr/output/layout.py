"""Which columns fit a terminal, as a rich table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table

from nxcdr.api.answer import Record
from nxcdr.output.table import Column, View, rows_of

_NEARLY = 4  # cells: to cut the longest texts by so few is better than to leave out a column


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns shown.

    Attributes:
        widths: The columns in the order of the screen, each with the terminal cells it needs to be shown whole.
        gap: Cells between two columns.
        room: Cells of a line.
        margin: Cells of a column that stands before these.
    """

    widths: Mapping[Column, int]
    gap: int
    room: int
    margin: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns."""
        return tuple(self.widths)

    @property
    def width(self) -> int:
        """Cells of a line that shows every column whole."""
        return self._width(self.widths.values())

    @property
    def least(self) -> int:
        """Cells of a line that shows every column as narrow as it may be."""
        return self._width(map(_least, self.columns, self.widths.values()))

    def only(self, columns: Collection[Column]) -> Layout:
        """The layout with only these columns."""
        return replace(self, widths={column: width for column, width in self.widths.items() if column in columns})

    def holds(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether these rows fit, but for columns that may be narrowed."""
        needed = _widths(self.columns, rows)
        return all(needed[column] <= width for column, width in self.widths.items() if column.least is None)

    def widened(self, rows: Sequence[Sequence[str]]) -> Layout | None:
        """The same columns with room for these rows too; None if the terminal is too narrow for that."""
        needed = _widths(self.columns, rows)
        layout = replace(self, widths={column: max(width, needed[column]) for column, width in self.widths.items()})
        return layout if layout.least <= self.room else None

    def table(self, *, headings: bool, beside: int = 0) -> Table:
        """An empty table. All tables of one layout line up, whatever their rows are.

        Args:
            headings: Whether it has a line of headings.
            beside: Cells for a column that the caller adds after these.
        """
        table = Table(
            box=None,
            padding=(0, self.gap, 0, 0),
            pad_edge=False,
            show_header=headings,
            header_style="bold",
            width=min(self.room, self.width) + self.gap + beside if beside else None,
        )
        if self.margin:
            table.add_column(width=self.margin, no_wrap=True)
        for column, width in self._narrowed().items():
            justify: JustifyMethod = "right" if column.right else "left"
            table.add_column(column.heading, justify=justify, width=width, no_wrap=True, overflow="ellipsis")
        return table

    def _narrowed(self) -> dict[Column, int]:
        """The widths in the room there is: what is too much is taken from the widest columns that may be narrowed."""
        widths = dict(self.widths)
        for _ in range(self.width - self.room):
            wide = [column for column, width in widths.items() if width > _least(column, width)]
            if wide:
                widths[max(wide, key=lambda column: widths[column])] -= 1
        return widths

    def _width(self, widths: Iterable[int]) -> int:
        cells = [*([self.margin] if self.margin else []), *widths]
        return sum(cells) + self.gap * (len(cells) - 1)


def fit(views: Sequence[View], calls: Sequence[Record], room: int, margin: int = 0) -> Layout:
    """Choose the columns for a terminal.

    Args:
        views: The choices, widest first. The first that shows everything whole, or after the first nearly whole, is
            taken, with as many extra columns as fit. Otherwise the last is taken, without its least useful columns.
        calls: The first calls to be shown: they tell the widths.
        room: Cells of a line.
        margin: Cells of a column that stands before these.
    """
    layout = Layout({}, 0, room)
    for view in views:
        widths = _widths(view.columns, rows_of(view.columns, calls))
        every = Layout({column: width for column, width in widths.items() if width}, view.gap, room, margin)
        main = every.only([column for column in every.columns if not column.extra])
        enough = room if view is views[0] else room + _NEARLY
        if main.width <= enough and main.least <= room:
            return _with_most_useful(every, main.columns, lambda layout: layout.width)
        layout = _with_most_useful(main, (), lambda layout: layout.least)
    return layout


def _with_most_useful(every: Layout, columns: Sequence[Column], width: Callable[[Layout], int]) -> Layout:
    """These columns, and of the others the most useful that fit; at least one."""
    for column in sorted(every.widths.keys() - set(columns), key=lambda column: column.rank):
        if not columns or width(every.only([*columns, column])) <= every.room:
            columns = [*columns, column]
    return every.only(columns)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> dict[Column, int]:
    """The cells each column needs; 0 for an extra column that is empty."""
    widths = {}
    for at, column in enumerate(columns):
        widest = max((cell_len(row[at][: 4 * column.most]) for row in rows), default=0)
        needed = max(cell_len(column.heading), min(widest, column.most))
        widths[column] = 0 if column.extra and not widest else needed
    return widths


def _least(column: Column, width: int) -> int:
    return width if column.least is None else min(width, column.least)
