"""``nxcdr fields``: the record's fields, for people and for programs."""

from __future__ import annotations

import csv
import json

import pytest

from nxcdr.api.fields import FIELD_NAMES
from tests.harness import Program
from tests.query.terminal import screen


def test_fields_are_tab_separated_off_a_terminal(nxcdr: Program) -> None:
    done = nxcdr("fields")
    rows = list(csv.DictReader(done.out.splitlines(), delimiter="\t"))
    assert [row["name"] for row in rows] == list(FIELD_NAMES)
    assert {"name": "callDuration", "type": "number", "unit": "s", "meaning": "talk time"} in rows
    assert done.err == ""


def test_fields_as_json_are_an_array_of_objects(nxcdr: Program) -> None:
    found = json.loads(nxcdr("fields", "--json").out)
    assert [field["name"] for field in found] == list(FIELD_NAMES)
    assert all(list(field) == ["name", "type", "unit", "meaning"] for field in found)
    assert {field["type"] for field in found} == {"string", "boolean", "number", "time"}
    assert {field["unit"] for field in found} == {"", "s", "ms"}


@pytest.mark.parametrize("columns", [60, 120])
def test_fields_are_a_table_that_fits_on_a_terminal(columns: int) -> None:
    shown = screen("fields", columns=columns)
    assert "Meaning" in shown or "meaning" in shown
    assert "hangupCode" in shown
    assert max(len(line) for line in shown.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()) <= columns
