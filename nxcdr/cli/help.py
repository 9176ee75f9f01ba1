"""How help reads: examples first, then usage, what the command does, and its options."""

from __future__ import annotations

import inspect
from typing import Any

from typer.core import TyperCommand, TyperGroup

from nxcdr.cli.parameters import converting

_HEADING = "Examples"


def examples_and_text(docstring: str) -> tuple[tuple[str, ...], str]:
    """Split a command's docstring.

    Args:
        docstring: ``Examples:``, a blank line, the examples, indented, a blank line, and paragraphs.

    Returns:
        The examples, and the paragraphs.
    """
    text = inspect.cleandoc(docstring)
    heading, _, rest = text.partition("\n\n")
    if heading != f"{_HEADING}:":
        return (), text
    examples, _, paragraphs = rest.partition("\n\n")
    return tuple(line.strip() for line in examples.splitlines()), paragraphs


class _Helpful:
    """What commands and groups of commands have in common."""

    def __init__(self, *args: Any, params: Any = (), **given: Any) -> None:
        super().__init__(*args, params=converting(params or ()), **given)  # type: ignore[call-arg]  # Typer's classes
        self._help: list[Any] = []

    def get_help_option(self: Any, ctx: Any) -> Any:
        """Return the option --help, always the same one."""
        if not self._help:
            self._help = converting([super().get_help_option(ctx)])  # type: ignore[misc]  # of Typer's classes
        return self._help[0]

    def format_help(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the help, examples first."""
        examples, text = examples_and_text(self.help or "")
        if examples:
            with formatter.section(_HEADING):
                formatter.write("".join(f"{'':{formatter.current_indent}}{line}\n" for line in examples))
            formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(text)
        self.format_options(ctx, formatter)

    def collect_usage_pieces(self: Any, ctx: Any) -> list[str]:
        """Return the usage as manual pages write it: ``KEY [VALUE]``, ``FILE...``."""
        arguments = [param for param in self.get_params(ctx) if param.param_type_name == "argument"]
        command = ["COMMAND"] if isinstance(self, TyperGroup) else []
        return ["[OPTIONS]", *map(_argument, arguments), *command]

    def format_options(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the arguments and options, each with its help."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for param in self.get_params(ctx):
            if param.param_type_name == "argument":
                sections["Arguments"].append((_argument(param), param.help))
            elif record := param.get_help_record(ctx):
                sections["Options"].append(record)
        for heading, rows in sections.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        if isinstance(self, TyperGroup):
            self.format_commands(ctx, formatter)


def _argument(param: Any) -> str:
    name = str(param.metavar or param.name.upper()).removesuffix("...")
    return f"{name if param.required else f'[{name}]'}{'...' if param.nargs != 1 else ''}"


class Command(_Helpful, TyperCommand):
    """A command whose help begins with examples."""


class Group(_Helpful, TyperGroup):
    """A group of commands whose help begins with examples, and is shown if no command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; none mean ``--help``."""
        return super().parse_args(ctx, args or ["--help"])
