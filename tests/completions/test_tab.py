"""Tab in real shells, on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from nxcdr.cli.install import install_completion

ROOT = Path(__file__).parents[2]
COMPLETIONS = ROOT / "completions"
SETUP = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        f"set +o history; source {COMPLETIONS}/nxcdr.bash; bind 'set show-all-if-ambiguous on'",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -u -d $HOME/dump; LISTMAX=1000",
    ),
    "fish": (["fish", "--no-config", "-i"], f"set -g fish_autosuggestion_enabled 0; source {COMPLETIONS}/nxcdr.fish"),
}
# A stand-in for nxcdr and python that logs its arguments. It runs nxcdr only for the names of profiles.
TRAP = """#!/bin/sh
printf '<%s>' "${{0##*/}}" "$@" >> {log}; echo >> {log}
[ "$1 $2" = "config profiles" ] && PYTHONPATH={root} exec {python} -m nxcdr "$@"
exit 0
"""
PATIENCE = 10
AT_ONCE = 0.05
CLEAR_LINE = "\x15"


class Terminal:
    """A shell with completion in a folder of its own, where nxcdr and python only log their arguments."""

    def __init__(self, shell: str, home: Path, setup: str | None = None) -> None:
        self.shell, self._log, self._numbers = shell, home / "log", count(1)
        (home / "bin").mkdir()
        for name in ("nxcdr", "python", "python3"):
            trap = home / "bin" / name
            trap.write_text(TRAP.format(log=self._log, root=ROOT, python=sys.executable))
            trap.chmod(0o755)
        folder = home / "here"
        folder.mkdir()
        (folder / "my calls.csv").touch()
        (folder / "other.txt").touch()
        config = home / "config.toml"
        config.write_text('[profiles.main]\nregion = "hk"\n[profiles.second]\nregion = "hk"\n')
        config.chmod(0o600)
        environment = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "NXCDR_CONFIG": str(config),
            "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "TERM": "xterm" if shell == "fish" else "dumb",
        }
        command, usual = SETUP[shell]
        if setup is not None and shell == "fish":
            command = ["fish", "-i"]  # without its configuration it looks nowhere
        pid, self._descriptor = pty.fork()
        if not pid:
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        self._pid = pid
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 240, 0, 0))
        self.run(usual if setup is None else setup)

    def close(self) -> None:
        os.close(self._descriptor)
        os.waitpid(self._pid, 0)

    def run(self, keys: str) -> None:
        """Type something and Enter, and wait until it is done."""
        mark = next(self._numbers)
        self._type(f'{keys}\recho MA""RK{mark}.\r')
        self._shown_with({f"MARK{mark}."})

    def offered(self, line: str, *words: str) -> set[str]:
        """Return the words on the screen after Tab; wait for these, and check that no program was run."""
        # fish shows the whole of a long list at the second Tab.
        self._type(line + ("\t\t" if self.shell == "fish" else "\t"))
        shown = self._shown_with(set(words))
        self.run(CLEAR_LINE)
        assert self.started() == []
        return shown

    def seconds(self, line: str, *words: str) -> float:
        """Return the seconds from Tab until these words are on the screen."""
        began = time.monotonic()
        self._type(line + ("\t\t" if self.shell == "fish" else "\t"))
        self._shown_with(set(words))
        took = time.monotonic() - began
        self.run(CLEAR_LINE)
        return took

    def accepted(self, line: str) -> list[str]:
        """Return the arguments of the command that Tab and Enter ran; check that nothing else was run."""
        self.run(line + "\t")
        (ran,) = self.started()
        return ran[1:]

    def started(self) -> list[list[str]]:
        """Return the programs run since the last call, each with its arguments."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return [re.findall(r"<([^>]*)>", line) for line in lines]

    def _type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def _shown_with(self, words: set[str]) -> set[str]:
        shown, deadline = "", time.monotonic() + PATIENCE
        while not words <= set(shown.split()):
            assert select.select([self._descriptor], [], [], max(0, deadline - time.monotonic()))[0], (words, shown)
            shown += os.read(self._descriptor, 65536).decode(errors="replace")
            # Drop colours and parentheses; a cursor movement separates words.
            shown = re.sub(r"\x1b\[[0-9;]*m|\x1b\(B|[()]", "", shown)
            shown = re.sub(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)", " ", shown)
        return set(shown.split())


