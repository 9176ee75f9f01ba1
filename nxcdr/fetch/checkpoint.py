"""The proved windows of a range and their calls, kept in one SQLite file: journal, deduplication, sort and resume.

Write-ahead log, exclusive lock, ``synchronous = NORMAL``. What SQLite promises of these: a transaction is there wholly
or not at all, after a killed process and after a power cut; a killed process loses no committed transaction; a power
cut may lose the last ones. The lock is held until the connection is closed, and with it the log needs no shared memory.
Source: sqlite.org, "Write-Ahead Logging" and "PRAGMA synchronous".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from nxcdr.errors import OutputError
from nxcdr.fetch.sqlite import DAMAGED, code_of, errors_of
from nxcdr.fetch.window import SelectedBy

_SCRATCH = "-new"
_BATCH = 1000  # records
_ROWS_AT_ONCE = 100
_PAGE_SIZE = 16384  # bytes; a page holds some 20 calls
_CACHE = 1024  # KiB
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_TABLES = {"call", "window", "run"}
_SCHEMA = """
BEGIN;
CREATE TABLE call(start INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY(start, record)) WITHOUT ROWID;
CREATE TABLE window(agent TEXT, start INTEGER, end INTEGER, listed INTEGER, settled INTEGER, UNIQUE(agent, start));
CREATE TABLE run(shape TEXT, selected_by TEXT, published INTEGER);
COMMIT;
"""


class Checkpoint:
    """The proved windows of one range, owned by one run.

    Args:
        path: The file; it is made where it is missing.
        shape: What the work depends on, as text: what was kept for another shape is not used.
        fresh: Discard what an earlier run kept.

    Attributes:
        scratch: Where to put the finished file together, beside this one; it goes with it.
        selected_by: The time that the server selects calls by.
        resumed: Whether an earlier run's windows are used.
        discarded: Whether an earlier run's windows were there and are not used.

    Raises:
        OutputError: Another run uses it, or it can't be locked.
        OSError: It can't be written.
    """

    def __init__(self, path: Path, shape: str, *, fresh: bool = False) -> None:
        self._path = path
        self._shape = shape
        self.selected_by = SelectedBy.START
        self.resumed = self.discarded = self._removed = False
        self.scratch = path.with_name(path.name + _SCRATCH)
        with errors_of(path):
            try:
                self._open(fresh=fresh)
            except sqlite3.DatabaseError as error:
                if code_of(error) not in DAMAGED:
                    raise
                path.unlink()
                self._open(fresh=fresh)
                self.discarded = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def windows(self) -> int:
        """How many windows are proved."""
        return self._number("SELECT count(*) FROM window")

    @property
    def rows(self) -> int:
        """How many calls there are."""
        return self._number("SELECT count(*) FROM call")

    @property
    def repeats(self) -> int:
        """How many rows were listed once more."""
        return self._number("SELECT (SELECT total(listed) FROM window) - (SELECT count(*) FROM call)")

    @property
    def distinct_call_ids(self) -> int:
        """How many different callIds there are."""
        return self._number("SELECT count(DISTINCT json_extract(CAST(record AS TEXT), '$.callId')) FROM call")

    def outside(self, start: int, end: int) -> int:
        """How many calls start outside of a range, in seconds since 1970."""
        before = "SELECT count(*) FROM call WHERE start > ? AND start < ?"
        after = "SELECT count(*) FROM call WHERE start >= ?"
        return self._number(before, _SMALLEST, start * 1000) + self._number(after, end * 1000)

    def first_and_last(self) -> tuple[int | None, int | None]:
        """The first and the last startTime, ms since 1970; None where no call tells."""
        told = "FROM call WHERE start > ?"
        query = f"SELECT (SELECT min(start) {told}), (SELECT max(start) {told})"
        first, last = self._connection.execute(query, (_SMALLEST, _SMALLEST)).fetchone()
        return first, last

    def missing(self, start: int, end: int, agent: str | None = None) -> Iterator[tuple[int, int]]:
        """The spans of a range, half-open in seconds since 1970, that no window of an agent, or of all, covers."""
        query = "SELECT start, end FROM window WHERE agent IS ? ORDER BY start"
        for first, last in self._connection.execute(query, (agent,)).fetchall():
            if start < first:
                yield start, first
            start = last
        if start < end:
            yield start, end

    def add(
        self,
        start: int,
        end: int,
        calls: Iterable[tuple[int | None, bytes]],
        *,
        listed: int,
        settled: bool,
        agent: str | None = None,
    ) -> None:
        """Keep a proved window.

        Args:
            start: Seconds since 1970.
            end: Seconds since 1970, exclusive.
            calls: The startTime (ms) and the JSON text of each of its calls; equal ones are kept once.
            listed: How many of its rows the server listed.
            settled: Whether no more calls can come in: if not, the next run reads the window anew.
            agent: Whose calls alone they are; None for all.
        """
        rows = iter(sorted((_sortable(time), record) for time, record in calls))  # else SQLite's pages are half empty
        with errors_of(self._path), self._transaction():
            while batch := list(islice(rows, _ROWS_AT_ONCE)):
                # One statement for many rows: after each, sqlite3 waits for Python's lock, which other threads want.
                insert = f"INSERT OR IGNORE INTO call VALUES {', '.join(['(?, ?)'] * len(batch))}"  # noqa: S608 - constants
                self._connection.execute(insert, list(chain.from_iterable(batch)))
            self._connection.execute("INSERT INTO window VALUES (?, ?, ?, ?, ?)", (agent, start, end, listed, settled))

    def restart(self, selected_by: SelectedBy) -> None:
        """Drop all windows, to read them by another time."""
        self.selected_by = selected_by
        with errors_of(self._path), self._transaction():
            for table in _TABLES:
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
            self._connection.execute("INSERT INTO run VALUES (?, ?, 0)", (self._shape, selected_by))

    def records(self, *, newest_first: bool = False) -> Generator[list[bytes], None, None]:
        """The JSON texts of all calls in batches, sorted by startTime, then by the text."""
        order = "start DESC, record DESC" if newest_first else "start, record"
        with errors_of(self._path):
            found = self._connection.execute(f"SELECT record FROM call ORDER BY {order}")  # noqa: S608 - one of the two
            while batch := found.fetchmany(_BATCH):
                yield [record for (record,) in batch]

    def mark_whole(self) -> None:
        """Note that the scratch file is whole: once it has been renamed, this work is done."""
        with errors_of(self._path):
            with self._transaction():
                self._connection.execute("UPDATE run SET published = 1")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def remove(self) -> None:
        """Delete the file while it is still locked, and close it."""
        self.scratch.unlink(missing_ok=True)
        with errors_of(self._path):
            self._connection.execute("PRAGMA journal_mode = DELETE").fetchall()  # so closing deletes no log by its name
        self._path.unlink(missing_ok=True)
        self._removed = True
        self._connection.close()

    def close(self) -> None:
        """Close the file; it stays if it holds a window."""
        with suppress(sqlite3.Error, OSError, OutputError):  # what could be kept is kept
            if not self._removed:
                self._connection.execute("UPDATE run SET published = 0")  # for the scratch file goes
                self.scratch.unlink(missing_ok=True)
                if self.windows == 0:
                    self.remove()
        self._connection.close()

    def _open(self, *, fresh: bool) -> None:
        self._connection = _locked(self._path)
        try:
            self._load(fresh=fresh)
        except BaseException:
            self._connection.close()
            raise

    def _load(self, *, fresh: bool) -> None:
        tables = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if not tables:
            self._connection.executescript(_SCHEMA)
        elif tables != _TABLES:
            raise _Foreign
        if self._connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise _Damaged
        row = self._connection.execute("SELECT shape, selected_by, published FROM run").fetchone()
        shape, selected_by, published = row or ("", SelectedBy.START, False)
        published = published and not self.scratch.exists()
        self.scratch.unlink(missing_ok=True)
        if fresh or published or shape != self._shape:
            self.discarded = self.windows > 0 and not (fresh or published)
            self.restart(SelectedBy.START)
            return
        self.selected_by = SelectedBy(selected_by)
        self._drop_unsettled()
        self.resumed = self.windows > 0

    def _drop_unsettled(self) -> None:
        unsettled = self._connection.execute("SELECT start, end FROM window WHERE NOT settled").fetchall()
        agents = self._number("SELECT count(DISTINCT agent) FROM window")
        if unsettled and (agents > 1 or self.selected_by is not SelectedBy.START):
            self.restart(self.selected_by)  # which calls are theirs is not known
            return
        with self._transaction():
            for start, end in unsettled:
                self._connection.execute("DELETE FROM call WHERE start >= ? AND start < ?", (start * 1000, end * 1000))
            self._connection.execute("DELETE FROM window WHERE NOT settled")

    def _number(self, query: str, *values: int) -> int:
        with errors_of(self._path):
            return int(self._connection.execute(query, values).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def remove_if_published(path: Path) -> None:
    """Delete the checkpoint of a run that was killed just after it published its file."""
    if not path.is_file() or path.with_name(path.name + _SCRATCH).exists():
        return
    with suppress(sqlite3.Error, OSError), closing(_locked(path)) as connection:
        if connection.execute("SELECT published FROM run").fetchone() == (1,):
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            path.unlink()


class _Damaged(sqlite3.DatabaseError):
    """The file is not whole."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class _Foreign(sqlite3.DatabaseError):
    """The database is another program's."""

    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def _locked(path: Path) -> sqlite3.Connection:
    """Open a database that nobody else has open, and lock it."""
    while True:
        path.touch(mode=0o600)
        before = path.stat().st_ino
        # Few statements are cached: each keeps its values, which may be a hundred calls.
        connection = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=2
        )
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA cache_size = -{_CACHE}")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            if path.exists() and path.stat().st_ino == before:
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()  # another run has finished and deleted it meanwhile


def _sortable(time: int | None) -> int:
    return _SMALLEST if time is None else max(_SMALLEST, min(time, _LARGEST))
