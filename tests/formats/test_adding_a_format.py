"""A format is a few lines: two functions and a `FileFormat`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from nxcdr.api.answer import decode_records
from nxcdr.output.formats import FORMATS, Batches, FileFormat, Shape
from nxcdr.output.text import cell_text
from tests.harness import DAY, Program, Serve, in_order, some_calls


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    values_of = shape.values()
    for batch in batches():
        for values in zip(*values_of(decode_records(batch)), strict=True):
            file.write("|".join(map(cell_text, values)).encode() + b"\n")


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in file:
        yield dict(enumerate(line.decode().split("|")))  # type: ignore[arg-type]  # it has no names


def test_a_new_format_is_known_by_its_suffix_and_has_all_that_others_have(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "psv", FileFormat("psv", (".psv",), write, read))
    monkeypatch.setenv("NXCDR_MASK_KEY", "key")
    calls = in_order(some_calls(5))
    serve(calls)
    outcome = nxcdr("export", DAY, "-o", "x.psv", "--columns", "callId,startTime,caller", "--mask", "caller")
    assert outcome.code == 0
    rows = [line.split("|") for line in (here / "x.psv").read_text().splitlines()]
    assert [row[0] for row in rows] == [call["callId"] for call in calls]
    assert all(row[1].startswith("2023-07-27T") and len(row[2]) == 16 for row in rows)
    assert nxcdr("export", DAY, "-o", "x.psv.gz").code == 0


def test_every_format_is_named_as_its_table_says() -> None:
    assert list(FORMATS) == ["csv", "jsonl", "parquet", "xlsx"]
    assert all(form.name == name for name, form in FORMATS.items())
