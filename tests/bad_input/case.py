"""A case of bad input, and the expected error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

DAY = "2023-07-27"
ASK = ("query", DAY, "--format", "json")
SAVE = ("export", DAY, "-o", "calls.csv")


@dataclass(frozen=True, slots=True)
class Case:
    """One bad input.

    Attributes:
        name: What is bad.
        argv: The arguments.
        code: The exit code.
        wrong: Stands in the error's first line: what is wrong.
        remedy: Stands in its last line: what to do.
        env: Environment variables; an empty one is unset.
        config: The configuration file's content; None for no file.
        mode: The configuration file's.
        files: Files that are there already.
        folders: Folders that are there already.
        answer: What the server answers, byte for byte, whatever it is asked; None for no server.
        then: What it sends after that, perhaps without end.
        stdin: What is sent to stdin.
    """

    name: str
    argv: tuple[str, ...]
    code: int
    wrong: str
    remedy: str
    env: Mapping[str, str] = field(default_factory=dict)
    config: str | bytes | None = None
    mode: int = 0o600
    files: Mapping[str, bytes] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    answer: bytes | None = None
    then: Callable[[], Iterable[bytes]] = tuple
    stdin: str = ""


def option(name: str, *argv: str, wrong: str, remedy: str = "Try: nxcdr", code: int = 2) -> Case:
    return Case(f"option: {name}", argv, code, wrong, remedy)


def phrase(text: str, wrong: str, remedy: str) -> Case:
    return Case(f"phrase: {text[:20]}", ("export", "-o", "calls.csv", "--tz", "Asia/Hong_Kong", text), 2, wrong, remedy)
