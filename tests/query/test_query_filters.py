"""Filters as people write them, for the server's exact matches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.cli.filters import number
from nxcdr.errors import UsageError
from nxcdr.sandbox import Fault, Misbehaviour, Sandbox
from tests.harness import DAY, Call, Program, Serve, in_order, json_lines_of, some_calls

JOSE = "José  Núñez"


def calls_of(agents: dict[str, str | None], count: int = 40) -> list[Call]:
    """Calls that these accounts, with their nicknames, take in turn."""
    accounts = list(agents.items())
    return [
        call | {"agentName": accounts[at % len(accounts)][0], "agentNickName": accounts[at % len(accounts)][1]}
        for at, call in enumerate(some_calls(count))
    ]


def asked_for(sandbox: Sandbox, field: str) -> list[Any]:
    """What each request asked for in a field; None where it left it out."""
    return [(request.body or {}).get(field) for request in sandbox.requests]


def ids_of(calls: list[Call], *accounts: str) -> list[str]:
    return [call["callId"] for call in in_order(calls) if call["agentName"] in accounts]


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+852 3575 7569", "85235757569"),
        ("85235757569", "85235757569"),
        ("(852) 3575-7569", "85235757569"),
        ("tel:+852-3575-7569", "85235757569"),
        ("+44 (0)20 7946 0958", "442079460958"),
        (" +852\u00a03575\u20117569 ", "85235757569"),
        ("\uff0b\uff18\uff15\uff12 3575 7569", "85235757569"),
        ("0049/40 1234.56", "004940123456"),
        ("1001", "1001"),
        ("anonymous", "anonymous"),
        ("sip:jane@example.com", "sip:jane@example.com"),
        ("+", "+"),
    ],
)
def test_a_number_is_taken_as_people_write_it(written: str, digits: str) -> None:
    assert number("--caller", written) == digits


@given(st.text(min_size=1))
def test_no_number_is_ever_made_of_nothing_or_crashes(text: str) -> None:
    try:
        found = number("--caller", text)
    except UsageError:
        return
    assert found
    assert number("--caller", found) == found or not found.isdecimal()


@pytest.mark.parametrize("option", ["--caller", "--callee"])
def test_the_server_is_asked_for_the_digits_of_a_number(serve: Serve, nxcdr: Program, option: str) -> None:
    sandbox = serve(some_calls(3))
    assert nxcdr("query", DAY, option, "+852 3575 7569").code == 0
    assert set(asked_for(sandbox, option[2:])) == {"85235757569"}


@pytest.mark.parametrize("option", ["--agent", "--caller", "--callee", "--call-id", "--order-id"])
@pytest.mark.parametrize("pattern", ["852*", "?52", "852%"])
@pytest.mark.parametrize("command", ["query", "export", "stats"])
def test_a_wildcard_is_refused(serve: Serve, nxcdr: Program, option: str, pattern: str, command: str) -> None:
    sandbox = serve(some_calls(3))
    outcome = nxcdr(command, DAY, option, pattern)
    assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])
    assert "wildcard" in outcome.err
    assert option in outcome.err


@pytest.mark.parametrize("name", ["José Núñez", "jose\u0301 nu\u0301n\u0303ez", " JOSÉ NÚÑEZ ", "nx1"])
def test_an_agent_is_found_by_nickname_in_any_case_and_form(
    serve: Serve, nxcdr: Program, name: str, here: Path
) -> None:
    calls = calls_of({"NX1": JOSE, "NX2": "Ana", "NX3": None})
    sandbox = serve(calls)
    outcome = nxcdr("export", DAY, "--agent", name, "-o", "x.jsonl")
    assert outcome.code == 0
    assert [row["callId"] for row in json_lines_of(here / "x.jsonl")] == ids_of(calls, "NX1")
    assert asked_for(sandbox, "name")[-1] == "NX1"
    assert "NX1" in outcome.err


def test_an_agent_that_is_nearly_named_is_suggested(serve: Serve, nxcdr: Program) -> None:
    serve(calls_of({"NX1": JOSE, "NX2": "Ana"}))
    outcome = nxcdr("query", DAY, "--agent", "jose nunez")
    assert outcome.code == 0
    assert "did you mean José  Núñez?" in outcome.err


def test_all_accounts_of_a_nickname_are_asked_for_and_each_call_is_there_once(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    calls = calls_of({"NX1": "Sales", "NX2": "Ana", "NX3": "Sales", "NX4": None}, 900)
    sandbox = serve(calls)
    asked = ("--agent", "sales", "-o", "x.jsonl", "--receipt")
    assert nxcdr("export", DAY, *asked).code == 0
    assert [row["callId"] for row in json_lines_of(here / "x.jsonl")] == ids_of(calls, "NX1", "NX3")
    assert {"NX1", "NX3"} <= set(asked_for(sandbox, "name"))
    outcome = nxcdr("query", DAY, "--agent", "sales", "--limit", "10", "-f", "jsonl", "--columns", "callId")
    assert [line[11:-2] for line in outcome.out.splitlines()] == ids_of(calls, "NX1", "NX3")[:-11:-1]
    assert nxcdr("verify", "x.jsonl").code == 0
    assert nxcdr("reconcile", "x.jsonl").code == 0
    assert nxcdr("stats", DAY, "--agent", "sales", "-f", "csv").code == 0


def test_an_account_is_not_looked_for_by_nickname(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = calls_of({"NX1": "Sales", "Sales": "Ana"})
    sandbox = serve(calls)
    assert nxcdr("export", DAY, "--agent", "Sales", "-o", "x.jsonl").code == 0
    assert [row["callId"] for row in json_lines_of(here / "x.jsonl")] == ids_of(calls, "Sales")
    assert set(asked_for(sandbox, "name")) == {"Sales"}


def test_other_filters_hold_while_a_nickname_is_looked_for(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = calls_of({"NX1": "Sales", "NX2": "Ana"})
    sandbox = serve(calls)
    assert nxcdr("export", DAY, "--agent", "sales", "--answered", "-o", "x.jsonl").code == 0
    assert set(asked_for(sandbox, "answered")) == {2}
    assert all(row["agentName"] == "NX1" and row["answered"] for row in json_lines_of(here / "x.jsonl"))


def test_an_export_of_several_accounts_is_resumed(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = calls_of({"NX1": "Sales", "NX2": "Ana", "NX3": "Sales"}, 1200)
    sandbox = serve(calls, faults=(Fault.ERROR,), fault_at=range(23, 999))
    asked = ("export", DAY, "--agent", "sales", "-o", "x.jsonl")
    assert nxcdr(*asked, "--retries", "0").code != 0
    sandbox.misbehaviour = Misbehaviour()
    outcome = nxcdr(*asked)
    assert outcome.code == 0
    assert "resumed" in outcome.err
    assert [row["callId"] for row in json_lines_of(here / "x.jsonl")] == ids_of(calls, "NX1", "NX3")


@pytest.mark.parametrize("command", ["query", "export", "stats"])
def test_where_nothing_matches_stderr_says_that_filters_match_exactly(
    serve: Serve, nxcdr: Program, here: Path, command: str
) -> None:
    assert here.is_dir()
    serve(some_calls(3))
    assert "--caller is an exact match" in nxcdr(command, DAY, "--caller", "1").err
    told = nxcdr(command, DAY, "--caller", "1", "--agent", "nobody", *["--overwrite"] * (command == "export")).err
    assert "--agent and --caller are exact matches" in told
    assert "exact" not in nxcdr(command, "2020-01-01", "--missed").err
