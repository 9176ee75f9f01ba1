# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr query``."""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nxcdr.cli.console import console, write_data, write_text
from nxcdr.cli.help import Command
from nxcdr.cli.options import Asked, with_asked
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.answer import Record
    from nxcdr.output.selection import Selection
    from nxcdr.timerange import TimeRange

DEFAULT_LIMIT = 50
DEFAULT_WATCH = 10.0  # seconds
SHORTEST_WATCH = 2.0
LONGEST_WATCH = 86400.0
_IN_MEMORY = 16 * 1024 * 1024  # bytes
_CHUNK = 1024 * 1024
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?s?", re.ASCII)


class QueryFormat(StrEnum):
    """The output formats."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"


class QueryCommand(Command):
    """The command. Its ``--watch`` may have a value or none, which Typer's options don't allow."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give ``--watch`` a value: the next word if it is a number, else the default."""
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
    min_duration: Annotated[
        str | None,
        typer.Option(
            "--min-duration",
            metavar="TIME",
            help="Only calls with at least this talk time (30s, 2m); the server can't filter by it.",
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="FIELD",
            help="Sort the calls shown by a field, the least first; with --limit 0 all calls are kept in memory.",
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Show the calls in reverse order.")] = False,
    form: Annotated[QueryFormat, typer.Option("--format", "-f", help="Output format.")] = QueryFormat.TABLE,
    details: Annotated[
        bool | None,
        typer.Option(
            "--details/--no-details",
            help="Show every field of each call, and its timeline; the default with --call-id.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option("--watch", metavar="[SECONDS]", help="Refresh the table every 10 seconds, or as often as given."),
    ] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", hidden=True)] = None,
) -> None:
    """Examples:

      nxcdr query yesterday --profile sandbox
      nxcdr query last 7 days --missed --limit 20 --profile sandbox
      nxcdr query yesterday 14:00..15:30 --format json --profile sandbox

    Show calls, newest first. Without a range: today's, or with --call-id or --order-id those of the last 30 days.
    """
    from nxcdr.cli.connect import connect, fetch_options
    from nxcdr.cli.filters import no_match
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_range
    from nxcdr.export.agents import find_agent
    from nxcdr.fetch.newest import newest
    from nxcdr.output.columns import columns_named
    from nxcdr.output.selection import Shown

    if output is not None:
        raise UsageError("query writes no files", "Use nxcdr export to write calls to a file.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    selection = _selection(limit, min_duration, sort, reverse=reverse)
    in_full = form is QueryFormat.TABLE and (bool(asked.call_id) and watch is None if details is None else details)
    seconds = None if watch is None else _watch_seconds(watch, form, selection, in_full=in_full)
    settings = asked.settings()
    asks_for_an_id = bool(asked.call_id or asked.order_id)
    mask = asked.masking(settings)
    ranged = bool(asked.phrase or asked.start or asked.end)
    span = asked_range(asked, settings, default=SINCE_AN_ID if asks_for_an_id else "today")
    if seconds is not None:
        from nxcdr.cli.watch import watch_calls

        watch_calls(asked, settings, filters, span, columns, seconds=seconds, limit=limit)
        return
    with connect(settings, filters) as client:
        find_agent(client, span.start, span.end, fetch_options(settings), note=console.note, warn=console.warn)
        found = newest(
            span.start, span.end, client, fetch_options(settings), limit=selection.fetched, warn=console.warn
        )
        with closing(found):
            calls = Shown(found, selection, mask)
            if in_full:
                _show_details(calls, columns, span, raw=asked.raw)
            elif form is QueryFormat.TABLE:
                _show_table(calls, columns, span, by_time=selection.by_time, raw=asked.raw)
            else:
                _show_data(calls, form, columns, span, raw=asked.raw)
            if calls.more:
                console.note(f"the newest {limit:,}; there are more: --limit 0 shows all")
            elif not calls.count:
                further = "; name a range to look further back" if asks_for_an_id and not ranged else ""
                console.note(f"no calls{no_match(filters)}{further}")


def _selection(limit: int, min_duration: str | None, sort: str | None, *, reverse: bool) -> Selection:
    from nxcdr.cli.seconds import seconds_of
    from nxcdr.output.columns import field_named
    from nxcdr.output.selection import Selection

    if limit < 0:
        raise UsageError(f"--limit {limit} is negative", "Use 0 for all calls.")
    return Selection(
        limit=limit,
        min_duration=seconds_of("--min-duration", min_duration) if min_duration is not None else 0,
        sort=field_named(sort) if sort is not None else "",
        reverse=reverse,
    )


def _watch_seconds(text: str, form: QueryFormat, selection: Selection, *, in_full: bool) -> float:
    if not _SECONDS.fullmatch(text):
        raise UsageError(f"--watch {text!r} is not a number of seconds", "For example: --watch 30")
    seconds = float(text.removesuffix("s"))
    if seconds < SHORTEST_WATCH:
        raise UsageError(f"--watch {seconds:g} is too often", f"The shortest interval is {SHORTEST_WATCH:g} seconds.")
    if seconds > LONGEST_WATCH:
        raise UsageError(
            f"--watch {text} is more seconds than a day has",
            "If it is a range, put --watch after it, or write --watch=10.",
        )
    if form is not QueryFormat.TABLE or in_full:
        raise UsageError("--watch shows a table", "Leave out --format and --details.")
    if not selection.limit:
        raise UsageError("--watch shows the newest calls, not all", "Leave out --limit 0.")
    if not selection.is_plain:
        raise UsageError("--watch shows the newest calls first", "Leave out --sort, --reverse and --min-duration.")
    if not sys.stdout.isatty():
        raise UsageError("--watch needs a terminal", "Leave it out, or run nxcdr on a terminal.")
    return seconds


def _show_table(
    calls: Iterable[list[Record]], columns: Sequence[str] | None, span: TimeRange, *, by_time: bool, raw: bool
) -> None:
    from nxcdr.output.table import RAW_COLUMNS, columns_for_programs, columns_of_fields, plain_lines, rows_of
    from nxcdr.output.values import decoder

    if sys.stdout.isatty():
        _show_on_terminal(calls, columns, span, by_time=by_time, raw=raw)
        return
    names = columns or (RAW_COLUMNS if raw else None)
    shown = columns_of_fields(names) if names else columns_for_programs(span.zone)
    decode = decoder(span.zone) if columns and not raw else None
    header = plain_lines([[column.heading for column in shown]])
    _stream(calls, header, lambda records: plain_lines(rows_of(shown, records, decode)))


def _show_on_terminal(
    calls: Iterable[list[Record]], columns: Sequence[str] | None, span: TimeRange, *, by_time: bool, raw: bool
) -> None:
    from nxcdr.output.screen import drawn, terminal_width

    width = terminal_width()
    from nxcdr.cli.call_table import table_of

    table = table_of(columns, span, width, raw=raw, by_time=by_time)
    for records in calls:
        write_text(drawn(table.parts(records), width))
    if table.totals.calls:
        write_text(drawn([table.footer()], width))
    if columns and table.left_out:
        console.note(f"no room for {', '.join(table.left_out)}: a wider terminal shows more, --format jsonl all")


def _show_details(calls: Iterable[list[Record]], columns: Sequence[str] | None, span: TimeRange, *, raw: bool) -> None:
    from nxcdr.output.details import legs_together, plain_details

    groups = legs_together(itertools.chain.from_iterable(calls))
    if sys.stdout.isatty():
        from nxcdr.output.screen import details, drawn, terminal_width

        width = terminal_width()
        write_text(drawn(details(groups, span.zone, columns, raw=raw, width=width), width))
    else:
        write_data(plain_details(groups, span.zone, columns, raw=raw))


def _show_data(
    calls: Iterable[list[Record]], form: QueryFormat, columns: Sequence[str] | None, span: TimeRange, *, raw: bool
) -> None:
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


def _show_document(calls: Iterable[list[Record]], lines: Callable[[Sequence[Record]], bytes]) -> None:
    """Write one JSON array once all calls are there; a large one is kept in a temporary file until then."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
        before = b"["
        for records in calls:
            for line in lines(records).splitlines():
                whole.write(before + line)
                before = b",\n"
        whole.write(b"[]\n" if before == b"[" else b"]\n")
        whole.seek(0)
        while part := whole.read(_CHUNK):
            write_data(part)


def _stream(calls: Iterable[list[Record]], header: bytes, lines: Callable[[Sequence[Record]], bytes]) -> None:
    """Write each batch as it comes; the header with the first, so that an early error leaves nothing on stdout."""
    for records in calls:
        write_data(header + lines(records))
        header = b""
    if header:
        write_data(header)
