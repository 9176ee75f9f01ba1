"""Excel workbooks: dates are dates, ids are text, nothing is a formula, and a spreadsheet program opens them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.errors import OutputError
from nxcdr.output.formats import FORMATS, Shape
from nxcdr.sandbox import DOCUMENTED_CALLS
from tests.harness import DAY, ZONE, Call, Program, Serve, some_calls

pytest.importorskip("xlsxwriter")

HONG_KONG = ZoneInfo(ZONE)
WORKBOOK = FORMATS["xlsx"]
SOFFICE = shutil.which("soffice")
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
UNANSWERED, ANSWERED = DOCUMENTED_CALLS


def written(calls: Sequence[Call], shape: Shape) -> bytes:
    file = io.BytesIO()
    WORKBOOK.write(lambda: [[json.dumps(call).encode() for call in calls]], file, shape)
    return file.getvalue()


def rows_of(calls: Sequence[Call], shape: Shape) -> list[dict[str, Any]]:
    return list(WORKBOOK.read(io.BytesIO(written(calls, shape))))


def sheet_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def cell_of(sheet: str, place: str) -> str:
    found = re.search(rf'<c r="{place}".*?(?:</c>|/>)', sheet)
    return found[0] if found else ""


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
def test_a_spreadsheet_program_shows_dates_durations_and_ids_as_they_are(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve([{**ANSWERED, "callDuration": 90_061, "orderId": "000123", "callId": "16904424989012345678"}, UNANSWERED])
    assert nxcdr("export", DAY, "-o", "x.xlsx").code == 0
    profile = f"-env:UserInstallation=file://{here}/profile"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", AS_SHOWN, "--outdir", "shown", "x.xlsx"]
    subprocess.run(command, cwd=here, check=True, capture_output=True, timeout=120)
    (shown,) = (here / "shown").glob("*.csv")
    with shown.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == list(FIELD_NAMES)
    assert first["startTime"].startswith("2023-07-27 10:00:37")
    assert (first["orderId"], first["callId"]) == ("000123", "16904424989012345678")
    assert (first["answered"], second["answered"]) == ("TRUE", "FALSE")
    assert (first["totalCustomerPrice"], first["hangupCode"]) == ("0.035", "1001")
    assert (first["direction"], first["hangupBy"]) == ("inbound", "user")
    assert second["answerTime"] == ""


def test_times_are_dates_on_the_clocks_of_the_zone_and_durations_go_beyond_a_day() -> None:
    (row,) = rows_of([{**ANSWERED, "callDuration": 90_061}], Shape(HONG_KONG, ("startTime", "callDuration")))
    assert float(row["startTime"]) == pytest.approx(45134 + (10 * 3600 + 37.704) / 86400, abs=1e-9)
    assert float(row["callDuration"]) == pytest.approx(90_061 / 86400, abs=1e-12)
    with zipfile.ZipFile(io.BytesIO(written([ANSWERED], Shape(HONG_KONG)))) as parts:
        styles = parts.read("xl/styles.xml").decode()
    assert "[h]:mm:ss" in styles
    assert "yyyy-mm-dd hh:mm:ss" in styles


def test_the_header_is_frozen_and_filterable_and_widths_are_set() -> None:
    sheet = sheet_of(written(DOCUMENTED_CALLS, Shape(HONG_KONG)))
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<autoFilter ref="A1:AB3"/>' in sheet
    assert sheet.count("customWidth") > 5


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1+1", "-1+1", "{=1}", "https://example.com", "0012", "1/2"])
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    data = written([{**ANSWERED, "other": text}], Shape(HONG_KONG, ("other",)))
    sheet = sheet_of(data)
    assert "<f" not in sheet
    assert "hyperlink" not in sheet
    assert 't="inlineStr"' in cell_of(sheet, "A2")
    assert [row["other"] for row in WORKBOOK.read(io.BytesIO(data))] == [text]


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert rows_of([{**ANSWERED, "other": text}], Shape(HONG_KONG, ("other", "callId")))[0]["other"] == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("callee", 85235757568, "85235757568"),
        ("hangupCode", 10**15, "1000000000000000"),
        ("hangupCode", 1001, "1001"),
        ("totalCustomerPrice", "free", "free"),
        ("callDuration", -5, "-5"),
        ("endTime", 10**18, "1000000000000000000"),
        ("endTime", "soon", "soon"),
        ("answered", None, ""),
        ("other", {"a": 1}, '{"a":1}'),
    ],
)
def test_what_excel_can_not_hold_as_it_is_stays_what_it_is(name: str, value: Any, shown: str) -> None:
    (row,) = rows_of([{**ANSWERED, name: value}], Shape(HONG_KONG, (name,)))
    assert row[name] == shown


def test_raw_values_stay_numbers() -> None:
    (row,) = rows_of([UNANSWERED], Shape(None, ("startTime", "answerTime", "direction", "queueDuration")))
    assert list(row.values()) == ["1690442492841", "0", "0", "5139"]


def test_the_same_calls_make_the_same_bytes(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(30))
    for name in ("x.xlsx", "y.xlsx"):
        assert nxcdr("export", DAY, "-o", name).code == 0
    assert (here / "x.xlsx").read_bytes() == (here / "y.xlsx").read_bytes()


def test_a_workbook_goes_to_stdout_too(serve: Serve, spawn: Any, here: Path) -> None:
    assert here.is_dir()
    serve(some_calls(20))
    out, _ = spawn("export", DAY, "-o", "-", "-f", "xlsx").communicate()
    assert len(list(WORKBOOK.read(io.BytesIO(out)))) == 20


def test_a_text_longer_than_a_cell_can_be_is_an_error_that_names_it(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve([{**ANSWERED, "callId": "long", "other": "é" * 32_768}])
    outcome = nxcdr("export", DAY, "-o", "x.xlsx")
    assert outcome.code == 6
    assert "call long: other is " in outcome.err
    assert not (here / "x.xlsx").exists()
    assert rows_of([{**ANSWERED, "other": "é" * 32_767}], Shape(HONG_KONG, ("other",)))[0]["other"] == "é" * 32_767


def test_more_calls_than_a_sheet_has_rows_is_an_error_that_says_split() -> None:
    text = json.dumps(ANSWERED).encode()
    with pytest.raises(OutputError, match="1,048,576 calls") as raised:
        WORKBOOK.write(lambda: [[text] * 1_048_576], io.BytesIO(), Shape(HONG_KONG))
    assert "--split" in raised.value.hint


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_file_without_its_end_is_found_out(share: float) -> None:
    data = written(some_calls(100), Shape(HONG_KONG))
    with pytest.raises(ValueError, match=r"."):
        list(WORKBOOK.read(io.BytesIO(data[: int(len(data) * share)])))
