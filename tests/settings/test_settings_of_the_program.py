"""The configuration file with the real program: missing and read-only homes, concurrent runs, owners."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from nxcdr.sandbox import Sandbox
from tests.harness import DAY, some_calls

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def run(*argv: str, env: dict[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program with this environment only."""
    return subprocess.run(
        [sys.executable, "-m", "nxcdr", *argv],
        env={"PYTHONPATH": str(ROOT), "TZ": "Asia/Hong_Kong", **env},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        umask=0o022,
    )


def account(sandbox: Sandbox) -> dict[str, str]:
    return {
        "NXCDR_BASE_URL": sandbox.base_url,
        "NXCDR_ACCESS_KEY": sandbox.access_key,
        "NXCDR_ACCESS_SECRET": sandbox.access_secret,
    }


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "/nowhere"}, {"HOME": "/proc"}, {"HOME": "/dev/null"}])
def test_the_environment_is_enough_without_a_home(tmp_path: Path, home: dict[str, str]) -> None:
    with Sandbox(some_calls(30)) as sandbox:
        for argv in (["export", DAY, "-o", str(tmp_path / "x.csv")], ["query", DAY], ["config", "check"]):
            done = run(*argv, env=account(sandbox) | home)
            assert done.returncode == 0, done.stderr
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 31


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the platform has its own place")
def test_without_a_home_a_config_variable_is_needed_to_write(tmp_path: Path) -> None:
    refused = run("config", "set", "rate", "2", env={})
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "HOME is not set" in refused.stderr
    assert "Set NXCDR_CONFIG" in refused.stderr
    named = {"NXCDR_CONFIG": str(tmp_path / "c.toml")}
    with Sandbox(some_calls(3)) as sandbox:
        for name in ("base_url", "access_key"):
            assert run("config", "set", name, getattr(sandbox, name), env=named).returncode == 0
        assert run("config", "set", "access_secret", env=named, stdin=sandbox.access_secret).returncode == 0
        assert run("query", DAY, env=named).returncode == 0


def as_nobody(*argv: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the program as an unprivileged user; it imports first, since that user may not be able to read Python."""
    code = (
        "import os, sys, tempfile, tomlkit, tomlkit.exceptions; from nxcdr.cli.app import main;"
        f"main(['config', 'get', 'rate']); print('---'); sys.stdout.flush(); print('---', file=sys.stderr);"
        f"os.setuid({NOBODY}); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *argv],
        env={"PYTHONPATH": str(ROOT), "TZ": "UTC", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    done.stdout, done.stderr = (text.partition("---\n")[2] for text in (done.stdout, done.stderr))
    return done


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_read_only_home_can_be_read_but_not_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        path = home / ".config" / "nxcdr" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text("[profiles.main]\nrate = 2\n")
        path.chmod(0o644)
        shown = as_nobody("config", "get", "rate", home=home)
        assert (shown.returncode, shown.stdout) == (0, "2.0\n")
        refused = as_nobody("config", "set", "rate", "3", home=home)
        assert (refused.returncode, refused.stdout) == (6, "")
        assert f"{path} can't be written: Permission denied" in refused.stderr
        assert "NXCDR_CONFIG names another file" in refused.stderr
        os.chown(path, 4242, -1)
        strange = as_nobody("config", "get", "rate", home=home)
        assert (strange.returncode, strange.stdout) == (2, "")
        assert "belongs to another user (uid 4242)" in strange.stderr


def test_concurrent_runs_lose_no_setting(tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(ROOT), "TZ": "UTC", "NXCDR_CONFIG": str(tmp_path / "c.toml")}
    names = [f"p{number}" for number in range(6)]
    writers = [
        subprocess.Popen([sys.executable, "-m", "nxcdr", "-q", "config", "set", "-p", name, "rate", "2"], env=env)
        for name in names
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0] * len(names)
    assert tomllib.loads((tmp_path / "c.toml").read_text())["profiles"] == {name: {"rate": 2.0} for name in names}
    assert (tmp_path / "c.toml").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} <= {"c.toml", ".c.toml.lock"}


def test_the_first_setting_creates_a_private_file_in_a_private_folder(tmp_path: Path) -> None:
    assert run("config", "set", "access_secret", env={"HOME": str(tmp_path)}, stdin="hush\n").returncode == 0
    folder = tmp_path / ".config" / "nxcdr"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
