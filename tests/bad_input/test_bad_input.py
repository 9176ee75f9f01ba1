"""Bad input gives an exit code and a short message with a remedy, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from tests.bad_input.answers import ANSWERS
from tests.bad_input.case import Case
from tests.bad_input.options import OPTIONS, PHRASES
from tests.bad_input.settings import ENVIRONMENT, FILES, SETTINGS
from tests.harness import Outcome, Program
from tests.listeners import Relay, answering

CASES = (*OPTIONS, *PHRASES, *ENVIRONMENT, *SETTINGS, *FILES, *ANSWERS)
LONGEST = 1000  # characters of a message
SLOWEST = 20.0  # seconds
HUSH = "hush"
NOTES = ("range: ", "  ", "asking ", "nxcdr: warning: ")  # what may come before the error


@pytest.fixture
def laid(here: Path, case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of the case, and a server with its answer."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NXCDR_TIMEZONE"):
        monkeypatch.delenv(name, raising=False)
    usual = {"TZ": "Asia/Hong_Kong", "NXCDR_ACCESS_KEY": "key", "NXCDR_ACCESS_SECRET": HUSH, "NXCDR_RETRIES": "0"}
    usual |= {"NXCDR_TIMEOUT": "30", "NXCDR_BASE_URL": "http://127.0.0.1:9", "NXCDR_CONFIG": str(here / "c.toml")}
    for name, value in (usual | dict(case.env)).items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    for name in case.folders:
        (here / name).mkdir()
    for name, content in case.files.items():
        (here / name).write_bytes(content)
    if case.config is not None:
        path = here / "c.toml"
        path.write_bytes(case.config if isinstance(case.config, bytes) else case.config.encode())
        path.chmod(case.mode)
    if case.answer is None:
        yield here
        return
    with Relay(answering(case.answer, then=case.then)) as server:
        monkeypatch.setenv("NXCDR_BASE_URL", f"http://127.0.0.1:{server.port}")
        yield here


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file and folder, except the lock file of the settings."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
        if path.name != ".c.toml.lock"
    }


def check(case: Case, done: Outcome) -> None:
    assert (done.code, done.out) == (case.code, ""), done.err
    before, mark, message = done.err.partition("nxcdr: error: ")
    assert mark, done.err
    assert all(line.startswith(NOTES) for line in before.splitlines()), before
    lines = message.splitlines()
    assert 1 <= len(lines) <= 2
    assert len(message) <= LONGEST
    assert case.wrong in lines[0]
    assert case.remedy in lines[-1]
    assert "Traceback" not in done.err
    assert HUSH not in done.err
    assert done.err.replace("\n", "").isprintable()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_gives_exit_code_and_short_message_and_changes_nothing(
    case: Case, laid: Path, nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(case.stdin))
    before = everything_in(laid)
    began = time.monotonic()
    done = nxcdr(*case.argv)
    assert time.monotonic() - began < SLOWEST
    check(case, done)
    assert everything_in(laid) == before


@pytest.mark.parametrize("case", CASES[::16], ids=lambda case: case.name)
def test_the_real_program_says_the_same(case: Case, laid: Path) -> None:
    before = everything_in(laid)
    done = subprocess.run(
        [sys.executable, "-m", "nxcdr", *map(os.fsencode, case.argv)],
        input=case.stdin.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    check(case, Outcome(done.returncode, done.stdout.decode(), done.stderr.decode()))
    assert everything_in(laid) == before


def test_there_are_many_cases_with_distinct_names() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 150
