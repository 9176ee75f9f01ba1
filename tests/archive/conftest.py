"""An archive of a few days, whose server can change what it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nxcdr.sandbox import Sandbox
from tests.archive.days import DAY_SECONDS, FIRST, Night
from tests.harness import Program


@pytest.fixture
def night(here: Path, nxcdr: Program, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Night]]:
    """Start a server with these calls, whose clock, and the program's, stand at some hour after some days."""
    assert here.is_dir()
    started: list[Sandbox] = []

    def night(calls: list[dict[str, object]], *, days: float, hour: float = 3.25) -> Night:
        clock = [FIRST + days * DAY_SECONDS + hour * 3600]
        sandbox = Sandbox(calls, now=lambda: clock[0]).start()
        started.append(sandbox)
        monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("NXCDR_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("NXCDR_ACCESS_SECRET", sandbox.access_secret)
        return Night(sandbox, clock, nxcdr)

    yield night
    for sandbox in started:
        sandbox.stop()
