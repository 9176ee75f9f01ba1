"""Calls as a table: its columns, and its rows as plain tab-separated text where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.api.fields import DIRECTIONS, FIELDS, Kind
from nxcdr.output.shown import duration, moment, price, shown
from nxcdr.output.values import Decode, queue_seconds

_SHORT_DIRECTIONS = {0: "in", 1: "out", 2: "aicc"}
_RIGHT = frozenset({Kind.SECONDS, Kind.QUEUE_SECONDS, Kind.NUMBER})
# Fields that still say something when they are cut; numbers, ids and times do not.
_WORDS = frozenset(
    {"agentNickName", "callStatus", "dtmfKeys", "hangupReason", "intent", "leaveMsgUrl", "other", "recordUrl"}
)
_LEAST_WORDS = 15
_MOST_WORDS = 200
_LONGEST_NUMBER = 15  # digits of a telephone number, after E.164; what is longer is none, and may be cut
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
        heading: What stands above it.
        text: A call's cell, harmless to look at.
        rank: Its usefulness: 0 the most; the highest is dropped first.
        right: Numbers stand right.
        least: Cells of a terminal it may be shortened to; None where only the whole says anything.
        most: Cells it takes at most.
        gap: Cells before it, where it is not the first.
        extra: Shown only where there is room to spare, and something to show.
    """

    heading: str
    text: Callable[[Record], str]
    rank: int = 0
    right: bool = False
    least: int | None = None
    most: int = 24
    gap: int = 2
    extra: bool = False


def columns_for_people(zone: ZoneInfo) -> tuple[Column, ...]:
    """The columns of a terminal, whose time is of a day that a line above names."""
    return (
        Column("time", lambda call: _clock_time(call, zone), rank=0),
        Column("dir", lambda call: _direction(call, _SHORT_DIRECTIONS), rank=6, most=6),
        Column("caller", _field("caller"), rank=1, least=_LONGEST_NUMBER, most=20),
        Column(
            "→ callee",
            lambda call: f"→ {shown(call.get('callee'))}",
            rank=2,
            least=_LONGEST_NUMBER + 2,
            most=22,
            gap=1,
        ),
        Column("agent", _agent, rank=5, least=7),
        Column("outcome", _outcome, rank=4, least=_LEAST_WORDS, most=32),
        Column("ring", lambda call: duration(call.get("ringDuration")), rank=10, right=True, most=9, extra=True),
        Column("queue", _queue, rank=7, right=True, most=9),
        Column("talk", _talk, rank=3, right=True, most=9),
        Column("cost", lambda call: price(call.get("totalCustomerPrice")), rank=8, right=True, most=12),
        Column("order", _field("orderId"), rank=11, most=20, extra=True),
        Column("call id", _field("callId"), rank=9, most=30, extra=True),
        Column("keys", _field("dtmfKeys"), rank=12, most=12, extra=True),
        Column("other", _field("other"), rank=13, most=30, extra=True),
    )


def columns_for_programs(zone: ZoneInfo) -> tuple[Column, ...]:
    """The columns of plain text: the same as a terminal of 100 columns shows, in full."""
    return (
        Column("time", lambda call: _day_and_time(call, zone)),
        Column("direction", lambda call: _direction(call, DIRECTIONS)),
        Column("caller", _field("caller")),
        Column("callee", _field("callee")),
        Column("agent", _agent),
        Column("outcome", _outcome),
        Column("queue", _queue),
        Column("talk", _talk),
        Column("cost", _field("totalCustomerPrice")),
    )


def columns_of_fields(names: Sequence[str]) -> tuple[Column, ...]:
    """The record's own fields, by the vendor's names; the first is the last to be dropped."""
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


def rows_of(columns: Sequence[Column], records: Sequence[Record], decode: Decode | None) -> list[list[str]]:
    """A row for each call, with a cell for each column; ``decode`` is applied to the calls first."""
    calls = map(decode, records) if decode else records
    return [[column.text(call) for column in columns] for call in calls]


def plain_lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as tab-separated lines; no cell holds a tab or an end of line, for `visible` shows them as escapes."""
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def day_of(call: Record, zone: ZoneInfo) -> str:
    """The day a call began, as the line above its day's calls names it; empty where it has no time."""
    began = moment(call.get("startTime"), zone)
    return f"{began:%Y-%m-%d %A}" if began else ""


def is_missed(call: Record) -> bool:
    """Whether nobody answered, for certain."""
    return call.get("answered") is False


def _field(name: str) -> Callable[[Record], str]:
    return lambda call: shown(call.get(name))


def _clock_time(call: Record, zone: ZoneInfo) -> str:
    began = moment(call.get("startTime"), zone)
    return f"{began:%H:%M:%S}" if began else shown(call.get("startTime"))


def _day_and_time(call: Record, zone: ZoneInfo) -> str:
    began = moment(call.get("startTime"), zone)
    return f"{began:%Y-%m-%d %H:%M:%S}" if began else shown(call.get("startTime"))


def _direction(call: Record, words: Mapping[int, str]) -> str:
    value: Any = call.get("direction")
    return shown(words.get(value, value) if type(value) is int else value)


def _agent(call: Record) -> str:
    return shown(call.get("agentNickName") or call.get("agentName"))


def _outcome(call: Record) -> str:
    return shown(call.get("hangupReason") or call.get("callStatus"))


def _queue(call: Record) -> str:
    return duration(queue_seconds(call))


def _talk(call: Record) -> str:
    return duration(call.get("callDuration"))
