"""Receipts: what an export holds, written beside it, and checked against it later without a network."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, Literal

import msgspec

from nxcdr.errors import UsageError
from nxcdr.output.files import measured
from nxcdr.output.formats import FORMATS
from nxcdr.output.places import Place
from nxcdr.output.reading import DamagedError, rows_of

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class ReceiptRange:
    """The range a file holds: seconds since 1970, half-open, and the zone of its decoded times."""

    start: int
    end: int
    zone: str


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A file as it was written, and what its bytes depend on beside the calls."""

    format: str
    bytes: int
    sha256: str
    columns: tuple[str, ...] | None = None
    raw: bool = False
    excel: bool = False
    mask: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What programs need of a receipt; it holds more, for people.

    Attributes:
        file: The file.
        rows: Calls in it.
        range: The range; None where it is not told.
        settled: Whether no more calls could come into it.
        finished: When it was written; None where it is not told.
        filters: Names and values of the filters.
        account: The beginning of the access key.
        endpoint: The URL that was asked.
    """

    file: ReceiptFile
    rows: int
    range: ReceiptRange | None = None
    settled: bool = True
    finished: datetime | None = None
    account: str = ""
    endpoint: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    schema: Literal[1] = 1


_read = msgspec.json.Decoder(Receipt).decode


def write_receipt(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a receipt, and make it last.

    Raises:
        OSError: It can't be written.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump({"schema": SCHEMA, **facts}, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read_receipt(place: Place) -> Receipt | None:
    """The receipt of a file; None if it has none.

    Raises:
        DamagedError: It can't be understood.
        OSError: It can't be read.
    """
    try:
        with place.receipt.fetched() as path:
            return _read(path.read_bytes())
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedError(f"{place.receipt.name} is not a receipt that can be read") from error


def required_receipt(place: Place) -> Receipt:
    """The receipt of a file that must have one.

    Raises:
        UsageError: There is no such file, or no receipt that can be used.
        OSError: It can't be read.
    """
    if not place.found():
        raise UsageError(f"{place.name} is not a file", "Name files exported with --receipt.")
    try:
        receipt = read_receipt(place)
    except DamagedError as error:
        raise UsageError(str(error), "Export again with --overwrite --receipt.") from error
    if receipt is None:
        raise UsageError(
            f"{place.name} has no receipt ({PurePath(place.receipt.name).name})", "Exports write one with --receipt."
        )
    if receipt.file.format not in FORMATS:
        raise UsageError(f"{place.name}: this version can't read {receipt.file.format} files", "Update nxcdr.")
    return receipt


def faults(receipt: Receipt, size: int, digest: str) -> list[str]:
    """In what a file is not what its receipt says: its size, its content; empty if it is.

    Args:
        receipt: The receipt.
        size: In bytes.
        digest: SHA-256 in hexadecimal; empty where it is not known.
    """
    found = []
    if size != receipt.file.bytes:
        found.append(f"{size} bytes instead of {receipt.file.bytes}")
    if digest and digest != receipt.file.sha256:
        found.append("its content is not what was written (SHA-256 differs)")
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a file against its receipt found; no faults: it is as it was written."""

    rows: int
    faults: tuple[str, ...]


def verify(place: Place) -> Verdict:
    """Check a file against its receipt: bytes, digest and rows.

    Raises:
        UsageError: There is no such file, or no receipt that can be used.
        OSError: The file can't be read.
    """
    receipt = required_receipt(place)
    with place.fetched() as path:
        found = faults(receipt, *measured(path))
        try:
            rows = sum(1 for _ in rows_of(path, FORMATS[receipt.file.format]))
        except DamagedError:
            return Verdict(receipt.rows, (*found, "it can't be read to its end"))
    if rows != receipt.rows:
        found.append(f"{rows} rows instead of {receipt.rows}")
    return Verdict(rows, tuple(found))
