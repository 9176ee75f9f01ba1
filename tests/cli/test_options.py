"""Options: their values, aliases and places, and what is suggested for those that do not exist."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nxcdr import __version__
from nxcdr.cli.commands import COMMANDS
from nxcdr.cli.suggestions import suggested
from tests.harness import DAY, Program, Serve, some_calls


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("query", "--limit", "ten"), "--limit must be a whole number, not 'ten'"),
        (("query", "--limit", "7.0"), "--limit must be a whole number, not '7.0'"),
        (("query", "--limit", "1_000"), "--limit must be a whole number, not '1_000'"),
        (("query", "--limit", "٣"), "--limit must be a whole number, not '٣'"),
        (("query", "--limit", "9" * 5000), "--limit must be a whole number"),
        (("query", "-f", "JSON"), "--format must be one of table, json, jsonl, csv, tsv, not 'JSON'"),
        (("query", "--direction", ""), "--direction must be one of inbound, outbound, aicc, not ''"),
        (("query", "--rate", "fast"), "rate must be a number of requests per second from 0.001 to 1000, not 'fast'"),
        (("sandbox", "--limit", "0"), "--limit must be a whole number of at least 1, not '0'"),
        (("sandbox", "--fault-rate", "nan"), "--fault-rate must be a number from 0 to 1, not 'nan'"),
        (("config", "get"), "Missing argument 'KEY'"),
        (("verify",), "Missing argument 'FILE...'"),
        (("query", "--limit"), "Option '--limit' requires an argument."),
    ],
)
def test_an_invalid_value_is_a_usage_error(nxcdr: Program, argv: tuple[str, ...], message: str) -> None:
    done = nxcdr(*argv)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"nxcdr: error: {message}")
    assert done.err.count("\n") <= 2


def test_valid_values_are_converted(serve: Serve, nxcdr: Program) -> None:
    sandbox = serve(some_calls(30))
    options = ["--limit", "07", "--rate", "1e3", "--concurrency", "2", "--direction", "inbound", "-f", "json"]
    done = nxcdr("query", DAY, *options, "--no-details")
    assert done.code == 0
    assert len(json.loads(done.out)) <= 7
    assert (sandbox.requests[0].body or {})["direction"] == 1


@pytest.mark.parametrize("argv", [["query", DAY, "--limit", "5"], ["config", "show"], ["help", "query"]])
def test_no_command_imports_pydantic(serve: Serve, argv: list[str]) -> None:
    serve(some_calls(10))
    script = (
        "import sys; from nxcdr.cli.app import main; "
        f"code = main({argv!r}); sys.exit(code or ('pydantic' in sys.modules and 99))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_since_and_until_are_the_same_as_from_and_to(nxcdr: Program) -> None:
    assert nxcdr("range", "--since", "july 1", "--until", "july 3") == nxcdr(
        "range", "--from", "july 1", "--to", "july 3"
    )


@pytest.mark.parametrize("command", ["query", "export", "stats", "range"])
@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_an_empty_range_phrase_is_a_usage_error(nxcdr: Program, command: str, blank: str) -> None:
    for argv, name in (
        ([blank], "the range"),
        (["--from", blank], "--from"),
        (["--since", blank], "--from"),
        (["--from", "yesterday", "--to", blank], "--to"),
        (["--call-id", "x", blank], "the range"),
    ):
        if command == "range" and "--call-id" in argv:
            continue
        done = nxcdr(command, "--profile", "sandbox", *argv)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"nxcdr: error: {name} is empty")


def test_the_version_has_a_short_option(nxcdr: Program) -> None:
    assert nxcdr("-V") == nxcdr("--version") == nxcdr("-V")
    assert nxcdr("-V").out == f"nxcdr {__version__}\n"


@pytest.mark.parametrize("argv", [["-q", "fields"], ["fields", "-q"], ["-v", "fields"], ["fields", "-v"]])
def test_quiet_and_verbose_stand_before_and_after_the_command(nxcdr: Program, argv: list[str]) -> None:
    assert nxcdr(*argv).code == 0


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["query", "--limt", "3"], "Did you mean --limit? Try: nxcdr query --help"),
        (["stats", "--sort", "x"], "Try: nxcdr stats --help"),
        (["query", "--json"], "Did you mean --format json? Try: nxcdr query --help"),
        (["export", "--force"], "Did you mean --overwrite? Try: nxcdr export --help"),
        (["config", "show", "--jso"], "Did you mean --json? Try: nxcdr config show --help"),
        (["--quite", "query"], "Did you mean --quiet? Try: nxcdr --help"),
        (["query", "--access-secret=hush"], "Try: nxcdr query --help"),
    ],
)
def test_an_unknown_option_suggests_what_is_meant(nxcdr: Program, argv: list[str], hint: str) -> None:
    done = nxcdr(*argv)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("nxcdr: error: No such option: --")
    assert done.err.splitlines()[-1] == hint


OPTIONS: dict[str, list[str]] = {
    "--from": [],
    "--to": [],
    "--tz": [],
    "--format": ["table", "json", "csv"],
    "--limit": [],
    "--rate": [],
    "--retries": [],
    "--columns": [],
    "--skip-existing": [],
    "--direction": ["inbound", "outbound"],
}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--limt", ["--limit"]),
        ("--limits", ["--limit"]),
        ("--LIMIT", ["--limit"]),
        ("--colums", ["--columns"]),
        ("--form", ["--from", "--format"]),
        ("--fromat", ["--format"]),
        ("--skip", ["--skip-existing"]),
        ("--skip_existing", ["--skip-existing"]),
        ("--start", ["--from"]),
        ("--time-zone", ["--tz"]),
        ("--retry", ["--retries"]),
        ("--csv", ["--format csv"]),
        ("--inbound", ["--direction inbound"]),
        ("--output", []),
        ("--sort", []),
        ("--date", []),
        ("--day", []),
        ("--jsonl", []),
        ("--colour", []),
        ("-n", []),
        ("--", []),
    ],
)
def test_suggestions_are_typos_beginnings_values_and_synonyms_of_the_commands_options(
    given: str, meant: list[str]
) -> None:
    assert suggested(given, OPTIONS) == meant


def test_every_command_has_quiet_and_verbose(nxcdr: Program) -> None:
    for command in COMMANDS:
        shown = nxcdr(command, "--help").out
        assert "-q, --quiet" in shown
        assert "-v, --verbose" in shown
