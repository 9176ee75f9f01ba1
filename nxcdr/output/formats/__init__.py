"""Files in several formats, each in a module of its own that registers itself by its ``FORMAT``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import IO, Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.output.values import Decode, decoder

_MODULES = ("comma_separated", "json_lines")

Batches = Iterable[Sequence[bytes]]
"""The JSON texts of records, some at a time, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the bytes of a file depend on, beside its calls.

    Attributes:
        zone: Of decoded times; None for values exactly as the API returned them.
        columns: Fields in their order; None for all.
        excel: CSV that opens correctly in Excel.
        left_out: Gets the names of fields that are not documented and that the format leaves out.
    """

    zone: ZoneInfo | None = None
    columns: tuple[str, ...] | None = None
    excel: bool = False
    left_out: set[str] = field(default_factory=set, compare=False)

    def decoder(self) -> Decode | None:
        """A function that decodes a record; None where values stay as they are."""
        return decoder(self.zone) if self.zone else None


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files.

    Attributes:
        name: As ``--format`` takes it.
        suffixes: Of file names; the first is the usual one.
        write: Writes batches of records to a file that is open for binary writing.
        read: Reads the rows of a file, from a stream that is unpacked if it was compressed: values as they are written.
            Raises ValueError (or EOFError, OSError) where the file is not whole.
        compressible: Whether the file may also be gzipped.
        extra: The optional dependency that it needs; None for none.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Batches, IO[bytes], Shape], None]
    read: Callable[[IO[bytes]], Iterator[dict[str, Any]]]
    compressible: bool = True
    extra: str | None = None


FORMATS: dict[str, FileFormat] = {}
for _module in _MODULES:
    _format: FileFormat = import_module(f"{__name__}.{_module}").FORMAT
    FORMATS[_format.name] = _format

__all__ = ["FORMATS", "Batches", "FileFormat", "Record", "Shape"]
