# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr help``."""

from __future__ import annotations

from typing import Annotated

import typer

from nxcdr.cli.options import Quiet, Verbose


def show_help(
    *,
    words: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="The command; all if left out.")] = None,
    context: typer.Context,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr help
      nxcdr help query
      nxcdr help config show

    Show the help of a command, the same as its option --help.
    """
    context.find_root().command.main(args=[*(words or ()), "--help"], prog_name="nxcdr", standalone_mode=False)
