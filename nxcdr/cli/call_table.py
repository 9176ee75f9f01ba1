"""The table of calls that a terminal shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nxcdr.cli.console import console
from nxcdr.output.screen import CallTable
from nxcdr.output.table import RAW_COLUMNS, views_of_calls, views_of_fields
from nxcdr.output.values import decoder
from nxcdr.timerange import TimeRange


def table_of(
    columns: Sequence[str] | None,
    span: TimeRange,
    width: int,
    *,
    raw: bool,
    by_time: bool = True,
    watching: bool = False,
) -> CallTable:
    """The table for a terminal.

    Args:
        columns: The fields wanted; None for those that fit.
        span: The range. Where it is one day, the line that tells the range also tells the day.
        width: Cells of a line.
        raw: Whether values are shown as the API returned them.
        by_time: Whether the calls of a day stand together.
        watching: Whether the range is told above the table, and new calls are marked.
    """
    marks = 2 if watching else 1
    if columns or raw:
        decode = None if raw else decoder(span.zone)
        return CallTable(views_of_fields(columns or RAW_COLUMNS), zone=None, decode=decode, marks=marks, width=width)
    first, last = (f"{datetime.fromtimestamp(at, span.zone):%Y-%m-%d %A}" for at in (span.start, span.end - 1))
    one_day = first == last
    return CallTable(
        views_of_calls(span.zone, dated=not (by_time or one_day)),
        zone=span.zone if by_time or one_day else None,
        day=first if one_day and (watching or console.verbosity >= 0) else "",
        marks=marks,
        width=width,
    )
