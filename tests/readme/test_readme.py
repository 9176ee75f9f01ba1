"""The README: what it shows is what the program does, and every command of it works."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable

import pytest

from nxcdr.errors import ExitCode
from nxcdr.settings import KEYS
from tests.query.terminal import screen
from tests.readme.blocks import README, Block, blocks
from tests.readme.conftest import ROOT, Shell, settled_zone

TOOLS = ("jq", "csvcut", "csvgrep", "csvlook", "csvsql", "duckdb", "sqlite-utils", "sqlite3")
ZONE = "Asia/Hong_Kong"
ANSWERS = {
    "Profile": "main",
    "Region": "",
    "Access key": "fme2na3kdi3ki",
    "Access secret": "abciiiko2k3",
    "Time zone": ZONE,
}
NUMBER = re.compile(r"[0-9][0-9.,:]*")


def named(block: Block) -> str:
    return block.text.strip().splitlines()[0][:40]


@pytest.mark.parametrize("block", blocks("sh"), ids=named)
def test_its_commands_work_as_they_stand(block: Block, shell: Callable[..., Shell]) -> None:
    missing = [tool for tool in TOOLS if re.search(rf"\b{tool} ", block.text) and not shutil.which(tool)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    sh = shell(account=False)
    done = sh.run(
        block.text,
        PATH=f"{sh.env['PATH']}:{os.environ['PATH']}",
        NXCDR_PROFILE="sandbox",
        NXCDR_TIMEZONE=settled_zone(),
    )
    assert done.returncode == 0, done.stderr
    assert "nxcdr: error" not in done.stderr


def test_its_set_up_asks_and_writes_a_profile(shell: Callable[..., Shell]) -> None:
    sh = shell()
    (block,) = blocks("sh", "terminal")
    assert sh.answer(block.text, ANSWERS) == 0
    assert "fme2na3kdi3ki" in (sh.here / ".config" / "nxcdr" / "config.toml").read_text()


def test_its_export_of_several_accounts_writes_the_files_of_each(shell: Callable[..., Shell]) -> None:
    sh = shell()
    config = sh.here / ".config" / "nxcdr"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[profiles.main]\n[profiles.client-a]\n[profiles.client-b]\n")
    (config / "config.toml").chmod(0o600)
    (block,) = blocks("sh", "accounts")
    done = sh.run(block.text, NXCDR_TIMEZONE=settled_zone())
    assert (done.returncode, done.stdout) == (0, "")
    assert [path.parent.name for path in sorted(sh.here.glob("*/cdr-*.csv"))] == ["client-a", "client-b", "main"]


def test_its_first_screen_shows_the_table_that_query_shows() -> None:
    block = blocks("console")[0]
    assert README.partition(block.text)[0].count("\n") < 10
    command, *lines = block.text.splitlines()
    argv = command.removeprefix("$ nxcdr ").split()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen(*argv, columns=200, env={"NXCDR_TIMEZONE": ZONE})).splitlines()
    table = [line for line in lines if not line.startswith(("range:", "the newest"))]
    # Which columns there is room for is another day's, for it is a matter of their values.
    assert set(table[0].split()) <= set(shown[0].split())
    assert len(shown) == len(table)
    assert NUMBER.sub("0", shown[-1]) == NUMBER.sub("0", table[-1])


@pytest.mark.parametrize("block", blocks("console")[1:], ids=named)
def test_its_commands_say_what_it_shows(block: Block, shell: Callable[..., Shell]) -> None:
    command, *lines = block.text.splitlines()
    done = shell(account=False).run(f"{command.removeprefix('$ ')} 2>&1", NXCDR_PROFILE="sandbox", NXCDR_TIMEZONE=ZONE)
    said = [line for line in done.stdout.splitlines() if "not settled yet" not in line]  # just after midnight there
    if "--now" not in command:  # the numbers are another day's
        said, lines = ([NUMBER.sub("0", line) for line in each] for each in (said, lines))
    assert said == lines


@pytest.mark.parametrize("block", blocks("python"), ids=named)
def test_its_python_works_and_prints_nothing(block: Block, shell: Callable[..., Shell]) -> None:
    sh = shell(account=False)
    (sh.here / "example.py").write_text(block.text + "assert len(missed) > 100\n", encoding="utf-8")
    done = sh.run("python -W error example.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_its_links_lead_to_its_headings() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) <= anchors


def test_it_names_every_exit_code_and_the_manual_every_setting() -> None:
    manual = (ROOT / "completions" / "nxcdr.1").read_text()
    for key in KEYS.values():
        assert f".B {key.name}\n" in manual
        assert not key.in_environment or f".B {key.variable}\n" in manual
    for code in ExitCode:
        assert re.search(rf"^\| (\d+, )*{int(code)}\b", README, re.MULTILINE)
