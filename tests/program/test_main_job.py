"""The main job, from end to end: the real program against the sandbox, on real sockets."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcdr.cli.app import main
from nxcdr.sandbox import DOCUMENTED_CALLS, Fault, Misbehaviour, Sandbox

DAY = "2023-07-27"
Serve = Callable[..., Sandbox]

DECODED = {
    "agentName": None,
    "agentNickName": None,
    "answered": False,
    "answerTime": None,
    "callDuration": 0,
    "callee": "85235757580",
    "caller": "85215236100",
    "callId": "63b09b9a163616c6c009cb326",
    "direction": "inbound",
    "dtmfKeys": None,
    "endTime": "2023-07-27T15:21:38.901+08:00",
    "hangupBy": "agent",
    "hangupCode": 1103,
    "callStatus": "Missed call",
    "hangupReason": "User abandoned the queue",
    "inQueueTime": "2023-07-27T15:21:32.861+08:00",
    "leaveMsgUrl": None,
    "orderId": "",
    "other": None,
    "intent": None,
    "outQueueTime": "2023-07-27T15:21:38.000+08:00",
    "queueDuration": 5.139,
    "recordUrl": None,
    "ringDuration": 6,
    "ringTime": "2023-07-27T15:21:32.000+08:00",
    "startTime": "2023-07-27T15:21:32.841+08:00",
    "taskId": "",
    "totalCustomerPrice": 0.035,
}
ANSWERED = {
    "agentName": "NX094450006938",
    "agentNickName": "Sample Agent",
    "answered": True,
    "answerTime": "2023-07-27T10:00:44.000+08:00",
    "callDuration": 5,
    "callee": "85235757568",
    "caller": "85238531117",
    "callId": "6605fcd9563616c6c009c6240",
    "direction": "inbound",
    "dtmfKeys": None,
    "endTime": "2023-07-27T10:00:48.124+08:00",
    "hangupBy": "user",
    "hangupCode": 1001,
    "callStatus": "Normal termination",
    "hangupReason": "Agent hung up",
    "inQueueTime": "2023-07-27T10:00:37.744+08:00",
    "leaveMsgUrl": None,
    "orderId": "",
    "other": None,
    "intent": None,
    "outQueueTime": "2023-07-27T10:00:44.000+08:00",
    "queueDuration": 6,
    "recordUrl": "https://*********.mp3",
    "ringDuration": 7,
    "ringTime": "2023-07-27T10:00:37.000+08:00",
    "startTime": "2023-07-27T10:00:37.704+08:00",
    "taskId": "",
    "totalCustomerPrice": 0.035,
}


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Start a sandbox, and set the environment for it."""
    running: list[Sandbox] = []

    def start(calls: Any = DOCUMENTED_CALLS, **switches: Any) -> Sandbox:
        sandbox = Sandbox(calls, misbehaviour=Misbehaviour(**switches)).start()
        running.append(sandbox)
        monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
        return sandbox

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NXCDR_CONFIG", str(tmp_path / "settings" / "config.toml"))
    monkeypatch.setenv("NXCDR_ACCESS_KEY", "sandbox")
    monkeypatch.setenv("NXCDR_ACCESS_SECRET", "sandbox-secret")
    monkeypatch.setenv("NXCDR_TIMEZONE", "Asia/Hong_Kong")
    yield start
    for sandbox in running:
        sandbox.stop()


