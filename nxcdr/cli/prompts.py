"""Questions on the terminal, and a value on stdin."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

from nxcdr.cli.console import console
from nxcdr.errors import SettingsError, UsageError
from nxcdr.settings import Secret, decoded, oddity

_LONGEST_LINE = 1 << 16


def on_terminal() -> bool:
    """Tell whether there is someone to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(question: str, *, default: str | None = None, check: Callable[[str], object] | None = None) -> str:
    """Ask until the answer is accepted.

    Args:
        question: What to ask.
        default: What Enter means; None if something must be typed.
        check: Raises SettingsError if an answer can't be used; then the question is asked again.

    Raises:
        UsageError: There was no answer.
    """
    while True:
        console.ask(f"{question}: " if default is None else f"{question} [{default}]: ")
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
    """Ask without showing what is typed.

    Args:
        question: What to ask.
        may_keep: Whether Enter keeps the present value; then the answer is empty.

    Raises:
        UsageError: There was no answer.
    """
    import getpass

    prompt = f"{question} ({'not shown; Enter keeps it' if may_keep else 'not shown'}): "
    try:
        while not (answer := getpass.getpass(prompt)) and not may_keep:
            pass
        return decoded(os.fsencode(answer))
    except EOFError:
        raise _no_answer() from None
    except UnicodeError:
        raise _not_text(question) from None


def read_line(key: str) -> str:
    """Read the value of a setting from stdin: one line, without its end.

    Raises:
        SettingsError: There is none, or more.
    """
    text = ""
    if isinstance(sys.stdin, io.TextIOWrapper):
        text = decoded(sys.stdin.buffer.read(_LONGEST_LINE))
    elif sys.stdin is not None:
        text = sys.stdin.read(_LONGEST_LINE)
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\n" in text:
        raise SettingsError(
            f"{key} must be one line on stdin, and there is {'more than one' if text else 'none'}",
            f"Send the value alone: … | nxcdr config set {key}",
        )
    return text


def warn_if_odd(secret: Secret) -> None:
    """Warn of what looks wrong with a secret."""
    if found := oddity(secret):
        console.warn(f"the secret is used as given, but {found}")


def _no_answer() -> UsageError:
    return UsageError("there was no answer", "Nothing was changed.")


def _not_text(question: str) -> SettingsError:
    return SettingsError(
        f"{question}: what was typed is not text in this terminal's locale",
        "Use a UTF-8 locale, for example LC_ALL=C.UTF-8.",
    )
