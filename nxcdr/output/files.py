"""Where an export goes: its name, whether it may be written there, and its appearing whole or not at all."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import stat
import string
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from nxcdr.errors import OutputError, UsageError

STDOUT = "-"
PLACEHOLDERS = ("date", "start", "end", "profile")
_SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@dataclass(frozen=True, slots=True)
class Written:
    """What a finished file holds: bytes on disk and their SHA-256, in hexadecimal."""

    bytes: int
    sha256: str


def filled(template: str, names: Mapping[str, str]) -> str:
    """A template with ``{date}``, ``{start}``, ``{end}`` and ``{profile}`` filled in; ``{{`` is a brace.

    Raises:
        UsageError: Another placeholder, or a brace without its fellow.
    """
    try:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name is not None and (name not in PLACEHOLDERS or spec or conversion):
                raise UsageError(
                    f"the output has no placeholder {{{name}}}",
                    "Placeholders: " + ", ".join(f"{{{known}}}" for known in PLACEHOLDERS),
                )
        return template.format_map(names)
    except ValueError as error:
        raise UsageError(
            f"the output {template!r} can't be read: {error}", "Write a brace itself as {{ or }}."
        ) from error


def format_of(path: str, chosen: str | None) -> tuple[str, bool]:
    """The format, ``csv`` or ``jsonl``, and whether the file is compressed, from its suffix unless chosen.

    Raises:
        UsageError: The suffix says neither.
    """
    compressed = path.endswith(".gz")
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    found = chosen or (_SUFFIXES.get(suffix) if path != STDOUT else "csv")
    if found is None:
        raise UsageError(
            f"the name {path!r} does not say the format",
            "End it in .csv, .jsonl or .ndjson (each also with .gz), or say --format csv or --format jsonl.",
        )
    return found, compressed


def is_regular(path: Path) -> bool:
    """Whether a file by this name is, or would be, a plain file: one that can appear by being renamed."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def check_place(path: Path) -> None:
    """Find out before the first request whether a file can be written here.

    Raises:
        OutputError: The folder is missing or can't be written to, or the name is a folder's.
    """
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{path} is a folder", "Name a file, for example with -o cdr-{date}.csv")
    if not is_regular(path):
        return
    if not folder.is_dir():
        raise OutputError(f"the folder {folder} does not exist", f"Make it with: mkdir -p {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {folder} can't be written to", "Choose another place with -o.")
    if os.statvfs(folder).f_bavail == 0:
        raise OutputError(f"no space is left in {folder}", "Make room, or choose another place with -o.")


def publish(content: Path, path: Path) -> None:
    """Give a whole, synced file its final name; what was there is replaced in the same instant.

    A new file's permissions follow the umask; one that is replaced keeps its own.

    Raises:
        OSError: It can't be done; then nothing has changed.
    """
    if path.exists():
        os.chmod(content, stat.S_IMODE(path.stat().st_mode))  # noqa: PTH101 - as the next lines
    os.replace(content, path)  # noqa: PTH105 - the system calls, by their names
    sync_folder(path.parent)


def sync(file: BinaryIO) -> None:
    """Make a file's content last through a power cut."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_out(chunks: Iterable[bytes], file: BinaryIO, *, compressed: bool) -> Written:
    """Write everything, gzipped or not, and tell how much and its digest. The same chunks give the same bytes."""
    counted = _Counted(file)
    if compressed:
        # No name and no time in the header: the same calls, the same bytes.
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=cast("IO[bytes]", counted), mtime=0, compresslevel=6
        ) as packed:
            for chunk in chunks:
                packed.write(chunk)
    else:
        for chunk in chunks:
            counted.write(chunk)
    return Written(counted.bytes, counted.digest.hexdigest())


def write_stdout(chunks: Iterable[bytes], *, compressed: bool = False) -> Written:
    """Write everything to stdout."""
    written = write_out(chunks, sys.stdout.buffer, compressed=compressed)
    sys.stdout.buffer.flush()
    return written


class _Counted(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # all that is written here is bytes
        self._file.write(data)
        self.digest.update(data)
        self.bytes += len(data)
        return len(data)


def cannot_write(path: Path | str, error: OSError) -> OutputError:
    """The error for a file that can't be written."""
    hints = {
        errno.ENOSPC: "Make room and run the same command again: what is done is kept.",
        errno.EDQUOT: "Make room within your quota and run the same command again: what is done is kept.",
        errno.EACCES: "Choose another place with -o, or mend the permissions.",
        errno.EROFS: "Choose another place with -o.",
        errno.ENAMETOOLONG: "Choose a shorter name with -o.",
    }
    return OutputError(f"{path} can't be written: {error.strerror or error}", hints.get(error.errno or 0, ""))


def cannot_read(path: Path, error: OSError) -> OutputError:
    """The error for a file that can't be read."""
    return OutputError(f"{path} can't be read: {error.strerror or error}")
