"""Reading exported files back."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from nxcdr.output.formats import FileFormat

Row = dict[str, Any]
"""A call as it is written in a file: values by field names."""

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


class DamagedError(Exception):
    """A file that can't be read to its end."""


def rows_of(path: Path, form: FileFormat) -> Iterator[Row]:
    """The rows of a file, unpacked if it is compressed.

    Raises:
        UsageError: What the format needs is not installed.
        DamagedError: It is not whole.
        OSError: It can't be read.
    """
    form.check_installed()
    with path.open("rb") as file, _damage():
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        yield from form.read(cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file)


def has_end(form: FileFormat, *, compressed: bool) -> bool:
    """Whether a cut-off file can be recognised: if it is compressed, or its format ends with an index."""
    return compressed or not form.compressible


def check_end(path: Path, form: FileFormat, *, compressed: bool) -> None:
    """Find out whether a file has its end, where the format tells.

    Raises:
        DamagedError: It has not.
        OSError: It can't be read.
    """
    if compressed:
        with gzip.open(path) as file, _damage():
            while file.read(_CHUNK):
                pass
    elif not form.compressible:
        next(rows_of(path, form), None)


@contextmanager
def _damage() -> Iterator[None]:
    """Tell a file that is not whole from one that can't be read."""
    try:
        yield
    except (ValueError, EOFError, zlib.error) as error:
        raise DamagedError(str(error)) from error
    except OSError as error:
        if error.errno:
            raise
        raise DamagedError(str(error)) from error
