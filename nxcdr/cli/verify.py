# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nxcdr.cli.console import console
from nxcdr.cli.options import Quiet, Verbose
from nxcdr.errors import DifferenceError, UsageError


def verify(
    *,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files exported with --receipt.")],
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr export yesterday --receipt -o calls.csv --profile sandbox
      nxcdr verify calls.csv
      nxcdr -q verify *.csv && echo OK

    Check exported files against their receipts, without a network: size, digest and rows. The exit code is 0 if all are
    as exported, 7 if one differs, and 2 if one has no receipt.
    """
    from nxcdr.output.files import cannot_read
    from nxcdr.output.receipt import verify as check

    differing, unchecked = 0, list[UsageError]()
    for path in paths:
        try:
            verdict = check(path)
        except UsageError as error:
            unchecked.append(error)
        except OSError as error:
            raise cannot_read(path, error) from error
        else:
            if verdict.faults:
                differing += 1
                console.warn(f"{path}: {'; '.join(verdict.faults)}")
            else:
                console.note(f"{path}: OK, {verdict.rows:,} rows")
    if not differing and len(unchecked) == 1:
        raise unchecked[0]
    for problem in unchecked:
        console.warn(problem.message)
    if differing:
        raise DifferenceError(
            f"{differing} of {len(paths)} files differ from their receipts"
            if len(paths) > 1
            else "the file differs from its receipt",
            "Export again with --overwrite.",
        )
    if unchecked:
        raise UsageError(f"{len(unchecked)} of {len(paths)} files can't be checked", unchecked[0].hint)
