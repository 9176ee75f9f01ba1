"""The names of files, the bytes that go into them, and what their errors mean."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import string
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path, PurePath
from typing import IO, cast

from nxcdr.errors import OutputError, UsageError
from nxcdr.output.formats import FORMATS, FileFormat
from nxcdr.output.places import shown

STDOUT = "-"
PLACEHOLDERS = ("date", "start", "end", "year", "month", "day", "profile")
_STDOUT_NAMES = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_BLOCK = 1 << 18


def template_of(output: str) -> str:
    """The ``-o`` that was given, with stdout always as ``-``.

    Raises:
        UsageError: It is empty or a folder's name.
    """
    if not output or output.endswith("/"):
        raise UsageError(f"the output {shown(output)!r} names no file", "For example: -o 'cdr-{date}.csv'")
    return STDOUT if output in _STDOUT_NAMES else output


def filled(template: str, names: Mapping[str, str]) -> str:
    """A template with its placeholders filled in; ``{{`` is a brace.

    Raises:
        UsageError: Another placeholder, or a brace without its fellow.
    """
    try:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name in PLACEHOLDERS and (spec or conversion):
                raise UsageError(
                    f"the placeholder {{{name}}} takes no format", f"Write {{{name}}}, with nothing after it."
                )
            if name is not None and name not in PLACEHOLDERS:
                raise UsageError(
                    f"the output has no placeholder {{{name}}}",
                    "Placeholders: " + ", ".join(f"{{{known}}}" for known in PLACEHOLDERS),
                )
        return template.format_map(names)
    except ValueError as error:
        raise UsageError(
            f"the output {shown(template)!r} can't be read: {error}", "Write a brace itself as {{ or }}."
        ) from error


def fixed_folder(template: str) -> str:
    """The folder of a template that must be there already: the last before a placeholder.

    Those below it are made as needed.
    """
    folders = PurePath(template).parent.parts
    fixed = [all(name is None for _, name, _, _ in string.Formatter().parse(folder)) for folder in folders]
    return str(PurePath(*(filled(folder, {}) for folder in folders[: [*fixed, False].index(False)])))


def format_of(path: str, chosen: str | None) -> tuple[FileFormat, bool]:
    """The format of a file, and whether it is compressed: from its suffix, unless chosen.

    Raises:
        UsageError: The suffix says no format, or the format can't be compressed, or what it needs is not installed.
    """
    zipped = path.endswith(".gz")
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    name = chosen or ("csv" if path == STDOUT else None)
    found = [form for form in FORMATS.values() if (form.name == name if name else suffix in form.suffixes)]
    if not found:
        suffixes = ", ".join(suffix for form in FORMATS.values() for suffix in form.suffixes)
        raise UsageError(
            f"the name {shown(path)!r} does not say the format",
            f"End it in one of {suffixes} (text also with .gz), or say --format {' or '.join(FORMATS)}.",
        )
    if zipped and not found[0].compressible:
        raise UsageError(f"a {found[0].name} file is compressed already", "Leave out .gz.")
    found[0].check_installed()
    return found[0], zipped


class Counted(io.RawIOBase):
    """Writes to a file without a buffer, and counts the bytes.

    Attributes:
        bytes: How many so far.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.bytes = 0

    def writable(self) -> bool:
        """Whether it can be written to: always."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # all that is written here is bytes
        """Write all of the data at once."""
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self.bytes += len(data)
        return len(data)


@contextmanager
def compressed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file whose content is gzipped: the same content gives the same bytes, without a name or time in them."""
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed,
        # What compression makes of the content may depend on the sizes of its pieces.
        io.BufferedWriter(cast("io.RawIOBase", packed), _BLOCK) as buffered,
    ):
        yield cast("IO[bytes]", buffered)


def measured(path: Path) -> tuple[int, str]:
    """The size of a file, and its SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def stdout() -> FileIO:
    """Stdout without a buffer, in which what can't be written would stay until the process ends.

    Raises:
        OutputError: The process was started without.
    """
    if sys.stdout is None:
        raise OutputError("stdout is closed", "Write the calls to a file with -o.")
    sys.stdout.flush()
    buffer = sys.stdout.buffer
    return cast("FileIO", getattr(buffer, "raw", buffer))


def cannot_write(path: Path | str, error: OSError, *, kept: bool = False) -> OutputError:
    """The error for a file that can't be written.

    Args:
        path: What could not be written.
        error: Why.
        kept: Whether what is done so far is kept.
    """
    again = " and run the same command again" + (": what is done is kept." if kept else ".")
    more_files = "Raise the limit, for example with `ulimit -n 256`," + again
    hints = {
        errno.ENOSPC: "Make room" + again,
        errno.EDQUOT: "Make room within your quota" + again,
        errno.EFBIG: "Raise the limit for a file's size" + again,
        errno.EMFILE: more_files,
        errno.ENFILE: more_files,
        errno.EACCES: "Choose another place with -o, or correct the permissions.",
        errno.EIO: "Check the disk and the limits for files" + again,
        errno.EROFS: "Choose another place with -o.",
        errno.ENAMETOOLONG: "Choose a shorter name with -o.",
    }
    return OutputError(
        f"{path} can't be written: {error.strerror or error}",
        hints.get(error.errno or 0, "Choose another place with -o."),
    )


def cannot_read(path: Path | str, error: OSError) -> OutputError:
    """The error for a file that can't be read."""
    return OutputError(f"{path} can't be read: {error.strerror or error}")
