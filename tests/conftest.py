"""Fixtures of whole-program tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from nxcdr.cli.app import main
from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import ZONE, Call, Outcome, Program, Serve

ROOT = Path(__file__).parents[1]

# However slow the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and an environment that says nothing but the zone."""
    for name in list(os.environ):
        # Unbuffered, Python forgets what it could not print; as users run it, it tries once more at the end.
        if name.startswith("NXCDR_") or name.lower().endswith("_proxy") or name == "PYTHONUNBUFFERED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("NXCDR_CONFIG", str(tmp_path / "none" / "config.toml"))
    monkeypatch.setenv("NXCDR_TIMEZONE", ZONE)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def serve(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a sandbox, and point the program at it by the environment."""
    assert here.is_dir()
    with ExitStack() as stack:

        def serve(calls: Iterable[Call] = (), **misbehaviour: Any) -> Sandbox:
            sandbox = stack.enter_context(Sandbox(list(calls), misbehaviour=Misbehaviour(**misbehaviour)))
            monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
            monkeypatch.setenv("NXCDR_ACCESS_KEY", sandbox.access_key)
            monkeypatch.setenv("NXCDR_ACCESS_SECRET", sandbox.access_secret)
            return sandbox

        yield serve


@pytest.fixture
def nxcdr(capsys: pytest.CaptureFixture[str]) -> Program:
    """Run the program in this process."""

    def run(*argv: str | Path, clock: Callable[[], float] = time.time) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in argv], clock=clock)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the program as a process of its own, in the environment as it is then."""
    with ExitStack() as stack:

        def spawn(*argv: str | Path, **options: Any) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "nxcdr", *map(str, argv)]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
            process = subprocess.Popen(command, **pipes)
            stack.callback(process.__exit__, None, None, None)
            stack.callback(process.kill)
            return process

        yield spawn
