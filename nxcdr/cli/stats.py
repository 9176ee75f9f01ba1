# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr stats``."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from nxcdr.cli.console import console, write_data, write_text
from nxcdr.cli.options import Asked, with_asked
from nxcdr.cli.seconds import seconds_of


class StatsFormat(StrEnum):
    """The output formats."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class By(StrEnum):
    """What calls can be grouped by."""

    HOUR = "hour"
    DAY = "day"
    WEEKDAY = "weekday"
    AGENT = "agent"
    DIRECTION = "direction"
    REASON = "reason"


@partial(with_asked, without=("columns", "mask", "raw"))  # no calls are shown
def stats(
    *,
    asked: Asked,
    by: Annotated[By, typer.Option("--by", help="Group the calls.")] = By.HOUR,
    service_level: Annotated[
        str,
        typer.Option("--service-level", metavar="TIME", help="How soon a queued call should be answered (20s, 1m)."),
    ] = "20s",
    explain: Annotated[bool, typer.Option("--explain", help="Also print what each figure means.")] = False,
    form: Annotated[StatsFormat, typer.Option("--format", "-f", help="Output format.")] = StatsFormat.TABLE,
) -> None:
    """Examples:

      nxcdr stats yesterday --profile sandbox
      nxcdr stats last week --by agent --service-level 30s --profile sandbox
      nxcdr stats yesterday --by reason --format json --profile sandbox

    Count the calls of a range: answered, abandoned, service level, talk, cost. Without a range: today's.

    A table has totals and groups and, by hour for more than two days, the calls by weekday and hour. JSON is one object
    of the same: range, service_level_seconds, totals, by, groups (a list), heat_map (for each weekday, the calls of its
    24 hours) and, with --explain, definitions. CSV is the groups, a row each. Shares are from 0 to 1, times in seconds.
    """
    from nxcdr.cli.connect import connect, fetch_options
    from nxcdr.cli.filters import no_match
    from nxcdr.cli.progress import Followed, progress
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_range
    from nxcdr.export import records
    from nxcdr.export.agents import find_agent
    from nxcdr.fetch.whole import Progress
    from nxcdr.stats import Statistics, as_csv, as_json, as_plain, as_screen, explained

    service_seconds = seconds_of("--service-level", service_level)
    filters = asked.filters()
    settings = asked.settings()
    span = asked_range(asked, settings, default=SINCE_AN_ID if asked.call_id or asked.order_id else "today")
    statistics = Statistics(span, by, service_seconds)
    state = Progress()
    options = fetch_options(settings)
    with connect(settings, filters) as client, progress(Followed.of(state, client)):
        find_agent(client, span.start, span.end, options, note=console.note, warn=console.warn)
        statistics.add(records(span.start, span.end, client, options, state, warn=console.warn))
    match form:
        case StatsFormat.JSON:
            write_data(as_json(statistics, explain=explain))
        case StatsFormat.CSV:
            write_data(as_csv(statistics))
            for line in explained(statistics) if explain else ():
                console.note(line)
        case StatsFormat.TABLE if sys.stdout.isatty():
            from nxcdr.output.screen import drawn, terminal_width

            width = terminal_width()
            write_text(drawn(as_screen(statistics, width, explain=explain), width))
        case StatsFormat.TABLE:
            write_data(as_plain(statistics, explain=explain))
    if not statistics.total.calls:
        console.note(f"no calls{no_match(filters)}")
