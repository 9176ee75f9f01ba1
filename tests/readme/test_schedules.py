"""The README's crontab and systemd units, run as cron and systemd run them."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcdr.sandbox import Request, Sandbox
from tests.readme.blocks import blocks
from tests.readme.conftest import settled_zone

DAYS = 7
FIELDS = re.compile(r"(?:[0-9*/,-]+\s+){5}")


class Cron:
    """Runs the crontab's line: its own environment, /bin/sh, no terminal, from /."""

    def __init__(self, home: Path, program: Path, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        config = home / ".config" / "nxcdr"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(
            f'[profiles.main]\nbase_url = "{sandbox.base_url}"\naccess_key = "{sandbox.access_key}"\n'
            f'access_secret = "{sandbox.access_secret}"\ntimezone = "{settled_zone()}"\n'
        )
        (config / "config.toml").chmod(0o600)
        (block,) = blocks("cron")
        *_, line = block.text.splitlines()
        assert re.fullmatch(r"(?:[A-Z]+=.*\n)*.*\n", block.text)
        assert "%" not in line.replace(r"\%", "")  # cron would end the line there
        fields = FIELDS.match(line)
        assert fields
        command = line[fields.end() :].replace("/usr/local/bin/nxcdr", str(program)).replace("/srv/cdr", str(folder))
        self._argv = ["/usr/bin/env", "-i", f"HOME={home}", "LOGNAME=cron", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"]
        self._argv += ["/bin/sh", "-c", command]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._argv,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self) -> tuple[int, str]:
        """The exit code, and what cron would mail."""
        process = self.start()
        out, err = process.communicate(timeout=60)
        return process.returncode, out + err

    def exported(self) -> list[Path]:
        return sorted(self.folder.glob("cdr-*.csv.gz"))


class Held:
    """Tells when a sandbox is first asked, and holds the answers back while that is wanted."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, _request: Request) -> None:
        self.asked.set()
        self.go_on.wait(60)


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def cron(tmp_path: Path, commands: Path, held: Held) -> Iterator[Cron]:
    with Sandbox(observe=held) as sandbox:
        folder = tmp_path / "srv"
        folder.mkdir()
        yield Cron(tmp_path / "home", commands / "nxcdr", folder, sandbox)


def test_a_run_that_did_its_work_gives_cron_nothing_to_mail_and_the_next_fetches_what_is_missing(cron: Cron) -> None:
    assert cron.run() == (0, "")
    files = cron.exported()
    assert len(files) == DAYS
    before = [path.stat().st_mtime_ns for path in files]
    files[3].unlink()
    assert cron.run() == (0, "")
    after = [path.stat().st_mtime_ns for path in cron.exported()]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True] * 3 + [False] + [True] * 3


def test_two_runs_at_once_need_no_flock(cron: Cron, held: Held) -> None:
    held.go_on.clear()
    with cron.start() as first:
        assert held.asked.wait(60)
        code, mail = cron.run()
        held.go_on.set()
        assert code == 6
        assert "another run is writing" in mail
        assert first.communicate(timeout=60) == ("", "")
    assert first.returncode == 0
    assert len(cron.exported()) == DAYS
    assert cron.run() == (0, "")


def test_what_goes_wrong_is_mailed(cron: Cron) -> None:
    cron.folder.rmdir()
    code, mail = cron.run()
    assert code == 6
    assert f"{cron.folder} does not exist" in mail
    assert mail.count("\n") == 2


def test_systemd_takes_the_units_and_runs_the_export(tmp_path: Path, commands: Path) -> None:
    units = {}
    for block in blocks("ini"):
        name = Path(block.text.splitlines()[0].removeprefix("# ")).name
        text = block.text.replace("%h/.local/bin", str(commands)).replace("%h", str(tmp_path))
        units[name] = tmp_path / name
        units[name].write_text(text)
    assert set(units) == {"nxcdr.service", "nxcdr.timer"}
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", *map(str, units.values())], capture_output=True, text=True, check=False
        )
        assert "nxcdr" not in verified.stderr  # of other units, and of this machine, it may say what it likes
    service = configparser.ConfigParser(strict=False)
    service.read(units["nxcdr.service"])
    command = shlex.split(service["Service"]["ExecStart"])
    (tmp_path / "cdr").mkdir()
    environment = {"HOME": str(tmp_path), "NXCDR_PROFILE": "sandbox", "NXCDR_TIMEZONE": settled_zone()}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list((tmp_path / "cdr").glob("cdr-*.csv.gz"))) == DAYS
