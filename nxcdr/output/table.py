"""The columns of tables of calls, and their rows as tab-separated text where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.api.fields import DIRECTIONS, FIELDS, Kind
from nxcdr.output.shown import duration, moment, price, shown
from nxcdr.output.values import Decode, queue_seconds

HEADINGS: Mapping[str, str] = {
    "time": "startTime",
    "dir": "direction",
    "customer": "caller or callee",
    "agent": "agentNickName",
    "outcome": "hangupReason",
    "ring": "ringDuration",
    "queue": "queueDuration",
    "talk": "callDuration",
    "cost": "totalCustomerPrice",
    "order": "orderId",
    "call id": "callId",
    "keys": "dtmfKeys",
}
"""Headings that are not field names, with the field below each."""

_SHORT_DIRECTIONS = {0: "in", 1: "out", 2: "aicc"}
_INBOUND = 0
_RIGHT = frozenset({Kind.SECONDS, Kind.QUEUE_SECONDS, Kind.NUMBER})
# Fields that are still of use when cut; numbers, ids and times are not.
_WORDS = frozenset(
    {"agentNickName", "callStatus", "dtmfKeys", "hangupReason", "intent", "leaveMsgUrl", "other", "recordUrl"}
)
_LEAST_WORDS = 15
_MOST_WORDS = 200
_MOST_AGENT = 16  # where room is short
RAW_COLUMNS = (
    "startTime",
    "caller",
    "callee",
    "answered",
    "callDuration",
    "hangupReason",
    "agentNickName",
    "direction",
    "queueDuration",
    "totalCustomerPrice",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        heading: Its heading.
        text: Makes a call's cell, safe to print.
        rank: Its usefulness, 0 the highest. Where not all columns fit, those with the highest rank are left out.
        right: Whether it is aligned to the right.
        least: Terminal cells it may be narrowed to; None if it is never narrowed.
        most: Terminal cells it takes at most.
        extra: Whether it is shown only where there is room to spare, and where it is not empty.
    """

    heading: str
    text: Callable[[Record], str]
    rank: int = 0
    right: bool = False
    least: int | None = None
    most: int = 24
    extra: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One choice of columns for a terminal.

    Attributes:
        columns: In the order of the screen.
        gap: Cells between two columns.
    """

    columns: tuple[Column, ...]
    gap: int = 2


def views_of_calls(zone: ZoneInfo, *, dated: bool = False) -> tuple[View, ...]:
    """The choices for a terminal, widest first.

    First comes every column; then the same with shorter times and gaps; then the customer's number in place of
    caller and callee, since the other number is one of the company's own few.

    Args:
        zone: For times.
        dated: Whether each time has its date; otherwise a line above names the day.
    """
    date = "%Y-%m-%d " if dated else ""
    second, minute = (Column("time", _began(zone, date + clock)) for clock in ("%H:%M:%S", "%H:%M"))
    direction = Column("dir", lambda call: _direction(call, _SHORT_DIRECTIONS), rank=6, most=6)
    numbers = (
        Column("caller", _field("caller"), rank=1, most=20),
        Column("→ callee", lambda call: f"→ {shown(call.get('callee'))}", rank=1, most=22),
    )
    customer = Column("customer", _customer, rank=1, most=16)
    agent = Column("agent", _agent, rank=5)
    short_agent = replace(agent, most=_MOST_AGENT)
    rest = (
        Column("outcome", _outcome, rank=3, least=_LEAST_WORDS, most=32),
        Column("ring", lambda call: duration(call.get("ringDuration")), rank=8, right=True, most=9, extra=True),
        Column("queue", _queue, rank=4, right=True, most=9),
        Column("talk", _talk, rank=2, right=True, most=9),
        Column("cost", lambda call: price(call.get("totalCustomerPrice")), rank=7, right=True, most=12),
        Column("order", _field("orderId"), rank=10, most=20, extra=True),
        Column("call id", _field("callId"), rank=9, most=30, extra=True),
        Column("keys", _field("dtmfKeys"), rank=11, most=12, extra=True),
        Column("other", _field("other"), rank=12, most=30, extra=True),
    )
    return (
        View((second, direction, *numbers, agent, *rest)),
        View((minute, direction, *numbers, short_agent, *rest), gap=1),
        View((minute, direction, customer, short_agent, *rest), gap=1),
    )


def views_of_fields(names: Sequence[str]) -> tuple[View, ...]:
    """The choices for a terminal where the columns are named: with wide gaps, or with narrow ones."""
    return (View(columns_of_fields(names)), View(columns_of_fields(names), gap=1))


def columns_of_fields(names: Sequence[str]) -> tuple[Column, ...]:
    """A record's own fields, by the vendor's names; the last is left out first."""
    kinds = {field.name: field.kind for field in FIELDS}
    return tuple(
        Column(
            name,
            _field(name),
            rank=rank,
            right=kinds[name] in _RIGHT,
            least=_LEAST_WORDS if name in _WORDS else None,
            most=_MOST_WORDS if name in _WORDS else 40,
        )
        for rank, name in enumerate(names)
    )


def columns_for_programs(zone: ZoneInfo) -> tuple[Column, ...]:
    """The columns of tab-separated text."""
    return (
        Column("time", _began(zone, "%Y-%m-%d %H:%M:%S")),
        Column("direction", lambda call: _direction(call, DIRECTIONS)),
        Column("caller", _field("caller")),
        Column("callee", _field("callee")),
        Column("agent", _agent),
        Column("outcome", _outcome),
        Column("queue", _queue),
        Column("talk", _talk),
        Column("cost", _field("totalCustomerPrice")),
    )


def rows_of(columns: Sequence[Column], records: Sequence[Record], decode: Decode | None = None) -> list[list[str]]:
    """A row for each call, with a cell for each column; ``decode`` is applied to the calls first."""
    calls = map(decode, records) if decode else records
    return [[column.text(call) for column in columns] for call in calls]


def plain_lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as tab-separated lines. No cell holds a tab or a line break: `visible` has escaped them."""
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def day_of(call: Record, zone: ZoneInfo) -> str:
    """The day a call started, for example ``2023-07-27 Thursday``; empty if it has no time."""
    began = moment(call.get("startTime"), zone)
    return f"{began:%Y-%m-%d %A}" if began else ""


def is_missed(call: Record) -> bool:
    """Whether the record says that nobody answered."""
    return call.get("answered") is False


def _field(name: str) -> Callable[[Record], str]:
    return lambda call: shown(call.get(name))


def _began(zone: ZoneInfo, form: str) -> Callable[[Record], str]:
    def text(call: Record) -> str:
        began = moment(call.get("startTime"), zone)
        return began.strftime(form) if began else shown(call.get("startTime"))

    return text


def _direction(call: Record, words: Mapping[int, str]) -> str:
    value: Any = call.get("direction")
    return shown(words.get(value, value) if type(value) is int else value)


def _customer(call: Record) -> str:
    """The number at the other end: the caller of an inbound call, the callee of any other."""
    return shown(call.get("caller" if call.get("direction") == _INBOUND else "callee"))


def _agent(call: Record) -> str:
    return shown(call.get("agentNickName") or call.get("agentName"))


def _outcome(call: Record) -> str:
    return shown(call.get("hangupReason") or call.get("callStatus"))


def _queue(call: Record) -> str:
    return duration(queue_seconds(call))


def _talk(call: Record) -> str:
    return duration(call.get("callDuration"))
