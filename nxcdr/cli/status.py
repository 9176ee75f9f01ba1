# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr status``."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from nxcdr.cli.clock import clock
from nxcdr.cli.console import write_data, write_text
from nxcdr.cli.export import Split
from nxcdr.cli.options import Asked, From, Phrase, Profile, Quiet, To, Verbose, Zone
from nxcdr.errors import DifferenceError, UsageError

if TYPE_CHECKING:
    from nxcdr.archive.status import Finding
    from nxcdr.settings import Settings
    from nxcdr.timerange import TimeRange


def status(
    *,
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="The files, as export -o names them.")],
    phrase: Phrase = None,
    start: From = None,
    end: To = None,
    split: Annotated[Split | None, typer.Option("--split", help="What each file holds (default: day).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    zone: Zone = None,
    profile: Profile = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr export last 3 days --split day --skip-existing --profile sandbox
      nxcdr status 'cdr-{date}.csv' last 3 days
      nxcdr status 'cdr-{date}.csv' last 3 days --json

    Show which files of an archive are missing, damaged, or were written before their calls had settled. Without a
    range: from the oldest file to yesterday. Nothing is fetched. The exit code is 0 if the archive is whole, else 7.

    JSON is {"template", "range": {"start", "end", "zone"}, "counts": {"missing", "damaged", "early", "no_receipt",
    "whole"}, "files": [{"path", "start", "end", "state", "reason", "rows"}]}; a state is a name of the counts, and rows
    are known by the receipt. A file without a receipt counts as whole if nothing else is wrong with it.
    """
    from nxcdr.archive.status import as_json as json_object
    from nxcdr.archive.status import calendar, listed, survey
    from nxcdr.archive.units import units_of
    from nxcdr.cli.ranges import asked_range
    from nxcdr.output.files import template_of
    from nxcdr.output.places import shown

    if template_of(template) == "-":
        raise UsageError("status looks at files, and stdout is none", "Name them, for example: 'cdr-{date}.csv'")
    asked = Asked(phrase=phrase, start=start, end=end, zone=zone, profile=profile, quiet=quiet, verbose=verbose)
    settings = asked.settings()
    unit, default = _extent(template, split, asked, settings)
    span = asked_range(asked, settings, default=default)
    units = units_of(template, span, split=unit, profile=settings.profile, form=None)
    findings = survey(units, span, settle=settings.settle * 60)
    if as_json:
        write_data(f"{json.dumps(json_object(findings, span, shown(template)), ensure_ascii=False)}\n".encode())
    else:
        _show([*calendar(findings, span, split=unit), *listed(findings)])
    _judge(findings, span, shown(template), unit)


def _extent(template: str, split: Split | None, asked: Asked, settings: Settings) -> tuple[str | None, str | None]:
    """What each file holds, and the range that is meant if none is given.

    Raises:
        UsageError: No range is given, and no file is there.
    """
    from nxcdr.archive.extent import days_there, split_of
    from nxcdr.output.files import PLACEHOLDERS, filled
    from nxcdr.output.places import shown
    from nxcdr.timerange import zone_named

    filled(template, dict.fromkeys(PLACEHOLDERS, ""))
    unit = split.value if split else split_of(template)
    if asked.phrase is not None or asked.start is not None or asked.end is not None:
        return unit, None
    today = datetime.fromtimestamp(clock.now(), zone_named(settings.timezone)).date()
    before = today.replace(day=1) if unit == "month" else today
    oldest = next((day for day in days_there(template, settings.profile) if day < before), None)
    if oldest is None:
        raise UsageError(f"no file is named like {shown(template)}", "Say a range, for example: last 7 days")
    return unit, f"{oldest:%Y-%m} to last month" if unit == "month" else f"{oldest} to yesterday"


def _show(lines: Sequence[str]) -> None:
    if not sys.stdout.isatty():
        write_data("".join(f"{line}\n" for line in lines).encode())
        return
    from rich.text import Text

    from nxcdr.output.screen import MISSED, drawn, terminal_width

    texts = [Text(line) for line in lines]
    for text in texts:
        text.highlight_regex(r"(?<=[.!~#o ])[.!~](?=[.!~#o ]|$)|^[.!~](?= )", MISSED)
    write_text(drawn(texts, terminal_width()))


def _judge(findings: Sequence[Finding], span: TimeRange, template: str, split: str | None) -> None:
    from nxcdr.archive.status import WRONG, counts

    found = counts(findings)
    words = {"missing": "missing", "damaged": "damaged", "early": "written too early"}
    wrong = [f"{found[state]:,} {words[state.value]}" for state in WRONG if found[state]]
    if not wrong:
        return
    places = [finding.unit for finding in findings if finding.condition.state in WRONG]
    first = datetime.fromtimestamp(places[0].start, span.zone).date()
    last = datetime.fromtimestamp(places[-1].end - 1, span.zone).date()
    options = f"--split {split} " if split else ""
    if any(finding.condition.receipt for finding in findings):
        options += "--receipt "
    raise DifferenceError(
        f"the archive is not whole: {', '.join(wrong)}",
        f"Complete it: nxcdr export {first}..{last} {options}--skip-existing --refresh 1d -o {shlex.quote(template)}",
    )
