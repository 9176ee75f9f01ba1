"""``nxcdr help``: the same as ``--help``."""

from __future__ import annotations

import pytest

from tests.harness import Program


@pytest.mark.parametrize("words", [[], ["query"], ["config"], ["config", "show"], ["help"]])
def test_help_is_the_same_as_the_option(nxcdr: Program, words: list[str]) -> None:
    shown = nxcdr("help", *words)
    assert shown == nxcdr(*words, "--help")
    assert shown.code == 0
    assert shown.out.startswith("Examples:\n")
    assert nxcdr("-q", "help", *words) == shown


@pytest.mark.parametrize("words", [["querry"], ["config", "shwo"]])
def test_help_of_an_unknown_command_is_a_usage_error(nxcdr: Program, words: list[str]) -> None:
    done = nxcdr("help", *words)
    assert (done.code, done.out) == (2, "")
    assert f"No such command '{words[-1]}'" in done.err
    assert "Did you mean" in done.err
