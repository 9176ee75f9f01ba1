#!/usr/bin/env python3
"""Write the completions for bash, zsh and fish, and the manual page, from the program's own commands.

    python completions/generate.py [FOLDER]

writes nxcdr.bash, _nxcdr, nxcdr.fish and nxcdr.1 into this file's folder, or into FOLDER. The words come from the
commands, options, fields, settings and phrases of the installed nxcdr; the code is in templates/.
"""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import typer

from nxcdr import __version__
from nxcdr.api.fields import FIELDS
from nxcdr.cli.app import app
from nxcdr.cli.commands import COMMANDS
from nxcdr.cli.config import DEFAULT_PROFILE_KEY
from nxcdr.cli.help import examples_and_text
from nxcdr.errors import RangeError
from nxcdr.settings import KEYS, REGIONS
from nxcdr.settings.keys import ALGORITHMS
from nxcdr.timerange import GRAMMAR, parse_range, zone_named

HERE = Path(__file__).parent

# The kind of a value, by its name in the help. Choices and paths are known by their types; anything else is free.
KINDS = {
    "RANGE": "<phrase>",
    "PHRASE": "<phrase>",
    "A,B,C": "<columns>",
    "FIELD": "<columns>",
    "NAME": "<profile>",
    "ZONE": "<zone>",
    "KEY": "<key>",
    "VALUE": "<value>",
    "PATH": "<file>",
    "FILE...": "<file>",
    "COMMAND": ",".join(COMMANDS),
}
# The values of settings, where they are known.
SETTING_VALUES = {
    "region": ",".join(REGIONS),
    "algorithm": ",".join(ALGORITHMS),
    "timezone": "<zone>",
    "ca_bundle": "<file>",
    DEFAULT_PROFILE_KEY: "<profile>",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option or an argument.

    Attributes:
        names: An option's names, the short one first; empty for an argument.
        metavar: The name of its value; empty for a flag.
        takes: Its value: ``<kind>``, or the choices, comma-separated; empty for a flag.
        needs_value: Whether an option must have a value.
        required: Whether it must be given.
        repeats: Whether it can be given more than once.
        default: Its default value; empty if it has none, or the help names it.
        help: One sentence, without its full stop.
    """

    names: tuple[str, ...]
    metavar: str
    takes: str
    needs_value: bool
    required: bool
    repeats: bool
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command."""

    path: str
    summary: str
    examples: tuple[str, ...]
    text: str
    options: tuple[Parameter, ...]
    arguments: tuple[Parameter, ...]
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """Its last word."""
        return self.path.rpartition(" ")[2]

    def walk(self) -> Iterator[Command]:
        """Yield this command and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()


def program() -> Command:
    """Return the program's commands, from the Typer application."""
    return _command(typer.main.get_command(app), "nxcdr", None)


def _command(command: Any, path: str, parent: typer.Context | None) -> Command:
    context = typer.Context(command, info_name=path.rpartition(" ")[2], parent=parent, **command.context_settings)
    examples, text = examples_and_text(command.help or "")
    parameters = [_parameter(each) for each in command.get_params(context) if not getattr(each, "hidden", False)]
    return Command(
        path=path,
        summary=(command.short_help or text.partition("\n\n")[0]).removesuffix("."),
        examples=examples,
        text=text,
        options=tuple(each for each in parameters if each.names),
        arguments=tuple(each for each in parameters if not each.names),
        commands=tuple(
            _command(each, f"{path} {name}", context)
            for name, each in getattr(command, "commands", {}).items()
            if not each.hidden
        ),
    )


def _parameter(parameter: Any) -> Parameter:
    option = parameter.param_type_name == "option"
    names = (*parameter.opts, *parameter.secondary_opts) if option else ()
    annotation = parameter.type_descriptor.annotation
    if get_origin(annotation) is list:
        annotation = get_args(annotation)[0]
    metavar = "" if getattr(parameter, "is_flag", False) or getattr(parameter, "count", False) else parameter.metavar
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        takes = ",".join(str(choice.value) for choice in annotation)
    else:
        takes = "" if metavar == "" else KINDS.get(str(metavar).strip("[]"), "<any>")
    default = parameter.default
    return Parameter(
        names=tuple(sorted(names, key=len)),
        metavar=""
        if metavar == ""
        else str(metavar or max(names, key=len).strip("-").upper()).removesuffix("...").strip("[]"),
        takes=takes,
        needs_value=bool(takes) and not str(metavar).startswith("["),
        required=parameter.required,
        repeats=bool(getattr(parameter, "count", False) or parameter.multiple or parameter.nargs == -1),
        default=str(getattr(default, "value", default)) if takes and default is not None else "",
        help=(getattr(parameter, "help", None) or "").removesuffix("."),
    )


def phrases() -> list[str]:
    """Return the grammar's phrases that are the same every day: without dates and without shorthand."""
    now, zone = datetime(2023, 7, 27, 12, tzinfo=UTC), zone_named("UTC")
    found: dict[str, None] = {}
    for phrase in re.split(r",|\n| {2,}|\([^)]*\)", GRAMMAR):
        said = phrase.strip()
        if re.fullmatch(r"(last |past )?(\d+ [a-z]+s|[a-z]+)( [a-z]+)*", said):
            try:
                parse_range(said, now=now, zone=zone)
            except RangeError:
                continue
            found[said] = None
    return list(found)


def common_words() -> dict[str, list[tuple[str, str]]]:
    """Return the words that every command offers, each with its meaning."""
    return {
        "PHRASES": [(phrase, "") for phrase in phrases()],
        "COLUMNS": [*((field.name, field.meaning) for field in FIELDS), ("all", "every field")],
        "KEYS": [
            *((key.name, key.allowed) for key in KEYS.values()),
            (DEFAULT_PROFILE_KEY, "the profile used when none is named"),
        ],
    }


def _coded(option: Parameter) -> str:
    """Encode an option for bash and fish: ``-f|--format=table,json``, ``--from=<phrase>``, ``-v|--verbose+``."""
    return "|".join(option.names) + "+" * option.repeats + (f"={option.takes}" if option.needs_value else "")


def _lists(command: Command) -> dict[str, list[tuple[str, str]]]:
    """Return what bash and fish know of a command, each word with its meaning."""
    return {
        "options": [(_coded(option), option.help) for option in command.options],
        "commands": [(each.name, each.summary) for each in command.commands],
        "arguments": [(each.takes + "+" * each.repeats, "") for each in command.arguments],
    }


def bash() -> dict[str, str]:
    """Return the values for templates/nxcdr.bash."""

    def branch(command: Command) -> Iterator[str]:
        yield f"        {shlex.quote(command.path)})"
        for name, items in _lists(command).items():
            yield f"            {name}={shlex.quote(' '.join(word for word, _ in items))}"
        yield "            ;;"

    return {
        "COMMANDS": _lines(line for command in program().walk() for line in branch(command)),
        "SETTINGS": _lines(f"        {key}) takes='{takes}' ;;" for key, takes in SETTING_VALUES.items()),
        **{name: _continued(shlex.quote(word) for word, _ in words) for name, words in common_words().items()},
    }


def fish() -> dict[str, str]:
    """Return the values for templates/nxcdr.fish."""

    def word(text: str, meaning: str) -> str:
        """Quote a word for fish: text, tab, meaning."""
        quoted = ["'" + part.replace("\\", "\\\\").replace("'", "\\'") + "'" for part in (text, meaning) if part]
        return "\\t".join(quoted)

    def branch(command: Command) -> Iterator[str]:
        yield f"        case {shlex.quote(command.path)}"
        for name, items in _lists(command).items():
            yield f"            set {name}" + "".join(f" \\\n                {word(*item)}" for item in items)

    return {
        "COMMANDS": _lines(line for command in program().walk() for line in branch(command)),
        "SETTINGS": _lines(f"        case {key}\n            echo '{takes}'" for key, takes in SETTING_VALUES.items()),
        **{name: _continued(word(*each) for each in words) for name, words in common_words().items()},
    }


def zsh() -> dict[str, str]:
    """Return the values for templates/_nxcdr."""

    def text(plain: str) -> str:
        return re.sub(r"([\\:\[\]])", r"\\\1", plain)

    def action(takes: str) -> str:
        if not takes.startswith("<"):
            return f"({takes.replace(',', ' ')})"
        # The space: the function is called without further arguments.
        return " " if takes == "<any>" else f" _nxcdr_{takes[1:-1]}"

    def option(each: Parameter) -> Iterator[str]:
        for name in each.names:
            others = "*" if each.repeats else f"({' '.join(each.names)})"
            glue = ("=" if name.startswith("--") else "+") + "-" * (not each.needs_value) if each.takes else ""
            value = ":" * (not each.needs_value) + f":{text(each.metavar)}:{action(each.takes)}" if each.takes else ""
            yield f"{others}{name}{glue}[{text(each.help)}]{value}"

    def argument(each: Parameter) -> str:
        if each.repeats and each.takes.startswith("<"):  # the function gets the arguments before
            return f"*:{text(each.metavar)}:{action(each.takes)} ${{(Q)line[1,-2]}}"
        return f"{'*' * each.repeats}:{text(each.metavar)}:{action(each.takes)}"

    def branch(command: Command) -> Iterator[str]:
        yield f"        {shlex.quote(command.path)})"
        yield "            specs=("
        specifications = [
            *(spec for each in command.options for spec in option(each)),
            *map(argument, command.arguments),
        ]
        yield from (f"                {shlex.quote(spec)}" for spec in specifications)
        yield "            )"
        yield "            commands=("
        yield from (f"                {shlex.quote(f'{each.name}:{text(each.summary)}')}" for each in command.commands)
        yield "            )"
        yield "            ;;"

    def setting(takes: str) -> str:
        return (
            action(takes).strip()
            if takes.startswith("<")
            else f"_wanted values expl value compadd -- {action(takes)[1:-1]}"
        )

    words = common_words()
    return {
        "COMMANDS": _lines(line for command in program().walk() for line in branch(command)),
        "SETTINGS": _lines(f"        {key}) {setting(takes)} ;;" for key, takes in SETTING_VALUES.items()),
        "PHRASES": _lines(f"        {shlex.quote(word)}" for word, _ in words["PHRASES"]),
        "COLUMNS": _lines(f"        {shlex.quote(f'{word}[{text(meaning)}]')}" for word, meaning in words["COLUMNS"]),
        "KEYS": _lines(f"        {shlex.quote(f'{word}:{text(meaning)}')}" for word, meaning in words["KEYS"]),
    }


def manual() -> dict[str, str]:
    """Return the values for templates/nxcdr.1."""

    def plain(text: str) -> str:
        """Escape text for roff: dashes can be copied, and no line is a request by accident."""
        return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"), flags=re.MULTILINE)

    def wrapped(text: str) -> str:
        return textwrap.fill(plain(text), 78, break_long_words=False, break_on_hyphens=False)

    def sentence(text: str) -> str:
        return wrapped(f"{text[0].upper()}{text[1:]}.")

    def example(lines: Iterable[str]) -> str:
        return f".PP\n.EX\n{plain(_lines(lines))}\n.EE"

    def option(each: Parameter) -> str:
        names = ", ".join(f"\\fB{plain(name)}\\fR" for name in each.names)
        metavar = each.metavar if each.needs_value else f"[{each.metavar}]"
        value = f" \\fI{plain(metavar)}\\fR" if each.takes else ""
        choices = "" if not each.takes or each.takes.startswith("<") else f". One of {each.takes.replace(',', ', ')}"
        default = f" (default {each.default})" if each.default else ""
        return f".TP\n{names}{value}\n{sentence(each.help + choices + default)}"

    def usage(command: Command) -> str:
        words = [
            (each.metavar if each.required else f"[{each.metavar}]") + "..." * each.repeats
            for each in command.arguments
        ]
        return f"\\fB{plain(command.path)}\\fR [\\fIoptions\\fR]" + "".join(f" \\fI{plain(word)}\\fR" for word in words)

    def section(command: Command) -> Iterator[str]:
        yield f".SS {usage(command)}"
        yield "\n.PP\n".join(map(wrapped, command.text.split("\n\n")))
        if command.examples:
            yield example(command.examples)
        yield from (option(each) for each in command.options if each.names[-1] not in shared)

    shared = {each.names[-1] for each in program().options}
    commands = [each for each in program().walk() if not each.commands]
    opening, grammar, closing = GRAMMAR.strip().split("\n\n")
    variables = [key for key in KEYS.values() if key.in_environment]
    return {
        "VERSION": __version__,
        "SYNOPSIS": "\n.br\n".join(map(usage, commands)),
        "EXAMPLES": example(program().examples),
        "OPTIONS": _lines(map(option, program().options)),
        "COMMANDS": _lines(line for command in commands for line in section(command)),
        "RANGES": f"{wrapped(opening)}\n{example(grammar.splitlines())}\n.PP\n{wrapped(closing)}",
        "SETTINGS": _lines(
            f".TP\n.B {key.name}\n{wrapped(f'{key.allowed[0].upper()}{key.allowed[1:]}.')}" for key in KEYS.values()
        ),
        "ENVIRONMENT": _lines(f".TP\n.B {key.variable}\nThe setting {key.name}." for key in variables),
    }


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _continued(words: Iterable[str]) -> str:
    """Join words to one shell command, one a line."""
    return " \\\n".join(f"        {word}" for word in words)


def main(folder: Path = HERE) -> None:
    """Write the four files into a folder."""
    for name, values in {"nxcdr.bash": bash(), "_nxcdr": zsh(), "nxcdr.fish": fish(), "nxcdr.1": manual()}.items():
        text = (HERE / "templates" / name).read_text(encoding="utf-8")
        for marker, value in values.items():
            text = text.replace(f"@{marker}@", value)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
