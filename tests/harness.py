"""What whole-program tests share: calls, the program's outcome, and reading files back."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nxcdr.sandbox import Sandbox, dense_calls

DAY = "2023-07-27"
ZONE = "Asia/Hong_Kong"
START, END = 1690387200, 1690473600  # of DAY in ZONE

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the program ended with."""

    code: int
    out: str
    err: str


class Program(Protocol):
    """Runs the program with these arguments, in this process, and at another time if it is given a clock."""

    def __call__(self, *argv: str | Path, clock: Callable[[], float] = ...) -> Outcome: ...


class Serve(Protocol):
    """Starts a sandbox with these calls that misbehaves so, and points the program at it."""

    def __call__(self, calls: Iterable[Call] = (), **misbehaviour: Any) -> Sandbox: ...


def some_calls(count: int, start: int = START, end: int = END, *, seed: int = 7) -> list[Call]:
    """Calls all over a period, by default a day."""
    return dense_calls(count, start, end, seed)


def in_order(calls: Iterable[Call]) -> list[Call]:
    """The calls in the order that an export promises."""
    return sorted(
        calls,
        key=lambda call: (
            call["startTime"],
            json.dumps(call, separators=(",", ":"), ensure_ascii=False).encode(),
        ),
    )


def text_of(path: Path) -> str:
    """A file's text, unpacked."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8-sig")


def json_lines_of(path: Path) -> list[Call]:
    """A JSON lines file's records."""
    return [json.loads(line) for line in text_of(path).split("\n")[:-1]]


def csv_rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    return list(csv.DictReader(text_of(path).splitlines(keepends=True)))


def left_in(folder: Path) -> list[str]:
    """The names in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())
