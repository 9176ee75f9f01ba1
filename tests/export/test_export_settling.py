"""Ranges that reach into the present, receipts, and checking files against them."""

from __future__ import annotations

import hashlib
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nxcdr.sandbox import Fault
from tests.harness import DAY, END, START, Program, Serve, left_in, some_calls


def receipt_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"{path}.receipt.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("settle", "minutes_ago", "settled"), [("60", 59, False), ("60", 61, True), ("5", 6, True), ("0", 1, True)]
)
def test_a_range_that_reaches_into_the_present_is_warned_of_and_said_so_in_the_receipt(
    serve: Serve,
    nxcdr: Program,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    settle: str,
    minutes_ago: int,
    settled: bool,
) -> None:
    config = here.parent / "config.toml"
    config.write_text(f"[profiles.main]\nsettle = {settle}\n")
    config.chmod(0o600)
    monkeypatch.setenv("NXCDR_CONFIG", str(config))
    serve()
    end = datetime.fromtimestamp(time.time() - minutes_ago * 60, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    argv = ("export", "--from", "2023-07-27", "--to", end, "--tz", "UTC", "-o", "x.csv", "--receipt", "-p", "main")
    outcome = nxcdr("-q", *argv)
    assert outcome.code == 0
    assert ("not settled yet" in outcome.err) is not settled
    assert receipt_of(here / "x.csv")["settled"] is settled
    assert json.loads(nxcdr(*argv, "--overwrite", "--json").out)["files"][0]["settled"] is settled


def test_a_range_that_ends_in_the_future_is_not_settled_even_where_nobody_wants_the_warning(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = here.parent / "config.toml"
    config.write_text("[profiles.main]\nsettle = 0\n")
    config.chmod(0o600)
    monkeypatch.setenv("NXCDR_CONFIG", str(config))
    serve()
    outcome = nxcdr("export", "today", "-p", "main", "-o", "x.csv", "--receipt")
    assert ("not settled" in outcome.err, receipt_of(here / "x.csv")["settled"]) == (False, False)


def test_a_receipt_tells_what_was_asked_what_came_and_what_it_cost(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = some_calls(700)
    calls += [{**calls[0], "caller": "another leg"}]
    sandbox = serve(calls, faults=(Fault.ERROR,), fault_at=(2,))
    began = time.time()
    assert (
        nxcdr("export", DAY, "-o", "x.csv.gz", "--receipt", "--direction", "inbound", "--columns", "callId").code == 0
    )
    found = receipt_of(here / "x.csv.gz")
    wanted = sorted((call for call in calls if call["direction"] == 0), key=lambda call: call["startTime"])
    data = (here / "x.csv.gz").read_bytes()
    assert found.pop("tool").startswith("nxcdr ")
    assert began - 1 <= datetime.fromisoformat(found["started"]).timestamp()
    assert found.pop("started") <= found.pop("finished")
    assert found.pop("windows") >= 1
    assert found == {
        "schema": 1,
        "range": {
            "phrase": DAY,
            "start": START,
            "end": END,
            "start_iso": "2023-07-27T00:00:00+08:00",
            "end_iso": "2023-07-28T00:00:00+08:00",
            "zone": "Asia/Hong_Kong",
        },
        "filters": {"direction": "inbound"},
        "account": "sand…",
        "endpoint": f"{sandbox.base_url}/saas/cc/openapi/cdr/page",
        "rows": len(wanted),
        "distinct_call_ids": len({call["callId"] for call in wanted}),
        "repeats_dropped": 0,
        "starting_outside": 0,
        "selected_by": "start",
        "first_start": wanted[0]["startTime"],
        "last_start": wanted[-1]["startTime"],
        "requests": len(sandbox.requests),
        "retries": 1,
        "resumed": False,
        "settled": True,
        "file": {
            "name": "x.csv.gz",
            "format": "csv",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "columns": ["callId"],
            "raw": False,
            "excel": False,
        },
    }
    assert sandbox.access_secret not in (here / "x.csv.gz.receipt.json").read_text()


def test_each_file_of_a_split_has_a_receipt_of_its_own_cost(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(some_calls(700))
    assert nxcdr("export", DAY, "--split", "hour", "-o", "{start}.csv", "--receipt").code == 0
    receipts = [json.loads(path.read_text()) for path in here.glob("*.receipt.json")]
    assert len(receipts) == 24
    assert sum(receipt["requests"] for receipt in receipts) == len(sandbox.requests)
    assert sum(receipt["rows"] for receipt in receipts) == 700


def test_the_receipt_of_records_out_of_place_is_right(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = some_calls(900)
    serve(calls, missing_fields=("startTime",), missing_every=20)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--receipt", "--raw").code == 0
    found = receipt_of(here / "x.jsonl")
    times = [json.loads(line).get("startTime") for line in (here / "x.jsonl").read_text().splitlines()]
    known = [time for time in times if time is not None]
    assert (found["rows"], found["distinct_call_ids"]) == (900, 900)
    assert (found["first_start"], found["last_start"]) == (min(known), max(known))
    assert nxcdr("verify", "x.jsonl").code == 0


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.csv.gz", "x.ndjson.gz"])
@pytest.mark.parametrize("options", [(), ("--raw",)], ids=["decoded", "raw"])
def test_verify_is_content_with_what_was_written_and_with_nothing_else(
    serve: Serve, nxcdr: Program, here: Path, name: str, options: tuple[str, ...]
) -> None:
    serve(some_calls(60), hostile=True)
    assert nxcdr("export", DAY, "-o", name, "--receipt", *options).code == 0
    good = nxcdr("verify", name)
    assert (good.code, good.out, f"{name}: OK, 60 rows\n") == (0, "", good.err)
    path = here / name
    data = path.read_bytes()
    for bad in (data[:-1], data + b"x", data[:100] + b"\x00" + data[101:], b""):
        path.write_bytes(bad)
        outcome = nxcdr("verify", name)
        assert outcome.code == 7
        assert "SHA-256 differs" in outcome.err
        assert "the file differs from its receipt" in outcome.err
    path.unlink()
    assert nxcdr("verify", name).code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": 1, "rows": 1}', '{"file": {"bytes": "x"}}', "\x00"])
def test_a_receipt_that_can_not_be_read_is_a_usage_error(nxcdr: Program, here: Path, text: str) -> None:
    (here / "x.csv").touch()
    (here / "x.csv.receipt.json").write_text(text)
    outcome = nxcdr("verify", "x.csv")
    assert (outcome.code, "is not a receipt" in outcome.err) == (2, True)


def test_every_file_is_checked_and_the_worst_finding_decides(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    for name in ("good.csv", "bad.csv"):
        assert nxcdr("export", DAY, "-o", name, "--receipt").code == 0
    with (here / "bad.csv").open("a") as file:
        file.write("more\n")
    (here / "none.csv").touch()
    outcome = nxcdr("verify", "none.csv", "bad.csv", "good.csv")
    assert outcome.code == 7
    assert "none.csv has no receipt" in outcome.err
    assert re.search(r"bad\.csv: \d+ bytes instead of \d+;.*; 4 rows instead of 3", outcome.err)
    assert "good.csv: OK" in outcome.err
    outcome = nxcdr("-q", "verify", "none.csv", "good.csv")
    assert (outcome.code, outcome.err.splitlines()[0]) == (
        2,
        "nxcdr: error: none.csv has no receipt (none.csv.receipt.json)",
    )
    assert nxcdr("-q", "verify", "good.csv").err == ""
    assert nxcdr("verify").code == 2


def test_verify_tells_programs_the_same(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(3))
    for name in ("good.csv.gz", "bad.jsonl"):
        assert nxcdr("export", DAY, "-o", name, "--receipt").code == 0
    (here / "bad.jsonl").write_bytes((here / "bad.jsonl").read_bytes()[:-1])
    (here / "none.csv").touch()
    outcome = nxcdr("-q", "verify", "--json", "good.csv.gz", "bad.jsonl", "none.csv")
    found = json.loads(outcome.out)["files"]
    assert outcome.code == 7
    assert [file["path"] for file in found] == ["good.csv.gz", "bad.jsonl", "none.csv"]
    assert [(file["state"], file["rows"], len(file["faults"])) for file in found] == [
        ("ok", 3, 0),
        ("different", 3, 3),
        ("unchecked", None, 1),
    ]
    assert json.loads(nxcdr("-q", "verify", "--json", "good.csv.gz").out)["files"][0]["state"] == "ok"


def test_verify_needs_no_settings_and_no_network(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(some_calls(3)).stop()
    monkeypatch.setenv("NXCDR_CONFIG", "/dev/null/none")
    assert nxcdr("verify", "x.csv").code == 2
    assert left_in(here) == []
