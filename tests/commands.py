"""The program's commands as their help tells them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer


def every_command(app: typer.Typer) -> Iterator[tuple[str, list[str]]]:
    """Each command's words, ``nxcdr config show``, with the long names of its options."""
    yield from _walk("nxcdr", typer.main.get_command(app))


def _walk(path: str, command: Any) -> Iterator[tuple[str, list[str]]]:
    yield (
        path,
        [
            name
            for param in command.params
            if not getattr(param, "hidden", False)
            for name in param.opts
            if name.startswith("--")
        ],
    )
    for name, below in getattr(command, "commands", {}).items():
        yield from _walk(f"{path} {name}", below)
