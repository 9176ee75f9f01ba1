"""What starting the program imports: as little as possible."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nxcdr.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
HEAVY = {"requests", "urllib3", "dateutil", "rich", "msgspec", "tomlkit", "dask", "distributed"}
PROGRAM = """
import sys
from nxcdr.cli.app import main
code = main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), sep="\\n", file=sys.stderr)
print(*sorted(name for name in sys.modules if name.startswith("nxcdr.")), sep="\\n", file=sys.stderr)
sys.exit(code)
"""


def loaded_by(*argv: str) -> set[str]:
    command = [sys.executable, "-c", PROGRAM, *argv]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("argv", [("--version",), ("--help",), ("-h",), ("config", "profiles", "--json")])
def test_version_help_and_profiles_import_nothing_heavy(argv: tuple[str, ...]) -> None:
    assert not loaded_by(*argv) & HEAVY


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_imports_neither_requests_nor_dateutil(command: str) -> None:
    assert not loaded_by(command, "--help") & (HEAVY - {"rich"})


@pytest.mark.parametrize(
    "argv",
    [
        ("query", "yesterday", "--profile", "sandbox"),
        ("query", "yesterday", "--profile", "sandbox", "--details"),
        ("query", "yesterday", "--profile", "sandbox", "--sort", "caller", "-f", "json"),
        ("stats", "yesterday", "--profile", "sandbox"),
        ("config", "show", "--profile", "sandbox"),
        ("config", "profiles"),
    ],
    ids=" ".join,
)
def test_off_a_terminal_rich_is_not_loaded(argv: tuple[str, ...]) -> None:
    assert "rich" not in loaded_by(*argv)


def test_only_the_command_that_runs_is_imported() -> None:
    assert {f"nxcdr.cli.{entry.module}" for entry in COMMANDS.values()} & loaded_by("--help") == set()
    assert {f"nxcdr.cli.{entry.module}" for entry in COMMANDS.values()} & loaded_by("range", "today") == {
        "nxcdr.cli.range_command"
    }


def test_the_process_rarely_collects_garbage() -> None:
    source = """
import atexit, gc, sys
from nxcdr.__main__ import run
atexit.register(lambda: print(gc.get_threshold()[0], gc.isenabled(), len(gc.get_objects()) < 1000))
sys.argv = ["nxcdr", "--version"]
run()
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["100000 True True"]
