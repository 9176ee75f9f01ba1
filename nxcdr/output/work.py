"""Unfinished work beside its destination: kept through anything, reused only where nothing has changed.

For ``cdr.csv`` a hidden folder ``.cdr.csv.nxcdr`` holds

- ``lock``: held while a run is at work;
- ``journal``: a line for what shaped the work, then a line for each finished window: which, and where its rows lie;
- ``rows``: the finished windows' rows, in the order they were finished;
- ``pages-N``: the pages read so far of a window not yet finished.

``rows`` is synced before the journal speaks of it, so a line of the journal is true whenever it can be read. Pages are
not synced but carry a checksum: what a power cut took is only read again. Joined in order of time, the rows are the
file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from nxcdr.api.answer import Page, TransientError, read_page
from nxcdr.api.fields import LARGEST_PAGE
from nxcdr.errors import OutputError

_SECONDS_BETWEEN_SYNCS = 0.5
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A finished window's rows in the work so far.

    Attributes:
        start: Seconds since 1970, inclusive.
        end: Seconds since 1970, exclusive.
        offset: Where its bytes begin.
        length: How many bytes.
        rows: How many rows.
        repeats: Equal records dropped.
        first: The first startTime, ms since 1970; None without rows.
        last: The last startTime.
        settled: Whether it was read so late that no more calls could come into it.
    """

    start: int
    end: int
    offset: int
    length: int
    rows: int
    repeats: int
    first: int | None
    last: int | None
    settled: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A window an earlier run had begun: its state and the pages it had read."""

    serial: int
    start: int
    end: int
    page: int
    carried: int
    order: str
    pages: list[Page]


class Work:
    """The work on one destination, locked for this run.

    Args:
        folder: Where it is kept.
        shape: What the bytes depend on: anything that differs makes earlier work worthless.
        fresh: Forget what an earlier run left.
        clock: Monotonic seconds.

    Attributes:
        parts: The finished windows, this run's and reused ones.
        begun: Windows an earlier run had begun.
        resumed: Whether an earlier run's work is reused.
        discarded: Whether an earlier run's work was there and did not fit.
        merging: Whether rows are kept as records, to be put in order at the end.

    Raises:
        OutputError: Another run is at work here, or the folder can't be written.
    """

    def __init__(
        self,
        folder: Path,
        shape: Mapping[str, Any],
        *,
        fresh: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()
        self._kept: dict[int, BinaryIO] = {}
        self._unsaid: list[tuple[Part, int | None]] = []
        self.parts: list[Part] = []
        self.begun: list[Begun] = []
        self.resumed = self.discarded = self.merging = False
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise OutputError(f"{folder} belongs to somebody else", "Remove it, or choose another name with -o.")
        self._lock = _lock(folder)
        try:
            if fresh:
                self._clear()
            elif self._load():
                self.resumed = bool(self.parts or self.begun)
            else:
                self.discarded = self._path("journal").exists()
                self._clear()
            self._rows = self._path("rows").open("r+b" if self._path("rows").exists() else "w+b")
            self._end = max((part.offset + part.length for part in self.parts), default=0)
            self._rows.truncate(self._end)
            self._journal = self._path("journal").open("ab")
            self._synced_at = clock()
            if self._journal.tell() == 0:
                self._say_shape()
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def missing(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans of [start, end) that neither a finished window nor one already begun covers."""
        covered = sorted([(part.start, part.end) for part in self.parts] + [(one.start, one.end) for one in self.begun])
        for first, last in covered:
            if start < first:
                yield start, first
            start = max(start, last)
        if start < end:
            yield start, end

    def restart_merging(self) -> None:
        """Forget everything and begin anew, keeping records instead of rows."""
        self._clear()
        self.parts, self.begun, self._unsaid = [], [], []
        self.merging = True
        self._end = 0
        self._rows.truncate(0)
        self._journal.truncate(0)
        self._say_shape()

    def keep_page(self, state: Begun, page: Page, size: int) -> None:
        """Keep one page of an unfinished window; ``state.pages`` tells which it holds, of which this is the last."""
        if len(state.pages) == 1 or state.serial not in self._kept:
            if (old := self._kept.pop(state.serial, None)) is not None:
                old.close()
            mode = "wb" if len(state.pages) == 1 else "ab"
            self._kept[state.serial] = cast("BinaryIO", self._path(f"pages-{state.serial}").open(mode, buffering=0))
        head = {name: getattr(state, name) for name in ("start", "end", "page", "carried", "order")}
        text = json.dumps({**head, "size": size, "bytes": len(page.text), "crc": zlib.crc32(page.text)}).encode()
        self._kept[state.serial].write(text + b"\n" + page.text + b"\n")

    def add(self, part: Part, rows: bytes, serial: int) -> None:
        """Keep a finished window's rows; its pages are no longer needed once the journal says so."""
        self._rows.seek(self._end)
        self._rows.write(rows)
        self._end += len(rows)
        self.parts.append(part)
        self._unsaid.append((part, serial))
        if self._clock() - self._synced_at >= _SECONDS_BETWEEN_SYNCS:
            self.commit()

    @property
    def offset(self) -> int:
        """Where the next part's bytes begin."""
        return self._end

    def commit(self) -> None:
        """Make everything finished so far last through a power cut."""
        if self._unsaid:
            self._rows.flush()
            os.fsync(self._rows.fileno())
            for part, _ in self._unsaid:
                self._journal.write(json.dumps(asdict(part)).encode() + b"\n")
            self._journal.flush()
            os.fsync(self._journal.fileno())
            for _, serial in self._unsaid:
                if serial is not None:
                    self._drop_pages(serial)
            self._unsaid.clear()
        self._synced_at = self._clock()

    def read(self, offset: int, length: int) -> Iterator[bytes]:
        """The bytes kept at a place."""
        self._rows.flush()
        while length:
            self._rows.seek(offset)
            chunk = self._rows.read(min(length, _CHUNK))
            if not chunk:
                raise OutputError(f"{self._path('rows')} is shorter than it was: something else changes it")
            offset += len(chunk)
            length -= len(chunk)
            yield chunk

    def scratch(self) -> Path:
        """Where the final file is put together, on the destination's own file system."""
        return self._path("whole")

    def close(self) -> None:
        """Let go of the work; what is not empty stays for the next run."""
        try:
            with suppress(OSError):  # then it is read again
                self.commit()
        finally:
            files: list[IO[bytes]] = [self._rows, self._journal, *self._kept.values()]
            for file in files:
                file.close()
            if not self.parts and not self._kept and not self.begun:
                self.remove()
            self._lock.release()

    def remove(self) -> None:
        """The work is done or worthless: leave nothing behind."""
        self._kept.clear()
        self.begun.clear()
        self.parts.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _clear(self) -> None:
        for file in self._kept.values():
            file.close()
        self._kept.clear()
        for path in self._folder.iterdir():
            if path.name not in ("lock", "rows", "journal"):
                path.unlink()
        for name in ("rows", "journal"):
            if self._path(name).exists():
                os.truncate(self._path(name), 0)

    def _say_shape(self) -> None:
        self._journal.write(json.dumps({"digest": self._digest, "merging": self.merging}).encode() + b"\n")
        self._journal.flush()

    def _drop_pages(self, serial: int) -> None:
        if (file := self._kept.pop(serial, None)) is not None:
            file.close()
        self._path(f"pages-{serial}").unlink(missing_ok=True)

    def _load(self) -> bool:
        """Take over an earlier run's work; whether there was any that fits."""
        try:
            head, *lines = self._path("journal").read_bytes().split(b"\n")
            size = self._path("rows").stat().st_size
            shape = json.loads(head)
        except (OSError, ValueError):
            return False
        if not isinstance(shape, dict) or shape.get("digest") != self._digest:
            return False
        self.merging = bool(shape.get("merging"))
        for line in lines[:-1]:
            try:
                part = Part(**json.loads(line))
            except (ValueError, TypeError):
                break  # a line that a power cut tore: nothing after it counts
            if part.offset + part.length > size:
                break
            if part.settled:
                self.parts.append(part)
        # The journal is written anew, without what was torn or has not settled.
        with self._path("journal").open("wb") as journal:
            journal.write(head + b"\n" + b"".join(json.dumps(asdict(part)).encode() + b"\n" for part in self.parts))
        for path in sorted(self._folder.glob("pages-*")):
            begun = _read_begun(path)
            if begun is None or any(begun.start < part.end and part.start < begun.end for part in self.parts):
                path.unlink()
            else:
                self.begun.append(begun)
        self._drop_overlapping()
        return True

    def _drop_overlapping(self) -> None:
        self.begun.sort(key=lambda one: one.start)
        kept: list[Begun] = []
        for one in self.begun:
            if kept and one.start < kept[-1].end:
                self._path(f"pages-{one.serial}").unlink()
            else:
                kept.append(one)
        self.begun = kept


def _read_begun(path: Path) -> Begun | None:
    """The window a file of pages tells of; None where nothing in it is of use."""
    state: dict[str, Any] = {}
    pages: list[Page] = []
    with path.open("r+b") as file:
        whole = 0
        while line := file.readline():
            try:
                head = json.loads(line)
                text = file.read(head["bytes"])
                page = read_page(text)
                if zlib.crc32(text) != head["crc"] or file.read(1) != b"\n" or head["size"] != LARGEST_PAGE:
                    break
            except (ValueError, TypeError, KeyError, TransientError):
                break
            if len(page) < LARGEST_PAGE:
                break  # the last page: asked for again, so that the window ends as any other
            pages.append(page)
            state = head
            whole = file.tell()
        file.truncate(whole)
    if not state:
        return None
    return Begun(
        serial=int(path.name.rpartition("-")[2]),
        start=state["start"],
        end=state["end"],
        page=state["page"],
        carried=state["carried"],
        order=state["order"],
        pages=pages,
    )


def _lock(folder: Path) -> Any:
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise OutputError(
            f"another run is writing {folder.name.removeprefix('.').removesuffix('.nxcdr')}",
            "Wait for it to end, or choose another name with -o.",
        ) from error
    return lock
