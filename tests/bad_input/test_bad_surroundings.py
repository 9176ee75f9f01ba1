"""Bad surroundings: closed and full streams, low limits, pipes for files, a deleted folder, odd characters."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import DAY, Outcome, Serve, left_in, some_calls

FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def shell(line: str, **env: str) -> Outcome:
    """Run a line of shell in which NXCDR stands for the program."""
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


@FULL
def test_a_full_stderr_does_not_stop_an_export(here: Path) -> None:
    assert shell(f"NXCDR export {DAY} -o x.csv 2>/dev/full") == Outcome(0, "", "")
    assert len((here / "x.csv").read_text().splitlines()) == 6
    assert left_in(here) == ["x.csv"]


@FULL
@pytest.mark.parametrize(
    ("command", "code"), [(f"export {DAY} -o x.csv", 6), ("query nonsense", 2), (f"query {DAY} -p nobody", 2)]
)
def test_a_full_stderr_does_not_change_the_exit_code(here: Path, command: str, code: int) -> None:
    (here / "x.csv").touch()
    assert shell(f"NXCDR {command} 2>/dev/full") == Outcome(code, "", "")


@FULL
def test_a_summary_that_can_not_be_printed_is_exit_6_and_the_file_is_there(here: Path) -> None:
    done = shell(f"NXCDR -q export {DAY} -o x.csv --json >/dev/full")
    assert done.code == 6
    assert "stdout can't be written" in done.err
    assert "files that were written are complete" in done.err
    assert len((here / "x.csv").read_text().splitlines()) == 6


@pytest.mark.parametrize("command", ["config set access_secret", "config init", "config set region"])
def test_a_question_with_closed_stdin_is_a_usage_error(command: str) -> None:
    done = shell(f"NXCDR {command} <&-")
    assert (done.code, done.out) == (2, "")
    assert "nxcdr: error: " in done.err


@pytest.mark.parametrize(
    ("command", "code", "wrong"),
    [
        (f"query {DAY}", 2, "c.toml is a pipe, not a file"),
        ("config show", 2, "c.toml is a pipe, not a file"),
        ("config set rate 2", 6, "c.toml is not a regular file"),
    ],
)
def test_a_pipe_as_configuration_file_is_an_error(command: str, code: int, wrong: str) -> None:
    done = shell(f"mkfifo c.toml; NXCDR {command}", NXCDR_CONFIG="c.toml")
    assert (done.code, done.out) == (code, "")
    assert wrong in done.err


@pytest.mark.parametrize(("command", "code"), [(f"query {DAY}", 2), ("config show", 2), ("config set rate 2", 6)])
def test_a_folder_as_configuration_file_is_an_error(command: str, code: int) -> None:
    done = shell(f"mkdir c.toml; NXCDR {command}", NXCDR_CONFIG="c.toml")
    assert (done.code, done.out) == (code, "")
    assert "NXCDR_CONFIG" in done.err


def test_too_many_open_files_are_said_with_the_limit() -> None:
    done = shell(f"ulimit -n 5; NXCDR export {DAY} -o x.csv")
    assert (done.code, done.out) == (6, "")
    assert "Too many open files" in done.err
    assert "ulimit -n" in done.err
    assert "another place" not in done.err


@pytest.mark.parametrize("kilobytes", [30_000, 40_000, 60_000])
def test_too_little_memory_is_said(kilobytes: int) -> None:
    done = shell(f"ulimit -v {kilobytes}; NXCDR export {DAY} -o x.csv")
    assert (done.code, done.out) == (1, "")
    assert "defect" not in done.err
    assert "memory" in done.err
    assert "ulimit -v" in done.err
    assert "Traceback" not in done.err


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
