# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr reconcile``."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from functools import cache, partial
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from nxcdr.cli.console import console, visible, write_data
from nxcdr.cli.options import Asked, mask_of, with_asked
from nxcdr.errors import DifferenceError, UsageError

if TYPE_CHECKING:
    from nxcdr.api.client import Client
    from nxcdr.archive.differences import Changes, Difference
    from nxcdr.archive.reconcile import ReceiptedFile

_SAID_BY_THE_RECEIPT = (
    *("phrase", "start", "end", "zone", "columns", "mask", "raw"),
    *("answered", "missed", "direction", "agent", "caller", "callee", "call_id", "order_id"),
)
_MARKS = {"added": "+", "changed": "~", "vanished": "-"}
_IN_MEMORY = 1 << 20  # bytes of a report


@partial(with_asked, without=_SAID_BY_THE_RECEIPT)
def reconcile(
    *,
    asked: Asked,
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files exported with --receipt.")],
    details: Annotated[bool, typer.Option("--details", help="Show each call that differs, and its fields.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Examples:

      nxcdr export yesterday --receipt -o calls.csv --profile sandbox
      nxcdr reconcile calls.csv --profile sandbox
      nxcdr reconcile --details calls.csv --profile sandbox

    Fetch again the ranges that the files' receipts name, and report calls added, changed and vanished. The files are
    not touched. The exit code is 0 if all hold what the server says now, and 7 if one does not.

    A call that has changed has the same callId and startTime, and other values. JSON is {"files": [{"path", "state":
    "ok", "different" or "damaged", "rows", "added", "changed", "vanished"}], "requests", "retries"}; with --details
    each file also has "differences": [{"change", "callId", "startTime", "fields": {name: [old, new]}}].
    """
    from nxcdr.archive.reconcile import exported
    from nxcdr.archive.reconcile import reconcile as compared
    from nxcdr.cli.connect import connect, fetch_options
    from nxcdr.cli.progress import Followed, progress
    from nxcdr.fetch.whole import Progress
    from nxcdr.output.places import existing

    files = [exported(place) for place in existing(paths)]
    settings = asked.settings()
    options = fetch_options(settings)
    state = Progress(seconds=sum(file.range.end - file.range.start for file in files))
    warn = cache(console.warn)  # each warning once
    with SpooledTemporaryFile(_IN_MEMORY) as spool:
        report = _Report(spool, as_json=as_json, details=details)
        for filters, group in groupby(files, key=lambda file: file.filters):
            with connect(settings, filters) as client, progress(Followed.of(state, client)):
                _check_source(files, client, settings.profile)
                for file in group:
                    mask = mask_of(file.receipt.file.mask, settings)
                    report.add(file, compared(file, client, options, state, mask=mask, warn=warn))
                report.requests += client.traffic.requests
                report.retries += client.traffic.retries
        report.end()
    if report.different:
        which = f"{report.different} of {len(files)} files are" if len(files) > 1 else "the file is"
        raise DifferenceError(
            f"{which} not what the server says now",
            "Show the calls with --details; export again with --overwrite.",
        )


def _check_source(files: Iterable[ReceiptedFile], client: Client, profile: str) -> None:
    """Ask nobody but the one the files are from.

    Raises:
        UsageError: A file is from another account or endpoint.
    """
    from nxcdr.archive.source import source_of

    account, endpoint = source_of(client, profile)
    for file in files:
        theirs = file.receipt.account, file.receipt.endpoint
        if theirs != (account, endpoint):
            raise UsageError(
                f"{file.place.name} is from account {theirs[0]} at {theirs[1]}; "
                f"the profile {profile} is account {account} at {endpoint}",
                "Choose the file's profile with --profile.",
            )


class _Report:
    """Shows what is found. What is printed may be long, and comes at the end.

    Args:
        spool: Where it is until then.
        as_json: Print one JSON object, at the end.
        details: Print each call that differs.

    Attributes:
        different: How many files differ.
        requests: Requests sent, all tries.
        retries: Of these, tries after the first.
    """

    def __init__(self, spool: SpooledTemporaryFile[bytes], *, as_json: bool, details: bool) -> None:
        self._json, self._details = as_json, details
        self.different = self.requests = self.retries = 0
        self._spool = spool
        self._put('{"files":[' if as_json else "")
        self._separator = ""

    def add(self, file: ReceiptedFile, found: Generator[Difference, None, None]) -> None:
        """Take what is found of a file."""
        from nxcdr.archive.differences import Changes, counted
        from nxcdr.output.reading import DamagedError

        path, rows = file.place.name, file.receipt.rows
        if self._json:
            self._put(f'{self._separator}{{"path":{json.dumps(path)}')
            self._put(',"differences":[' if self._details else "")
        try:
            with closing(found):
                changes, damage = counted(self._shown(path, found) if self._details else found), ""
        except DamagedError:
            changes, damage = Changes(), "it can't be read to its end"
        state = "damaged" if damage else "different" if changes else "ok"
        if self._json:
            self._put("]" if self._details else "")
            self._put(f',"state":"{state}","rows":{rows},{_counts(changes)}}}')
            self._separator = ","
        if state == "ok":
            console.note(f"{path}: OK, {rows:,} calls")
        else:
            self.different += 1
            console.warn(f"{path}: {damage or changes}")

    def end(self) -> None:
        """Print it."""
        if self._json:
            self._put(f'],"requests":{self.requests},"retries":{self.retries}}}\n')
        self._spool.seek(0)
        for chunk in iter(partial(self._spool.read, _IN_MEMORY), b""):
            write_data(chunk)

    def _shown(self, path: str, found: Iterable[Difference]) -> Iterator[Difference]:
        for number, difference in enumerate(found):
            if self._json:
                self._put(("," if number else "") + _object(difference))
            else:
                self._put(("" if number else f"{visible(path)}\n") + _lines(difference))
            yield difference

    def _put(self, text: str) -> None:
        self._spool.write(text.encode())


def _counts(changes: Changes) -> str:
    return f'"added":{changes.added},"changed":{changes.changed},"vanished":{changes.vanished}'


def _object(difference: Difference) -> str:
    from nxcdr.archive.differences import json_of

    call = difference.call
    return json_of(
        {
            "change": difference.kind,
            "callId": call.get("callId"),
            "startTime": call.get("startTime"),
            "fields": difference.fields,
        }
    ).decode()


def _lines(difference: Difference) -> str:
    from nxcdr.output.text import cell_text

    call = difference.call
    named = "  ".join(visible(cell_text(call.get(name))) for name in ("startTime", "callId"))
    lines = [f"  {_MARKS[difference.kind]} {named}".rstrip()]
    width = max(map(len, difference.fields), default=0)
    for name, values in difference.fields.items():
        old, new = (visible(cell_text(value)) or "(empty)" for value in values)
        lines.append(f"      {visible(name):<{width}}  {old} -> {new}")
    return "".join(f"{line}\n" for line in lines)
