# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr query``."""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxcdr.cli.clock import clock
from nxcdr.cli.console import console, write_data, write_text
from nxcdr.cli.help import Command
from nxcdr.cli.options import Asked, with_asked
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.answer import Record
    from nxcdr.fetch.whole import Options
    from nxcdr.output.screen import Screen
    from nxcdr.settings import Settings
    from nxcdr.timerange import TimeRange

DEFAULT_LIMIT = 50
DEFAULT_WATCH = 10.0  # seconds
SHORTEST_WATCH = 2.0
LONGEST_WATCH = 86400.0
_IN_MEMORY = 16 * 1024 * 1024  # bytes
_CHUNK = 1024 * 1024
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?s?", re.ASCII)


class QueryFormat(StrEnum):
    """How calls can be shown."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"


class QueryCommand(Command):
    """A command whose ``--watch`` may have a value or none, which Typer's options can't say."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare ``--watch`` its value: the next word where that is a number, else the default."""
        words = list(args)
        for at, word in enumerate(words):
            if word == "--":
                break
            if word == "--watch":
                follows = at + 1 < len(words) and _SECONDS.fullmatch(words[at + 1])
                words[at] = f"--watch={words.pop(at + 1) if follows else DEFAULT_WATCH}"
        return super().parse_args(ctx, words)


