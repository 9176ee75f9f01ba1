"""Which commands there are and where each lives: its module is imported when it is run, and not before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

from nxcdr.cli.coercion import without_pydantic
from nxcdr.cli.help import Command, Group


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is.

    Attributes:
        module: Its module in this package.
        function: The function in it; or, for commands of commands, its Typer application.
        summary: What it does, in one line.
        kind: The class of a command that has its own in its module.
    """

    module: str
    function: str
    summary: str
    kind: str = ""

    def load(self, name: str) -> Any:
        """The command, ready to run under a name."""
        module = import_module(f"nxcdr.cli.{self.module}")
        found = getattr(module, self.function)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name, cls=getattr(module, self.kind) if self.kind else Command)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name, command.short_help = name, self.summary
        return command


PLACES = {
    "query": Place("query", "query", "Show calls in the terminal.", "QueryCommand"),
    "export": Place("export", "export", "Write every call of a range to files."),
    "range": Place("range_", "range_", "Show how a range phrase is understood."),
    "stats": Place("stats", "stats", "Totals, by hour, agent, direction."),
    "verify": Place("verify", "verify", "Check exported files against their receipts."),
    "reconcile": Place("reconcile", "reconcile", "Fetch exported files' calls again, and compare."),
    "status": Place("status", "status", "Show which files of an archive are missing or damaged."),
    "sandbox": Place("sandbox", "sandbox", "Serve a local stand-in of the API."),
    "config": Place("config", "app", "Set up profiles and credentials, and check them."),
}


class _Commands(Mapping[str, Any]):
    """The commands by name, each loaded when it is first looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = PLACES[name].load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class Program(Group):
    """All commands of the program; its help loads none of them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing adds to it

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command, loaded when it is named."""
        found = super().get_command(ctx, cmd_name)
        return None if found is None else without_pydantic(found, ctx)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write what each command is for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in PLACES.items()])
