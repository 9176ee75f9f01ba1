"""What SQLite's errors mean here."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nxcdr.errors import InUseError, OutputError

DAMAGED = {sqlite3.SQLITE_CORRUPT}
_OF_ANOTHER_RUN = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_ERRNOS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_NOMEM: errno.ENOMEM,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
_NAME = re.compile(r"^[0-9a-f]*\.|\.nxcdr$")  # what the name of unfinished work has beside the file's own
_FILES = 3  # that SQLite has open for a database
_LOCKS_FAIL = {sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_NOLFS}


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary error code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def errors_of(path: Path | str) -> Iterator[None]:
    """Raise what SQLite reports of a file as what it means here."""
    try:
        yield
    except sqlite3.Error as error:
        extended = getattr(error, "sqlite_errorcode", 0)
        if extended in _LOCKS_FAIL or code_of(error) in _LOCKS_FAIL:
            raise OutputError(
                f"{path} can't be locked: {error}",
                "A network share without locks can't hold unfinished work: write to a local folder and copy the file.",
            ) from error
        name = _NAME.sub("", Path(path).name)
        if code_of(error) == sqlite3.SQLITE_NOTADB or Path(path).is_dir():
            raise OutputError(
                f"{name} can't be written: {path} beside it was not made by nxcdr",
                "Remove it, or choose another place with -o.",
            ) from error
        if code_of(error) in _OF_ANOTHER_RUN:
            raise InUseError(f"another run is writing {name}", "Wait until it is done, or stop it.") from error
        if code_of(error) == sqlite3.SQLITE_CANTOPEN:
            _open_as_sqlite_does(Path(path))
        if (number := _ERRNOS.get(code_of(error))) is not None:
            raise OSError(number, os.strerror(number), str(path)) from error
        raise


def _open_as_sqlite_does(path: Path) -> None:
    """Find out why SQLite, which does not tell, can't open a database, its log, and a file beside them.

    Raises:
        OSError: This is why, such as too many open files.
    """
    with ExitStack() as stack:
        for _ in range(_FILES):
            stack.enter_context(path.open("ab"))
