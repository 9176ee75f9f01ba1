"""Several accounts in one export: the files of each, and what stops one does not stop the others."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from nxcdr.errors import (
    CredentialsError,
    ExitCode,
    NxcdrError,
    OutputError,
    RefusedError,
    UnavailableError,
    UsageError,
    worst,
)
from nxcdr.sandbox import Misbehaviour, Request, Sandbox
from tests.harness import DAY, Call, Program, csv_rows_of, left_in, some_calls

Spawn = Callable[..., subprocess.Popen[bytes]]
TEMPLATE = "{profile}-{date}.csv"


class Accounts(Protocol):
    """Starts a sandbox for each name, and writes a settings file with their profiles."""

    def __call__(self, /, **accounts: dict[str, Any]) -> dict[str, Sandbox]: ...


@pytest.fixture
def accounts(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    config = here.parent / "config.toml"
    monkeypatch.setenv("NXCDR_CONFIG", str(config))
    with ExitStack() as stack:

        def start(**accounts: dict[str, Any]) -> dict[str, Sandbox]:
            found, lines = {}, []
            for number, (name, given) in enumerate(accounts.items()):
                calls: list[Call] = given.pop("calls", some_calls(100 + number, seed=number))
                settings = given.pop("settings", {})
                sandbox = Sandbox(calls, access_key=f"key-of-{name}", misbehaviour=Misbehaviour(**given))
                found[name] = stack.enter_context(sandbox)
                profile = {
                    "base_url": sandbox.base_url,
                    "access_key": sandbox.access_key,
                    "access_secret": sandbox.access_secret,
                    **settings,
                }
                lines += [f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in profile.items())]
            config.write_text("\n".join(lines) + "\n")
            config.chmod(0o600)
            return found

        yield start


def test_each_account_has_its_files_and_the_summary_a_line_for_each(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    accounts(a={}, b={})
    done = nxcdr("export", DAY, "-p", "a", "--profile", "b", "-o", TEMPLATE)
    assert (done.code, done.out) == (0, "")
    assert left_in(here) == [f"a-{DAY}.csv", f"b-{DAY}.csv"]
    assert [len(csv_rows_of(here / f"{name}-{DAY}.csv")) for name in "ab"] == [100, 101]
    lines = done.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["range", "a", "b", "done"]
    assert lines[1].startswith(f"a: a-{DAY}.csv: 100 calls")
    assert lines[3].startswith("done: 2 accounts: 2 files: 201 calls")


def test_a_pattern_names_profiles_of_the_file_and_each_is_exported_once(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    found = accounts(client1={}, other={}, client2={})
    done = nxcdr("export", DAY, "-p", "client2", "-p", "client*", "-p", "client[12]", "-o", TEMPLATE)
    assert done.code == 0
    assert left_in(here) == [f"client1-{DAY}.csv", f"client2-{DAY}.csv"]
    assert [line.partition(":")[0] for line in done.err.splitlines()] == ["range", "client2", "client1", "done"]
    assert found["other"].requests == []


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("-p", "x*"), "no profile matches 'x*'\nProfiles of the settings file: a, b."),
        (("-p", "a", "-p", "c"), "there is no profile 'c' (flag --profile)"),
        (("-p", "a", "-p", "b", "-o", "x.csv"), "'x.csv' does not tell the files of 2 accounts apart\nUse {profile}"),
        (("-p", "a", "-p", "b"), "'cdr-{date}.csv' does not tell the files of 2 accounts apart"),
        (("-p", "*", "-o", "-"), "'-' does not tell the files of 2 accounts apart"),
    ],
)
def test_what_is_wrong_with_names_is_a_usage_error_before_any_request(
    accounts: Accounts, nxcdr: Program, here: Path, argv: tuple[str, ...], said: str
) -> None:
    found = accounts(a={}, b={})
    done = nxcdr("export", DAY, *argv)
    assert (done.code, done.out, left_in(here)) == (2, "", [])
    assert f"nxcdr: error: {said}" in done.err
    assert [sandbox.requests for sandbox in found.values()] == [[], []]


def test_one_file_that_exists_already_is_exit_6_before_any_request(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    found = accounts(a={}, b={})
    (here / f"b-{DAY}.csv").write_text("kept")
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE)
    assert (done.code, left_in(here)) == (6, [f"b-{DAY}.csv"])
    assert [sandbox.requests for sandbox in found.values()] == [[], []]


def test_an_account_refused_one_down_and_one_without_secret_do_not_stop_the_others(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    found = accounts(
        refused={"refuse": 1003}, down={"settings": {"retries": 0}}, nameless={"settings": {"access_key": ""}}, fine={}
    )
    config = here.parent / "config.toml"
    config.write_text(config.read_text().replace('access_key = ""\n', ""))
    found["down"].stop()
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE, "--json")
    assert done.code == 3
    assert left_in(here) == [f"fine-{DAY}.csv"]
    summary = json.loads(done.out)
    assert (summary["rows"], [file["profile"] for file in summary["files"]]) == (103, ["fine"])
    by_name = {account["profile"]: account for account in summary["accounts"]}
    assert list(by_name) == ["refused", "down", "nameless", "fine"]
    assert by_name["fine"] == {
        "profile": "fine",
        "rows": 103,
        "files": 1,
        "requests": len(found["fine"].requests),
        "error": None,
    }
    assert "can't be reached" in by_name["down"]["error"]
    for name, words in {"refused": "1003", "down": "can't be reached", "nameless": "no access key"}.items():
        (line,) = (line for line in done.err.splitlines() if line.startswith(f"nxcdr: error: {name}: "))
        assert words in line
    assert done.err.splitlines()[-1].startswith("done: 1 of 4 accounts: ")
    assert "Traceback" not in done.err


def test_only_unavailable_is_exit_5_and_the_same_command_completes_it(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    found = accounts(a={}, b={"refuse": 99, "settings": {"retries": 0}})
    argv = ("export", DAY, "-p", "*", "-o", TEMPLATE, "--skip-existing")
    assert nxcdr(*argv).code == 5
    found["b"].misbehaviour = Misbehaviour()
    done = nxcdr(*argv, "-v")
    assert (done.code, left_in(here)) == (0, [f"a-{DAY}.csv", f"b-{DAY}.csv"])
    assert "a: nothing to do: 1 file left as they were" in done.err


def test_a_file_that_can_not_be_written_stops_its_account_alone(accounts: Accounts, nxcdr: Program, here: Path) -> None:
    accounts(a={}, b={})
    (here / f".a-{DAY}.csv.nxcdr").write_text("this is not a database at all" * 99)
    done = nxcdr("export", DAY, "-p", "a", "-p", "b", "-o", TEMPLATE)
    assert done.code == 6
    assert "nxcdr: error: a: " in done.err
    assert (here / f"b-{DAY}.csv").exists()


def test_the_range_is_that_of_each_profile_s_own_zone_unless_one_is_given(
    accounts: Accounts, nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NXCDR_TIMEZONE")
    found = accounts(
        a={"settings": {"timezone": "Asia/Hong_Kong"}},
        b={"settings": {"timezone": "UTC"}},
        c={"settings": {"timezone": "UTC"}},
    )
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE)
    assert [line for line in done.err.splitlines() if line.startswith("range: ")] == [
        "range: 2023-07-27 00:00 to 2023-07-28 00:00 Asia/Hong_Kong (UTC+08:00), 1 day (a)",
        "range: 2023-07-27 00:00 to 2023-07-28 00:00 UTC (UTC+00:00), 1 day (b, c)",
    ]
    starts = {name: min((r.body or {})["startTime"] for r in sandbox.requests) for name, sandbox in found.items()}
    assert starts == {"a": 1690387200, "b": 1690416000, "c": 1690416000}
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE, "--tz", "UTC", "--dry-run", "--json", "--overwrite")
    assert done.err.count("range: ") == 1
    assert json.loads(done.out)["range"]["zone"] == "UTC"


def test_a_dry_run_shows_the_files_of_all_accounts_and_asks_for_nothing(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    found = accounts(a={}, b={"settings": {"concurrency": 8}})
    argv = ("export", "2023-07-26..2023-07-27", "--split", "day", "-p", "*", "-o", TEMPLATE, "--dry-run")
    done = nxcdr(*argv)
    assert [line.partition(":")[0] for line in done.out.splitlines()] == [
        f"write {name}-2023-07-{day}.csv" for name in "ab" for day in (26, 27)
    ] + ["plan"]
    assert "8 requests at least, about one more for each 100 calls, 4 or 8 at once for each account" in done.out
    files = json.loads(nxcdr(*argv, "--json").out)["files"]
    assert [file["profile"] for file in files] == ["a", "a", "b", "b"]
    assert ([sandbox.requests for sandbox in found.values()], left_in(here)) == ([[], []], [])


def test_each_account_keeps_its_own_number_in_flight_and_all_are_asked_at_once(
    accounts: Accounts, nxcdr: Program
) -> None:
    calls = some_calls(3000)
    found = accounts(
        a={"calls": calls, "latency": 0.02, "settings": {"concurrency": 2}},
        b={"calls": calls, "latency": 0.02, "settings": {"concurrency": 3}},
    )
    assert nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE).code == 0
    assert [found[name].max_in_flight for name in "ab"] == [2, 3]
    first, last = ([sandbox.requests[n].received for sandbox in found.values()] for n in (0, -1))
    assert max(first) < min(last)


def test_an_account_that_is_told_to_slow_down_slows_no_other(accounts: Accounts, nxcdr: Program) -> None:
    calls = some_calls(1000)
    found = accounts(a={"calls": calls, "limit": 3, "limit_period": 0.2}, b={"calls": calls})
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE, "--json")
    assert done.code == 0
    assert {request.status for request in found["a"].requests} == {200, 429}
    assert found["b"].requests[-1].received < found["a"].requests[-1].received


def test_warnings_name_the_account_and_what_is_true_of_all_is_said_once(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    now = int(time.time())
    accounts(a={"calls": some_calls(9, now - 9999, now - 999), "extra_fields": {"novel": 1}}, b={})
    (here.parent / "config.toml").chmod(0o644)
    done = nxcdr("export", "last 3 hours", "-p", "*", "-o", TEMPLATE)
    warnings = [line for line in done.err.splitlines() if line.startswith("nxcdr: warning: ")]
    assert ["can be read by others" in warnings[0], "not settled yet" in warnings[1]] == [True, True]
    left_out = "the server sends fields that CSV leaves out: novel; JSON lines keep them"
    assert warnings[2:] == [f"nxcdr: warning: a: {left_out}"]


def test_an_access_key_in_the_environment_would_be_every_account_and_is_refused(
    accounts: Accounts, nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = accounts(a={}, b={})
    monkeypatch.setenv("NXCDR_ACCESS_KEY", found["a"].access_key)
    done = nxcdr("export", DAY, "-p", "*", "-o", TEMPLATE)
    assert (done.code, "NXCDR_ACCESS_KEY is set" in done.err) == (2, True)
    assert nxcdr("export", DAY, "-p", "a", "-o", TEMPLATE).code == 0


def test_new_files_of_accounts_that_are_written_at_once_have_the_usual_mode(
    accounts: Accounts, nxcdr: Program, here: Path
) -> None:
    accounts(**{f"a{n}": {"calls": some_calls(3)} for n in range(4)})
    umask = os.umask(0o027)
    try:
        assert nxcdr("export", DAY, "--split", "hour", "-p", "*", "-o", "{profile}-{start}.csv").code == 0
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(umask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in here.iterdir()} == {0o640}
    assert len(left_in(here)) == 4 * 24


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_all_accounts_and_the_same_command_goes_on(
    accounts: Accounts,
    nxcdr: Program,
    spawn: Spawn,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    signum: int,
    code: int,
) -> None:
    calls = some_calls(16_000)
    found = accounts(a={"calls": calls, "latency": 0.03}, b={"calls": calls, "latency": 0.03})
    there = threading.Event()

    def observe(_: Request) -> None:
        if all(len(sandbox.requests) > 100 for sandbox in found.values()):
            there.set()

    for sandbox in found.values():
        monkeypatch.setattr(sandbox, "_observe", observe)
    argv = ("export", DAY, "-p", "*", "-o", TEMPLATE)
    process = spawn(*argv)
    assert there.wait(20)
    began = time.monotonic()
    process.send_signal(signum)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, time.monotonic() - began < 2) == (code, True)
    assert b"What is done is kept: run the same command again to resume." in err
    kept = [name for name in left_in(here) if name.endswith(".nxcdr")]  # on a busy machine, SQLite's log may be left
    assert kept == [f".{name}-{DAY}.csv.nxcdr" for name in "ab"]
    done = nxcdr(*argv)
    assert (done.code, done.err.count("resumed")) == (0, 3)
    assert [len(csv_rows_of(here / f"{name}-{DAY}.csv")) for name in "ab"] == [16_000, 16_000]


def test_other_commands_take_one_profile(accounts: Accounts, nxcdr: Program) -> None:
    accounts(a={}, b={})
    done = nxcdr("query", DAY, "-p", "*")
    assert (done.code, "must be a plain word" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ((), 0),
        ((UnavailableError, OutputError), 6),
        ((OutputError, RefusedError, UnavailableError), 4),
        ((RefusedError, CredentialsError), 3),
        ((CredentialsError, UsageError), 2),
    ],
)
def test_the_worst_exit_code_is_that_which_a_person_must_see_to(kinds: tuple[type[NxcdrError], ...], code: int) -> None:
    assert worst(kind("wrong") for kind in kinds) is ExitCode(code)