def cells(values: dict[str, Any]) -> dict[str, str]:
    """Return the same values as CSV has them."""
    return {
        name: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_csv_holds_every_field_of_the_documented_calls(serve: Serve, tmp_path: Path) -> None:
    serve()
    assert main(["export", DAY, "-o", "x.csv"]) == 0
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [cells(ANSWERED), cells(DECODED)]
    assert leftovers(tmp_path) == {"x.csv"}


def test_jsonl_holds_every_field_of_the_documented_calls(serve: Serve, tmp_path: Path) -> None:
    serve()
    assert main(["export", DAY, "-o", "x.jsonl"]) == 0
    assert [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()] == [ANSWERED, DECODED]


@pytest.mark.parametrize("name", ["x.csv.gz", "x.jsonl.gz", "x.ndjson.gz"])
def test_a_gz_file_holds_the_same_bytes_as_the_plain_one(serve: Serve, tmp_path: Path, name: str) -> None:
    serve()
    plain = name.removesuffix(".gz")
    assert main(["export", DAY, "-o", name]) == main(["export", DAY, "-o", plain]) == 0
    assert gzip.decompress((tmp_path / name).read_bytes()) == (tmp_path / plain).read_bytes()


def test_raw_values_are_exactly_what_the_api_returned(serve: Serve, tmp_path: Path) -> None:
    serve()
    assert main(["export", DAY, "-o", "x.jsonl", "--raw"]) == main(["export", DAY, "-o", "x.csv", "--raw"]) == 0
    found = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert found == sorted(DOCUMENTED_CALLS, key=lambda call: call["startTime"])
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [cells(call) for call in found]


def test_calls_go_to_stdout_and_messages_to_stderr(serve: Serve, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    serve()
    assert main(["export", DAY, "-o", "-", "--format", "jsonl"]) == 0
    out, err = capfdbinary.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [ANSWERED, DECODED]
    assert b"2023-07-27 00:00 to 2023-07-28 00:00 Asia/Hong_Kong (UTC+08:00)" in err


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "tsv"])
def test_query_gives_the_same_values_in_every_format_newest_first(
    serve: Serve, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    serve()
    assert main(["query", DAY, "--format", form]) == 0
    out = capfd.readouterr().out
    if form == "json":
        assert json.loads(out) == [DECODED, ANSWERED]
    elif form == "jsonl":
        assert [json.loads(line) for line in out.splitlines()] == [DECODED, ANSWERED]
    else:
        delimiter = "," if form == "csv" else "\t"
        assert list(csv.DictReader(io.StringIO(out), delimiter=delimiter)) == [cells(DECODED), cells(ANSWERED)]


def test_a_file_that_exists_is_untouched_without_overwrite(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = serve()
    (tmp_path / "x.csv").write_text("mine")
    assert main(["export", DAY, "-o", "x.csv"]) == 6
    assert (tmp_path / "x.csv").read_text() == "mine"
    assert "x.csv exists already" in capsys.readouterr().err
    assert sandbox.requests == []
    assert main(["export", DAY, "-o", "x.csv", "--overwrite"]) == 0
    assert (tmp_path / "x.csv").read_text().startswith("agentName,")


@pytest.mark.parametrize(
    ("option", "field"),
    [
        (["--answered"], {"answered": 2}),
        (["--missed"], {"answered": 1}),
        (["--direction", "inbound"], {"direction": 1}),
        (["--direction", "outbound"], {"direction": 2}),
        (["--direction", "aicc"], {"direction": 3}),
        (["--agent", "NX094450006938"], {"name": "NX094450006938"}),
        (["--caller", "85238531117"], {"caller": "85238531117"}),
        (["--callee", "85235757568"], {"callee": "85235757568"}),
        (["--call-id", "6605fcd9563616c6c009c6240"], {"callId": "6605fcd9563616c6c009c6240"}),
        (["--order-id", "A-1"], {"orderId": "A-1"}),
    ],
)
def test_filters_use_the_servers_numbering(serve: Serve, option: list[str], field: dict[str, object]) -> None:
    sandbox = serve()
    assert main(["export", DAY, "-o", "x.csv", *option]) == 0
    span = {"startTime": 1690387200, "endTime": 1690473600, "page": 1, "size": 100}
    assert sandbox.requests[0].body == {**span, **field}


def test_no_filter_is_sent_by_default(serve: Serve) -> None:
    sandbox = serve()
    assert main(["query", DAY]) == 0
    assert set(sandbox.requests[0].body or {}) == {"startTime", "endTime", "page", "size"}


def test_a_wrong_secret_is_exit_3_with_code_1003_and_how_to_set_it(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = serve()
    monkeypatch.setenv("NXCDR_ACCESS_SECRET", "wrong")
    assert main(["export", DAY, "-o", "x.csv"]) == 3
    err = capsys.readouterr().err
    assert "1003" in err
    assert "nxcdr config set access_secret" in err
    assert len(sandbox.requests) == 1
    assert leftovers(tmp_path) == set()


def test_an_unknown_key_is_exit_3_with_code_1005(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve()
    monkeypatch.setenv("NXCDR_ACCESS_KEY", "nobody")
    assert main(["query", DAY]) == 3
    out, err = capsys.readouterr()
    assert (out, "1005" in err) == ("", True)


@pytest.mark.parametrize(("code", "status"), [(1001, 4), (1002, 4), (41000, 4), (7777, 4), (1005, 3), (1003, 3)])
def test_a_refusal_is_reported_with_the_vendors_message_and_never_retried(
    serve: Serve, capsys: pytest.CaptureFixture[str], code: int, status: int
) -> None:
    sandbox = serve(refuse=code)
    assert main(["export", DAY, "-o", "x.csv"]) == status
    err = capsys.readouterr().err
    assert str(code) in err
    assert "reqId" in err
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("skew", [300.0, -300.0])
def test_a_clock_five_minutes_off_is_corrected_with_a_warning(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str], skew: float
) -> None:
    sandbox = serve(clock_skew=skew)
    assert main(["export", DAY, "-o", "x.csv"]) == 0
    err = capsys.readouterr().err
    assert "warning: this machine's clock is 300 s" in err
    assert ("behind" if skew > 0 else "ahead of") in err
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 3
    assert [request.code for request in sandbox.requests] == [1004, 0, 0]


def test_a_server_that_does_not_listen_is_exit_5(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve()
    monkeypatch.setenv("NXCDR_BASE_URL", "http://127.0.0.1:9")
    assert main(["export", DAY, "-o", "x.csv", "--retries", "0"]) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert "refused" in err
    assert leftovers(tmp_path) == set()


@pytest.mark.parametrize(
    "fault",
    [
        Fault.ERROR,
        Fault.BAD_GATEWAY,
        Fault.GATEWAY_TIMEOUT,
        Fault.RESET,
        Fault.TRUNCATED,
        Fault.HTML,
        Fault.EMPTY,
        Fault.NOT_JSON,
        Fault.CODE_88,
        Fault.CODE_99,
    ],
)
def test_a_temporary_fault_is_retried_and_a_permanent_one_is_exit_5(serve: Serve, fault: Fault) -> None:
    sandbox = serve(faults=(fault,), fault_at=(0,))
    assert main(["export", DAY, "-o", "x.csv"]) == 0
    assert len(sandbox.requests) == 3
    serve(faults=(fault,), fault_every=1)
    assert main(["export", DAY, "-o", "y.csv", "--retries", "1"]) == 5


def test_a_template_names_the_file_after_its_range(serve: Serve, tmp_path: Path) -> None:
    serve()
    assert main(["export", DAY, "-o", "{profile}-{date}-{start}-{end}.csv"]) == 0
    assert main(["export", DAY]) == 0
    assert main(["export", "2023-07-26..2023-07-27"]) == 0
    assert leftovers(tmp_path) == {
        "main-2023-07-27-2023-07-27T000000-2023-07-28T000000.csv",
        "cdr-2023-07-27.csv",
        "cdr-2023-07-26_2023-07-27.csv",
    }


def test_a_range_without_calls_gives_a_file_with_only_a_header(serve: Serve, tmp_path: Path) -> None:
    sandbox = serve()
    assert main(["export", "2023-07-20", "-o", "x.csv"]) == 0
    assert (tmp_path / "x.csv").read_text().count("\n") == 1
    assert len(sandbox.requests) == 2


def test_the_sandbox_profile_needs_no_account_and_never_sends_real_credentials(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve()
    monkeypatch.setenv("NXCDR_ACCESS_KEY", "real-key")
    assert main(["export", "yesterday", "--profile", "sandbox", "-o", "x.csv"]) == 0
    assert len((tmp_path / "x.csv").read_text().splitlines()) > 50
    assert sandbox.requests == []


def test_no_range_is_a_usage_error_for_export(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve()
    assert main(["export"]) == 2
    assert "yesterday" in capsys.readouterr().err


def test_quiet_and_verbose_work_before_and_after_the_command(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve()
    for words in (["-q", "query", DAY], ["query", DAY, "-q"]):
        assert main(words) == 0
        assert capsys.readouterr().err == ""
    for words in (["-vv", "query", DAY], ["query", "-vv", DAY]):
        assert main(words) == 0
        err = capsys.readouterr().err
        assert "> POST" in err
        assert "sandbox-secret" not in err


def test_a_range_with_a_dash_is_not_an_option(serve: Serve) -> None:
    serve()
    assert main(["query", "-2h"]) == main(["query", "-90m", "-q"]) == 0
