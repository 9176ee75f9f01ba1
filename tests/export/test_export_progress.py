"""How a run tells how far it is: a bar on a terminal, lines elsewhere, nothing when quiet."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from nxcdr.api.client import Account, Client, Traffic
from nxcdr.api.pacing import Pace
from nxcdr.cli import progress
from nxcdr.cli.console import console
from nxcdr.fetch.whole import Progress
from tests.harness import DAY, Program, Serve, some_calls


@pytest.fixture
def client() -> Client:
    """A client that has had some traffic."""
    client = Client(Account("http://127.0.0.1:9", "key", "secret"), pace=Pace(rate=None, concurrency=1))
    client.traffic = Traffic(requests=1234, retries=5, waiting=1, last_fault="HTTP 502")
    return client


def test_off_a_terminal_a_plain_line_tells_share_rows_requests_retries_and_what_it_waits_for(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "verbosity", 0)
    told = threading.Event()

    def note(text: str) -> None:
        console.note(text)
        told.set()

    fake = SimpleNamespace(verbosity=0, note=note)
    monkeypatch.setattr(progress, "console", fake)
    state = Progress(seconds=200, done=50, rows=4321, resumed=321)
    with progress.progress(progress.Followed.of(state, client), seconds_between_lines=0.01):
        assert told.wait(5)
    line = capsys.readouterr().err.splitlines()[0]
    assert re.fullmatch(r"25 % 4,321 calls, [\d,]+/s, 1,234 requests, 5 retries, trying again after: HTTP 502", line)


def test_what_is_read_of_a_window_under_way_counts_too(client: Client) -> None:
    state = Progress(seconds=200, done=50, rows=100, held=lambda: (50.0, 300))
    assert progress._line([progress.Followed.of(state, client)], 1.0).startswith("50 % 400 calls")


def test_a_wait_that_the_server_asked_for_is_told(client: Client) -> None:
    client.pace.refused(1.0, 90.0)
    assert "waiting 90 s, as the server asked" in progress._facts([progress.Followed.of(Progress(), client)], 1.0)


def test_lines_come_every_30_seconds_so_a_quick_run_says_nothing(serve: Serve, nxcdr: Program) -> None:
    assert progress.SECONDS_BETWEEN_LINES == 30
    serve(some_calls(300))
    lines = nxcdr("export", DAY, "-o", "x.csv").err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["range", "done"]


def test_quiet_says_nothing_at_all(serve: Serve, nxcdr: Program) -> None:
    serve(some_calls(300))
    for argv in (("-q", "export"), ("export", "-q")):
        outcome = nxcdr(*argv, DAY, "-o", "x.csv", "--overwrite")
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def on_a_terminal(spawn: Callable[..., subprocess.Popen[bytes]], *argv: str) -> str:
    """What a run shows on a terminal of 120 columns."""
    ours, theirs = pty.openpty()
    process = spawn(*argv, stderr=theirs, env={**os.environ, "COLUMNS": "120", "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # the terminal's other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(10) == 0
    return shown.decode()


def test_on_a_terminal_a_bar_shows_and_goes_away(
    serve: Serve, spawn: Callable[..., subprocess.Popen[bytes]], here: Path
) -> None:
    serve(some_calls(2500), latency=0.1)
    shown = on_a_terminal(spawn, "export", DAY, "-o", "x.csv", "--concurrency", "2")
    assert re.search(r"\d+%", shown)
    assert re.search(r"[\d,]+ calls, [\d,]+/s, \d+ requests", shown)
    assert "\x1b[2K" in shown
    assert shown.rstrip().splitlines()[-1].startswith("done: x.csv: 2,500 calls") or "done: x.csv: 2,500 calls" in shown
    assert "\x1b" not in on_a_terminal(spawn, "export", DAY, "-q", "-o", str(here / "y.csv"))
