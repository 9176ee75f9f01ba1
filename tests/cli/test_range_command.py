"""``nxcdr range``: how a phrase is understood, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nxcdr.cli.app import main
from nxcdr.timerange import GRAMMAR

THURSDAY = ("--tz", "Asia/Hong_Kong", "--now", "2023-07-27T15:30:20")


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def nxcdr_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``nxcdr range`` without a configuration, on a machine in Hong Kong."""
    monkeypatch.setenv("NXCDR_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("TZ", "Asia/Hong_Kong")
    for name in ("NXCDR_TIMEZONE", "NXCDR_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def run(*argv: str) -> Outcome:
        code = main(["range", *argv])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def test_a_range_is_shown_with_its_zone_offset_length_and_choices(nxcdr_range: Run) -> None:
    outcome = nxcdr_range(*THURSDAY, "last", "7", "days")
    assert outcome.code == 0
    assert outcome.out == (
        "start    2023-07-20T00:00:00+08:00  1689782400\n"
        "end      2023-07-27T00:00:00+08:00  1690387200\n"
        "zone     Asia/Hong_Kong\n"
        "offsets  UTC+08:00\n"
        "length   7 days\n"
        "choice   last 7 days: the 7 whole days before today, from 2023-07-20\n"
    )
    assert outcome.err == ""


def test_a_day_of_25_hours_shows_both_offsets(nxcdr_range: Run) -> None:
    outcome = nxcdr_range("--tz", "Europe/Berlin", "--now", "2023-10-29T12:00", "today")
    assert "offsets  UTC+02:00 to UTC+01:00\nlength   1 day (25 hours)\n" in outcome.out


def test_json_is_one_object_of_seconds_and_readable_forms(nxcdr_range: Run) -> None:
    outcome = nxcdr_range("--json", *THURSDAY, "since", "monday")
    assert outcome.code == 0
    assert json.loads(outcome.out) == {
        "start": 1690128000,
        "end": 1690443020,
        "start_iso": "2023-07-24T00:00:00+08:00",
        "end_iso": "2023-07-27T15:30:20+08:00",
        "zone": "Asia/Hong_Kong",
        "seconds": 315020,
        "phrase": "since monday",
        "choices": ["Monday is 2023-07-24, the latest that has begun"],
    }


def test_the_vendors_example_month_is_its_epoch_seconds(nxcdr_range: Run) -> None:
    span = json.loads(nxcdr_range("--json", *THURSDAY, "july", "2023").out)
    assert (span["start"], span["end"]) == (1688140800, 1690819200)


def test_from_and_to_take_one_phrase_each(nxcdr_range: Run) -> None:
    span = json.loads(nxcdr_range("--json", *THURSDAY, "--from", "july 1", "--to", "july 3").out)
    assert (span["start_iso"], span["end_iso"]) == ("2023-07-01T00:00:00+08:00", "2023-07-04T00:00:00+08:00")


def test_a_range_that_begins_with_a_dash_is_not_an_option(nxcdr_range: Run) -> None:
    assert json.loads(nxcdr_range("--json", *THURSDAY, "-2h").out)["seconds"] == 7200


@pytest.mark.parametrize(
    "now", ["2023-07-27T15:30:20", "2023-07-27 15:30:20.9", "2023-07-27T07:30:20Z", "2023-07-27T09:30:20+02:00"]
)
def test_now_can_be_given_with_an_offset_or_in_the_zone(nxcdr_range: Run, now: str) -> None:
    outcome = nxcdr_range("--json", "--tz", "Asia/Hong_Kong", "--now", now, "past", "hour")
    assert json.loads(outcome.out)["end"] == 1690443020


def test_without_tz_the_zone_comes_from_the_settings(nxcdr_range: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "zone     Asia/Hong_Kong\n" in nxcdr_range("yesterday").out
    monkeypatch.setenv("NXCDR_TIMEZONE", "Europe/Berlin")
    assert "zone     Europe/Berlin\n" in nxcdr_range("yesterday").out
    assert "zone     UTC\n" in nxcdr_range("--tz", "UTC", "yesterday").out


def test_without_a_phrase_the_grammar_is_shown(nxcdr_range: Run) -> None:
    assert nxcdr_range() == Outcome(0, GRAMMAR, "")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["yestreday"], 'nxcdr: error: "yestreday" is not understood\nDid you mean "yesterday"?\n'),
        ([""], "nxcdr: error: the range is empty"),
        (["2099"], "nxcdr: error: the range lies wholly in the future"),
        (["today", "--from", "monday"], "nxcdr: error: both a range ('today') and --from or --to are given"),
        (["--to", "monday"], "nxcdr: error: a range with an end needs a start"),
        (["--from", "monday to friday"], "nxcdr: error: "),
        (["--tz", "Hong_Kon", "today"], "nxcdr: error: no time zone is known by the name 'Hong_Kon'"),
        (["--tz", "", "today"], "nxcdr: error: no time zone is known by the name ''"),
        (["--now", "soon", "today"], "nxcdr: error: --now 'soon' is not an ISO 8601 time"),
        (["--now", "9999-12-31T23:59", "today"], "nxcdr: error: now is 9999"),
        (["--now", "0001-01-01T00:00", "today"], "nxcdr: error: now is 1"),
        (["to\x1b[2Jday"], "nxcdr: error: character 3 is U+001B"),
    ],
)
def test_a_bad_phrase_is_a_usage_error_with_nothing_on_stdout(nxcdr_range: Run, argv: list[str], message: str) -> None:
    outcome = nxcdr_range(*argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 2
