"""The README's archive: its crontab, its checks, and what they say when something is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import Program
from tests.readme.blocks import Block, blocks
from tests.readme.conftest import settled_zone

DAYS = 35
FIELDS = re.compile(r"(?:[0-9*/,-]+\s+){5}")
NIGHTLY, WEEKLY = blocks("cron", "archive")[0].text.splitlines()[1:]
EXPORT = NIGHTLY.partition(" && ")[0]
PROMETHEUS, NAGIOS = blocks("sh", "archive")


class Monitor(BaseHTTPRequestHandler):
    """A dead man's switch: counts the pings."""

    pings = 0

    def do_GET(self) -> None:
        type(self).pings += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@pytest.fixture
def monitor() -> Iterator[str]:
    Monitor.pings = 0
    with HTTPServer(("127.0.0.1", 0), Monitor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Machine:
    """A machine that has the README's archive: its folders, and a profile in the user's home."""

    def __init__(self, home: Path, commands: Path, sandbox: Sandbox, ping: str) -> None:
        self.archive = home / "srv"
        self.archive.mkdir(parents=True)
        config = home / ".config" / "nxcdr"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(
            f'[profiles.main]\nbase_url = "{sandbox.base_url}"\naccess_key = "{sandbox.access_key}"\n'
            f'access_secret = "{sandbox.access_secret}"\ntimezone = "{settled_zone()}"\n'
        )
        (config / "config.toml").chmod(0o600)
        self._env = {"HOME": str(home), "PATH": f"{commands}:/usr/local/bin:/usr/bin:/bin"}
        self._names = {
            "/usr/local/bin/nxcdr": str(commands / "nxcdr"),
            "/srv/cdr": str(self.archive),
            "/var/lib/prometheus": str(home),
            "https://hc-ping.com/your-check": ping,
        }

    def run(self, script: str) -> tuple[int, str]:
        """What /bin/sh makes of it: the exit code, and all that it says."""
        for name, here in self._names.items():
            script = script.replace(name, here)
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            cwd="/",
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout

    def cron(self, line: str) -> tuple[int, str]:
        assert "%" not in line  # cron would end the line there
        fields = FIELDS.match(line)
        assert fields
        return self.run(line[fields.end() :])

    def files(self) -> list[Path]:
        return sorted(self.archive.rglob("cdr-*.csv.gz"))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def machine(tmp_path: Path, commands: Path, sandbox: Sandbox, monitor: str) -> Machine:
    return Machine(tmp_path / "home", commands, sandbox, monitor)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_a_good_night_says_nothing_and_pings(machine: Machine, sandbox: Sandbox) -> None:
    assert machine.cron(NIGHTLY) == (0, "")
    assert (len(machine.files()), Monitor.pings) == (DAYS, 1)
    before = [path.stat().st_mtime_ns for path in machine.files()]
    sandbox.requests.clear()
    assert machine.cron(NIGHTLY) == (0, "")
    assert [path.stat().st_mtime_ns for path in machine.files()] == before
    assert 0 < len(sandbox.requests) < 40
    assert machine.cron(WEEKLY) == (0, "")
    assert Monitor.pings == 2


def test_a_bad_night_is_mailed_and_does_not_ping(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.misbehaviour = Misbehaviour(refuse=1005)
    code, mail = machine.cron(NIGHTLY)
    assert (code, Monitor.pings) == (3, 0)
    assert mail.startswith("nxcdr: error: ")


def test_what_has_changed_later_is_mailed_every_week(machine: Machine, sandbox: Sandbox) -> None:
    assert machine.cron(EXPORT) == (0, "")
    call = sandbox.calls[len(sandbox.calls) // 2]
    sandbox.replace(call, call | {"totalCustomerPrice": 42.5})
    code, mail = machine.cron(WEEKLY)
    assert code != 0
    assert ".csv.gz: 1 changed" in mail
    assert f"1 of {DAYS} files are not what the server says now" in mail
    assert machine.cron(EXPORT.replace("--refresh 3d", "--refresh 35d")) == (0, "")
    assert machine.cron(WEEKLY) == (0, "")


@pytest.mark.parametrize("block", [PROMETHEUS, NAGIOS], ids=["Prometheus", "Nagios"])
def test_its_checks_tell_a_whole_archive_from_another(machine: Machine, block: Block) -> None:
    if "jq" in block.text and not shutil.which("jq"):
        pytest.skip("needs jq")
    assert machine.cron(EXPORT) == (0, "")
    code, said = machine.run(block.text)
    metrics = machine.archive.parent / "nxcdr.prom"
    if block is PROMETHEUS:
        assert f'nxcdr_files{{state="whole"}} {DAYS}\n' in metrics.read_text()
    else:
        assert (code, said) == (0, "OK: the archive is whole\n")
    machine.files()[3].unlink()
    machine.files()[7].write_bytes(b"")
    code, said = machine.run(block.text)
    if block is PROMETHEUS:
        assert 'nxcdr_files{state="missing"} 1\nnxcdr_files{state="damaged"} 1\n' in metrics.read_text()
    else:
        assert (code, said) == (2, "CRITICAL: nxcdr: error: the archive is not whole: 1 missing, 1 damaged\n")


def test_its_calendar_is_what_status_shows(nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = [block for block in blocks("text") if "nxcdr status" in block.text]
    command, *lines = shown.text.replace("/srv/cdr/", "").splitlines()
    template = command.split("'")[1]
    monkeypatch.setenv("NXCDR_PROFILE", "sandbox")
    early = datetime(2026, 11, 24, 0, 15, tzinfo=ZoneInfo("Asia/Hong_Kong"))
    now = early + timedelta(days=1, hours=3)
    export = ("export", "2026-10-01 to yesterday", "--split", "day", "--skip-existing", "--receipt", "-o", template)
    assert nxcdr(*export, clock=early.timestamp).code == 0
    assert nxcdr(*export, clock=now.timestamp).code == 0
    (here / "2026" / "cdr-2026-10-12.csv.gz").unlink()
    (here / "2026" / "cdr-2026-11-07.csv.gz").write_bytes(b"")
    outcome = nxcdr("status", template, clock=now.timestamp)
    assert outcome.code == 7
    assert [*outcome.out.splitlines(), *outcome.err.splitlines()[1:]] == lines  # after the range
