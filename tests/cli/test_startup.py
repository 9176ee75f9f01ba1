"""What starting the program loads: help, version and completion answer at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nxcdr.cli.commands import PLACES

ROOT = Path(__file__).parents[2]
HEAVY = {"requests", "urllib3", "dateutil", "rich", "msgspec", "tomlkit", "filelock"}
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
def test_version_help_and_the_names_of_profiles_load_nothing_heavy(argv: tuple[str, ...]) -> None:
    assert not loaded_by(*argv) & HEAVY


@pytest.mark.parametrize("command", PLACES)
def test_help_of_a_command_loads_neither_the_network_nor_dates(command: str) -> None:
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


def test_what_is_not_run_is_not_loaded() -> None:
    assert {f"nxcdr.cli.{place.module}" for place in PLACES.values()} & loaded_by("--help") == set()
    assert {f"nxcdr.cli.{place.module}" for place in PLACES.values()} & loaded_by("range", "today") == {
        "nxcdr.cli.range_"
    }


def test_a_process_of_its_own_looks_for_garbage_seldom_and_not_at_its_end() -> None:
    source = """
import atexit, gc, sys
from nxcdr.__main__ import run
atexit.register(lambda: print(gc.get_threshold()[0], gc.isenabled(), len(gc.get_objects()) < 1000))
sys.argv = ["nxcdr", "--version"]
run()
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["100000 True True"]
