"""What a shell can do to the program it starts: closed streams, a full disk, a folder that is gone, odd characters."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import DAY, Outcome, Serve, left_in, some_calls

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def shell(line: str, **env: str) -> Outcome:
    """Runs a line of shell in which NXCDR stands for the program."""
    program = f"{shlex.quote(sys.executable)} -m nxcdr"
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items())
    done = subprocess.run(
        ["sh", "-c", line.replace("NXCDR", f"{settings} {program}")], capture_output=True, check=False, timeout=60
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(autouse=True)
def served(serve: Serve) -> None:
    serve(some_calls(5))


PRINTING = (
    f"query {DAY}",
    f"query {DAY} --format json",
    f"query {DAY} --details",
    f"export {DAY} -o -",
    f"export {DAY} --dry-run",
    f"stats {DAY}",
    "range today",
    "config show",
    "config check",
    "config path",
    "--version",
    "--help",
)


@pytest.mark.parametrize(
    ("command", "where"),
    [(command, ">&-") for command in PRINTING]
    + [pytest.param(command, ">/dev/full", marks=FULL) for command in PRINTING[::3]],
)
def test_a_stdout_that_can_not_be_written_is_exit_6(command: str, where: str) -> None:
    done = shell(f"NXCDR {command} {where}")
    assert done.code == 6
    assert (
        "nxcdr: error: stdout is closed\n" if where == ">&-" else "nxcdr: error: stdout can't be written"
    ) in done.err
    assert "defect" not in done.err
    assert "Exception" not in done.err


def test_an_export_to_a_file_works_with_closed_streams(here: Path) -> None:
    assert shell(f"NXCDR export {DAY} -o x.csv <&- >&- 2>&-") == Outcome(0, "", "")
    assert len((here / "x.csv").read_text().splitlines()) == 6
    assert left_in(here) == ["x.csv"]


def test_a_deleted_current_folder_is_exit_6(here: Path) -> None:
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; NXCDR export {DAY} -o x.csv")
    assert (done.code, done.out) == (6, "")
    assert "the current folder does not exist any more" in done.err
    assert left_in(here) == []


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict", "latin-1"])
def test_characters_that_the_terminal_lacks_are_escaped(encoding: str) -> None:
    for name in ("中.csv", "$(printf '\\377').csv"):
        done = shell(f'NXCDR export {DAY} --dry-run -o "{name}"', PYTHONIOENCODING=encoding)
        assert done.code == 0, done.err
        assert done.out.startswith("write ")


def test_arguments_that_are_not_text_are_usage_errors(here: Path) -> None:
    for command in (
        "config set access_secret_command \"$(printf 'pass \\377')\"",
        "config set access_key \"$(printf '\\377')\"",
        "config set -p \"$(printf '\\377')\" rate 2",
        f"query {DAY} --tz \"$(printf '\\377')\"",
    ):
        done = shell(f"NXCDR {command}")
        assert (done.code, done.out) == (2, "")
        assert "nxcdr: error: " in done.err
    assert left_in(here) == []
