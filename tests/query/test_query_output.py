"""What `nxcdr query` writes for programs, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nxcdr.sandbox import Fault
from tests.harness import DAY, Program, Serve, in_order, some_calls
from tests.query.looked_at import EVENING, two_days

FORMATS = ("table", "json", "jsonl", "csv", "tsv")
FIELDS = "startTime,caller,agentNickName,direction,queueDuration,answered,totalCustomerPrice"


def rows_of(text: str, form: str) -> list[dict[str, Any]]:
    match form:
        case "json":
            found: list[dict[str, Any]] = json.loads(text)
            return found
        case "jsonl":
            return [json.loads(line) for line in text.split("\n")[:-1]]
        case "csv":
            return list(csv.DictReader(io.StringIO(text)))
    head, *lines = (line.split("\t") for line in text.split("\n")[:-1])
    return [dict(zip(head, line, strict=True)) for line in lines]


def as_cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("raw", [(), ("--raw",)])
def test_the_same_calls_and_values_come_in_every_format(serve: Serve, nxcdr: Program, raw: tuple[str, ...]) -> None:
    serve(two_days())
    found = {}
    for form in FORMATS:
        outcome = nxcdr("query", *EVENING, "--columns", FIELDS, "-f", form, *raw)
        assert outcome.code == 0
        found[form] = [{name: as_cell(value) for name, value in row.items()} for row in rows_of(outcome.out, form)]
    assert len(found["json"]) == 26
    assert all(rows == found["json"] for rows in found.values())


def test_calls_come_newest_first_and_stderr_says_that_there_are_more(serve: Serve, nxcdr: Program) -> None:
    calls = in_order(some_calls(300))
    serve(calls)
    outcome = nxcdr("query", DAY, "-f", "jsonl")
    assert [row["callId"] for row in rows_of(outcome.out, "jsonl")] == [call["callId"] for call in calls[:-51:-1]]
    assert "there are more" in outcome.err
    everything = nxcdr("query", DAY, "-f", "jsonl", "--limit", "0")
    assert [row["callId"] for row in rows_of(everything.out, "jsonl")] == [call["callId"] for call in calls[::-1]]
    assert "there are more" not in everything.err


@pytest.mark.parametrize(("form", "empty"), [("json", "[]\n"), ("jsonl", "")])
def test_no_calls_are_a_valid_document_and_a_success(serve: Serve, nxcdr: Program, form: str, empty: str) -> None:
    serve()
    outcome = nxcdr("query", DAY, "-f", form)
    assert (outcome.code, outcome.out) == (0, empty)
    assert "no calls" in outcome.err


@pytest.mark.parametrize("form", ["csv", "tsv", "table"])
def test_no_calls_still_have_a_heading(serve: Serve, nxcdr: Program, form: str) -> None:
    serve()
    assert nxcdr("query", DAY, "-f", form).out.count("\n") == 1


def test_off_a_terminal_the_table_is_tab_separated_whole_and_one_line_a_call(serve: Serve, nxcdr: Program) -> None:
    serve(two_days(), hostile=True)
    lines = nxcdr("query", *EVENING).out.split("\n")[:-1]
    assert lines[0].split("\t") == [
        "time",
        "direction",
        "caller",
        "callee",
        "agent",
        "outcome",
        "queue",
        "talk",
        "cost",
    ]
    assert {line.count("\t") for line in lines} == {8}
    assert len(lines) == 27
    assert all(line.replace("\t", "").isprintable() for line in lines)
    assert any("long " * 1000 in line for line in lines)


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_hostile_text_is_kept_exactly_for_programs(serve: Serve, nxcdr: Program, form: str) -> None:
    serve(two_days(), hostile=True)
    others = {row["other"] for row in rows_of(nxcdr("query", "2024-05-20", "-n", "0", "-f", form).out, form)}
    assert {"\x1b[2J\x1b[31mred\x1b]0;title\x07", "NUL\x00inside", "right\u202eto\u2066left"} <= others


def test_details_off_a_terminal_are_lines_of_name_value_and_meaning(serve: Serve, nxcdr: Program) -> None:
    serve(two_days(), extra_fields={"newField": [1, "a\tb"]})
    lines = [line.split("\t") for line in nxcdr("query", "2023-07-27", "--details").out.split("\n")[:-1]]
    fields = {line[0]: line[1:] for line in lines[:30]}
    assert fields["queueDuration"] == ["5.139 s", "time in the queue"]
    assert fields["answerTime"] == ["never", "when it was connected"]
    assert fields["newField"] == ['[1,"a\\tb"]', "not documented"]
    assert fields["timeline"][0].startswith("ring +0.000 s, start +0.841 s, into the queue +0.861 s")
    assert lines[30] == [""]


def test_csv_names_once_the_undocumented_fields_that_it_leaves_out(serve: Serve, nxcdr: Program) -> None:
    serve(two_days(), extra_fields={"newField": 1})
    assert nxcdr("query", "2024-05-20", "-n", "0", "-f", "csv").err.count("newField") == 1
    assert "newField" not in nxcdr("query", "2024-05-20", "-f", "jsonl").err


def test_records_with_fields_missing_or_of_odd_types_are_shown(serve: Serve, nxcdr: Program) -> None:
    odd = {"direction": [], "answered": "yes", "callDuration": -5, "totalCustomerPrice": "free", "callId": {"a": 1}}
    serve(two_days(), extra_fields=odd, missing_fields=["caller", "agentName", "queueDuration"])
    for argv in ((), ("--details",), ("--columns", "all"), ("-f", "tsv"), ("--raw",)):
        assert nxcdr("query", *EVENING, *argv).code == 0


def test_an_error_leaves_nothing_on_stdout(serve: Serve, nxcdr: Program) -> None:
    serve(two_days(), faults=(Fault.BAD_GATEWAY,), fault_every=1)
    for form in FORMATS:
        outcome = nxcdr("query", "2024-05-20", "-f", form, "--retries", "0")
        assert (outcome.code, outcome.out) == (5, "")


@pytest.mark.parametrize("form", FORMATS)
def test_a_reader_that_leaves_ends_it_quietly(
    serve: Serve, spawn: Callable[..., subprocess.Popen[bytes]], form: str
) -> None:
    serve(two_days())
    process = spawn("query", "2024-05-20", "-n", "0", "-q", "-f", form, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(20) == 0


@pytest.mark.parametrize("argv", [("-f", form) for form in FORMATS] + [("--details",), ("--columns", "all")], ids=str)
def test_a_reader_that_has_seen_enough_ends_it_quietly(
    serve: Serve, spawn: Callable[..., subprocess.Popen[bytes]], argv: tuple[str, ...]
) -> None:
    serve(some_calls(3_000))
    process = spawn("query", DAY, "-n", "0", "-q", *argv, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(20) == 0


@pytest.mark.parametrize("argv", [("-f", form) for form in FORMATS] + [("--details",)], ids=str)
def test_only_the_data_is_on_stdout(serve: Serve, nxcdr: Program, argv: tuple[str, ...]) -> None:
    serve(two_days())
    normal, verbose, traced, quiet = (
        nxcdr("query", *EVENING, *argv, *loud) for loud in ((), ("-v",), ("-vv",), ("-q",))
    )
    assert normal.out == verbose.out == traced.out == quiet.out != ""
    assert quiet.err == ""
    assert normal.err.startswith("range: 2024-05-20 20:20")


def test_a_large_array_is_whole(serve: Serve, nxcdr: Program) -> None:
    calls = in_order(some_calls(3_000))
    serve([{**call, "other": "x" * 8_000} for call in calls])
    found = json.loads(nxcdr("query", DAY, "-n", "0", "-f", "json").out)
    assert [call["callId"] for call in found] == [call["callId"] for call in calls[::-1]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_of_files(serve: Serve, spawn: Callable[..., subprocess.Popen[bytes]]) -> None:
    serve(two_days())
    with Path("/dev/full").open("wb") as full:
        process = spawn("query", "2024-05-20", "-q", stdout=full)
        assert process.wait(20) == 6
    assert process.stderr is not None
    assert b"No space left" in process.stderr.read()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--limit", "-1"), "is negative"),
        (("--watch",), "needs a terminal"),
        (("--watch", "1"), "too often"),
        (("--watch=soon",), "not a number of seconds"),
        (("--watch", "20230727"), "more seconds than a day has"),
        (("--watch", "--details"), "shows a table"),
        (("--watch", "5", "-f", "json"), "shows a table"),
        (("--watch", "-n", "0"), "not all"),
    ],
)
def test_a_wrong_option_is_a_usage_error(serve: Serve, nxcdr: Program, argv: tuple[str, ...], said: str) -> None:
    sandbox = serve()
    outcome = nxcdr("query", DAY, *argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert not sandbox.requests


def test_words_after_watch_are_the_range(serve: Serve, nxcdr: Program) -> None:
    serve()
    assert "needs a terminal" in nxcdr("query", "--watch", "last", "2", "hours").err
    assert "needs a terminal" in nxcdr("query", "--watch", "5", "last", "2", "hours").err


def test_the_legs_of_a_call_are_shown_together_also_with_other_calls_between(serve: Serve, nxcdr: Program) -> None:
    first, other, *_ = two_days()[:2]
    later = {**first, "startTime": other["startTime"] - 60_000, "agentName": "NX2"}
    serve([{**first, "startTime": other["startTime"] + 60_000}, other, later])
    lines = nxcdr("query", "2023-07-27", "--details").out.split("\n")
    ids = [line.split("\t")[1] for line in lines if line.startswith("callId\t")]
    assert ids == [first["callId"], first["callId"], other["callId"]]
    agents = [line.split("\t")[1] for line in lines if line.startswith("agentName\t")]
    assert agents[:2] == ["NX2", "-"]
