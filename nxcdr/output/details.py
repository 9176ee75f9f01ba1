"""One call in full: every field with its unit and meaning, and its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.api.fields import FIELD_NAMES, FIELDS, Kind
from nxcdr.output.shown import clock, moment, number, shown
from nxcdr.output.values import decoder, queue_seconds

_EVENTS = (
    ("startTime", "start"),
    ("ringTime", "ring"),
    ("inQueueTime", "into the queue"),
    ("outQueueTime", "out of the queue"),
    ("answerTime", "answer"),
    ("endTime", "end"),
)
_MINUTE = 60
_LATEST = 10**14  # milliseconds since 1970, in the year 5138; anything larger is no time
_KINDS = {field.name: field.kind for field in FIELDS}
_MEANINGS = {field.name: field.meaning for field in FIELDS} | {"totalCustomerPrice": "cost, in the account's currency"}


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a call, such as its talk. Start and end are milliseconds since 1970."""

    name: str
    start: int
    end: int


def legs_together(records: Iterable[Record]) -> list[list[Record]]:
    """Group the legs of each call, by callId, the first leg first; the groups are in the order of the calls."""
    groups: dict[object, list[Record]] = {}
    for at, record in enumerate(records):
        call_id = record.get("callId")
        groups.setdefault(call_id if isinstance(call_id, str) and call_id else at, []).append(record)
    for legs in groups.values():
        legs.sort(key=lambda leg: _time(leg, "startTime") or 0)
    return list(groups.values())


def title(legs: Sequence[Record], place: int) -> str:
    """The title of one leg."""
    leg = f", leg {place + 1} of {len(legs)}" if len(legs) > 1 else ""
    return f"call {shown(legs[place].get('callId'))}{leg}"


def field_rows(record: Record, zone: ZoneInfo, names: Sequence[str] | None, *, raw: bool) -> list[tuple[str, str, str]]:
    """Every field of a call as (name, value with its unit, meaning).

    Args:
        record: The call.
        zone: For its times.
        names: The fields wanted; None for the documented ones that it has, then any others.
        raw: Whether values are as the API returned them; the unit is then added to the meaning.
    """
    wanted = names or [
        *(name for name in FIELD_NAMES if name in record),
        *sorted(record.keys() - set(FIELD_NAMES)),
    ]
    decoded = record if raw else decoder(zone)(record)
    rows = []
    for name in wanted:
        kind = _KINDS.get(name, Kind.TEXT)
        meaning = _MEANINGS.get(name, "not documented")
        if raw:
            unit = "" if kind is Kind.TEXT else f" ({kind.value})"
            rows.append((shown(name), shown(record.get(name)), meaning + unit))
        else:
            rows.append((shown(name), _with_unit(record, decoded, name, kind, zone) or "-", meaning))
    return rows


def phases(record: Record) -> list[Phase]:
    """The phases of a call whose start and end are known and in order."""
    start, ring, entered, left, answer, end = (_time(record, name) for name, _ in _EVENTS)
    rung = number(record.get("ringDuration"))
    ring_end = answer or (ring + int(rung * 1000) if ring and rung else None)
    pairs = (("call", start, end), ("queue", entered, left), ("ring", ring, ring_end), ("talk", answer, end))
    return [Phase(name, first, last) for name, first, last in pairs if first and last and first <= last]


def timeline(legs: Sequence[Record], zone: ZoneInfo, width: int) -> list[str]:
    """The timeline of a call, all its legs on one scale; no lines if no time is known.

    Args:
        legs: The legs of one call, from `legs_together`.
        zone: For the two clock times above the bars.
        width: Cells of a line, from 20 on.
    """
    found = [(at, phase) for at, leg in enumerate(legs) for phase in phases(leg)]
    if not found:
        return []
    first, last = min(phase.start for _, phase in found), max(phase.end for _, phase in found)
    names = [f"{at + 1} {phase.name}" if len(legs) > 1 else phase.name for at, phase in found]
    lengths = [length(phase.end - phase.start) for _, phase in found]
    margin = max(map(len, names)) + 2
    room = max(8, width - margin - 2 - max(map(len, lengths)))
    scale = room / max(1, last - first)
    lines = []
    for name, (_, phase), taken in zip(names, found, lengths, strict=True):
        begin = min(room - 1, round((phase.start - first) * scale))
        cells = max(1, min(room - begin, round((phase.end - first) * scale) - begin))
        lines.append(f"{name:<{margin}}{' ' * begin}{'━' * cells}{' ' * (room - begin - cells)}  {taken}")
    ends = [_clock_time(time, zone) for time in (first, last)]
    between = room - sum(map(len, ends))
    ruler = ends[0] + (" " * between + ends[1] if between > 0 else "")
    return [(" " * margin + ruler)[:width], *lines]


def timeline_text(record: Record) -> str:
    """The timeline in words: each event, in order, with its seconds after the first."""
    times = sorted((time, name) for field, name in _EVENTS if (time := _time(record, field)))
    return ", ".join(f"{name} +{(time - times[0][0]) / 1000:.3f} s" for time, name in times)


def plain_details(
    groups: Sequence[Sequence[Record]], zone: ZoneInfo, names: Sequence[str] | None, *, raw: bool
) -> bytes:
    """Every call in full, as tab-separated lines of name, value and meaning, with an empty line between calls."""
    calls = []
    for record in (leg for legs in groups for leg in legs):
        rows = field_rows(record, zone, names, raw=raw)
        rows.append(("timeline", timeline_text(record), "seconds after the first"))
        calls.append("".join("\t".join(row) + "\n" for row in rows))
    return "\n".join(calls).encode()


def length(milliseconds: int) -> str:
    """A length of time, as ``5.139 s``; from a minute on as ``324.000 s (5:24)``."""
    return _seconds(Decimal(milliseconds) / 1000)


def _with_unit(record: Record, decoded: Record, name: str, kind: Kind, zone: ZoneInfo) -> str:
    match kind:
        case Kind.TIME:
            if record.get(name) in (0, None):
                return "never"
            time = moment(record[name], zone)
            return time.isoformat(sep=" ", timespec="milliseconds") if time else shown(record[name])
        case Kind.SECONDS:
            return _seconds(record.get(name))
        case Kind.QUEUE_SECONDS:
            return _seconds(queue_seconds(record))
        case _:
            return shown(decoded.get(name))


def _seconds(value: Any) -> str:
    known = number(value)
    if known is None or known < 0:
        return shown(value)
    return f"{known} s ({clock(known)})" if known >= _MINUTE else f"{known} s"


def _time(record: Record, name: str) -> int | None:
    value = record.get(name)
    return value if type(value) is int and 0 < value <= _LATEST else None


def _clock_time(milliseconds: int, zone: ZoneInfo) -> str:
    time = moment(milliseconds, zone)
    return f"{time:%H:%M:%S}.{milliseconds % 1000:03d}" if time else ""
