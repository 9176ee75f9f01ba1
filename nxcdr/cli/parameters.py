"""Options and arguments that convert their values themselves.

Typer would import pydantic to do it, which takes longer than all else that a command does before its first request.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, get_args

import typer
from typer.core import TyperArgument, TyperOption

from nxcdr.cli.suggestions import suggested
from nxcdr.errors import UsageError

_SHARED = (
    "type_descriptor",
    "required",
    "default",
    "callback",
    "metavar",
    "expose_value",
    "is_eager",
    "help",
    "hidden",
)
_NUMBERS = {int: "a whole number", float: "a number"}


class _Converting:
    """What options and arguments have in common."""

    def process_value(self: Any, ctx: Any, value: Any) -> Any:
        """Convert the words that were given, check that something was if it must be, and call the callback."""
        annotation = self.type_descriptor.annotation
        kind = next(iter(get_args(annotation)), annotation)  # of list[str]: str
        try:
            if isinstance(value, (list, tuple)):
                value = [_converted(word, kind) for word in value]
            elif isinstance(value, str):
                value = _within(_converted(value, kind), self.min, self.max)
        except ValueError:
            raise _rejected(f"{_name(self)} must be {_allowed(self, kind)}, not {value!r}", ctx) from None
        if self.required and self.value_is_missing(value):
            raise _rejected(f"Missing argument '{_name(self)}'", ctx)
        return self.callback(ctx, self, value) if self.callback else value


class Option(_Converting, TyperOption):
    """An option."""


class Argument(_Converting, TyperArgument):
    """An argument."""


def converting(params: Iterable[Any]) -> list[Any]:
    """Return the same options and arguments, but converting their values themselves."""
    return [_option(param) if isinstance(param, TyperOption) else _argument(param) for param in params]


def _option(param: TyperOption) -> Option:
    *names, last = param.opts
    return Option(
        param_decls=[param.name, *names, "/".join([last, *param.secondary_opts])],
        show_default=param.show_default,
        is_flag=param.is_flag,
        multiple=param.multiple,
        count=param.count,
        min=param.min,
        max=param.max,
        **{name: getattr(param, name) for name in _SHARED},
    )


def _argument(param: TyperArgument) -> Argument:
    return Argument(param_decls=[param.name], nargs=param.nargs, **{name: getattr(param, name) for name in _SHARED})


def _converted(word: str, kind: Any) -> Any:
    if kind in _NUMBERS and not (word.isascii() and "_" not in word):
        raise ValueError
    return word if kind is str else kind(word)


def _within(value: Any, least: float | None, most: float | None) -> Any:
    if (least is not None and not value >= least) or (most is not None and not value <= most):  # nan is neither
        raise ValueError
    return value


def _allowed(param: Any, kind: Any) -> str:
    if issubclass(kind, Enum):
        return "one of " + ", ".join(str(choice.value) for choice in kind)
    if param.min is None:
        return _NUMBERS[kind]
    return f"{_NUMBERS[kind]} " + (
        f"of at least {param.min}" if param.max is None else f"from {param.min} to {param.max}"
    )


def _name(param: Any) -> str:
    return str(max(param.opts, key=len) if isinstance(param, TyperOption) else param.metavar or param.name.upper())


def usage_error(error: typer.TyperException, command: str) -> UsageError:
    """Return Typer's complaint about a command line as an error of ours, with a suggestion for an unknown option.

    Args:
        error: The complaint; not each of them knows its context.
        command: The first command among the arguments; empty if there is none.
    """
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else f"nxcdr {command}".strip()
    if not hasattr(error, "possibilities"):
        return UsageError(error.format_message(), f"Try: {path} --help")
    found = suggested(getattr(error, "option_name", ""), _long_options(ctx) if ctx else {})
    meant = f"Did you mean {' or '.join(found)}? " if found else ""
    return UsageError(error.message, f"{meant}Try: {path} --help")


def _long_options(ctx: typer.Context) -> dict[str, list[str]]:
    """Return the long options of a context's command, each with the words it takes, if these are known."""
    return {
        name: [str(choice) for choice in param.type_descriptor.choices or ()]
        for param in ctx.command.get_params(ctx)
        if isinstance(param, TyperOption) and not param.hidden
        for name in param.opts
        if name.startswith("--")
    }


def _rejected(message: str, ctx: Any) -> UsageError:
    return UsageError(message, f"Try: {ctx.command_path} --help")
