"""Receipts: what an export holds, written beside it, and checked against it later without a network."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from nxcdr.errors import UsageError

SCHEMA = 1
_CHUNK = 1 << 20


def receipt_path(path: Path) -> Path:
    """Where the receipt of a file lies: beside it."""
    return path.with_name(path.name + ".receipt.json")


def write_receipt(place: Path, facts: Mapping[str, Any]) -> None:
    """Write a receipt, and make it last.

    Raises:
        OSError: It can't be written.
    """
    with place.open("w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump({"schema": SCHEMA, **facts}, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a file against its receipt found; no faults: it is as it was written."""

    path: Path
    rows: int
    faults: tuple[str, ...]


def verify(path: Path) -> Verdict:
    """Check a file against its receipt: bytes, digest and rows.

    Raises:
        UsageError: There is no such file, or no receipt that can be read.
        OSError: The file can't be read.
    """
    if not path.is_file():
        raise UsageError(f"{path} is not a file", "Name files exported with --receipt.")
    try:
        receipt = json.loads(receipt_path(path).read_bytes())
        want = receipt["file"]
        expected = (int(want["bytes"]), str(want["sha256"]), int(receipt["rows"]), str(want["format"]))
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} has no receipt ({receipt_path(path).name})", "Exports write one with --receipt."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{receipt_path(path)} is no receipt that can be read", "Export again with --overwrite --receipt."
        ) from error
    size, digest, rows, form = expected
    found_size, found_digest = _measure(path)
    faults = []
    if found_size != size:
        faults.append(f"{found_size} bytes instead of {size}")
    if found_digest != digest:
        faults.append("its content is not what was written (SHA-256 differs)")
    found_rows = _count_rows(path, form)
    if found_rows is None:
        faults.append("it can't be read to its end")
    elif found_rows != rows:
        faults.append(f"{found_rows} rows instead of {rows}")
    return Verdict(path, rows if found_rows is None else found_rows, tuple(faults))


def _measure(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _count_rows(path: Path, form: str) -> int | None:
    try:
        with path.open("rb") as file:
            plain = cast("IO[bytes]", gzip.GzipFile(fileobj=file) if path.name.endswith(".gz") else file)
            with io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text:
                if form == "jsonl":
                    return sum(1 for _ in text)
                csv.field_size_limit(1 << 30)
                return max(0, sum(1 for _ in csv.reader(text)) - 1)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error):
        return None


def distinct(digests: Iterable[bytes]) -> int:
    """How many different 8-byte digests there are, in bounded memory: counted one sixteenth at a time."""
    kept = b"".join(digests)
    view = memoryview(kept).cast("Q") if kept else memoryview(b"")
    return sum(len({value for value in view if value & 15 == part}) for part in range(16))


def call_digest(call_id: Any) -> bytes:
    """8 bytes that stand for a callId."""
    return hashlib.blake2b(str(call_id).encode("utf-8", "backslashreplace"), digest_size=8).digest()
