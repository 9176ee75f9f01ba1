"""A real spreadsheet program reads back what --excel wrote."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness import DAY, Program, Serve, some_calls

SOFFICE = shutil.which("soffice")
TEXTS = {
    "callId": "16904424989012345678",
    "orderId": "000123",
    "caller": "+85235757580",
    "callee": "0085235757580",
    "agentNickName": "陈美玲 客户要求下午回电",
    "other": "=1+1",
    "intent": "@SUM(A1:A9)",
    "taskId": "12E5",
    "dtmfKeys": "1,2",
    "hangupReason": '-2+3 "quoted", with\r\nanother line',
}


@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
def test_long_ids_leading_zeros_plus_signs_and_chinese_survive_a_spreadsheet(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve([{**some_calls(1)[0], **TEXTS}])
    assert nxcdr("export", DAY, "-o", "x.csv", "--excel").code == 0
    assert (here / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfagentName,")
    profile = f"-env:UserInstallation=file://{here}/profile"
    convert = [str(SOFFICE), profile, "--headless", "--convert-to"]
    # Comma, quotes, UTF-8 and all else as a double click has it; then out again, each cell as it is shown.
    subprocess.run(
        [*convert, "xlsx", "--infilter=CSV:44,34,76,1,,0,false,true", "x.csv"], check=True, capture_output=True
    )
    subprocess.run(
        [*convert, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", "back", "x.xlsx"],
        check=True,
        capture_output=True,
    )
    with (here / "back" / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        (found,) = csv.DictReader(file)
    guarded = {"other", "intent", "hangupReason"}
    for name, text in TEXTS.items():
        wanted = "'" + text if name in guarded else text
        assert found[name].replace("\r\n", "\n") == wanted.replace("\r\n", "\n"), name