@pytest.fixture(scope="module", params=SETUP)
def terminal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    shell: str = request.param
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    terminal = Terminal(shell, tmp_path_factory.mktemp(shell))
    yield terminal
    terminal.close()


def test_commands_are_offered_with_what_they_do(terminal: Terminal) -> None:
    told = () if terminal.shell == "bash" else ("Show", "Check", "receipts")
    terminal.offered("nxcdr ", "query", "export", "range", "verify", "config", "sandbox", *told)
    terminal.offered("nxcdr config ", "init", "check", "profiles")


def test_options_are_completed_before_and_after_the_command(terminal: Terminal) -> None:
    terminal.offered("nxcdr --", "--quiet", "--verbose", "--version")
    assert terminal.accepted("nxcdr -q --verb") == ["-q", "--verbose"]
    assert terminal.accepted("nxcdr --quiet que") == ["--quiet", "query"]
    assert terminal.accepted("nxcdr export yesterday --skip") == ["export", "yesterday", "--skip-existing"]


def test_no_option_is_offered_twice_unless_it_repeats(terminal: Terminal) -> None:
    offered = terminal.offered("nxcdr -q query -v -f csv --agent=x --", "--verbose", "--limit", "--columns")
    assert not {"--quiet", "--format", "--agent", "--json"} & offered


def test_choices_are_offered_after_a_space_an_equals_sign_and_a_letter(terminal: Terminal) -> None:
    terminal.offered("nxcdr query --format ", "table", "json", "jsonl", "csv", "tsv")
    assert terminal.accepted("nxcdr query --direction inb") == ["query", "--direction", "inbound"]
    assert terminal.accepted("nxcdr query --direction=inb") == ["query", "--direction=inbound"]
    assert terminal.accepted("nxcdr query -fta") == ["query", "-ftable"]


def test_nothing_is_offered_for_a_free_value(terminal: Terminal) -> None:
    for typed in ("oth", "yest", "que"):
        assert terminal.accepted(f"nxcdr export --caller {typed}") == ["export", "--caller", typed]
        assert terminal.accepted(f"nxcdr export --caller={typed}") == ["export", f"--caller={typed}"]


def test_the_last_of_several_columns_is_completed(terminal: Terminal) -> None:
    terminal.offered("nxcdr query --columns agentN", "agentName", "agentNickName")
    assert terminal.accepted("nxcdr query --columns callId,totalC")[2].rstrip(",") == "callId,totalCustomerPrice"
    assert terminal.accepted("nxcdr export --columns=callId,totalC")[1].rstrip(",") == (
        "--columns=callId,totalCustomerPrice"
    )
    assert terminal.accepted("nxcdr query --columns callId,callI")[2] == "callId,callI"


def test_phrases_of_several_words_are_quoted(terminal: Terminal) -> None:
    terminal.offered("nxcdr query ", "today", "yesterday")
    assert terminal.accepted("nxcdr query yeste") == ["query", "yesterday"]
    assert terminal.accepted("nxcdr query past\\ 90") == ["query", "past 90 minutes"]
    assert terminal.accepted("nxcdr query --from 'past 90") == ["query", "--from", "past 90 minutes"]
    assert terminal.accepted('nxcdr export --to "past 90') == ["export", "--to", "past 90 minutes"]


def test_a_phrase_is_completed_from_the_words_before(terminal: Terminal) -> None:
    assert terminal.accepted("nxcdr query -q day be") == ["query", "-q", "day", "before yesterday"]
    assert " ".join(terminal.accepted("nxcdr range past 90 m")) == "range past 90 minutes"


