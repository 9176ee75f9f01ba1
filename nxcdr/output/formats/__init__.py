r"""The formats of files.

To add one, write a module here whose ``FORMAT`` is a `FileFormat`, and name it in `nxcdr.output.FORMAT_MODULES`: the
option ``--format``, the suffixes of file names, gzip and checks of files follow. A format is two functions::

    def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
        values_of = shape.values()
        for batch in batches():
            for row in zip(*values_of(decode_records(batch)), strict=True):
                file.write("|".join(map(cell_text, row)).encode() + b"\n")

    def read(file: IO[bytes]) -> Iterator[dict[str, Any]]: ...

    FORMAT = FileFormat("psv", (".psv",), write, read)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import IO, Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.api.fields import FIELD_NAMES
from nxcdr.errors import OutputError, UsageError
from nxcdr.output import FORMAT_MODULES
from nxcdr.output.mask import Mask
from nxcdr.output.text import cell_text
from nxcdr.output.values import Columns, Decode, Times, column_decoder_with, decoder_with, undocumented

Batches = Callable[[], Iterable[Sequence[bytes]]]
"""Gives the JSON texts of records, some at a time, in the order of the file; from the first, each time it is called."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Shape:
    """What the bytes of a file depend on, beside its calls.

    Attributes:
        zone: Of decoded times; None for values exactly as the API returned them.
        columns: Fields in their order; None for all.
        excel: CSV that opens correctly in Excel.
        mask: Replaces fields by pseudonyms; None for none.
        range: Seconds since 1970, half-open; None where it is not known.
        left_out: Gets the names of fields that are not documented and that the format leaves out.
    """

    zone: ZoneInfo | None = None
    columns: tuple[str, ...] | None = None
    excel: bool = False
    mask: Mask | None = None
    range: tuple[int, int] | None = None
    left_out: set[str] = field(default_factory=set, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of a format that leaves out what is not documented."""
        return self.columns or FIELD_NAMES

    def decoder(self, time: Callable[[Any], Any] | None = None) -> Decode | None:
        """A function that decodes and masks a record; None where values stay as they are.

        Args:
            time: Decodes a time, in milliseconds since 1970; None for ISO 8601 in the zone.
        """
        decode = decoder_with(time or Times(self.zone).text) if self.zone else None
        return self.mask.after(decode) if self.mask else decode

    def values(self, time: Callable[[Any], Any] | None = None) -> Callable[[Sequence[Record]], list[Sequence[Any]]]:
        """A function from records, as the API returned them, to their decoded and masked values, column by column.

        Args:
            time: As for `decoder`.
        """
        names = tuple(dict.fromkeys(FIELD_NAMES + self.names))
        decode = column_decoder_with(time or Times(self.zone).text) if self.zone else dict
        mask = self.mask

        def values(records: Sequence[Record]) -> list[Sequence[Any]]:
            if self.columns is None:
                self.left_out.update(undocumented(records))
            as_returned: Columns = {name: [record.get(name) for record in records] for name in names}
            columns = decode(as_returned)
            if mask:
                columns |= {name: list(map(mask.pseudonym, as_returned[name])) for name in mask.fields}
            return [columns[name] for name in self.names]

        return values


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files.

    Attributes:
        name: As ``--format`` takes it.
        suffixes: Of file names; the first is the usual one.
        write: Writes batches of records to a file that is open for binary writing, which may be a pipe.
        read: Reads the rows of a file, from a stream that is unpacked if it was compressed: values as they are written.
            Raises ValueError (or EOFError, OSError) where the file is not whole.
        compressible: Whether the file may also be gzipped.
        extra: The optional dependency that it needs; None for none.
        package: The package that the extra installs.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Batches, IO[bytes], Shape], None]
    read: Callable[[IO[bytes]], Iterator[dict[str, Any]]]
    compressible: bool = True
    extra: str | None = None
    package: str | None = None

    def check_installed(self) -> None:
        """Check that what the format needs is installed.

        Raises:
            UsageError: It is not.
        """
        if self.package and find_spec(self.package) is None:
            raise UsageError(
                f"{self.name} needs the package {self.package}, which is not installed",
                f"Install it with: pip install 'nxcdr[{self.extra}]'",
            )


def misfit(record: Record, name: str, value: Any, what: str) -> OutputError:
    """The error for a value that a format can't hold.

    Args:
        record: The call, as the API returned it.
        name: The field.
        value: Its value.
        what: The format, and what it would have to be there.
    """
    shown = cell_text(value)
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[:_LONGEST_SHOWN] + "…"
    return OutputError(
        f"call {record.get('callId')}: {name} is {shown!r}, which {what}",
        "Write CSV or JSON lines, which hold any value.",
    )


FORMATS: dict[str, FileFormat] = {}
for _module in FORMAT_MODULES.values():
    _format: FileFormat = import_module(f"{__name__}.{_module}").FORMAT
    FORMATS[_format.name] = _format

__all__ = ["FORMATS", "Batches", "FileFormat", "Record", "Shape"]
