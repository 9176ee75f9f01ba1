"""Where an export to stdout is put together, nobody else can look."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import DAY, Serve, left_in, some_calls


def test_what_goes_to_stdout_is_put_together_in_a_folder_of_its_owners_alone_and_leaves_nothing(
    serve: Serve,
    spawn: Callable[..., subprocess.Popen[bytes]],
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir(mode=0o755)
    monkeypatch.setenv("TMPDIR", str(temporary))
    seen: set[int] = set()
    sandbox = serve(some_calls(700))
    sandbox._observe = lambda _: seen.update(path.stat().st_mode & 0o777 for path in temporary.iterdir())
    process = spawn("export", DAY, "-o", "-", umask=0)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(out.splitlines()) == 701
    assert seen == {0o700}
    assert left_in(temporary) == left_in(here) == []
