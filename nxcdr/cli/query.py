# ruff: noqa: D301, D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr query``."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from nxcdr.cli.console import console, write_data
from nxcdr.cli.options import Asked, with_asked
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.answer import Record
    from nxcdr.api.client import Client
    from nxcdr.settings import Settings
    from nxcdr.timerange import TimeRange

DEFAULT_LIMIT = 50


class QueryFormat(StrEnum):
    """How calls can be shown."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"


@with_asked
def query(
    *,
    asked: Asked,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", help="Show the N newest calls; 0 for all.")
    ] = DEFAULT_LIMIT,
    form: Annotated[QueryFormat, typer.Option("--format", "-f", help="How to show them.")] = QueryFormat.TABLE,
) -> None:
    """Examples:

    \b
      nxcdr query
      nxcdr query last 2 hours --missed
      nxcdr query yesterday --direction inbound --format json

    Show calls, newest first. Without a range: today's, or with --call-id or --order-id those of the last 30 days.
    """
    from nxcdr.cli.connect import connect
    from nxcdr.cli.ranges import asked_range
    from nxcdr.output.values import columns_named

    if limit < 0:
        raise UsageError(f"--limit {limit} is less than nothing", "Use 0 for all calls.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    settings = asked.settings()
    span = asked_range(asked, settings, default="last 30 days to now" if asked.call_id or asked.order_id else "today")
    with connect(settings, filters) as client:
        # One more than is shown tells whether there are more.
        records = list(itertools.islice(newest_first(client, span, settings, limit), limit + 1 if limit else None))
        more = bool(limit) and len(records) > limit
        if more:
            del records[limit:]
        _show(records, form, columns, span, raw=asked.raw)
        if more:
            console.note(f"the {limit} newest calls; there are more: --limit 0 shows all")
        elif form is QueryFormat.TABLE and not records:
            console.note("no calls")


def newest_first(client: Client, span: TimeRange, settings: Settings, limit: int) -> Iterator[Record]:
    """The range's records, newest first, asking for no more than the ones taken need.

    Args:
        client: Asks.
        span: The range.
        settings: For concurrency, the longest span and when calls have settled.
        limit: How many will be taken; 0 for all.
    """
    from nxcdr.fetch.plan import DEEPEST, Plan
    from nxcdr.fetch.read import Reading, in_order, spans
    from nxcdr.fetch.window import canonical

    plan = Plan(
        spans(span.start, span.end, settings.max_span_days),
        settled_before=time.time() - settings.settle * 60 if settings.settle else None,
        newest_first=True,
        deepest=min(DEEPEST, limit // 100 + 2) if limit else DEEPEST,
    )
    reading = Reading(plan, client.page, concurrency=1 if limit else settings.concurrency, ahead=not limit)
    strayed: set[bytes] = set()
    with contextlib.closing(iter(reading)) as windows:
        for window in in_order(windows, span.end):
            for record in reversed(window.rows):
                if not strayed or canonical(record) not in strayed:
                    yield record
            for record in reversed(window.strays):
                if (text := canonical(record)) not in strayed:
                    strayed.add(text)
                    yield record


def _show(
    records: list[Record], form: QueryFormat, columns: tuple[str, ...] | None, span: TimeRange, *, raw: bool
) -> None:
    from nxcdr.output.formats import comma_separated, json_lines, tab_separated
    from nxcdr.output.table import print_table
    from nxcdr.output.values import decoder

    decode = None if raw else decoder(span.zone)
    match form:
        case QueryFormat.TABLE:
            print_table(records, span.zone, columns, raw=raw)
        case QueryFormat.JSON:
            lines = json_lines(decode, columns).lines(records).splitlines()
            write_data(b"[" + b",\n".join(lines) + b"]\n")
        case QueryFormat.JSONL:
            write_data(json_lines(decode, columns).lines(records))
        case QueryFormat.CSV:
            found = comma_separated(decode, columns)
            write_data(found.header + found.lines(records))
        case QueryFormat.TSV:
            found = tab_separated(decode, columns)
            write_data(found.header + found.lines(records))
