"""Statistics as people and programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nxcdr.output.formats import Shape, comma_separated
from nxcdr.output.shown import clock, price, shown
from nxcdr.output.table import Column, plain_lines, rows_of
from nxcdr.output.text import json_text
from nxcdr.stats.figures import DEFINITIONS, Figures, definition
from nxcdr.stats.group import WEEKDAYS, Statistics

if TYPE_CHECKING:
    from rich.text import Text

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
# The figures of a group, the most useful first: what does not fit is dropped from the end.
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
_LONG = 2 * 86400  # seconds; beyond, hours are also told by weekday
_SHADES = "░▒▓█"
_MOST_BAR = 40
_GAP = "  "
_LEAST_MEANING = 24
_LEAST_NAME = 24


def as_json(statistics: Statistics, *, grouped: bool, explain: bool) -> bytes:
    """One object: range, totals and, where asked for, groups and definitions; shares from 0 to 1, times in seconds."""
    span = statistics.span
    found: dict[str, Any] = {
        "range": {"start": span.start, "end": span.end, "zone": span.zone.key},
        "service_level_seconds": statistics.service_seconds,
        "totals": statistics.total.values(),
    }
    if grouped:
        found |= {"by": statistics.by, "groups": _group_values(statistics)}
    if explain:
        found["definitions"] = {name: definition(name, statistics.service_seconds) for name in DEFINITIONS}
    return json_text(found) + b"\n"


def as_csv(statistics: Statistics, *, grouped: bool) -> bytes:
    """A row for each group, or one of totals; shares from 0 to 1, times in seconds."""
    rows = _group_values(statistics) if grouped else [statistics.total.values()]
    names = (statistics.by, *(("nickname",) if statistics.by == "agent" else ())) if grouped else ()
    shape = Shape(statistics.span.zone, (*names, *DEFINITIONS))
    return comma_separated.header(shape) + comma_separated.lines(shape)(rows)


def explained(statistics: Statistics) -> list[str]:
    """What each figure means, a line each."""
    return [f"{name}: {definition(name, statistics.service_seconds)}" for name in DEFINITIONS]


def as_plain(statistics: Statistics, *, explain: bool) -> bytes:
    """Totals a line each, then a line for each group: tab-separated, nothing left out."""
    columns = _columns(statistics)
    groups = rows_of(columns, _group_values(statistics), None)
    return plain_lines([*_totals(statistics, explain=explain), [], [column.heading for column in columns], *groups])


def as_screen(statistics: Statistics, width: int, *, explain: bool) -> list[Text]:
    """Totals, then the groups with a bar each, then for more than two days the weekdays by hours.

    Args:
        statistics: What was counted.
        width: Cells of a line.
        explain: Also tell what each figure means.
    """
    from rich.text import Text

    lines = _total_lines(statistics, width, explain=explain)
    if statistics.total.calls:
        lines += [Text(), *_group_lines(statistics, width)]
        if statistics.by == "hour" and statistics.span.seconds > _LONG:
            lines += [Text(), *_heat_map(statistics.heat, width)]
    return lines


def _totals(statistics: Statistics, *, explain: bool) -> list[list[str]]:
    rows = []
    for name, value in statistics.total.values().items():
        label = _LABELS.get(name, name)
        if name == "service_level":
            label += f" ({statistics.service_seconds:g} s)"
        told = [definition(name, statistics.service_seconds)] if explain else []
        rows.append([label, _told(name, value), *told])
    return rows


def _total_lines(statistics: Statistics, width: int, *, explain: bool) -> list[Text]:
    from rich.text import Text

    from nxcdr.output.layout import padded, wrapped

    rows = _totals(statistics, explain=explain)
    label, value = (max(len(row[at]) for row in rows) for at in (0, 1))
    beside = label + value + 2 * len(_GAP)
    lines = []
    for row in rows:
        line = Text.assemble(padded(row[0], label) + _GAP, (padded(row[1], value, right=True), "bold"))
        if width - beside >= _LEAST_MEANING:
            first, *others = wrapped("".join(row[2:]), width - beside)
            lines += [line.append(f"{_GAP}{first}".rstrip()), *(Text(" " * beside + other) for other in others)]
        else:
            lines += [line, *(Text(_GAP + told) for meaning in row[2:] for told in wrapped(meaning, width - len(_GAP)))]
    return lines


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
            return shown(name) if name is not None else "(none)"
        return shown(f"{name} {nickname}" if shared[nickname] > 1 else nickname)

    def figure(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda group: _told(name, group[name])

    return (
        Column(statistics.by, name_of, least=_LEAST_NAME, most=32),
        *(
            Column(short.get(name, name), figure(name), rank=1 + _RANKED.index(name), right=True)
            for name in DEFINITIONS
        ),
    )


def _group_lines(statistics: Statistics, width: int) -> list[Text]:
    from rich.text import Text

    from nxcdr.output.layout import arrange, natural_widths, padded

    columns = _columns(statistics)
    groups = statistics.ordered()
    rows = rows_of(columns, _group_values(statistics), None)
    layout = arrange(columns, natural_widths(columns, rows), width - width // 4)
    table = layout.width + len(_GAP)
    most = max((figures.calls for _, figures in groups), default=0)
    lines = [Text(layout.line([column.heading for column in columns]), style="bold")]
    for row, (_, figures) in zip(rows, groups, strict=True):
        bar = _bar(figures, most, min(_MOST_BAR, width - table))
        lines.append(Text.assemble(padded(layout.line(row), table), *bar) if figures.calls else Text(layout.line(row)))
    return [*lines, Text("█ answered  ░ not answered")]


def _bar(figures: Figures, most: int, room: int) -> list[tuple[str, str]]:
    """Calls to scale, the fewest in a cell: first the answered ones, then the rest."""
    whole = max(figures.calls > 0, round(room * figures.calls / most)) if most else 0
    answered = round(whole * figures.answered / max(1, figures.calls))
    return [("█" * answered, ""), ("░" * (whole - answered), "red")]


def _heat_map(heat: Sequence[Sequence[int]], width: int) -> list[Text]:
    """Weekdays by hours: the darker, the more calls."""
    from rich.text import Text

    from nxcdr.output.layout import shortened

    cell = 2 if width >= len("Mon ") + 2 * len(heat[0]) else 1
    most = max(map(max, heat))
    hours = "".join(f"{hour:02d}".ljust(3 * cell) for hour in range(0, len(heat[0]), 3))
    lines = [Text("calls by weekday and hour", style="bold"), Text(f"    {hours}".rstrip(), style="bold")]
    for weekday, counts in zip(WEEKDAYS, heat, strict=True):
        shades = "".join(" " if not count else _SHADES[(count * len(_SHADES) - 1) // most] for count in counts)
        lines.append(Text(f"{weekday[:3]} " + "".join(shade * cell for shade in shades)))
    bounds = [most * (at + 1) // len(_SHADES) for at in range(len(_SHADES))]
    legend = "  ".join(f"{shade} to {bound:,}" for shade, bound in zip(_SHADES, bounds, strict=True))
    return [*lines, Text(shortened(legend, width))]


def _told(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name in _SHARES:
        return f"{100 * value:.1f} %"
    if name in _TIMES:
        return clock(max(0, value))
    return price(value) if name == "cost" else f"{value:,}"