@with_asked
def query(
    *,
    asked: Asked,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", help="Show the N newest calls; 0 for all.")
    ] = DEFAULT_LIMIT,
    form: Annotated[QueryFormat, typer.Option("--format", "-f", help="How to show them.")] = QueryFormat.TABLE,
    details: Annotated[
        bool | None,
        typer.Option(
            "--details/--no-details",
            help="Every field of each call, and its timeline; the default with --call-id.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option("--watch", metavar="[SECONDS]", help="Keep the table fresh, every 10 s or from 2 on."),
    ] = None,
) -> None:
    """Examples:

      nxcdr query yesterday --profile sandbox
      nxcdr query last 7 days --missed --limit 20 --profile sandbox
      nxcdr query yesterday 14:00..15:30 --format json --profile sandbox

    Show calls, newest first. Without a range: today's, or with --call-id or --order-id those of the last 30 days.
    """
    from nxcdr.cli.connect import connect
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_range
    from nxcdr.fetch.newest import newest
    from nxcdr.output.values import columns_named

    if limit < 0:
        raise UsageError(f"--limit {limit} is less than nothing", "Use 0 for all calls.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    in_full = form is QueryFormat.TABLE and (bool(asked.call_id) and watch is None if details is None else details)
    seconds = None if watch is None else _watch_seconds(watch, form, limit, in_full=in_full)
    settings = asked.settings()
    asks_for_an_id = bool(asked.call_id or asked.order_id)
    ranged = bool(asked.phrase or asked.start or asked.end)
    span = asked_range(asked, settings, default=SINCE_AN_ID if asks_for_an_id else "today")
    if seconds is not None:
        from nxcdr.cli.watch import watch_calls

        watch_calls(asked, settings, filters, span, columns, seconds=seconds, limit=limit)
        return
    with connect(settings, filters) as client:
        found = newest(span.start, span.end, client, options(settings), limit=limit, warn=console.warn)
        with closing(found):
            calls = _Taken(found, limit)
            if in_full:
                _show_details(calls, columns, span, raw=asked.raw)
            elif form is QueryFormat.TABLE:
                _show_table(calls, columns, span, raw=asked.raw)
            else:
                _show_data(calls, form, columns, span, raw=asked.raw)
            if calls.more:
                console.note(f"the newest {limit:,}; there are more: --limit 0 shows all")
            elif not calls.count:
                console.note(
                    "no calls" + ("; name a range to look further back" if asks_for_an_id and not ranged else "")
                )


def options(settings: Settings) -> Options:
    """How the settings say to ask."""
    from nxcdr.fetch.whole import Options

    return Options(
        concurrency=settings.concurrency,
        longest_days=settings.max_span_days,
        settled_before=clock.now() - settings.settle * 60 if settings.settle else None,
    )


def table_of(columns: Sequence[str] | None, span: TimeRange, width: int, *, raw: bool) -> Screen:
    """The table for a terminal."""
    from nxcdr.output.screen import Screen
    from nxcdr.output.table import RAW_COLUMNS, columns_for_people, columns_of_fields
    from nxcdr.output.values import decoder

    if not (columns or raw):
        return Screen(columns_for_people(span.zone), zone=span.zone, width=width)
    decode = None if raw else decoder(span.zone)
    return Screen(columns_of_fields(columns or RAW_COLUMNS), zone=None, decode=decode, width=width)


class _Taken:
    """The first records of a stream of batches, as many as wanted, and whether there are more.

    Args:
        batches: The stream.
        limit: How many records are wanted; 0 for all.
    """

    def __init__(self, batches: Iterator[list[Record]], limit: int) -> None:
        self._batches = batches
        self._limit = limit
        self.count = 0
        self.more = False

    def __iter__(self) -> Iterator[list[Record]]:
        for batch in self._batches:
            taken = batch[: self._limit - self.count] if self._limit else batch
            self.count += len(taken)
            if taken:
                yield taken
            if len(taken) < len(batch):
                self.more = True
                return


def _watch_seconds(text: str, form: QueryFormat, limit: int, *, in_full: bool) -> float:
    if not _SECONDS.fullmatch(text):
        raise UsageError(f"--watch {text!r} is no number of seconds", "For example: --watch 30")
    seconds = float(text.removesuffix("s"))
    if seconds < SHORTEST_WATCH:
        raise UsageError(f"--watch {seconds:g} is too often", f"{SHORTEST_WATCH:g} seconds are the least.")
    if seconds > LONGEST_WATCH:
        raise UsageError(
            f"--watch {text} is more seconds than a day has",
            "If it is a range: --watch stands after it, or as --watch=10.",
        )
    if form is not QueryFormat.TABLE or in_full:
        raise UsageError("--watch shows a table", "Leave out --format and --details.")
    if not limit:
        raise UsageError("--watch shows the newest calls, not all", "Leave out --limit 0.")
    if not sys.stdout.isatty():
        raise UsageError("--watch needs a terminal", "Leave it out, or run nxcdr again and again.")
    return seconds


def _show_table(calls: _Taken, columns: Sequence[str] | None, span: TimeRange, *, raw: bool) -> None:
    from nxcdr.output.table import RAW_COLUMNS, columns_for_programs, columns_of_fields, plain_lines, rows_of
    from nxcdr.output.values import decoder

    if sys.stdout.isatty():
        _show_on_terminal(calls, columns, span, raw=raw)
        return
    names = columns or (RAW_COLUMNS if raw else None)
    shown = columns_of_fields(names) if names else columns_for_programs(span.zone)
    decode = decoder(span.zone) if columns and not raw else None
    header = plain_lines([[column.heading for column in shown]])
    _stream(calls, header, lambda records: plain_lines(rows_of(shown, records, decode)))


def _show_on_terminal(calls: _Taken, columns: Sequence[str] | None, span: TimeRange, *, raw: bool) -> None:
    from nxcdr.output.screen import drawn, terminal_width

    width = terminal_width()
    table = table_of(columns, span, width, raw=raw)
    for records in calls:
        write_text(drawn(table.lines(records), width))
    if calls.count:
        write_text(drawn(table.footer(), width))
    if columns and table.dropped:
        console.note(f"no room for {', '.join(table.dropped)}: a wider terminal shows more, --format jsonl all")


def _show_details(calls: _Taken, columns: Sequence[str] | None, span: TimeRange, *, raw: bool) -> None:
    from nxcdr.output.details import legs_together, plain_details

    groups = legs_together(itertools.chain.from_iterable(calls))
    if sys.stdout.isatty():
        from nxcdr.output.screen import details, drawn, terminal_width

        width = terminal_width()
        write_text(drawn(details(groups, span.zone, columns, raw=raw, width=width), width))
    else:
        write_data(plain_details(groups, span.zone, columns, raw=raw))


def _show_data(calls: _Taken, form: QueryFormat, columns: Sequence[str] | None, span: TimeRange, *, raw: bool) -> None:
    from nxcdr.output import tab_separated
    from nxcdr.output.formats import Shape, comma_separated, json_lines

    shape = Shape(None if raw else span.zone, tuple(columns) if columns else None)
    if form is QueryFormat.JSON:
        _show_document(calls, json_lines.lines(shape))
    elif form is QueryFormat.JSONL:
        _stream(calls, b"", json_lines.lines(shape))
    else:
        text = comma_separated if form is QueryFormat.CSV else tab_separated
        _stream(calls, text.header(shape), text.lines(shape))
    if shape.left_out:
        names = ", ".join(sorted(shape.left_out))
        console.warn(f"fields that are not documented are left out: {names} (jsonl keeps them)")


def _show_document(calls: _Taken, lines: Callable[[Sequence[Record]], bytes]) -> None:
    """One JSON array: whole, or nothing at all; a large one waits in a temporary file until it is."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        before = b"["
        for records in calls:
            for line in lines(records).splitlines():
                whole.write(before + line)
                before = b",\n"
        whole.write(b"]\n" if calls.count else b"[]\n")
        whole.seek(0)
        while part := whole.read(_CHUNK):
            write_data(part)


def _stream(calls: _Taken, header: bytes, lines: Callable[[Sequence[Record]], bytes]) -> None:
    """Write batch after batch; the header with the first, so that an early error leaves nothing on stdout."""
    for records in calls:
        write_data(header + lines(records))
        header = b""
    if header:
        write_data(header)
