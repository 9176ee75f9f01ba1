"""Characters that programs choke on: line ends inside JSON, NUL in CSV, formulas in fullwidth letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nxcdr.output.text import excel_cell
from tests.harness import DAY, Program, Serve, csv_rows_of, some_calls

LINE_ENDS = "a\u2028b\u2029c\u0085d"
EXCEL_SPOILS = [
    "Apr-1",
    "MARCH1",
    "1:30",
    "(5)",
    "1/2",
    "12%",
    "$5",
    "TRUE",
    "1 PM",
    "2023年7月27日",
    "#N/A",
    "\uff11\uff12",
]


@pytest.mark.parametrize("options", [(), ("--raw",), ("--columns", "other")])
def test_line_ends_of_unicode_are_escaped_in_json_lines(
    serve: Serve, nxcdr: Program, here: Path, options: tuple[str, ...]
) -> None:
    serve([{**call, "other": LINE_ENDS} for call in some_calls(2)])
    assert nxcdr("export", DAY, "-o", "x.jsonl", *options).code == 0
    lines = (here / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["other"] for line in lines] == [LINE_ENDS] * 2


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_line_ends_of_unicode_are_escaped_in_query_s_json(serve: Serve, nxcdr: Program, form: str) -> None:
    serve([{**call, "other": LINE_ENDS} for call in some_calls(2)])
    out = nxcdr("query", DAY, "-f", form).out
    assert len(out.splitlines()) == out.count("\n")
    found = json.loads(out) if form == "json" else [json.loads(line) for line in out.splitlines()]
    assert [call["other"] for call in found] == [LINE_ENDS] * 2


def test_nul_becomes_a_character_that_csv_can_hold(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve([{**some_calls(1)[0], "other": "a\0b"}])
    assert nxcdr("export", DAY, "-o", "x.csv").code == 0
    assert csv_rows_of(here / "x.csv")[0]["other"] == "a\ufffdb"


@pytest.mark.parametrize("start", "\uff1d\uff0b\uff0d\uff20")
def test_a_formula_in_fullwidth_letters_is_guarded_too(serve: Serve, nxcdr: Program, here: Path, start: str) -> None:
    serve([{**some_calls(1)[0], "other": f"{start}1+1"}])
    assert nxcdr("export", DAY, "-o", "x.csv").code == 0
    assert csv_rows_of(here / "x.csv")[0]["other"] == f"'{start}1+1"


@pytest.mark.parametrize("text", EXCEL_SPOILS)
def test_text_that_excel_takes_for_something_else_stays_text(
    serve: Serve, nxcdr: Program, here: Path, text: str
) -> None:
    serve([{**some_calls(1)[0], "other": text}])
    for options, shown in (((), text), (("--excel",), f'="{text}"')):
        assert nxcdr("export", DAY, "-o", "x.csv", "--overwrite", *options).code == 0
        assert csv_rows_of(here / "x.csv")[0]["other"] == shown


@pytest.mark.parametrize("text", ["March", "may", "12 Monkeys", "SO19862-07189", "NX094450006938", "42", "85235757580"])
def test_words_and_short_numbers_are_left_to_excel(serve: Serve, nxcdr: Program, here: Path, text: str) -> None:
    serve([{**some_calls(1)[0], "other": text}])
    assert nxcdr("export", DAY, "-o", "x.csv", "--excel").code == 0
    assert csv_rows_of(here / "x.csv")[0]["other"] == text


@pytest.mark.parametrize("text", ["jan" * 80 + "X", "1 jan " * 40 + "x", "5e" * 120 + "x"])
def test_no_text_takes_long_to_tell_from_a_date(text: str) -> None:
    assert excel_cell(text) == text
