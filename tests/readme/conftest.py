"""A shell as a reader of the documentation has it: nxcdr on PATH, an empty home, and the sandbox's exports."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nxcdr.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
PATIENCE = 60


def settled_zone() -> str:
    """A zone where midnight is long past, so that yesterday's calls are all in the records, as at the hour of a job."""
    zones = ("Asia/Hong_Kong", "Europe/Berlin", "America/Chicago")
    return next(zone for zone in zones if 2 <= datetime.now(ZoneInfo(zone)).hour < 23)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs what a reader types.

    Attributes:
        here: The folder it starts in; what one script leaves there, the next finds.
        env: Its environment.
    """

    here: Path
    env: Mapping[str, str]

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A script's outcome, without a terminal."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.here,
            env={**self.env, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def answer(self, script: str, answers: Mapping[str, str]) -> int:
        """The exit code of a script that asks on a terminal; answers by the question's first words."""
        terminal, theirs = os.openpty()
        process = subprocess.Popen(
            ["bash", "-c", script], cwd=self.here, env=self.env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        asked, deadline = "", time.monotonic() + PATIENCE
        while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                asked += os.read(terminal, 4096).decode()
            except OSError:  # the program's end
                break
            if found := re.search(rf"^({'|'.join(answers)})[^\n]*: $", asked, re.MULTILINE):
                os.write(terminal, f"{answers[found[1]]}\n".encode())
                asked = ""
        os.close(terminal)
        return process.wait(timeout=PATIENCE)


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command nxcdr."""
    folder = tmp_path_factory.mktemp("bin")
    for name, program in {"nxcdr": f'{sys.executable} -m nxcdr "$@"', "python": f'{sys.executable} "$@"'}.items():
        (folder / name).write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {program}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The sandbox, as ``nxcdr sandbox`` serves it."""
    with Sandbox() as served:
        yield served


@pytest.fixture
def shell(commands: Path, sandbox: Sandbox, tmp_path: Path) -> Callable[..., Shell]:
    """A shell in an empty home; with the sandbox's exports unless told otherwise."""

    def shell(*, account: bool = True) -> Shell:
        here = tmp_path / "home"
        here.mkdir(exist_ok=True)
        env = {"HOME": str(here), "PATH": f"{commands}:{SYSTEM}", "LANG": "C.UTF-8"}
        if account:
            env |= {
                "NXCDR_BASE_URL": sandbox.base_url,
                "NXCDR_ACCESS_KEY": sandbox.access_key,
                "NXCDR_ACCESS_SECRET": sandbox.access_secret,
            }
        return Shell(here, env)

    return shell
