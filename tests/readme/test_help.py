"""Every help text: how it reads, and that its examples work as typed on the sandbox."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest

from nxcdr.cli.app import app, main
from tests.commands import every_command
from tests.readme.conftest import Shell

COMMANDS = [command for command, _ in every_command(app)]
# They name the profile sandbox, and work without an account.
OF_CALLS = {"nxcdr query", "nxcdr export", "nxcdr stats", "nxcdr verify"}
ANSWERS = {
    "Profile": "",
    "Region": "",
    "Access key": "fme2na3kdi3ki",
    "Access secret": "abciiiko2k3",
    "Time zone": "Asia/Hong_Kong",
}


def help_of(command: str, capsys: pytest.CaptureFixture[str], option: str = "--help") -> str:
    assert main([*command.split()[1:], option]) == 0
    return capsys.readouterr().out


def examples_of(text: str) -> list[str]:
    heading, *lines = text.partition("\n\n")[0].splitlines()
    assert heading == "Examples:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_begins_with_three_examples_and_fits_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = help_of(command, capsys)
    examples = examples_of(text)
    assert len(examples) == 3
    assert all("nxcdr" in example for example in examples)
    assert any(command in example for example in examples)
    assert f"\nUsage: {command} [OPTIONS]" in text
    assert max(map(len, text.splitlines())) <= 80
    assert help_of(command, capsys, "-h") == text


@pytest.mark.parametrize("command", ["nxcdr", "nxcdr config"])
def test_a_group_without_a_command_shows_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = help_of(command, capsys)
    assert main(command.split()[1:]) == 0
    assert capsys.readouterr() == (expected, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_work_as_typed_one_after_the_other(
    command: str, shell: Callable[..., Shell], capsys: pytest.CaptureFixture[str]
) -> None:
    sh = shell(account=command not in OF_CALLS)
    (sh.here / "secret.txt").write_text("abciiiko2k3\n")
    for example in examples_of(help_of(command, capsys)):
        if "nxcdr config init" in example:  # it asks, and checks what it is told
            assert sh.answer(example, ANSWERS) == 0, example
        elif example.startswith("nxcdr sandbox"):
            serve(example, sh)
        else:
            done = sh.run(example)
            assert done.returncode == 0, (example, done.stderr)
            assert "error" not in done.stderr


def serve(example: str, sh: Shell) -> None:
    """Serve until it says what to export, then Ctrl-C, which is no failure."""
    command = ["bash", "-c", f"exec {example}"]
    with subprocess.Popen(
        command, cwd=sh.here, env=sh.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=20)[1]
    if "Address already in use" in error:
        pytest.skip("another program has the sandbox's usual port")
    assert first.startswith("export NXCDR_BASE_URL=http://127.0.0.1:"), error
    assert process.returncode == 0, error
