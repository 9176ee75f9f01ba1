"""The program's commands. A command is one module in this package, and one line here; it is imported when it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer

from nxcdr.cli.help import Command, Group


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is, and what it does.

    Attributes:
        module: Its module in this package.
        function: The function in it; or, for a group of commands, its Typer application.
        summary: What it does, in one line.
        kind: The class in its module of a command that has its own; else empty.
    """

    module: str
    function: str
    summary: str
    kind: str = ""

    def load(self, name: str) -> Any:
        """Import the command, ready to run under a name."""
        module = import_module(f"nxcdr.cli.{self.module}")
        found = getattr(module, self.function)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name, cls=getattr(module, self.kind) if self.kind else Command)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name, command.short_help = name, self.summary
        return command


COMMANDS = {
    "query": Entry("query", "query", "Show calls in the terminal.", "QueryCommand"),
    "export": Entry("export", "export", "Export calls to files."),
    "range": Entry("range_command", "show_range", "Explain a range phrase."),
    "stats": Entry("stats", "stats", "Summarize calls."),
    "verify": Entry("verify", "verify", "Check exported files against their receipts."),
    "reconcile": Entry("reconcile", "reconcile", "Compare exported files with the server."),
    "status": Entry("status", "status", "Show missing and damaged files."),
    "fields": Entry("fields", "show_fields", "List the record's fields."),
    "config": Entry("config", "app", "Manage profiles and credentials."),
    "sandbox": Entry("sandbox", "sandbox", "Serve a local test API."),
    "help": Entry("help_command", "show_help", "Show help for a command."),
}


class _Commands(Mapping[str, Any]):
    """The commands by name, each imported when it is first looked up."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = COMMANDS[name].load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Program(Group):
    """The whole program; its help imports none of the commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is added to it

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write what each command is for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])
