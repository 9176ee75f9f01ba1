"""The engine as a library."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tempfile
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import nxcdr
from nxcdr import Account, Client, Filters, NxcdrError, calls, connect, parse_range
from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Sandbox, dense_calls

NOW = datetime(2023, 8, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Hong_Kong")
DAY = parse_range("2023-07-27", now=NOW, zone=ZONE)


def account(sandbox: Sandbox) -> Account:
    return Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret)


def test_calls_gives_every_call_of_a_range_once_and_in_order() -> None:
    records = dense_calls(730, DAY.start, DAY.end)
    with Sandbox(records) as sandbox, Client(account(sandbox)) as client:
        found = list(calls(client, DAY, raw=True))
    assert [call["callId"] for call in found] == [
        call["callId"] for call in sorted(records, key=lambda call: call["startTime"])
    ]


def test_calls_decodes_values_unless_raw_ones_are_asked_for() -> None:
    with Sandbox(DOCUMENTED_CALLS) as sandbox, Client(account(sandbox)) as client:
        decoded = next(calls(client, DAY))
        raw = next(calls(client, DAY, raw=True))
    assert (decoded["startTime"], decoded["direction"]) == ("2023-07-27T10:00:37.704+08:00", "inbound")
    assert (raw["startTime"], raw["direction"]) == (1690423237704, 0)


def test_filters_are_the_servers() -> None:
    with Sandbox(DOCUMENTED_CALLS) as sandbox, Client(account(sandbox), filters=Filters(answered=False)) as client:
        assert [call["answered"] for call in calls(client, DAY)] == [False]
        assert {request.body["answered"] for request in sandbox.requests if request.body} == {1}


def test_a_refusal_is_an_exception_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    refusing = Misbehaviour(refuse=1002)
    with (
        Sandbox(misbehaviour=refusing) as sandbox,
        Client(account(sandbox)) as client,
        pytest.raises(NxcdrError, match="1002"),
    ):
        list(calls(client, DAY))
    assert capsys.readouterr() == ("", "")


def test_a_range_is_that_of_the_command_line_unless_zone_and_now_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXCDR_CONFIG", "/nowhere/config.toml")
    monkeypatch.setenv("NXCDR_TIMEZONE", "Asia/Hong_Kong")
    assert parse_range("2023-07-27") == parse_range("2023-07-27", zone="Asia/Hong_Kong") == DAY
    assert parse_range("yesterday", now=datetime(2023, 7, 27, 20, tzinfo=UTC)).start == DAY.start
    assert abs(parse_range("last 2 hours").end - time.time()) < 60


def test_a_phrase_or_a_zone_that_is_not_known_is_an_error_with_a_hint() -> None:
    for phrase, zone in (("yestreday", "UTC"), ("yesterday", "Asia/Hongkong")):
        with pytest.raises(NxcdrError) as raised:
            parse_range(phrase, zone=zone)
        assert "Did you mean" in raised.value.hint


def test_connect_takes_the_settings_of_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NXCDR_CONFIG", str(tmp_path / "config.toml"))
    with pytest.raises(NxcdrError, match="access key"), connect():
        pass
    with Sandbox(DOCUMENTED_CALLS) as sandbox:
        monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("NXCDR_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("NXCDR_ACCESS_SECRET", sandbox.access_secret)
        with connect(filters=Filters(direction="inbound")) as client:
            assert len(list(calls(client, DAY))) == 2
        assert {request.body["direction"] for request in sandbox.requests if request.body} == {1}


def test_the_sandbox_needs_no_account() -> None:
    with connect("sandbox") as client:
        assert len(list(calls(client, parse_range("yesterday", zone="UTC")))) > 50


def test_what_is_not_settled_yet_is_told_to_whoever_asks() -> None:
    told: list[str] = []
    with Sandbox() as sandbox, Client(account(sandbox)) as client:
        list(calls(client, parse_range("last 2 hours", zone="UTC"), warn=told.append))
        list(calls(client, DAY, warn=told.append))
    assert [text.partition(":")[0] for text in told] == ["not settled yet"]


def test_a_reader_that_stops_early_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Sandbox(DOCUMENTED_CALLS) as sandbox, Client(account(sandbox)) as client:
        found = calls(client, DAY)
        next(found)
        assert list(tmp_path.iterdir()) != []
        found.close()
    assert list(tmp_path.iterdir()) == []


def test_the_examples_of_the_package_work_and_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    lines = (inspect.getdoc(nxcdr) or "").splitlines()
    examples = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ") or not line))
    with Sandbox() as sandbox:
        values: dict[str, Any] = {"access_key": sandbox.access_key, "access_secret": sandbox.access_secret}
        exec(examples.replace("https://api-hk.nxlink.ai", sandbox.base_url), values)
    assert values["talk"] > 0
    assert values["missed"]
    assert capfd.readouterr() == ("", "")


def test_the_package_itself_imports_nothing_until_a_name_is_used() -> None:
    program = "import sys, nxcdr; print(sorted(name for name in sys.modules if name.startswith('nxcdr.')))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_public_name_stays_what_it_is_after_the_first_use() -> None:
    program = "import nxcdr; a = nxcdr.calls; import nxcdr.library; assert nxcdr.calls is a and callable(a)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'call'"):
        _ = nxcdr.call
