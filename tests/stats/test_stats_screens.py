"""What `nxcdr stats` shows: on a real pseudo-terminal, compared byte for byte with approved screens, and off one."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from nxcdr.sandbox import DOCUMENTED_CALLS, day_calls
from nxcdr.stats import DEFINITIONS, definition
from tests.harness import Call, Program, Serve
from tests.query.looked_at import check, two_days
from tests.query.terminal import screen

GOLDEN = Path(__file__).with_name("golden")
STEERING = re.compile(r"\x1b\[[0-9;]*m")
DAY = "2024-05-20"


def call(begins: int, lasts: int, name: str) -> Call:
    """A call that begins at a millisecond and lasts some."""
    return {"callId": name, "startTime": begins, "endTime": begins + lasts}


def fortnight() -> list[Call]:
    first = date(2024, 5, 13)
    return [call for day in range(14) for call in day_calls(first + timedelta(days=day))]


@pytest.mark.parametrize("columns", [40, 80, 100, 140])
def test_a_day_by_hour_fits_the_terminal(serve: Serve, columns: int) -> None:
    serve(two_days())
    seen = screen("stats", DAY, columns=columns)
    assert max(cell_len(STEERING.sub("", line)) for line in seen.splitlines()) <= columns
    check(seen, GOLDEN / f"hour-{columns}.txt")


@pytest.mark.parametrize("columns", [40, 80])
def test_longer_ranges_also_have_a_heat_map(serve: Serve, columns: int) -> None:
    serve(fortnight())
    check(screen("stats", "2024-05-13..2024-05-26", columns=columns), GOLDEN / f"fortnight-{columns}.txt")


@pytest.mark.parametrize("by", ["agent", "reason", "direction", "weekday", "day"])
def test_calls_are_grouped_as_asked(serve: Serve, by: str) -> None:
    serve(fortnight())
    check(screen("stats", "2024-05-13..2024-05-26", "--by", by, columns=100), GOLDEN / f"{by}-100.txt")


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_explain_tells_what_each_figure_means(serve: Serve, columns: int) -> None:
    serve(two_days())
    seen = screen("stats", "2023-07-27", "--explain", "--service-level", "30s", "--by", "direction", columns=columns)
    told = " ".join(STEERING.sub("", seen).split())
    if columns == 140:
        assert all(" ".join(definition(name, 30).split()) in told for name in DEFINITIONS)
    check(seen, GOLDEN / f"explain-{columns}.txt")


def test_no_calls_have_totals(serve: Serve) -> None:
    serve()
    check(screen("stats", DAY, columns=80), GOLDEN / "nothing-80.txt")


def test_without_colours_every_mark_is_still_there(serve: Serve) -> None:
    serve(fortnight())
    argv = ("stats", "2024-05-13..2024-05-26")
    coloured = screen(*argv)
    assert set(STEERING.findall(coloured)) == {"\x1b[1m", "\x1b[31m", "\x1b[0m"}
    plain = STEERING.sub("", coloured)
    assert STEERING.sub("", screen(*argv, env={"NO_COLOR": "1"})) == plain
    assert screen(*argv, env={"TERM": "dumb"}) == plain


@pytest.mark.parametrize("by", ["agent", "reason"])
def test_hostile_names_are_safe_on_a_screen_and_exact_for_programs(serve: Serve, nxcdr: Program, by: str) -> None:
    serve(two_days(), hostile=True)
    seen = STEERING.sub("", screen("stats", DAY, "--by", by))
    assert seen.replace("\n", "").isprintable()
    assert max(map(cell_len, seen.splitlines())) <= 100
    assert "\\x1b[2J" in seen
    plain = nxcdr("stats", DAY, "--by", by).out
    assert plain.replace("\n", "").replace("\t", "").isprintable()
    assert len({line.count("\t") for line in plain.split("\n\n")[1].splitlines()}) == 1
    names = {group[by] for group in json.loads(nxcdr("stats", DAY, "--by", by, "-f", "json").out)["groups"]}
    assert {"\x1b[2J\x1b[31mred\x1b]0;title\x07", "NUL\x00inside", "right\u202eto\u2066left"} <= names


def test_agents_of_one_nickname_are_told_apart(serve: Serve, nxcdr: Program) -> None:
    serve({**DOCUMENTED_CALLS[1], "agentName": account} for account in ("NX1", "NX2"))
    plain = nxcdr("stats", "2023-07-27", "--by", "agent").out
    assert "NX1 Sample Agent\t1" in plain
    assert "NX2 Sample Agent\t1" in plain


def test_off_a_terminal_all_is_plain_tab_separated_lines(serve: Serve, nxcdr: Program) -> None:
    serve(two_days())
    totals, groups = nxcdr("stats", DAY, "--explain").out.split("\n\n")
    assert [line.split("\t")[2] for line in totals.splitlines()] == [definition(name, 20) for name in DEFINITIONS]
    heading, *rows = [line.split("\t") for line in groups.splitlines()]
    assert [row[0] for row in rows] == [f"{hour:02d}" for hour in range(24)]
    assert {len(row) for row in rows} == {len(heading)} == {len(DEFINITIONS) + 1}


@pytest.mark.parametrize("form", ["json", "csv"])
def test_explain_tells_programs_too(serve: Serve, nxcdr: Program, form: str) -> None:
    serve(two_days())
    outcome = nxcdr("stats", DAY, "--explain", "-f", form)
    told = json.loads(outcome.out)["definitions"].values() if form == "json" else outcome.err
    assert all(definition(name, 20) in told for name in DEFINITIONS)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2023-10-29", [f"{hour:02d}" for hour in range(24)]),  # 25 hours, the third comes twice
        ("Europe/Berlin", "2023-03-26", [f"{hour:02d}" for hour in range(24) if hour != 2]),  # 23 hours
        ("Asia/Hong_Kong", "2023-03-26 22:00 to 2023-03-27 01:00", ["22", "23", "00"]),
    ],
)
def test_hours_are_those_that_the_zones_clocks_show(
    serve: Serve, nxcdr: Program, zone: str, day: str, hours: list[str]
) -> None:
    found = json.loads(nxcdr("range", day, "--tz", zone, "--json").out)
    start, end = found["start"], found["end"]
    serve(call(at * 1000, 5_000, str(at)) for at in range(start, end, 1800))
    groups = json.loads(nxcdr("stats", day, "--tz", zone, "--by", "hour", "-f", "json").out)["groups"]
    assert [group["hour"] for group in groups] == hours
    assert {group["hour"]: group["calls"] for group in groups if group["calls"] != 2} == (
        {"02": 4} if len(hours) == 24 else {}
    )


def test_progress_and_the_range_are_on_stderr_and_quiet_drops_them(serve: Serve, nxcdr: Program) -> None:
    serve(two_days())
    told, quiet = nxcdr("stats", DAY), nxcdr("stats", DAY, "-q")
    assert told.out == quiet.out
    assert "range: 2024-05-20 00:00" in told.err
    assert quiet.err == ""


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_reader_that_leaves_ends_it_quietly(
    serve: Serve, spawn: Callable[..., subprocess.Popen[bytes]], form: str
) -> None:
    serve(two_days())
    process = spawn("stats", DAY, "-q", "-f", form, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(20) == 0


@pytest.mark.parametrize("argv", [("--columns", "caller"), ("--raw",), ("--by", "moon"), ("--limit", "5")])
def test_a_wrong_option_is_a_usage_error(serve: Serve, nxcdr: Program, argv: tuple[str, ...]) -> None:
    sandbox = serve()
    outcome = nxcdr("stats", DAY, *argv)
    assert (outcome.code, outcome.out, sandbox.requests) == (2, "", [])


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_range_that_can_not_be_read_whole_has_no_figures(serve: Serve, nxcdr: Program, form: str) -> None:
    serve(two_days(), fault_every=2)
    outcome = nxcdr("stats", DAY, "-f", form, "--retries", "0")
    assert (outcome.code, outcome.out) == (5, "")
