"""What the config commands take in: the environment's say, answers on a terminal, a line on stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from nxcdr.cli.console import console
from nxcdr.errors import SettingsError, UsageError
from nxcdr.settings import KEYS, ConfigFile, Secret, location, oddity, profile_name

_LONGEST_LINE = 1 << 16


def config_path() -> Path:
    """Where the configuration file is or would be.

    Raises:
        SettingsError: There is no place for it.
    """
    path = location(os.environ)
    if path is None:
        raise SettingsError(
            "there is no place for the configuration file: HOME is not set", "Set NXCDR_CONFIG to a path."
        )
    return path


def usual_profile(file: ConfigFile) -> str | None:
    """The profile that is used when no flag names one; None where nothing tells which."""
    try:
        return profile_name(None, os.environ, file)[0]
    except SettingsError:
        return None


def overriding(keys: Iterable[str]) -> list[str]:
    """The environment variables that are set and go before the file's values of these keys."""
    known = (KEYS[key] for key in keys)
    return [key.variable for key in known if key.in_environment and os.environ.get(key.variable)]


def on_terminal() -> bool:
    """Whether there is someone to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str, *, default: str | None = None, check: Callable[[str], object] | None = None) -> str:
    """Ask on the terminal until the answer is accepted.

    Args:
        question: What to ask.
        default: What Enter means; None where something must be typed.
        check: Raises SettingsError when an answer can't be used; then it is asked again.

    Raises:
        UsageError: There was no answer.
    """
    shown = question if default is None else f"{question} [{default}]"
    while True:
        # Not by input(), which would put the question on stdout, among what a script reads.
        typer.echo(f"{shown}: ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise _no_answer()
        answer = line.strip() or default
        try:
            if answer is not None and check:
                check(answer)
        except SettingsError as error:
            console.warn(" ".join(filter(None, [error.message, error.hint])))
        else:
            if answer is not None:
                return answer


def ask_secret(question: str, *, may_keep: bool = False) -> str:
    """Ask on the terminal without showing what is typed.

    Args:
        question: What to ask.
        may_keep: Whether Enter keeps what there is; then the answer is empty.

    Raises:
        UsageError: There was no answer.
    """
    import getpass

    how = "not shown; Enter keeps it" if may_keep else "not shown"
    answer = ""
    while not answer:
        try:
            answer = getpass.getpass(f"{question} ({how}): ")
        except EOFError:
            raise _no_answer() from None
        if may_keep:
            break
    _warn_if_odd(answer)
    return answer


def read_line(key: str) -> str:
    """The one line on stdin, without its end.

    Raises:
        SettingsError: There is none, or more.
    """
    try:
        text = sys.stdin.read(_LONGEST_LINE) if sys.stdin is not None else ""
    except UnicodeDecodeError:
        raise SettingsError(f"{key} on stdin is not valid text", "Send UTF-8.") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\n" in text:
        raise SettingsError(
            f"{key} must be one line on stdin, and there is {'more than one' if text else 'none'}",
            f"Send the value alone: … | nxcdr config set {key}",
        )
    if key in KEYS and KEYS[key].secret:
        _warn_if_odd(text)
    return text


def _warn_if_odd(secret: str) -> None:
    if found := oddity(Secret(secret)):
        console.warn(f"the secret is kept as given, but {found}")


def _no_answer() -> UsageError:
    return UsageError("there was no answer", "Nothing was changed.")