def test_files_are_offered_for_file_arguments(terminal: Terminal) -> None:
    assert terminal.accepted("nxcdr verify my") == ["verify", "my calls.csv"]
    assert terminal.accepted("nxcdr verify other.txt my") == ["verify", "other.txt", "my calls.csv"]
    assert terminal.accepted("nxcdr export -o ot") == ["export", "-o", "other.txt"]
    assert terminal.accepted("nxcdr export --output=ot") == ["export", "--output=other.txt"]


def test_settings_and_their_values_are_offered(terminal: Terminal) -> None:
    assert terminal.accepted("nxcdr config get max") == ["config", "get", "max_span_days"]
    assert terminal.accepted("nxcdr config set region gl") == ["config", "set", "region", "global"]
    assert terminal.accepted("nxcdr config set algorithm sha") == ["config", "set", "algorithm", "sha256"]


@pytest.mark.skipif(not Path("/usr/share/zoneinfo/Asia/Hong_Kong").exists(), reason="needs the zones' files")
def test_the_machines_time_zones_are_offered(terminal: Terminal) -> None:
    assert terminal.accepted("nxcdr query --tz Asia/Hong") == ["query", "--tz", "Asia/Hong_Kong"]


def test_profile_names_come_from_the_program(terminal: Terminal) -> None:
    terminal.run("nxcdr query -p sec\t")
    asked, ran = terminal.started()
    assert asked == ["nxcdr", "config", "profiles", "--json"]
    assert ran == ["nxcdr", "query", "-p", "second"]
    terminal.run("nxcdr query --profile=sand\t")
    assert terminal.started()[1:] == [["nxcdr", "query", "--profile=sandbox"]]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nxcdr ", ("query", "verify")),
        ("nxcdr export --", ("--skip-existing",)),
        ("nxcdr query --direction ", ("inbound", "aicc")),
        ("nxcdr query --columns agentN", ("agentName", "agentNickName")),
        ("nxcdr query past ", ("hour",)),
        ("nxcdr verify ", ("other.txt",)),
    ],
)
def test_tab_answers_within_50_ms(terminal: Terminal, line: str, words: tuple[str, ...]) -> None:
    # The best of five: a busy machine delays single ones.
    assert min(terminal.seconds(line, *words) for _ in range(5)) < AT_ONCE


@pytest.mark.parametrize("shell", SETUP)
def test_the_shell_finds_what_install_completion_installed(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    told = "\n".join(install_completion({"HOME": str(tmp_path), "PATH": os.environ["PATH"]}))
    said = re.search({"bash": r"^  (\. .*)$", "zsh": r"^  (fpath=.*)$", "fish": "()"}[shell], told, re.MULTILINE)
    assert said
    (tmp_path / ".local" / "share" / "fish" / "generated_completions").mkdir(
        parents=True
    )  # else fish creates them first
    terminal = Terminal(shell, tmp_path, setup=said[1])
    assert terminal.accepted("nxcdr export yesterday --skip") == ["export", "yesterday", "--skip-existing"]
    terminal.close()


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize("breaks", [" \t\n", " \t\n\"'@><=;|&(:"])
def test_bash_completes_with_any_word_separators(breaks: str, tmp_path: Path) -> None:
    terminal = Terminal("bash", tmp_path)
    quoted = breaks.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    terminal.run(f"COMP_WORDBREAKS=$'{quoted}'")
    (tmp_path / "here" / "a:b=c.csv").touch()
    assert terminal.accepted("nxcdr query --direction=inb") == ["query", "--direction=inbound"]
    assert terminal.accepted("nxcdr query --from='past 90") == ["query", "--from=past 90 minutes"]
    assert terminal.accepted("nxcdr query --from=past\\ 90") == ["query", "--from=past 90 minutes"]
    assert terminal.accepted("nxcdr verify a:b") == ["verify", "a:b=c.csv"]
    terminal.close()
