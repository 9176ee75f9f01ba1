# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nxcdr.cli.console import console
from nxcdr.cli.options import Quiet, Verbose
from nxcdr.errors import UntrustedAnswerError, UsageError


def verify(
    *,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files exported with --receipt.")],
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr export yesterday --receipt -o calls.csv --profile sandbox
      nxcdr verify calls.csv
      nxcdr -q verify *.csv && echo whole

    Check exported files against their receipts, without a network: bytes, digest and rows. The exit code is 0 where all
    are as they were written, 5 where one is not, and 2 where one has no receipt.
    """
    from nxcdr.output.files import cannot_read
    from nxcdr.output.receipt import verify as check

    bad, unknown = 0, list[UsageError]()
    for path in paths:
        try:
            verdict = check(path)
        except UsageError as error:
            unknown.append(error)
        except OSError as error:
            raise cannot_read(path, error) from error
        else:
            if verdict.faults:
                bad += 1
                console.warn(f"{path}: {'; '.join(verdict.faults)}")
            else:
                console.note(f"{path}: as it was written, {verdict.rows:,} rows")
    if not bad and len(unknown) == 1:
        raise unknown[0]
    for unchecked in unknown:
        console.warn(unchecked.message)
    if bad:
        raise UntrustedAnswerError(
            f"{bad} of {len(paths)} files are not what was written"
            if len(paths) > 1
            else "the file is not what was written",
            "Export again with --overwrite.",
        )
    if unknown:
        raise UsageError(f"{len(unknown)} of {len(paths)} files can't be checked", unknown[0].hint)
