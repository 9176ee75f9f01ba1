"""status shows what an archive lacks, without a request."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.days import DAY_SECONDS, FIRST, Night, calls_of
from tests.harness import Program
from tests.query.terminal import terminal

DAYS = 40  # from 2023-07-27 to 2023-09-04
TEMPLATE = "cdr-{date}.jsonl"


@pytest.fixture(scope="module")
def calls() -> list[dict[str, object]]:
    return calls_of(DAYS, 3)


@pytest.fixture
def archive(night: Callable[..., Night], calls: list[dict[str, object]], here: Path) -> Night:
    """An archive with something wrong in it."""
    now = night(calls, days=DAYS)
    assert now.export("--receipt", output=TEMPLATE).code == 0
    (here / "cdr-2023-07-30.jsonl").unlink()
    (here / "cdr-2023-08-05.jsonl").write_bytes(b"")
    (here / "cdr-2023-08-17.jsonl.receipt.json").unlink()
    (here / "cdr-2023-08-18.jsonl.receipt.json").unlink()
    os.utime(here / "cdr-2023-08-18.jsonl", (FIRST + 22 * DAY_SECONDS, FIRST + 23 * DAY_SECONDS + 600))
    now.sandbox.requests.clear()
    return now


CALENDAR = """\
         1   5    10   15   20   25   30
2023-07                            ###.#
2023-08  ####!###########o~#############
2023-09  ####

# 36 whole  o 1 no receipt  ~ 1 too early  ! 1 damaged  . 1 missing
. cdr-2023-07-30.jsonl: missing
! cdr-2023-08-05.jsonl: it is empty
~ cdr-2023-08-18.jsonl: written 2023-08-19 00:10, before its calls had settled
"""


def test_a_calendar_shows_a_month_a_line_and_a_mark_a_day(archive: Night) -> None:
    outcome = archive.run("status", TEMPLATE)
    assert (outcome.code, outcome.out) == (7, CALENDAR)
    assert "range: 2023-07-27 00:00 to 2023-09-05 00:00" in outcome.err
    assert "nxcdr: error: the archive is not whole: 1 missing, 1 damaged, 1 written too early\n" in outcome.err
    assert archive.sandbox.requests == []


def test_the_command_it_names_completes_the_archive(archive: Night) -> None:
    hint = archive.run("status", TEMPLATE).err.splitlines()[-1]
    command = hint.removeprefix("Complete it: nxcdr ").replace("'", "").split()
    assert archive.run(*command, "--raw").code == 0
    outcome = archive.run("status", TEMPLATE)
    assert (outcome.code, outcome.err.count("\n")) == (0, 1)
    assert "# 39 whole  o 1 no receipt\n" in outcome.out  # of a file that is whole, nothing is said


def test_json_names_every_file(archive: Night) -> None:
    outcome = archive.run("status", TEMPLATE, "--json", "-q")
    found = json.loads(outcome.out)
    assert outcome.code == 7
    assert found["template"] == TEMPLATE
    assert found["range"] == {"start": FIRST, "end": FIRST + DAYS * DAY_SECONDS, "zone": "Asia/Hong_Kong"}
    assert found["counts"] == {"missing": 1, "damaged": 1, "early": 1, "no_receipt": 1, "whole": 36}
    files = {file["path"]: file for file in found["files"]}
    assert len(files) == DAYS
    assert files["cdr-2023-08-05.jsonl"] == {
        "path": "cdr-2023-08-05.jsonl",
        "start": "2023-08-05T00:00:00+08:00",
        "end": "2023-08-06T00:00:00+08:00",
        "state": "damaged",
        "reason": "it is empty",
        "rows": None,
    }
    assert files["cdr-2023-08-06.jsonl"]["rows"] == 3


@pytest.mark.parametrize(
    ("argv", "code", "first"),
    [
        (("2023-08",), 7, "2023-08"),
        (("2023-09-01..2023-09-04",), 0, "2023-09"),
        (("--from", "2023-09-01", "--to", "2023-09-04"), 0, "2023-09"),
        (("2023-09-01", "to", "2023-09-05"), 7, "2023-09"),
    ],
)
def test_a_range_can_be_said(archive: Night, argv: tuple[str, ...], code: int, first: str) -> None:
    outcome = archive.run("status", TEMPLATE, *argv)
    assert (outcome.code, outcome.out.splitlines()[1][:7]) == (code, first)


def test_hours_share_a_day_s_mark_and_months_a_year_s_line(night: Callable[..., Night], here: Path) -> None:
    now = night(calls_of(3, 5), days=3)
    hourly = ("--split", "hour", "-o", "h-{start}.jsonl", "--receipt")
    assert now.run("export", "2023-07-27..2023-07-29", *hourly).code == 0
    (here / "h-2023-07-28T130000.jsonl").unlink()
    outcome = now.run("status", "h-{start}.jsonl", "--split", "hour")
    assert (outcome.code, "2023-07                            #.#\n" in outcome.out) == (7, True)
    assert "# 71 whole  . 1 missing" in outcome.out
    monthly = ("--split", "month", "-o", "{year}-{month}.jsonl", "--receipt")
    assert now.run("export", "2022-11..2023-06", *monthly).code == 0
    outcome = now.run("status", "{year}-{month}.jsonl")
    assert (outcome.code, outcome.out) == (
        0,
        "         JFMAMJJASOND\n2022               ##\n2023     ######\n\n# 8 whole\n",
    )


def test_one_file_can_be_looked_at(night: Callable[..., Night], here: Path) -> None:
    now = night(calls_of(3, 5), days=3)
    assert now.run("export", "2023-07-28", "-o", "one.csv").code == 0
    assert now.run("status", "one.csv", "2023-07-28").code == 0
    (here / "one.csv").unlink()
    assert now.run("status", "one.csv", "2023-07-28").code == 7


def test_a_receipt_tells_that_a_file_was_written_too_early(night: Callable[..., Night]) -> None:
    now = night(calls_of(3, 5), days=3, hour=0.5)
    assert now.export("--receipt", output=TEMPLATE).code == 0
    assert now.run("status", TEMPLATE).code == 7
    now.pass_by(days=2.2)
    assert now.export("--receipt", "--skip-existing", "--refresh", "1h", output=TEMPLATE).code == 0
    assert now.run("status", TEMPLATE).code == 0


def test_what_names_no_archive_is_a_usage_error(nxcdr: Program, here: Path) -> None:
    for argv in (("cdr-{date}.csv",), ("{year}.csv",), ("x.csv",), ("-", "yesterday"), ("{hour}.csv",), ("x{.csv",)):
        outcome = nxcdr("status", *argv)
        assert (outcome.code, outcome.out) == (2, ""), argv
    (here / "cdr-today.csv").touch()
    (here / "cdr-2023-99-99.csv").touch()
    assert "no file is named like" in nxcdr("status", "cdr-{date}.csv").err
    assert nxcdr("status", "cdr-{date}.txt", "last 7 days").code == 2


def test_on_a_terminal_of_80_columns_no_line_of_the_calendar_wraps(archive: Night) -> None:
    with terminal("status", TEMPLATE, "2023-07-27..2023-09-04", columns=80) as running:
        shown = running.rest()
        assert running.process.returncode == 7
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert lines == CALENDAR
    assert "\x1b[31m" in shown  # what is wrong is red
    assert archive.sandbox.requests == []
