# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr stats``."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from nxcdr.cli.clock import clock
from nxcdr.cli.console import console, write_data, write_text
from nxcdr.cli.options import Asked, with_asked
from nxcdr.errors import UsageError

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(s|sec|seconds?|m|min|minutes?)?", re.ASCII)
_MINUTE = 60


class StatsFormat(StrEnum):
    """How statistics can be shown."""

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


@partial(with_asked, without=("columns", "raw"))  # which say how calls are shown, and none is shown here
def stats(
    *,
    asked: Asked,
    by: Annotated[
        By | None, typer.Option("--by", help="Group the calls; a table is by hour where nothing is said.")
    ] = None,
    service_level: Annotated[
        str, typer.Option("--service-level", metavar="TIME", help="Answered within this time is well served.")
    ] = "20s",
    explain: Annotated[bool, typer.Option("--explain", help="Also print what each figure means.")] = False,
    form: Annotated[StatsFormat, typer.Option("--format", "-f", help="How to show them.")] = StatsFormat.TABLE,
) -> None:
    """Examples:

      nxcdr stats yesterday --profile sandbox
      nxcdr stats last week --by agent --service-level 30s --profile sandbox
      nxcdr stats yesterday --by reason --format json --profile sandbox

    What a range's calls come to: answered, abandoned, service level, talk, cost. Without a range: today's.
    """
    from nxcdr.cli.connect import connect
    from nxcdr.cli.progress import progress
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_range
    from nxcdr.export import records
    from nxcdr.fetch.whole import Options, Progress
    from nxcdr.stats import Statistics, as_csv, as_json, as_plain, as_screen, explained

    service_seconds = _seconds(service_level)
    filters = asked.filters()
    settings = asked.settings()
    span = asked_range(asked, settings, default=SINCE_AN_ID if asked.call_id or asked.order_id else "today")
    statistics = Statistics(span, by or By.HOUR, service_seconds)
    state = Progress()
    options = Options(
        concurrency=settings.concurrency,
        longest_days=settings.max_span_days,
        settled_before=clock.now() - settings.settle * 60 if settings.settle else None,
    )
    with connect(settings, filters) as client, progress(state, client):
        statistics.add(records(span.start, span.end, client, options, state, warn=console.warn))
    match form:
        case StatsFormat.JSON:
            write_data(as_json(statistics, grouped=by is not None, explain=explain))
        case StatsFormat.CSV:
            write_data(as_csv(statistics, grouped=by is not None))
            for line in explained(statistics) if explain else ():
                console.note(line)
        case StatsFormat.TABLE if sys.stdout.isatty():
            from nxcdr.output.screen import drawn, terminal_width

            width = terminal_width()
            write_text(drawn(as_screen(statistics, width, explain=explain), width))
        case StatsFormat.TABLE:
            write_data(as_plain(statistics, explain=explain))
    if not statistics.total.calls:
        console.note("no calls")


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(f"--service-level {text!r} is no time", "For example: 20s, 1m.")
    return float(found[1]) * (_MINUTE if (found[2] or "s").startswith("m") else 1)
