"""Unfinished work beside its destination: kept through anything, reused only where nothing has changed.

For ``cdr.csv`` a hidden folder ``.cdr.csv.nxcdr`` holds

- ``lock``: held while a run is at work;
- ``rows``: the finished windows' rows, in the order they were finished;
- ``journal``: a line for what shaped the work, then a line for each finished window: which, where its rows lie, and
  their checksum;
- ``pages-N``: the pages read so far of window N, not yet finished, with a checksum each;
- ``whole``, ``receipt``: the file and its receipt, being put together;
- ``sealed``: there from when they are whole: where ``whole`` is gone and this is not, the file stands under its name.

Finished windows are written at once, so that a killed process loses none; pages a moment later, by a thread of its own.
``rows``, then ``journal``, are synced twice a second, so that a power cut loses little: what does not fit its checksum
is read again. Joined in order of time, the rows are the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from io import FileIO
from pathlib import Path
from threading import Condition
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from nxcdr.api.answer import Page, TransientError, read_page
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import OutputError
from nxcdr.output.aside import Aside
from nxcdr.output.files import sync_folder, write_all

if TYPE_CHECKING:
    from filelock import BaseFileLock

_SECONDS_BETWEEN_SYNCS = 0.5
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Part:
    """A finished window's rows in the work so far.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        length: How many bytes its rows have.
        extra: How many bytes follow them: what is kept about the rows beside their text.
        rows: How many rows.
        repeats: Equal records dropped.
        first: The first startTime, ms since 1970; None without rows.
        last: The last startTime.
        settled: Whether it was read so late that no more calls could come into it.
        head: Digests of what starts in its first second,
        assumed: of those of them not listed anew for it, and
        late: of what the server listed beyond its end (see `fetch`).
        offset: Where its bytes begin. This and
        checksum: the CRC-32 of all its bytes are found out by `Work.add`.
    """

    start: int
    end: int
    length: int
    extra: int
    rows: int
    repeats: int
    first: int | None
    last: int | None
    settled: bool
    head: Sequence[str] = ()
    assumed: Sequence[str] = ()
    late: Sequence[str] = ()
    offset: int = 0
    checksum: int = 0

    @property
    def after(self) -> int:
        """Where the next part's bytes begin."""
        return self.offset + self.length + self.extra


@dataclass(frozen=True, slots=True)
class Begun:
    """A window on its way: its state, the pages it has, and what is known of the server (see `fetch`).

    Attributes:
        wanted: The parts of it, in seconds since 1970, that neither a finished window covers nor one begun later.
    """

    serial: int
    start: int
    end: int
    page: int
    carried: int
    lent: bool
    order: str
    by_start: bool
    pages: list[Page]
    wanted: Sequence[tuple[int, int]] = ()


_STATE = ("start", "end", "page", "carried", "lent", "order", "by_start")  # of what is begun, kept with each page


@dataclass(frozen=True, slots=True)
class Regime:
    """How a server is read that does not choose calls by their start alone.

    Attributes:
        merging: Rows are kept as records, to be put in order at the end.
        carry: What was read of a window that may be kept when it is cut (see `fetch`).
        by_end: Windows are cut by the calls' end.
    """

    merging: bool = False
    carry: str = "all"
    by_end: bool = False


