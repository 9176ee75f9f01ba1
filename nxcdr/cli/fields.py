# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr fields``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from nxcdr.api.fields import FIELDS
from nxcdr.cli.console import write_text
from nxcdr.cli.options import Quiet, Verbose

_COLUMNS = ("name", "type", "unit", "meaning")


def show_fields(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr fields
      nxcdr fields --json
      nxcdr fields | cut -f 1

    List the fields of a call record: name, type, unit and meaning, as exported without --raw.
    """
    rows = [(field.name, field.kind.type, field.kind.unit, field.meaning) for field in FIELDS]
    if as_json:
        write_text(json.dumps([dict(zip(_COLUMNS, row, strict=True)) for row in rows], indent=2) + "\n")
    elif sys.stdout.isatty():
        write_text(_table(rows))
    else:
        write_text("".join("\t".join(row) + "\n" for row in (_COLUMNS, *rows)))


def _table(rows: Sequence[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table

    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
