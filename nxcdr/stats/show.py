"""Statistics as tables, JSON and CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nxcdr.output.formats import Shape, comma_separated
from nxcdr.output.shown import clock, price, shown
from nxcdr.output.table import Column, View, plain_lines, rows_of
from nxcdr.output.text import json_text
from nxcdr.stats.figures import DEFINITIONS, definition
from nxcdr.stats.group import WEEKDAYS, Statistics

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

_LABELS = {
    "answer_rate": "answer rate",
    "abandoned": "abandoned in queue",
    "service_level": "service level",
    "average_speed_of_answer": "average speed of answer",
    "average_talk": "average talk",
    "total_talk": "total talk",
}
_SHORT = {
    "answer_rate": "rate",
    "average_speed_of_answer": "avg wait",
    "average_talk": "avg talk",
    "total_talk": "talk",
}
# The figures of a group, the most useful first: where not all fit, the last are left out.
_RANKED = (
    "calls",
    "answered",
    "missed",
    "answer_rate",
    "service_level",
    "abandoned",
    "average_speed_of_answer",
    "average_talk",
    "cost",
    "total_talk",
    "queued",
)
_SHARES = frozenset({"answer_rate", "service_level"})
_TIMES = frozenset({"average_speed_of_answer", "average_talk", "total_talk"})
_LONG = 2 * 86400  # seconds; the calls of longer ranges are also counted by weekday and hour
_SHADES = "░▒▓█"
_MOST_BAR = 40
_BAR_SHARE = 5  # at least a fifth of the terminal
_GAP = 2
_LEAST_MEANING = 24
_NO_NAME = "(none)"


def as_json(statistics: Statistics, *, explain: bool) -> bytes:
    """What the table shows, as one object; shares from 0 to 1, times in seconds.

    Its keys: ``range`` (``start`` and ``end`` in epoch seconds, half-open, and ``zone``), ``service_level_seconds``,
    ``totals`` (every figure of `DEFINITIONS`), ``by``, ``groups`` (a list in the order of the table; each has its name
    under the grouping's own key, such as ``hour``, null for calls without one, and every figure; for agents also
    ``nickname``); by hour for more than two days ``heat_map`` (for each weekday, Monday first, the calls of its 24
    hours); with ``explain`` ``definitions`` (what each figure means).
    """
    span = statistics.span
    found: dict[str, Any] = {
        "range": {"start": span.start, "end": span.end, "zone": span.zone.key},
        "service_level_seconds": statistics.service_seconds,
        "totals": statistics.total.values(),
        "by": statistics.by,
        "groups": _group_values(statistics),
    }
    if _has_heat_map(statistics):
        found["heat_map"] = dict(zip(WEEKDAYS, statistics.heat, strict=True))
    if explain:
        found["definitions"] = {name: definition(name, statistics.service_seconds) for name in DEFINITIONS}
    return json_text(found) + b"\n"


def as_csv(statistics: Statistics) -> bytes:
    """The groups of the table, a row each, without totals; shares from 0 to 1, times in seconds.

    The columns are the keys of a group in `as_json`.
    """
    names = (statistics.by, "nickname") if statistics.by == "agent" else (statistics.by,)
    shape = Shape(statistics.span.zone, (*names, *DEFINITIONS))
    return comma_separated.header(shape) + comma_separated.lines(shape)(_group_values(statistics))


def explained(statistics: Statistics) -> list[str]:
    """What each figure means, a line each."""
    return [f"{name}: {definition(name, statistics.service_seconds)}" for name in DEFINITIONS]


def as_plain(statistics: Statistics, *, explain: bool) -> bytes:
    """A line for each total, then a line for each group, tab-separated, with every figure."""
    columns = _columns(statistics)
    groups = rows_of(columns, _group_values(statistics))
    return plain_lines([*_totals(statistics, explain=explain), [], [column.heading for column in columns], *groups])


def as_screen(statistics: Statistics, width: int, *, explain: bool) -> list[RenderableType]:
    """Totals, then the groups with a bar each, then for more than two days the calls by weekday and hour.

    Args:
        statistics: What was counted.
        width: Cells of a line.
        explain: Whether to add what each figure means.
    """
    parts = _total_parts(_totals(statistics, explain=explain), width)
    if statistics.total.calls:
        parts += ["", *_group_parts(statistics, width)]
        if _has_heat_map(statistics):
            parts += ["", *_heat_map(statistics.heat, width)]
    return parts


def _has_heat_map(statistics: Statistics) -> bool:
    return statistics.by == "hour" and statistics.span.seconds > _LONG


def _totals(statistics: Statistics, *, explain: bool) -> list[list[str]]:
    rows = []
    for name, value in statistics.total.values().items():
        label = _LABELS.get(name, name)
        if name == "service_level":
            label += f" ({statistics.service_seconds:g} s)"
        meaning = [definition(name, statistics.service_seconds)] if explain else []
        rows.append([label, _text(name, value), *meaning])
    return rows


def _total_parts(rows: Sequence[Sequence[str]], width: int) -> list[RenderableType]:
    """Name, value and meaning in a line; the meaning below where the terminal is narrow."""
    from rich.padding import Padding
    from rich.table import Table

    label, value = (max(len(row[at]) for row in rows) for at in (0, 1))

    def table(rows: Iterable[Sequence[str]]) -> Table:
        grid = Table.grid("", "", "", padding=(0, _GAP, 0, 0))
        grid.columns[0].width, grid.columns[1].width = label, value
        grid.columns[1].justify, grid.columns[1].style = "right", "bold"
        for row in rows:
            grid.add_row(*row)
        return grid

    if width - label - value - 2 * _GAP >= _LEAST_MEANING:
        return [table(rows)]
    parts: list[RenderableType] = []
    for row in rows:
        parts += [table([row[:2]]), *(Padding(meaning, (0, 0, 0, _GAP)) for meaning in row[2:])]
    return parts


def _group_values(statistics: Statistics) -> list[dict[str, Any]]:
    return [
        {
            statistics.by: name,
            **({"nickname": statistics.nicknames.get(name or "")} if statistics.by == "agent" else {}),
            **figures.values(),
        }
        for name, figures in statistics.ordered()
    ]


def _columns(statistics: Statistics) -> tuple[Column, ...]:
    short = _SHORT | {"service_level": f"in {statistics.service_seconds:g} s"}
    shared = Counter(statistics.nicknames.values())

    def name_of(group: dict[str, Any]) -> str:
        name = group[statistics.by]
        nickname = statistics.nicknames.get(name)
        if nickname is None:
            return shown(name) if name is not None else _NO_NAME
        return shown(f"{name} {nickname}" if shared[nickname] > 1 else nickname)

    def figure(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda group: _text(name, group[name])

    return (
        Column(statistics.by, name_of, most=32),
        *(
            Column(short.get(name, name), figure(name), rank=1 + _RANKED.index(name), right=True)
            for name in DEFINITIONS
        ),
    )


def _group_parts(statistics: Statistics, width: int) -> list[RenderableType]:
    from nxcdr.output.layout import fit

    values = _group_values(statistics)
    layout = fit([View(_columns(statistics))], values, width - width // _BAR_SHARE)
    table = layout.table(headings=True, beside=min(_MOST_BAR, width - min(layout.width, layout.room) - _GAP))
    table.add_column(ratio=1, no_wrap=True)
    most = max((figures.calls for _, figures in statistics.ordered()), default=0)
    for row, (_, figures) in zip(rows_of(layout.columns, values), statistics.ordered(), strict=True):
        table.add_row(*row, _Bar(figures.answered, figures.calls, most))
    return [table, "█ answered  ░ not answered"]


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar as long as its cell where the calls are the most: first the answered calls, then the others."""

    answered: int
    calls: int
    most: int

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        whole = max(self.calls > 0, round(options.max_width * self.calls / self.most)) if self.most else 0
        answered = round(whole * self.answered / max(1, self.calls))
        yield Text.assemble("█" * answered, ("░" * (whole - answered), "red"))


def _heat_map(heat: Sequence[Sequence[int]], width: int) -> list[RenderableType]:
    """Weekdays by hours; the darker, the more calls."""
    from rich.table import Table
    from rich.text import Text

    cell = 2 if width >= len("Mon ") + 2 * len(heat[0]) else 1
    most = max(map(max, heat))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column()
    table.add_column("".join(f"{hour:02d}".ljust(3 * cell) for hour in range(0, len(heat[0]), 3)), no_wrap=True)
    for weekday, counts in zip(WEEKDAYS, heat, strict=True):
        shades = (" " if not count else _SHADES[(count * len(_SHADES) - 1) // most] for count in counts)
        table.add_row(weekday[:3], "".join(shade * cell for shade in shades))
    bounds = [most * (at + 1) // len(_SHADES) for at in range(len(_SHADES))]
    legend = "  ".join(f"{shade} to {bound:,}" for shade, bound in zip(_SHADES, bounds, strict=True))
    return [Text("calls by weekday and hour", style="bold"), table, Text(legend, no_wrap=True, overflow="ellipsis")]


def _text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name in _SHARES:
        return f"{100 * value:.1f} %"
    if name in _TIMES:
        return clock(value)
    return price(value) if name == "cost" else f"{value:,}"
