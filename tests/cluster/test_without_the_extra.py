"""A cluster without the extra that it needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.harness import DAY, Program, left_in


def test_without_the_extra_it_is_a_usage_error_that_names_it(
    nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = nxcdr("export", DAY, "-o", "x.csv", "--cluster", "tcp://127.0.0.1:9")
    assert (done.code, left_in(here)) == (2, [])
    assert "pip install 'nxcdr[cluster]'" in done.err
