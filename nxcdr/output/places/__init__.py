"""The places that files go to: a folder of this machine, and whatever fsspec has a URL for.

A place is a file under its name, there or not. To add a kind, write a module here with a class that has what `Place`
says and these three functions, and name it in `_KINDS`: everything that reads and writes files follows. ::

    def places(template: str) -> Callable[[str], Place | None]: ...  # the places of a template's files, to be written
    def reader() -> Callable[[str], Place]: ...  # from names to the places of files that are to be read
    def names(pattern: str) -> list[str]: ...  # of the files there, as glob.glob
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from nxcdr.errors import OutputError

_KINDS = ((re.compile(r"[\w+.:-]+://"), "remote"), (re.compile(""), "local"))
"""How the names of each kind begin, and its module here; the first that fits."""
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):(?:[^/]*|(?!\d+/).*)@")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there.

    Attributes:
        size: In bytes.
        modified: When it was written; None where the store does not tell.
    """

    size: int
    modified: datetime | None


class Place(Protocol):
    """A file under its name, there or not.

    What a store reports is raised as OutputError, what this machine reports as OSError.
    """

    @property
    def name(self) -> str:
        """What to call it; without a password."""

    @property
    def work(self) -> Path:
        """The file of this machine that keeps unfinished work on it, the same in each run."""

    @property
    def receipt(self) -> Place:
        """Where its receipt lies."""

    def beside(self, addition: str) -> Place:
        """The place of the same name with an addition."""

    def found(self) -> Found | None:
        """Look whether it is there."""

    def digest(self) -> str:
        """Its SHA-256 in hexadecimal; empty where all of it would have to be fetched for that."""

    def fetched(self) -> AbstractContextManager[Path]:
        """Its content, as a file of this machine for as long as the context lasts.

        Raises:
            FileNotFoundError: It is not there, now or when it is opened.
        """

    def check(self) -> None:
        """Find out before the first request whether it can be written.

        Raises:
            OutputError: Its folder or bucket is missing, or can't be written to, or the name is too long.
        """

    def make_folders(self) -> None:
        """Make the folders that are needed to begin."""

    def publish(self, content: Path | None, receipt: Path | None) -> None:
        """Publish a whole, synced file and its receipt. Nobody finds a file with the receipt of another.

        Args:
            content: The new file, which is moved; None to leave the existing one.
            receipt: The new receipt, which is moved; None: an old receipt is deleted if the content is replaced.
        """

    def keep(self, kept: Any, content: Path) -> None:
        """Give the file another name beside its own.

        Args:
            kept: The other name, as `beside` gave it.
            content: Its content, as `fetched` gave it.
        """

    def cannot_write(self, error: OSError, *, kept: bool) -> OutputError:
        """The error for work on it that failed on this machine; `kept` says whether it can be resumed."""


def places(template: str) -> Callable[[str], Place | None]:
    """A function from the names that a template is filled in with to their places; None for what only takes a stream.

    Raises:
        UsageError: What is needed for this kind is not installed.
        OutputError: A name can't be a file's, or the store can't be reached.
    """
    found: Callable[[str], Place | None] = _kind(template).places(template)
    return found


def existing(files: Iterable[str]) -> Iterator[Place]:
    """The places of files that are to be read, in order; those of one store share a connection.

    Raises:
        UsageError: What is needed for a kind is not installed.
        OutputError: A store can't be reached.
    """
    readers: dict[Any, Callable[[str], Place]] = {}
    for name in files:
        kind = _kind(name)
        if kind not in readers:
            readers[kind] = kind.reader()
        yield readers[kind](name)


def names(pattern: str) -> list[str]:
    """The names of the files there that fit a pattern, as `glob.glob`.

    Raises:
        UsageError: What is needed for this kind is not installed.
        OutputError: The store can't be reached.
    """
    found: list[str] = _kind(pattern).names(pattern)
    return found


def shown(name: str) -> str:
    """A name as it may be shown: a URL without the password."""
    return _PASSWORD.sub(r"\1@", name)


def _kind(name: str) -> Any:
    return import_module(f"{__name__}.{next(module for begin, module in _KINDS if begin.match(name))}")