class Work:
    """The work on one destination, locked for this run.

    Args:
        folder: Where it is kept.
        shape: What the bytes depend on: anything that differs makes earlier work worthless.
        fresh: Forget what an earlier run left.
        waiting: How many pages may wait to be kept while more are asked for: these, too, a kill would take.
        clock: Monotonic seconds.

    Attributes:
        parts: The finished windows, this run's and reused ones.
        begun: Windows an earlier run had begun.
        resumed: Whether an earlier run's work is reused.
        discarded: Whether an earlier run's work was there and did not fit.
        regime: How the server is read.

    Raises:
        OutputError: Another run is at work here.
        OSError: The folder can't be written.
    """

    def __init__(
        self,
        folder: Path,
        shape: Mapping[str, Any],
        *,
        fresh: bool = False,
        waiting: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()
        self._open: list[FileIO] = []
        self._pages: dict[int, int] = {}  # how many of each window are kept
        self._kept: set[int] = set()  # windows of which pages are kept, or are to be
        self._keeping = Aside()
        self._waiting = waiting
        self._to_be_kept = 0
        self._caught_up = Condition()
        self._syncing = Aside()  # of its own: a slow disk is not to hold up the reading
        self._sync_is_under_way = False
        self._removable = False  # until what is there is known to be of no use
        self.parts: list[Part] = []
        self.begun: list[Begun] = []
        self.resumed = self.discarded = False
        self.regime = Regime()
        self._lock = _lock(folder)
        try:
            if not fresh and not _is_published(folder):
                self.resumed = self._load()
            if not self.resumed:
                self._clear()
            self._removable = True
            self._write_journal()
            self._rows = self._opened("rows", "ab+")
            self._journal = self._opened("journal", "ab")
            self._end = max((part.after for part in self.parts), default=0)
            self._rows.truncate(self._end)
            sync_folder(folder)
            sync_folder(folder.parent)
            self._synced_at = clock()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def missing(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans of [start, end) that neither a finished window nor one already begun covers."""
        for first, last in sorted(self._covered()):
            if start < min(first, end):
                yield start, min(first, end)
            start = max(start, last)
        if start < end:
            yield start, end

    def restart(self, regime: Regime) -> None:
        """Forget everything and begin anew."""
        self._keeping.finish()
        self._keeping = Aside()
        self.parts, self.begun, self.regime = [], [], regime
        self._end = 0
        for file in self._open:
            file.truncate(0)
        self._clear()
        self._say_shape(self._journal)

    def keep_pages(self, state: Begun) -> None:
        """Keep what is held of an unfinished window: its pages as they are now; mostly only the last is new.

        Raises:
            OSError: What was to be kept before can't be.
        """
        self._keeping.check()
        self._kept.add(state.serial)
        with self._caught_up:
            self._to_be_kept += 1
        self._keeping.do(partial(self._write_pages, state), after=self._pages_written)

    def catch_up(self) -> None:
        """Wait until few pages are still to be kept: before another one is asked for."""
        with self._caught_up:
            while self._to_be_kept > self._waiting:
                self._caught_up.wait()

    def _pages_written(self) -> None:
        with self._caught_up:
            self._to_be_kept -= 1
            if self._to_be_kept <= self._waiting:
                self._caught_up.notify_all()

    def _write_pages(self, state: Begun) -> None:
        stored = self._pages.get(state.serial, 0)
        # Where the window was cut or begun anew, all that it holds is new.
        follows = 0 < stored == len(state.pages) - 1
        head = {name: getattr(state, name) for name in _STATE}
        path = self._path(f"pages-{state.serial}")
        new = path if follows else self._path("pages.new")
        with FileIO(new, "ab" if follows else "wb") as file:
            for page in state.pages[-1:] if follows else state.pages:
                text = json.dumps({**head, "bytes": len(page.text), "crc": zlib.crc32(page.text)}).encode()
                write_all(file, text + b"\n" + page.text + b"\n")
        if not follows:
            new.replace(path)  # in one step: what was kept before stands until then
        self._pages[state.serial] = len(state.pages)

    def add(self, part: Part, rows: bytes, serial: int) -> None:
        """Keep a finished window's rows; its pages are no longer needed.

        Args:
            part: What they are.
            rows: All that is kept of them.
            serial: The window's, under which its pages were kept.

        Raises:
            OSError: It can't be written; or what was to be kept before can't be.
        """
        part = replace(part, offset=self._end, checksum=zlib.crc32(rows))
        write_all(self._rows, rows)
        self._end += len(rows)
        write_all(self._journal, _line(part))
        self.parts.append(part)
        self._keeping.check()
        if serial in self._kept:
            self._keeping.do(partial(self._forget_pages, serial))
        self._syncing.check()
        if self._clock() - self._synced_at >= _SECONDS_BETWEEN_SYNCS and not self._sync_is_under_way:
            self._sync_is_under_way = True
            self._syncing.do(self._sync, after=self._synced)
            self._synced_at = self._clock()

    def _forget_pages(self, serial: int) -> None:
        self._pages.pop(serial, None)
        self._path(f"pages-{serial}").unlink(missing_ok=True)

    def _sync(self) -> None:
        """Make everything finished so far last through a power cut."""
        for file in self._open:
            os.fsync(file)

    def _synced(self) -> None:
        self._sync_is_under_way = False

    def read(self, offset: int, length: int, chunk: int = _CHUNK) -> Iterator[bytes]:
        """The bytes kept at a place, some at a time.

        Raises:
            OutputError: They are not there.
            OSError: What was added can't be synced.
        """
        self._syncing.check()
        while length:
            found = os.pread(self._rows.fileno(), min(length, chunk), offset)
            if not found:
                raise OutputError(f"{self._path('rows')} is shorter than it was: something else changes it")
            offset += len(found)
            length -= len(found)
            yield found

    def scratch(self, name: str) -> Path:
        """Where a final file is put together (``whole`` or ``receipt``), on the destination's own file system."""
        return self._path(name)

    def seal(self) -> None:
        """From here on ``whole`` is the file, and where it is gone it stands under its name."""
        self._path("sealed").touch()
        sync_folder(self._folder)

    def close(self) -> None:
        """Let go of the work; what is not empty stays for the next run."""
        self._finish()
        if self._removable:
            with suppress(OSError):  # then a power cut may take a little more
                self._sync()
        for file in self._open:
            file.close()
        self._open.clear()
        if _is_published(self._folder) or not (self.parts or self._pages):
            self.remove()
        if self._removable:
            for name in ("sealed", "whole", "receipt", "pages.new"):  # put together anew by the next run
                self._path(name).unlink(missing_ok=True)
        self._lock.release()

    def remove(self) -> None:
        """The work is done or worthless: leave nothing behind."""
        if not self._removable:
            return
        self._finish()
        self._removable = False
        with suppress(OSError):  # the folder is swept already, or another run is at work in it
            for path in self._folder.iterdir():
                if path.name not in ("lock", "sealed"):
                    path.unlink(missing_ok=True)
            # The lock goes last, so that nobody begins here sooner; the seal after it, for `sweep`.
            for name in ("lock", "sealed"):
                self._path(name).unlink(missing_ok=True)
            self._folder.rmdir()

    def _finish(self) -> None:
        self._keeping.finish()
        self._syncing.finish()

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _opened(self, name: str, mode: str) -> FileIO:
        file = FileIO(self._path(name), mode)
        self._open.append(file)
        return file

    def _clear(self) -> None:
        self._pages.clear()
        self._kept.clear()
        for path in self._folder.iterdir():
            if path.name != "lock" and not any(file.name == path for file in self._open):
                path.unlink()

    def _write_journal(self) -> None:
        """Write the journal anew, in one step, without what was torn or has not settled."""
        new = self._path("journal.new")
        with FileIO(new, "wb") as file:
            self._say_shape(file)
            write_all(file, b"".join(map(_line, self.parts)))
            os.fsync(file)
        new.replace(self._path("journal"))

    def _say_shape(self, journal: FileIO) -> None:
        write_all(journal, json.dumps({"digest": self._digest, "regime": asdict(self.regime)}).encode() + b"\n")

    def _load(self) -> bool:
        """Take over an earlier run's work; whether there was any that fits."""
        try:
            head, *lines = self._path("journal").read_bytes().split(b"\n")
            shape = json.loads(head)
            self.discarded = shape["digest"] != self._digest
            if self.discarded:
                return False
            self.regime = Regime(**shape["regime"])
            rows = self._path("rows").open("rb")
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return False
        with rows, suppress(ValueError, TypeError):  # a line that a power cut tore: nothing after it counts
            for line in lines[:-1]:
                part = Part(**json.loads(line))
                rows.seek(part.offset)
                if part.settled and zlib.crc32(rows.read(part.length + part.extra)) == part.checksum:
                    self.parts.append(part)
        # The newest first: a window is cut into newer ones, and then counts for what these leave of it.
        for path in sorted(self._folder.glob("pages-*"), key=_serial, reverse=True):
            begun = _read_begun(path)
            if begun is None or not (wanted := list(self.missing(begun.start, begun.end))):
                path.unlink()
            else:
                self.begun.append(replace(begun, wanted=wanted))
                self._pages[begun.serial] = len(begun.pages)
                self._kept.add(begun.serial)
        for path in map(self._path, ("whole", "receipt", "sealed")):
            path.unlink(missing_ok=True)
        return bool(self.parts or self.begun)

    def _covered(self) -> Iterator[tuple[int, int]]:
        for part in self.parts:
            yield part.start, part.end
        for one in self.begun:
            yield from one.wanted


def work_folder(target: Path) -> Path:
    """Where the unfinished work on a file is kept."""
    return target.with_name(f".{target.name}.nxcdr")


def sweep(folder: Path) -> None:
    """Remove what a run left that was killed between its file's appearing and its own end."""
    with suppress(OSError):
        if _is_published(folder):
            shutil.rmtree(folder, ignore_errors=True)
        elif not any(folder.iterdir()):
            folder.rmdir()


def _is_published(folder: Path) -> bool:
    return (folder / "sealed").exists() and not (folder / "whole").exists()


def _line(part: Part) -> bytes:
    return json.dumps(asdict(part)).encode() + b"\n"


def _read_begun(path: Path) -> Begun | None:
    """The window a file of pages tells of; None where nothing in it is of use."""
    state: dict[str, Any] = {}
    pages: list[Page] = []
    with path.open("r+b") as file:
        whole = 0
        with suppress(ValueError, TypeError, KeyError, TransientError):  # from where a kill or a power cut tore it
            while line := file.readline():
                head = json.loads(line)
                text = file.read(head["bytes"])
                if zlib.crc32(text) != head["crc"] or file.read(1) != b"\n":
                    break
                pages.append(read_page(text))
                state = {name: head[name] for name in _STATE}
                whole = file.tell()
        file.truncate(whole)
    if sum(map(len, pages)) <= LARGEST_PAGE:  # a single request's worth, after which it may have been cut otherwise
        return None
    return Begun(serial=_serial(path), pages=pages, **state)


def _serial(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _lock(folder: Path) -> BaseFileLock:
    from filelock import FileLock, Timeout

    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise OutputError(f"{folder} belongs to somebody else", "Remove it, or choose another name with -o.")
    lock = FileLock(folder / "lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except (Timeout, FileNotFoundError) as error:  # not found: the other run just ended, and took the folder with it
        raise OutputError(
            f"another run is writing {folder.name.removeprefix('.').removesuffix('.nxcdr')}",
            "Wait for it to end, or choose another name with -o.",
        ) from error
    return lock
