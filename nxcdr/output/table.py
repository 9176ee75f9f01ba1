"""Calls as people look at them: a table that fits the terminal, or plain tab-separated text where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.output.formats import tab_separated
from nxcdr.output.values import decoder, queue_seconds

_HEADINGS = ("time", "direction", "caller", "callee", "agent", "outcome", "queue", "talk", "cost")
_RIGHT = {"queue", "talk", "cost"}


def print_table(records: Sequence[Record], zone: ZoneInfo, columns: Sequence[str] | None, *, raw: bool) -> None:
    """Print calls on stdout, for people on a terminal and for programs elsewhere."""
    decode = (lambda record: record) if raw else decoder(zone)
    if columns:
        headings: Sequence[str] = columns
        rows = [[_plain(decode(record).get(name)) for name in columns] for record in records]
    else:
        headings = _HEADINGS
        rows = [_summary(record, decode(record), zone) for record in records]
    if sys.stdout.isatty():
        _print_rich(headings, rows)
    else:
        named = [dict(zip(headings, row, strict=True)) for row in rows]
        form = tab_separated(None, tuple(headings))
        sys.stdout.write((form.header + form.lines(named)).decode())


def visible(text: str) -> str:
    """The text with everything that could steer a terminal, or hide, shown as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def _summary(record: Record, values: Record, zone: ZoneInfo) -> list[str]:
    started = record.get("startTime")
    moment = (
        f"{datetime.fromtimestamp(started / 1000, zone):%Y-%m-%d %H:%M:%S}" if type(started) is int and started else ""
    )
    return [
        moment,
        _plain(values.get("direction")),
        _plain(values.get("caller")),
        _plain(values.get("callee")),
        _plain(values.get("agentNickName") or values.get("agentName")),
        _plain(values.get("callStatus") or values.get("hangupReason")),
        _duration(queue_seconds(record)),
        _duration(values.get("callDuration")),
        _plain(values.get("totalCustomerPrice")),
    ]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return visible(value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value))


def _duration(seconds: Any) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on; empty for nothing."""
    try:
        whole = round(seconds)
    except TypeError:
        return _plain(seconds)
    if not whole:
        return ""
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"  # noqa: PLR2004


def _print_rich(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in _RIGHT else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
