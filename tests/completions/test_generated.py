"""Completions and manual are up to date, and installed with the wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nxcdr.cli.app import app
from nxcdr.cli.install import install_completion
from nxcdr.errors import OutputError
from tests.commands import every_command

ROOT = Path(__file__).parents[2]
COMPLETIONS = ROOT / "completions"
NAMES = ("nxcdr.bash", "_nxcdr", "nxcdr.fish", "nxcdr.1")
PLACES = {
    "bash-completion/completions/nxcdr": "nxcdr.bash",
    "zsh/site-functions/_nxcdr": "_nxcdr",
    "fish/vendor_completions.d/nxcdr.fish": "nxcdr.fish",
    "man/man1/nxcdr.1": "nxcdr.1",
}


def test_completions_and_manual_are_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, COMPLETIONS / "generate.py", tmp_path], check=True)
    stale = [name for name in NAMES if (tmp_path / name).read_bytes() != (COMPLETIONS / name).read_bytes()]
    assert not stale, f"{stale} are out of date: run python completions/generate.py"


def test_the_manual_has_every_command_and_option() -> None:
    manual = (COMPLETIONS / "nxcdr.1").read_text(encoding="utf-8").replace("\\-", "-")
    for command, options in every_command(app):
        assert f"\\fB{command}\\fR [" in manual or command in {"nxcdr", "nxcdr config"}
        assert [option for option in options if f"\\fB{option}\\fR" not in manual] == []


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man")
@pytest.mark.parametrize("width", [60, 80, 132])
def test_man_shows_the_manual_without_warnings(width: int) -> None:
    env = os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": str(width), "MANROFFSEQ": ""}
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(COMPLETIONS / "nxcdr.1")]
    shown = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert shown.stderr == ""
    page = subprocess.run(
        ["man", "-l", COMPLETIONS / "nxcdr.1"], env=env | {"PAGER": "cat"}, capture_output=True, text=True, check=True
    )
    assert max(len(re.sub(".\b", "", line)) for line in page.stdout.splitlines()) <= max(width, 80)


def test_a_wheel_installs_them_where_shells_and_man_look() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    shared = build["targets"]["wheel"]["shared-data"]
    assert shared == {f"completions/{name}": f"share/{place}" for place, name in PLACES.items()}


def test_install_completion_copies_them_and_says_what_to_do_next(tmp_path: Path) -> None:
    told = "\n".join(install_completion({"HOME": str(tmp_path), "PATH": os.environ["PATH"]}))
    for place in PLACES:
        assert (tmp_path / ".local" / "share" / place).read_text(encoding="utf-8")
        assert f"wrote {tmp_path}/.local/share/{place}" in told
    assert f". {tmp_path}/.local/share/bash-completion/completions/nxcdr" in told


def test_install_completion_respects_the_users_data_folder(tmp_path: Path) -> None:
    for _ in range(2):  # the second replaces the first
        list(install_completion({"XDG_DATA_HOME": str(tmp_path), "HOME": "/nowhere", "PATH": ""}))
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(PLACES)


def test_a_home_that_can_not_be_written_is_an_error_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file/"):
        list(install_completion({"XDG_DATA_HOME": str(tmp_path / "file")}))
