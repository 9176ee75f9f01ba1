# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr export``."""

from __future__ import annotations

import re
import time
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from nxcdr.cli.clock import clock
from nxcdr.cli.console import console
from nxcdr.cli.options import Asked, Profiles, with_asked
from nxcdr.errors import UsageError, worst
from nxcdr.output import FORMAT_MODULES

_AGE = re.compile(r"([0-9]+) *(h|hours?|d|days?|w|weeks?)", re.ASCII)
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800}


FileFormat = StrEnum("FileFormat", {name.upper(): name for name in FORMAT_MODULES})  # type: ignore[misc]  # what a file can be


class Split(StrEnum):
    """What one file of several can hold."""

    DAY = "day"
    HOUR = "hour"
    MONTH = "month"


@partial(with_asked, without=("profile",))  # here it can be several
def export(
    *,
    asked: Asked,
    profiles: Profiles = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PATH", help="File, URL or template with {date}; - is stdout."),
    ] = None,
    form: Annotated[FileFormat | None, typer.Option("--format", "-f", help="Default: from the name's suffix.")] = None,
    split: Annotated[Split | None, typer.Option("--split", help="Write one file for each.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Skip files that already exist, unless damaged.")
    ] = False,
    refresh: Annotated[
        str | None,
        typer.Option("--refresh", metavar="AGE", help="Update files whose range ended less than AGE ago."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an interrupted run left.")] = False,
    excel: Annotated[bool, typer.Option("--excel", help="CSV whose numbers Excel does not spoil.")] = False,
    receipt: Annotated[bool, typer.Option("--receipt", help="Also write PATH.receipt.json.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Let the workers of a Dask scheduler make the files."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show range, files and plan; ask for nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object on stdout.")] = False,
) -> None:
    """Examples:

      nxcdr export yesterday -o calls.csv --profile sandbox
      nxcdr export last month -o month.jsonl.gz --profile sandbox
      nxcdr export last 7 days --split day --skip-existing --profile sandbox

    Write every call of a range to CSV, JSON lines, Parquet or a workbook, each exactly once. A file appears under its
    name only when it is whole; an interrupted export is resumed by the same command.

    PATH may be a URL, such as s3://bucket/x.csv or sftp://user@host/x.csv: the file is uploaded when it is whole.

    --skip-existing fetches a file again only if it can't be whole: if it is empty, has no end, or does not fit its
    receipt. With --refresh 3d it also fetches again files of ranges that ended less than 3 days ago, and files written
    before their calls had settled; they are replaced only if their calls differ.

    Several profiles (-p a -p b, or -p 'client-*') are several accounts, with {profile} in the name of the files. What
    stops one does not stop the others; the exit code is the first of 2, 3, 4, 6, 5 that occurred.

    JSON is {"rows", "files": [{"path", "profile", "action": "write", "replace", "refresh" or "skip", "reason", "rows",
    "bytes", "sha256", "added", "changed", "vanished", "kept_as", …}], "added", "changed", "vanished", "requests",
    "retries", "seconds"}; a refreshed file was replaced if added, changed or vanished is not 0. Of several accounts, it
    also has "accounts": [{"profile", "rows", "files", "requests", "error"}].
    """
    from nxcdr.cli.accounts import carry_out
    from nxcdr.cli.filters import no_match
    from nxcdr.cli.ranges import SINCE_AN_ID, asked_ranges
    from nxcdr.cli.summary import show_plan, summarise, warn_of
    from nxcdr.export import AccountRun, Job, plan_accounts
    from nxcdr.output.columns import columns_named
    from nxcdr.output.files import STDOUT, template_of

    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing contradict each other", "Use one of them.")
    if refresh is not None and not skip_existing:
        raise UsageError("--refresh goes with --skip-existing", "Add --skip-existing, or use --overwrite alone.")
    if as_json and output is not None and template_of(output) == STDOUT:
        raise UsageError("--json and -o - would both write to stdout", "Write the calls to a file.")
    filters = asked.filters()
    columns = columns_named(asked.columns)
    several = asked.settings_of(profiles or ())
    ranges = asked_ranges(asked, several, default=SINCE_AN_ID if asked.call_id or asked.order_id else None)
    jobs = [
        Job.of(
            settings,
            span,
            filters=filters,
            output=output,
            format=form.value if form else None,
            columns=columns,
            raw=asked.raw,
            excel=excel,
            mask=asked.masking(settings),
            split=split.value if split else None,
            overwrite=overwrite,
            skip_existing=skip_existing,
            refresh=None if refresh is None else _age(refresh),
            fresh=fresh,
            receipt=receipt,
            digest=as_json,
            now=clock.now(),
        )
        for settings, span in zip(several, ranges, strict=True)
    ]
    accounts = [AccountRun(*each) for each in zip(jobs, plan_accounts(jobs), strict=True)]
    warn_of(accounts)
    if dry_run:
        show_plan(accounts, as_json=as_json)
        return
    began = time.monotonic()
    try:
        carry_out(accounts, several, cluster)
    except BrokenPipeError:
        return  # the reader of stdout has what it wanted: no failure, and no summary
    summarise(accounts, time.monotonic() - began, as_json=as_json)
    if errors := [account.error for account in accounts if account.error]:
        raise typer.Exit(worst(errors))
    done = [exported for account in accounts for exported in account.done]
    if done and not any(exported.rows or exported.unit.skipped for exported in done) and (reason := no_match(filters)):
        console.note(f"no calls{reason}")


def _age(text: str) -> int:
    """The seconds of ``3d``, ``36h`` or ``2w``.

    Raises:
        UsageError: It is no age.
    """
    found = _AGE.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(f"--refresh {text!r} is not an age", "For example: 3d, 36h, 2w.")
    return int(found[1]) * _SECONDS[found[2][0]]
