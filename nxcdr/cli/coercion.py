"""Option values without pydantic, which Typer loads to make a text of a text.

That takes longer than all else that a command does before it asks for its first page, and 12 MB. Values that Typer
would leave as they are, and plain numbers and choices, are taken here; anything else, and all that is wrong, goes
Typer's way. Should a Typer to come do this otherwise, nothing here applies to it, and everything goes its way.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import typer

_NUMBER = {int: re.compile(r"-?[0-9]{1,18}", re.ASCII), float: re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)}


class _Plainly:
    """Stands in for Typer's coercion of one parameter."""

    def __init__(self, annotation: Any) -> None:
        self._annotation = annotation

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The parameter's value, from what was given or is its default."""
        wanted = self._annotation
        if value is None and not param.multiple and param.nargs != -1:
            return None
        if wanted == list[str] and isinstance(value, (list, tuple)) and all(type(word) is str for word in value):
            return list(value)
        if isinstance(wanted, type):
            if type(value) is wanted:
                return value
            if type(value) is str and wanted in _NUMBER and _NUMBER[wanted].fullmatch(value):
                return wanted(value)
            if type(value) is str and issubclass(wanted, Enum) and value in {choice.value for choice in wanted}:
                return wanted(value)
        param._runtime_param = None  # noqa: SLF001 - its own place, and Typer fills it
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def without_pydantic(command: Any, parent: typer.Context | None = None) -> Any:
    """The command, and all below it, with its plain parameters taken here.

    Args:
        command: As `typer.main.get_command` made it.
        parent: The context of the command above it.
    """
    context = typer.Context(command, parent=parent, **command.context_settings)
    for param in command.get_params(context):  # with --help, which is made by being asked for
        descriptor: Any = getattr(param, "type_descriptor", None)
        info = getattr(descriptor, "parameter_info", None)
        if getattr(param, "_runtime_param", info) is None and info is not None and not _is_special(info):
            param._runtime_param = _Plainly(descriptor.annotation)  # noqa: SLF001 - as above
    commands = getattr(command, "commands", {})
    for below in commands.values() if isinstance(commands, dict) else ():  # others are loaded when they are named
        without_pydantic(below, context)
    return command


def _is_special(info: Any) -> bool:
    """Whether Typer has been told more than the type."""
    return any(getattr(info, name, None) is not None for name in ("min", "max", "parser", "click_type", "formats"))
