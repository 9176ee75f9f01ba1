"""Calls counted in all, in groups, and by weekday and hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nxcdr.api.answer import Record
from nxcdr.api.fields import DIRECTIONS
from nxcdr.output.shown import moment, shown
from nxcdr.stats.figures import Figures
from nxcdr.timerange import TimeRange, days, hours

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_HOURS = 24
_HOURS_OF_THE_SHORTEST_DAY = 23
_MOST_GROUPS = 10_000
_OTHERS = "(others)"

_Key = Callable[[Record, datetime | None], str | None]


def _text(value: Any) -> str | None:
    """A field's value as the name of a group: text as it is; None if it is empty."""
    return value if isinstance(value, str) and value else shown(value) or None


def _direction(call: Record, _: datetime | None) -> str | None:
    value = call.get("direction")
    return _text(DIRECTIONS.get(value, value) if type(value) is int else value)


_KEYS: dict[str, _Key] = {
    "hour": lambda _, began: f"{began:%H}" if began else None,
    "day": lambda _, began: f"{began:%Y-%m-%d}" if began else None,
    "weekday": lambda _, began: WEEKDAYS[began.weekday()] if began else None,
    "agent": lambda call, _: _text(call.get("agentName")),
    "direction": _direction,
    "reason": lambda call, _: _text(call.get("hangupReason") or call.get("callStatus")),
}
GROUPINGS = tuple(_KEYS)
_OF_TIME = frozenset({"hour", "day", "weekday"})


@dataclass(slots=True)
class Statistics:
    """Figures of all calls of a range, and of groups of them.

    Attributes:
        span: The range; hours and days are those of its zone.
        by: One of `GROUPINGS`.
        service_seconds: The time of the service level.
        total: Figures of all calls.
        groups: Figures by the group's name, None for calls without one. All hours and days of the range are there,
            also those without a call. After 10,000 groups, further ones are counted as ``(others)``.
        nicknames: Agents' nicknames by account.
        heat: Number of calls by weekday (Monday first) and hour.
    """

    span: TimeRange
    by: str
    service_seconds: float
    total: Figures = field(default_factory=Figures)
    groups: dict[str | None, Figures] = field(default_factory=dict)
    nicknames: dict[str, str] = field(default_factory=dict)
    heat: list[list[int]] = field(default_factory=lambda: [[0] * _DAY_HOURS for _ in WEEKDAYS])

    def __post_init__(self) -> None:
        if self.by in _OF_TIME:
            tiles = hours(self.span) if self.by == "hour" else days(self.span)
            for start, _ in tiles:
                began = moment(start * 1000, self.span.zone)
                self.groups.setdefault(_KEYS[self.by]({}, began), Figures())
                if self.by == "hour" and len(self.groups) == _DAY_HOURS:
                    break

    def add(self, calls: Iterable[Record]) -> None:
        """Count more calls."""
        key_of = _KEYS[self.by]
        for call in calls:
            began = moment(call.get("startTime"), self.span.zone)
            if began:
                self.heat[began.weekday()][began.hour] += 1
            name = key_of(call, began)
            if name not in self.groups and len(self.groups) >= _MOST_GROUPS:
                name = _OTHERS
            self.groups.setdefault(name, Figures()).add(call, self.service_seconds)
            self.total.add(call, self.service_seconds)
            if self.by == "agent" and name and (nickname := _text(call.get("agentNickName"))):
                self.nicknames[name] = nickname

    def ordered(self) -> list[tuple[str | None, Figures]]:
        """The groups in order: hours and days by time, others by their number of calls, the most first; None last.

        In a range shorter than a day or a week, hours or weekdays are in the order in which they occur.
        """
        named = [(name, figures) for name, figures in self.groups.items() if name is not None]
        if self.by not in _OF_TIME:
            named.sort(key=lambda group: (-group[1].calls, group[0]))
        elif self.by != "weekday":
            if self.by == "day" or len(named) >= _HOURS_OF_THE_SHORTEST_DAY:
                named.sort(key=lambda group: group[0])
        elif len(named) == len(WEEKDAYS):
            named.sort(key=lambda group: WEEKDAYS.index(group[0]))
        return [*named, *((name, figures) for name, figures in self.groups.items() if name is None)]
