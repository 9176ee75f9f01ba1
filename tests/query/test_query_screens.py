"""The screens of `nxcdr query` on a real pseudo-terminal, compared byte for byte with approved ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.harness import Serve
from tests.query.looked_at import EVENING, check, two_days
from tests.query.terminal import screen

GOLDEN = Path(__file__).with_name("golden")
STEERING = re.compile(r"\x1b\[[0-9;]*m")
DOCUMENTED = "63b09b9a163616c6c009cb326"


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 160, 200])
def test_the_table_fits_the_terminal(serve: Serve, columns: int) -> None:
    serve(two_days())
    seen = screen("query", *EVENING, columns=columns)
    assert max(cell_len(STEERING.sub("", line)) for line in seen.splitlines()) <= columns
    check(seen, GOLDEN / f"table-{columns}.txt")


@pytest.mark.parametrize(
    ("name", "argv", "columns"),
    [
        ("documented-100", ("query", "2023-07-27"), 100),
        ("details-100", ("query", "2023-07-27", "--call-id", DOCUMENTED), 100),
        ("details-40", ("query", "2023-07-27", "--call-id", DOCUMENTED, "--columns", "caller,inQueueTime"), 40),
        ("columns-80", ("query", "2023-07-27", "--columns", "callId,startTime,hangupReason,callee,caller"), 80),
        ("details-72", ("query", "2023-07-27", "--call-id", DOCUMENTED), 72),
        ("details-57", ("query", "2023-07-27", "--call-id", DOCUMENTED), 57),
        ("raw-140", ("query", "2023-07-27", "--raw"), 140),
    ],
)
def test_the_screen_is_as_approved(serve: Serve, name: str, argv: tuple[str, ...], columns: int) -> None:
    serve(two_days())
    check(screen(*argv, columns=columns), GOLDEN / f"{name}.txt")


def test_the_legs_of_a_call_are_shown_together_on_one_scale(serve: Serve) -> None:
    calls = two_days()
    ids = [call["callId"] for call in calls]
    transferred = next(call_id for call_id in ids if ids.count(call_id) > 1)
    serve(calls)
    check(screen("query", "2024-05-20", "--call-id", transferred), GOLDEN / "legs-100.txt")


@pytest.mark.parametrize("columns", [80, 100, 120, 160, 200])
def test_queue_and_cost_are_shown_and_no_agent_is_cut_from_80_columns_on(serve: Serve, columns: int) -> None:
    serve(two_days())
    seen = STEERING.sub("", screen("query", *EVENING, columns=columns))
    assert {"agent", "outcome", "queue", "talk", "cost"} <= set(seen.splitlines()[0].split())
    assert all(agent in seen for agent in ("Ana Lucía Rojas", "NX094450006912", "黄志强 Ken"))
    assert ("User abandoned the queue" in seen) is (columns > 80)


def test_a_range_of_one_day_does_not_repeat_the_day_but_where_nothing_else_tells_it(serve: Serve) -> None:
    serve(two_days())
    assert "2024-05-20" not in screen("query", "2024-05-20")
    assert "\n2024-05-20 Monday" in STEERING.sub("", screen("query", "2024-05-20", "-q"))


def test_calls_sorted_by_anything_but_time_have_their_date_where_the_range_has_several(serve: Serve) -> None:
    serve(two_days())
    for days in ("2024-05-20", "2024-05-20..2024-05-21"):
        seen = STEERING.sub("", screen("query", days, "--sort", "callDuration", "--reverse", "-n", "0"))
        dated = [line for line in seen.splitlines() if re.match(r"..2024-05-2[01] \d\d:\d\d", line)]
        assert len(dated) == (0 if days == "2024-05-20" else seen.count("\n") - 2)
        assert "Monday" not in seen


@pytest.mark.parametrize("columns", [80, 100])
def test_hostile_text_does_not_break_the_table(serve: Serve, columns: int) -> None:
    serve(two_days(), hostile=True)
    check(screen("query", *EVENING, columns=columns), GOLDEN / f"hostile-{columns}.txt")


@pytest.mark.parametrize("columns", [57, 72, 100])
def test_details_fit_the_terminal_with_every_word(serve: Serve, columns: int) -> None:
    serve(two_days())
    seen = STEERING.sub("", screen("query", "2023-07-27", "--call-id", DOCUMENTED, columns=columns))
    assert max(map(cell_len, seen.splitlines())) <= columns
    assert not re.search(r"[ \t]$", seen, re.MULTILINE)
    words = " ".join(seen.split())
    assert words.count("aicc") == words.count("e.g.") == words.count("account's") == 1


def test_hostile_text_in_every_field_is_safe_in_a_table(serve: Serve) -> None:
    serve(two_days(), hostile=True)
    for view in ((), ("--columns", "all")):
        seen = screen("query", *EVENING, *view)
        assert STEERING.sub("", seen).replace("\n", "").isprintable()
        assert max(cell_len(STEERING.sub("", line)) for line in seen.splitlines()) <= 100


def test_hostile_text_in_every_field_is_safe_in_details(serve: Serve) -> None:
    serve(two_days(), hostile=True)
    seen = STEERING.sub("", screen("query", *EVENING, "--details", columns=200))
    assert seen.replace("\n", "").isprintable()
    assert "\\x1b[2J\\x1b[31mred\\x1b]0;title\\x07" in seen
    assert "[bold red]markup[/]" in seen
    assert seen.count("long ") > 1000


def test_without_colours_every_mark_is_still_there(serve: Serve) -> None:
    serve(two_days())
    plain = STEERING.sub("", screen("query", *EVENING))
    uncoloured = screen("query", *EVENING, env={"NO_COLOR": "1"})
    assert set(STEERING.findall(uncoloured)) <= {"\x1b[1m", "\x1b[0m"}
    assert STEERING.sub("", uncoloured) == plain
    assert screen("query", *EVENING, env={"TERM": "dumb"}) == plain
    assert "\n✗ 22:21 in" in plain


def test_colours_are_of_the_terminals_own_palette(serve: Serve) -> None:
    serve(two_days())
    assert set(STEERING.findall(screen("query", *EVENING))) == {"\x1b[1m", "\x1b[31m", "\x1b[0m"}


def test_the_variable_columns_overrides_the_terminals_width(serve: Serve) -> None:
    serve(two_days())
    assert screen("query", *EVENING, columns=200, env={"COLUMNS": "80"}) == screen("query", *EVENING, columns=80)


def test_characters_that_the_encoding_lacks_are_escaped(serve: Serve) -> None:
    serve(two_days())
    seen = screen("query", "2023-07-27", env={"PYTHONIOENCODING": "ascii"})
    assert "\\u2717 15:21 in" in seen
