"""The engine as a library."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nxcdr import Account, Client, Filters, NxcdrError, calls, parse_range
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


def test_the_package_itself_imports_nothing_until_a_name_is_used() -> None:
    program = "import sys, nxcdr; print(sorted(name for name in sys.modules if name.startswith('nxcdr.')))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_public_name_stays_what_it_is_after_the_first_use() -> None:
    program = "import nxcdr; a = nxcdr.calls; import nxcdr.library; assert nxcdr.calls is a and callable(a)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    import nxcdr

    with pytest.raises(AttributeError, match="no attribute 'call'"):
        _ = nxcdr.call
