# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr verify``."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from nxcdr.cli.console import console
from nxcdr.cli.options import Quiet, Verbose
from nxcdr.errors import DifferenceError, UsageError


def verify(
    *,
    paths: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files exported with --receipt.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr export yesterday --receipt -o calls.csv --profile sandbox
      nxcdr verify calls.csv
      nxcdr -q verify *.csv && echo OK

    Check exported files against their receipts, without a network: size, digest and rows. The exit code is 0 if all are
    as exported, 7 if one differs, and 2 if one has no receipt.

    JSON is {"files": [{"path", "state": "ok", "different" or "unchecked", "rows", "faults": [text]}]}.
    """
    from nxcdr.output.files import cannot_read
    from nxcdr.output.places import existing
    from nxcdr.output.receipt import verify as check

    found, unchecked = list[dict[str, Any]](), list[UsageError]()
    for file in existing(paths):
        path = file.name
        try:
            verdict = check(file)
        except UsageError as error:
            unchecked.append(error)
            found.append({"path": path, "state": "unchecked", "rows": None, "faults": [error.message]})
        except OSError as error:
            raise cannot_read(path, error) from error
        else:
            state = "different" if verdict.faults else "ok"
            found.append({"path": path, "state": state, "rows": verdict.rows, "faults": list(verdict.faults)})
            if verdict.faults:
                console.warn(f"{path}: {'; '.join(verdict.faults)}")
            else:
                console.note(f"{path}: OK, {verdict.rows:,} rows")
    if as_json:
        print(json.dumps({"files": found}, ensure_ascii=False))
    _judge(len(paths), sum(file["state"] == "different" for file in found), unchecked)


def _judge(files: int, different: int, unchecked: list[UsageError]) -> None:
    if not different and len(unchecked) == 1:
        raise unchecked[0]
    for problem in unchecked:
        console.warn(problem.message)
    if different:
        raise DifferenceError(
            f"{different} of {files} files differ from their receipts"
            if files > 1
            else "the file differs from its receipt",
            "Export again with --overwrite.",
        )
    if unchecked:
        raise UsageError(f"{len(unchecked)} of {files} files can't be checked", unchecked[0].hint)
