"""Options of export: files by the calendar, what is skipped and replaced, plans and summaries."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from nxcdr.sandbox import Fault
from tests.harness import DAY, END, START, Program, Serve, csv_rows_of, json_lines_of, left_in, some_calls

WEEK = "2023-07-24..2023-07-30"
DAY_SECONDS = 86400


def of_the_week(count: int = 500) -> list[dict[str, object]]:
    return some_calls(count, START - 3 * DAY_SECONDS, START + 4 * DAY_SECONDS)


@pytest.mark.parametrize(
    ("split", "span", "names"),
    [
        ("day", "2023-07-26..2023-07-28", [f"x-2023-07-{n}.csv" for n in (26, 27, 28)]),
        ("month", "2023-06-29..2023-08-02", [f"x-{day}.csv" for day in ("2023-06-29", "2023-07-01", "2023-08-01")]),
    ],
)
def test_split_writes_a_file_for_each_unit_of_the_calendar(
    serve: Serve, nxcdr: Program, here: Path, split: str, span: str, names: list[str]
) -> None:
    calls = of_the_week()
    serve(calls)
    assert nxcdr("export", span, "--split", split, "-o", "x-{date}.csv").code == 0
    assert left_in(here) == names
    days = [row["startTime"][:10] for name in names for row in csv_rows_of(here / name)]
    assert days == sorted(days)
    for name in names:
        month_or_day = name[2:12] if split == "day" else name[2:9]
        assert all(row["startTime"].startswith(month_or_day) for row in csv_rows_of(here / name))


@pytest.mark.parametrize(("day", "hours"), [("2023-10-29", 24), ("2023-03-26", 23), ("2023-07-27", 24)])
def test_hours_are_those_the_zone_s_clocks_show(serve: Serve, nxcdr: Program, here: Path, day: str, hours: int) -> None:
    serve()
    assert nxcdr("export", day, "--split", "hour", "--tz", "Europe/Berlin").code == 0
    names = left_in(here)
    assert len(names) == hours
    assert names[0] == f"cdr-{day}T000000.csv"


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        ((DAY,), "cdr-2023-07-27.csv"),
        ((WEEK,), "cdr-2023-07-24_2023-07-30.csv"),
        ((DAY, "--format", "jsonl"), "cdr-2023-07-27.jsonl"),
        ((DAY, "-o", "{profile}-{start}-{end}.NDJSON"), "main-2023-07-27T000000-2023-07-28T000000.NDJSON"),
        ((DAY, "-o", "a{{b}}.csv"), "a{b}.csv"),
        ((DAY, "-o", "calls.txt", "--format", "csv"), "calls.txt"),
    ],
)
def test_names_tell_what_is_in_the_file(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], name: str
) -> None:
    serve()
    config = here.parent / "config.toml"
    config.write_text("[profiles.main]\n")
    config.chmod(0o600)
    monkeypatch.setenv("NXCDR_CONFIG", str(config))
    monkeypatch.setenv("NXCDR_PROFILE", "main")
    assert nxcdr("export", *argv).code == 0
    assert left_in(here) == [name]


def test_a_template_that_does_not_tell_the_files_apart_is_a_usage_error(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    sandbox = serve()
    for output in ("x.csv", "{date}.csv"):
        outcome = nxcdr("export", DAY, "--split", "hour", "-o", output)
        assert (outcome.code, "does not tell 24 files apart" in outcome.err) == (2, True)
    assert (sandbox.requests, left_in(here)) == ([], [])


def test_a_nightly_job_fetches_only_the_days_that_are_missing(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(of_the_week())
    job = ("export", WEEK, "--split", "day", "--skip-existing", "-o", "cdr-{date}.csv.gz")
    assert nxcdr(*job).code == 0
    whole = {path.name: path.read_bytes() for path in here.iterdir()}
    assert len(whole) == 7
    for day in ("25", "28"):
        (here / f"cdr-2023-07-{day}.csv.gz").unlink()
    sandbox.requests.clear()
    outcome = nxcdr(*job)
    assert outcome.code == 0
    assert "2 files" in outcome.err
    assert "5 files left as they were" in outcome.err
    assert {path.name: path.read_bytes() for path in here.iterdir()} == whole
    asked = {request.body["startTime"] for request in sandbox.requests if request.body}
    assert min(asked) >= START - 2 * DAY_SECONDS
    assert len(sandbox.requests) <= 4
    sandbox.requests.clear()
    outcome = nxcdr(*job)
    assert (outcome.code, sandbox.requests) == (0, [])
    assert "nothing to do: 7 files left as they were" in outcome.err


def test_nothing_is_replaced_where_only_one_of_many_files_exists(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(of_the_week())
    (here / "2023-07-29.csv").write_text("kept")
    outcome = nxcdr("export", WEEK, "--split", "day", "-o", "{date}.csv")
    assert (outcome.code, sandbox.requests, left_in(here)) == (6, [], ["2023-07-29.csv"])
    assert "2023-07-29.csv exists already" in outcome.err


def test_files_that_are_whole_stay_where_a_later_one_fails(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(of_the_week(), faults=(Fault.ERROR,), fault_at=range(4, 99))
    outcome = nxcdr("export", WEEK, "--split", "day", "-o", "{date}.csv", "--retries", "0", "--concurrency", "1")
    assert outcome.code == 5
    assert 0 < len(left_in(here)) < 5
    assert all(not name.startswith(".") for name in left_in(here))


def test_an_interrupted_run_s_answered_requests_are_named_as_kept_when_the_server_fails(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    sandbox = serve(some_calls(9000), faults=(Fault.ERROR,), fault_at=range(60, 999))
    outcome = nxcdr("export", DAY, "-o", "x.csv", "--retries", "0", "--concurrency", "1")
    assert (outcome.code, "What is done is kept" in outcome.err) == (5, True)
    assert left_in(here) == [".x.csv.nxcdr"]
    sandbox.misbehaviour = type(sandbox.misbehaviour)()
    assert "resumed" in nxcdr("export", DAY, "-o", "x.csv").err
    assert len(csv_rows_of(here / "x.csv")) == 9000
    assert left_in(here) == ["x.csv"]


def test_a_dry_run_shows_range_files_and_plan_and_asks_for_nothing(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve()
    (here / "2023-07-25.csv").write_text("callId\n")
    (here / "2023-07-26.csv").touch()
    argv = ("export", WEEK, "--split", "day", "--skip-existing", "-o", "{date}.csv", "--dry-run")
    outcome = nxcdr(*argv)
    assert outcome.code == 0
    assert "range: 2023-07-24 00:00 to 2023-07-31 00:00" in outcome.err
    lines = outcome.out.splitlines()
    assert lines[0] == "write 2023-07-24.csv: 2023-07-24T00:00:00+08:00 to 2023-07-25T00:00:00+08:00, csv"
    assert lines[1].startswith("skip 2023-07-25.csv")
    assert lines[2].startswith("replace 2023-07-26.csv")
    assert "12 requests at least" in lines[7]
    found = json.loads(nxcdr(*argv, "--json").out)
    assert [file["action"] for file in found["files"]] == ["write", "skip", "replace", *["write"] * 4]
    assert (sandbox.requests, left_in(here)) == ([], ["2023-07-25.csv", "2023-07-26.csv"])
    assert nxcdr("export", DAY, "-o", "2023-07-25.csv", "--dry-run").code == 6


def test_a_dry_run_needs_no_account(nxcdr: Program, here: Path) -> None:
    assert nxcdr("export", DAY, "--dry-run").code == 0
    assert left_in(here) == []


def test_json_gives_the_summary_as_one_object_on_stdout(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(of_the_week(700), faults=(Fault.ERROR,), fault_at=(1,))
    outcome = nxcdr("export", WEEK, "-o", "x.csv", "--json", "-q")
    found = json.loads(outcome.out)
    assert outcome.err == ""
    assert (found["rows"], found["retries"], len(found["files"])) == (700, 1, 1)
    file = found["files"][0]
    assert (file["path"], file["rows"], file["bytes"]) == ("x.csv", 700, (here / "x.csv").stat().st_size)
    assert (file["settled"], file["resumed"], file["skipped"]) == (True, False, False)
    assert found["requests"] >= 8


def test_the_summary_reads_well(serve: Serve, nxcdr: Program) -> None:
    serve(some_calls(1))
    err = nxcdr("export", DAY, "-o", "x.csv").err
    assert "done: x.csv: 1 call, 6" in err.replace("7", "6").replace("5", "6")
    assert " request" in err


@pytest.mark.parametrize(
    "options",
    [
        ("--overwrite", "--skip-existing"),
        ("--excel", "--format", "jsonl", "-o", "x.jsonl"),
        ("--columns", "caltid"),
        ("--columns", "callId,callId"),
        ("--columns", ""),
        ("--split", "week"),
        ("--format", "xls"),
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(
    serve: Serve, nxcdr: Program, here: Path, options: tuple[str, ...]
) -> None:
    sandbox = serve()
    outcome = nxcdr("export", DAY, *options)
    assert (outcome.code, outcome.out, sandbox.requests, left_in(here)) == (2, "", [], [])
    assert "Traceback" not in outcome.err


def test_overwrite_replaces_the_receipt_or_removes_the_old_one(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(some_calls(10))
    assert nxcdr("export", DAY, "-o", "x.csv", "--receipt").code == 0
    sandbox.calls = some_calls(11)
    assert nxcdr("export", DAY, "-o", "x.csv", "--receipt", "--overwrite").code == 0
    assert nxcdr("verify", "x.csv").code == 0
    assert nxcdr("export", DAY, "-o", "x.csv", "--overwrite").code == 0
    assert left_in(here) == ["x.csv"]
    assert nxcdr("verify", "x.csv").code == 2


def test_a_file_that_was_written_too_early_is_left_but_told(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(20))
    assert nxcdr("export", DAY, "-o", "x.csv").code == 0
    assert "nothing to do" in nxcdr("export", DAY, "-o", "x.csv", "--skip-existing").err
    os.utime(here / "x.csv", (END + 3599, END + 3599))
    outcome = nxcdr("-q", "export", DAY, "-o", "x.csv", "--skip-existing")
    assert outcome.code == 0
    assert outcome.err == (
        "nxcdr: warning: x.csv was written before its calls had settled: the last ones may be missing "
        "(--refresh 3d fetches it again)\n"
    )
    os.utime(here / "x.csv", (END + 3600, END + 3600))
    assert nxcdr("-q", "export", DAY, "-o", "x.csv", "--skip-existing").err == ""


def test_an_id_without_a_range_means_the_last_30_days(serve: Serve, nxcdr: Program, here: Path) -> None:
    now = int(time.time())
    calls = some_calls(20, now - 20 * 86400, now - 19 * 86400)
    serve(calls)
    outcome = nxcdr("export", "--call-id", calls[3]["callId"], "-o", "x.jsonl", "--raw")
    assert outcome.code == 0, outcome.err
    assert json_lines_of(here / "x.jsonl") == [calls[3]]
    assert nxcdr("export", "-o", "y.jsonl").code == 2
