"""Pseudonyms: keyed, the same in every file and format, and never told together with their key."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any

import pytest

from nxcdr.output.formats import FORMATS
from nxcdr.output.mask import Mask
from tests.harness import DAY, Program, Serve, csv_rows_of, in_order, json_lines_of, some_calls

KEY = "a key that nobody guesses"


def pseudonym(text: str, key: str = KEY) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    assert here.is_dir()
    monkeypatch.setenv("NXCDR_MASK_KEY", KEY)


@pytest.mark.parametrize("options", [(), ("--raw",), ("--columns", "callee,caller,callId")])
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet", "x.xlsx"])
def test_a_number_has_one_pseudonym_in_every_format(
    serve: Serve, nxcdr: Program, here: Path, name: str, options: tuple[str, ...]
) -> None:
    form = FORMATS[name.removeprefix("x.")]
    if form.package:
        pytest.importorskip(form.package)
    calls = in_order(some_calls(20))
    serve(calls)
    assert nxcdr("export", DAY, "-o", name, "--mask", "Caller,CALLEE", *options).code == 0
    rows = list(form.read(io.BytesIO((here / name).read_bytes())))
    assert [(row["caller"], row["callee"]) for row in rows] == [
        (pseudonym(call["caller"]), pseudonym(call["callee"])) for call in calls
    ]
    assert [row["callId"] for row in rows] == [call["callId"] for call in calls]
    assert not any(call["caller"].encode() in (here / name).read_bytes() for call in calls)


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "tsv"])
def test_query_masks_in_every_format(serve: Serve, nxcdr: Program, form: str) -> None:
    (call,) = some_calls(1)
    serve([call])
    for options in ((), ("--details",)) if form == "table" else ((),):
        outcome = nxcdr("query", DAY, "--mask", "caller", "-f", form, *options)
        assert outcome.code == 0
        assert pseudonym(call["caller"]) in outcome.out
        assert call["caller"] not in outcome.out


@pytest.mark.parametrize(
    ("value", "masked"),
    [(None, None), ("", ""), (85235757580, pseudonym("85235757580")), ("é", pseudonym("é")), (True, pseudonym("true"))],
)
def test_nothing_stays_nothing_and_all_else_is_masked_as_its_text(value: Any, masked: Any) -> None:
    assert Mask(("caller",), KEY.encode()).pseudonym(value) == masked


def test_a_masked_time_is_masked_as_it_came_and_the_queue_s_unit_is_still_known(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    (call,) = some_calls(1)
    queue = {"inQueueTime": call["startTime"], "outQueueTime": call["startTime"] + 5139, "queueDuration": 5139}
    serve([{**call, **queue}])
    assert nxcdr("export", DAY, "-o", "x.csv", "--mask", "inQueueTime").code == 0
    (row,) = csv_rows_of(here / "x.csv")
    assert (row["inQueueTime"], row["queueDuration"]) == (pseudonym(str(call["startTime"])), "5.139")


def test_another_key_gives_other_pseudonyms_from_the_same_unfinished_work(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (call,) = some_calls(1)
    serve([call])
    monkeypatch.setenv("NXCDR_MASK_KEY", "another")
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--mask", "caller").code == 0
    (row,) = json_lines_of(here / "x.jsonl")
    assert row["caller"] == pseudonym(call["caller"], "another")


def test_the_receipt_names_the_masked_fields_and_never_the_key(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    outcome = nxcdr("-vv", "export", DAY, "-o", "x.csv", "--mask", "caller", "--receipt")
    assert outcome.code == 0
    text = (here / "x.csv.receipt.json").read_text()
    assert json.loads(text)["file"]["mask"] == ["caller"]
    assert KEY not in text + outcome.err + outcome.out + (here / "x.csv").read_text()
    assert KEY not in repr(Mask(("caller",), KEY.encode()))


def test_without_a_key_it_is_exit_code_2_that_says_how_to_set_one(
    serve: Serve, nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(some_calls(1))
    monkeypatch.delenv("NXCDR_MASK_KEY")
    for command in ("query", "export"):
        outcome = nxcdr(command, DAY, "--mask", "caller")
        assert outcome.code == 2
        assert "nxcdr config set -p main mask_key" in outcome.err
    assert not sandbox.requests


@pytest.mark.parametrize("fields", ["", "callers", "caller,caller"])
def test_a_name_that_is_no_field_is_a_usage_error(serve: Serve, nxcdr: Program, fields: str) -> None:
    serve(some_calls(1))
    assert nxcdr("export", DAY, "--mask", fields).code == 2
