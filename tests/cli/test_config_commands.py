from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.cells import cell_len

from nxcdr.cli.app import main
from nxcdr.cli.config_check import causes
from nxcdr.errors import CredentialsError
from nxcdr.sandbox import Misbehaviour, Sandbox
from nxcdr.settings import Settings
from tests.query.terminal import screen

ROOT = Path(__file__).parents[2]
HUSH = "hush-hush-9"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file would be, in an environment that sets nothing else."""
    for name in list(os.environ):
        if name.startswith("NXCDR_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    path = tmp_path / "nxcdr" / "config.toml"
    monkeypatch.setenv("NXCDR_CONFIG", str(path))
    monkeypatch.setenv("TZ", "Europe/Paris")
    return path


@pytest.fixture
def nxcdr(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``nxcdr config``, with a text on stdin."""
    assert not config.exists()

    def run(*argv: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(["config", *argv])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=[]) as running:
        yield running


@pytest.fixture
def keyring() -> Iterator[dict[str, str]]:
    """What a system keyring holds by user name; it forgets when the test ends."""
    module = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")
    kept: dict[str, str] = {}

    class Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined] # the extra may be absent
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get(username) if service == "nxcdr" else None

        def set_password(self, service: str, username: str, password: str) -> None:
            assert service == "nxcdr"
            kept[username] = password

        def delete_password(self, service: str, username: str) -> None:
            assert service == "nxcdr"
            del kept[username]

    before = module.get_keyring()
    module.set_keyring(Memory())
    yield kept
    module.set_keyring(before)


def set_up(nxcdr: Run, sandbox: Sandbox, *, key: str = "", secret: str = "") -> None:
    assert nxcdr("set", "base_url", sandbox.base_url).code == 0
    assert nxcdr("set", "access_key", key or sandbox.access_key).code == 0
    assert nxcdr("set", "access_secret", stdin=secret or sandbox.access_secret).code == 0


def test_what_is_set_is_got_and_shown_with_where_it_comes_from(
    nxcdr: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = nxcdr("set", "region", "hk")
    assert (done.code, done.out, done.err) == (0, "", f"set region of profile main in {config}\n")
    assert nxcdr("set", "rate", "2", "-q") == Outcome(0, "", "")
    assert nxcdr("get", "region") == Outcome(0, "hk\n", "")
    monkeypatch.setenv("NXCDR_RETRIES", "7")
    lines = [line.split("\t") for line in nxcdr("show").out.splitlines()]
    assert ["profile", "main", "default_profile of the file"] in lines
    assert ["rate", "2.0", "profile main"] in lines
    assert ["retries", "7", "environment NXCDR_RETRIES"] in lines
    assert ["base_url", "https://api-hk.nxlink.ai", "region hk"] in lines
    assert ["access_key", "-", "not set"] in lines
    shown = json.loads(nxcdr("show", "--json").out)
    assert shown["retries"] == {"value": 7, "source": "environment NXCDR_RETRIES"}
    assert shown["access_key"] == {"value": None, "source": "not set"}


def test_the_secret_comes_from_stdin_and_is_never_shown(nxcdr: Run, config: Path) -> None:
    done = [
        nxcdr("set", "access_secret", "-vv", stdin=f"{HUSH}\n"),
        nxcdr("get", "access_secret", "-vv"),
        nxcdr("show", "-vv"),
        nxcdr("show", "--json"),
        nxcdr("get", "access_secret_command"),
    ]
    assert [outcome.code for outcome in done] == [0, 0, 0, 0, 2]
    assert done[1].out == "********\n"
    assert HUSH in config.read_text()
    assert all(HUSH not in outcome.out + outcome.err for outcome in done)
    assert config.stat().st_mode & 0o777 == 0o600


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(nxcdr: Run, config: Path) -> None:
    done = nxcdr("set", "access_secret", HUSH)
    assert done.code == 2
    assert "others can see it" in done.err
    assert HUSH not in done.err
    assert not config.exists()


def test_secret_and_command_take_each_others_place(nxcdr: Run, config: Path) -> None:
    nxcdr("set", "access_secret", stdin=HUSH)
    assert "removed access_secret of profile main" in nxcdr("set", "access_secret_command", "pass show x").err
    assert HUSH not in config.read_text()
    assert nxcdr("get", "access_secret_command").out == "pass show x\n"
    assert "removed access_secret_command of" in nxcdr("set", "access_secret", stdin=HUSH).err


def test_a_missing_value_is_read_from_stdin(nxcdr: Run) -> None:
    assert nxcdr("set", "timezone", stdin="Asia/Tokyo\n").code == 0
    assert nxcdr("get", "timezone").out == "Asia/Tokyo\n"


def test_a_secret_that_looks_damaged_is_kept_with_a_warning(nxcdr: Run, config: Path) -> None:
    done = nxcdr("set", "access_secret", stdin=f"'{HUSH}'\n")
    assert done.code == 0
    assert "kept as given, but it stands in quotes" in done.err
    assert HUSH not in done.err
    assert f"'{HUSH}'" in config.read_text()


def test_the_secret_can_be_kept_in_the_system_keyring(nxcdr: Run, config: Path, keyring: dict[str, str]) -> None:
    nxcdr("set", "access_key", "k")
    nxcdr("set", "access_secret", stdin="in the file")
    assert nxcdr("set", "access_secret", "--keyring", stdin=HUSH).code == 0
    assert keyring == {"main": HUSH}
    assert "access_secret" not in config.read_text()
    assert "keyring" in nxcdr("show").out
    assert nxcdr("unset", "access_secret", "--keyring").code == 0
    assert keyring == {}


def test_profiles_are_made_listed_and_chosen(nxcdr: Run) -> None:
    assert nxcdr("profiles").out == "  sandbox (built in)\n"
    nxcdr("set", "region", "hk")
    nxcdr("set", "-p", "second", "region", "idn")
    assert nxcdr("profiles").out == "* main\n  second\n  sandbox (built in)\n"
    assert nxcdr("set", "default_profile", "second").code == 0
    assert nxcdr("get", "default_profile").out == "second\n"
    assert json.loads(nxcdr("profiles", "--json").out) == [
        {"name": "main", "default": False, "built_in": False},
        {"name": "second", "default": True, "built_in": False},
        {"name": "sandbox", "default": False, "built_in": True},
    ]
    assert nxcdr("get", "region").out == "idn\n"
    assert nxcdr("get", "region", "--profile", "main").out == "hk\n"
    assert nxcdr("unset", "default_profile").code == 0
    assert nxcdr("get", "default_profile").code == 2
    assert nxcdr("get", "region").code == 2
    assert nxcdr("set", "default_profile", "main").code == 0


def test_on_a_terminal_settings_and_profiles_are_tables_that_fit(nxcdr: Run) -> None:
    url = "https://example.com" + "/long" * 20
    nxcdr("set", "base_url", url)
    nxcdr("set", "-p", "second", "region", "hk")
    lines: list[str] = []
    for columns in (40, 80, 200):
        lines = ESCAPES.sub("", screen("config", "show", columns=columns)).splitlines()
        assert lines[0].split() == ["setting", "value", "source"]
        assert max(map(cell_len, lines)) <= columns
        assert {"access_secret_command", "max_span_days"} <= {line.split(" ")[0] for line in lines}
    assert url in lines[[line.split()[0] for line in lines].index("base_url")]
    listed = ESCAPES.sub("", screen("config", "profiles", columns=80)).splitlines()
    assert listed == ["*  main", "   second", "   sandbox  (built in)"]


def test_what_is_unset_has_its_default_again(nxcdr: Run) -> None:
    nxcdr("set", "concurrency", "8")
    assert nxcdr("unset", "concurrency").code == 0
    assert nxcdr("get", "concurrency").out == "4\n"
    assert "was not set" in nxcdr("unset", "concurrency").err


def test_a_misspelt_key_in_the_file_can_be_unset(nxcdr: Run, config: Path) -> None:
    nxcdr("set", "rate", "2")
    config.write_text(config.read_text().replace("rate", "ratee"))
    assert nxcdr("show").code == 2
    assert nxcdr("unset", "ratee").code == 0
    assert nxcdr("show").code == 0


def test_the_path_is_told_before_there_is_a_file(nxcdr: Run, config: Path) -> None:
    assert nxcdr("path") == Outcome(0, f"{config}\n", "")


def test_without_home_there_is_no_path_but_reading_works(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NXCDR_CONFIG", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert nxcdr("show").code == 0
    if sys.platform == "linux":
        done = nxcdr("set", "rate", "2")
        assert done.code == 2
        assert "NXCDR_CONFIG" in done.err


def test_what_goes_before_the_value_just_set_is_told(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nxcdr("set", "base_url", "https://api.example")
    assert "config unset -p main base_url" in nxcdr("set", "region", "hk").err
    monkeypatch.setenv("NXCDR_RATE", "3")
    assert "NXCDR_RATE is set in the environment" in nxcdr("set", "rate", "2").err


def test_a_readable_file_is_warned_of_on_stderr_alone(nxcdr: Run, config: Path) -> None:
    nxcdr("set", "rate", "2")
    config.chmod(0o644)
    done = nxcdr("show", "-q")
    assert done.code == 0
    assert f"chmod 600 {config}" in done.err


def test_a_bundle_named_from_here_or_home_is_kept_as_a_whole_path(
    nxcdr: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ca.pem", "~/ca.pem"):
        assert nxcdr("set", "ca_bundle", name).code == 0
        assert nxcdr("get", "ca_bundle").out == f"{tmp_path}/ca.pem\n"


BAD: list[tuple[tuple[str, ...], str, str]] = [
    (("set", "ratee", "2"), "", "Did you mean rate?"),
    (("get", "nothing-like-it"), "", "Settings: access_key"),
    (("set", "rate", "fast"), "", "rate must be a number of requests per second"),
    (
        ("set", "access_secret_command", "pass", "show", "x y"),
        "",
        "nxcdr config set access_secret_command 'pass show x y'",
    ),
    (("set", "region"), "hkk\n", "one of global, hk, amer, idn, not 'hkk' (stdin)"),
    (("set", "region"), "", "there is none"),
    (("set", "region"), "hk\nidn\n", "more than one"),
    (("set", "access_secret"), "\n", "there is none"),
    (("set", "base_url", "http://api.example"), "", "an https URL"),
    (("set", "timezone", "Mars/Base"), "", "a time zone's name"),
    (("set", "ca_bundle", "/nowhere.pem"), "", "that can be read"),
    (("set", "default_profile", "nobody"), "", "there is no profile 'nobody'"),
    (("set", "-p", "sandbox", "rate", "2"), "", "the profile sandbox is built in"),
    (("set", "-p", "../x", "rate", "2"), "", "a profile's name must be a plain word"),
    (("set", "--keyring", "rate", "2"), "", "--keyring is for access_secret alone"),
    (("unset", "rate"), "", "there is no profile 'main'"),
    (("unset", "--keyring", "rate"), "", "--keyring is for access_secret alone"),
    (("get", "access_key"), "", "access_key is not set"),
    (("show", "-p", "nobody"), "", "Known: sandbox"),
    (("profiles", "-p", "nobody"), "", "there is no profile 'nobody'"),
    (("check", "-p", "nobody"), "", "there is no profile 'nobody'"),
    (("init",), "", "nxcdr config set access_secret < FILE; nxcdr config set region"),
    (("init", "-p", "x"), "", "stdin is no terminal"),
]


@pytest.mark.parametrize(("argv", "stdin", "told"), BAD)
def test_bad_use_is_exit_2_and_says_what_to_do(
    nxcdr: Run, config: Path, argv: tuple[str, ...], stdin: str, told: str
) -> None:
    done = nxcdr(*argv, stdin=stdin)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.startswith("nxcdr: error: ")
    assert len(done.err.splitlines()) <= 2
    assert not config.exists()


def test_a_place_that_takes_no_file_is_exit_6(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXCDR_CONFIG", "/dev/null/config.toml")
    assert nxcdr("set", "rate", "2").code == 6


def test_a_check_tells_credentials_clock_latency_and_transport(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    done = nxcdr("check")
    assert done.code == 0
    told = dict(line.split(maxsplit=1) for line in done.out.replace("access key", "access-key").splitlines())
    assert told["access-key"] == f"{sandbox.access_key[:4]}… (profile main)"
    assert told["secret"] == "******** (profile main)"
    assert told["clock"] == "in step with the server's"
    assert told["latency"].endswith(" ms")
    assert told["TLS"] == "none: plain http on this machine"
    assert told["endpoint"].startswith(sandbox.base_url)
    assert sandbox.access_secret not in done.out + done.err
    assert len(sandbox.requests) == 1


def test_a_check_of_the_built_in_sandbox_needs_nothing(nxcdr: Run) -> None:
    done = nxcdr("check", "-p", "sandbox")
    assert done.code == 0
    assert "accepted" in done.out


def test_a_check_tells_how_far_the_clock_is_off(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    sandbox.misbehaviour = Misbehaviour(clock_skew=30)
    assert re.search(r"\b(29|30|31) s behind the server's", nxcdr("check").out)  # the header counts whole seconds
    sandbox.misbehaviour = Misbehaviour(clock_skew=-30)
    assert re.search(r"\b(29|30|31) s ahead of the server's", nxcdr("check").out)


@pytest.mark.parametrize(
    ("wrong", "misbehaviour", "expected"),
    [
        ({"secret": "wrong"}, Misbehaviour(), (3, "the access secret is not that of this access key")),
        ({"secret": "'sandbox-secret'"}, Misbehaviour(), (3, "secret is damaged, for it stands in quotes")),
        ({"secret": "sandbox-secret "}, Misbehaviour(), (3, "secret is damaged, for it begins or ends with a blank")),
        ({"key": "other"}, Misbehaviour(), (3, "the access key othe… is mistyped (profile main)")),
        ({}, Misbehaviour(clock_skew=300), (4, "s behind the server's (60 s are too much): set it")),
        ({}, Misbehaviour(refuse=7777), (4, "the account has no permission")),
        ({}, Misbehaviour(shape="no_code"), (5, "is not the API's")),
    ],
)
def test_a_failed_check_names_the_likeliest_cause_first(
    nxcdr: Run, sandbox: Sandbox, wrong: dict[str, str], misbehaviour: Misbehaviour, expected: tuple[int, str]
) -> None:
    set_up(nxcdr, sandbox, **wrong)
    sandbox.misbehaviour = misbehaviour
    code, first = expected
    done = nxcdr("check", "-q")
    assert (done.code, done.out) == (code, "")
    hint = done.err.splitlines()[-1]
    assert hint.startswith("Most likely: ")
    assert first in hint.partition("; or else: ")[0]
    assert sandbox.access_secret not in done.err


@pytest.mark.parametrize(
    ("region", "first"), [("default", "the keys are of another region than global"), ("profile main", "is mistyped")]
)
def test_keys_of_another_region_are_the_likeliest_where_nobody_has_chosen_one(region: str, first: str) -> None:
    settings = Settings("main", access_key="abcdef", sources={"region": region, "access_key": "profile main"})
    error = CredentialsError("the server does not accept the access key (code 1005: no, reqId 1)")
    assert first in causes(error, settings, None, {})[0]


def test_a_check_of_an_address_that_is_not_the_apis_says_so(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    nxcdr("set", "base_url", f"{sandbox.base_url}/v2")
    done = nxcdr("check")
    assert done.code == 4
    assert f"Most likely: {sandbox.base_url}/v2 is not the API's" in done.err


def test_a_check_of_a_server_that_is_away_says_so(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    url = sandbox.base_url
    sandbox.stop()
    done = nxcdr("check")
    assert done.code == 5
    assert f"nothing listens at {url}" in done.err


def test_a_check_without_credentials_is_exit_3(nxcdr: Run) -> None:
    done = nxcdr("check")
    assert (done.code, done.out) == (3, "")
    assert "nxcdr config init" in done.err


def test_the_secrets_command_runs_once_for_a_check(nxcdr: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    set_up(nxcdr, sandbox)
    log = tmp_path / "log"
    script = tmp_path / "secret"
    script.write_text(f"#!/bin/sh\necho asked >> {log}\necho {sandbox.access_secret}\n")
    script.chmod(0o700)
    nxcdr("set", "access_secret_command", str(script))
    assert nxcdr("check").code == 0
    assert log.read_text() == "asked\n"


class Terminal:
    """The program at a terminal: what it shows, and what is typed."""

    def __init__(self, *argv: str) -> None:
        self.master, slave = pty.openpty()
        self.shown = ""
        self._unread = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nxcdr", "config", *argv],
            cwd=ROOT,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def answer(self, question: str, text: str) -> None:
        """Waits for a question, and types."""
        self._until(question)
        os.write(self.master, f"{text}\n".encode())

    def end(self) -> Outcome:
        """Waits for the program's end."""
        self._until(None)
        out, _ = self.process.communicate(timeout=20)
        os.close(self.master)
        return Outcome(self.process.returncode, out.decode(), self.shown)

    def _until(self, text: str | None) -> None:
        deadline = time.monotonic() + 20
        while text is None or text not in self._unread:
            ready, _, _ = select.select([self.master], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} is not in {self._unread!r}"
            try:
                read = os.read(self.master, 4096).decode()
            except OSError:  # the other end is closed
                read = ""
            if not read:
                assert text is None, f"{text!r} is not in {self._unread!r}"
                return
            self.shown += read
            self._unread += read
        self._unread = self._unread.partition(text)[2]


def test_the_wizard_asks_checks_writes_and_says_what_to_try_next(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    wizard = Terminal("init")
    wizard.answer("Profile [main]: ", "")
    wizard.answer("Region [global]: ", "hkk")
    wizard.answer("Region [global]: ", "Hong Kong")
    wizard.answer("Access key: ", sandbox.access_key)
    wizard.answer("Access secret (not shown): ", sandbox.access_secret)
    wizard.answer("Time zone [Europe/Paris]: ", "")
    done = wizard.end()
    assert (done.code, done.out) == (0, "")
    assert sandbox.access_secret not in done.err
    assert "https://api-hk.nxlink.ai" in done.err
    assert "the server accepted the request" in done.err
    assert f"Wrote profile main to {config}" in done.err
    assert "nxcdr query yesterday" in done.err
    assert tomllib.loads(config.read_text()) == {
        "default_profile": "main",
        "profiles": {
            "main": {
                "region": "hk",
                "access_key": sandbox.access_key,
                "access_secret": sandbox.access_secret,
                "timezone": "Europe/Paris",
            }
        },
    }


@pytest.mark.parametrize(("answer", "code"), [("q", 3), ("w", 0)])
def test_the_wizard_writes_what_failed_the_check_only_when_told_to(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    wizard = Terminal("init", "-p", "second")
    wizard.answer("Region [global]: ", "")
    wizard.answer("Access key: ", sandbox.access_key)
    wizard.answer("Access secret (not shown): ", "wrong")
    wizard.answer("Time zone [Europe/Paris]: ", "")
    wizard.answer("Answer again, write it all the same, or quit? a/w/q [a]: ", answer)
    done = wizard.end()
    assert done.code == code
    assert "code 1003" in done.err
    assert config.exists() == (code == 0)


def test_the_wizard_asks_again_when_the_check_failed_and_remembers_the_answers(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    wizard = Terminal("init")
    wizard.answer("Profile [main]: ", "")
    wizard.answer("Region [global]: ", "idn")
    wizard.answer("Access key: ", sandbox.access_key)
    wizard.answer("Access secret (not shown): ", f"'{sandbox.access_secret}'")
    wizard.answer("Time zone [Europe/Paris]: ", "UTC")
    wizard.answer("a/w/q [a]: ", "what?")
    wizard.answer("a/w/q [a]: ", "")
    wizard.answer("Region [idn]: ", "")
    wizard.answer(f"Access key [{sandbox.access_key}]: ", "")
    wizard.answer("Access secret (not shown; Enter keeps it): ", sandbox.access_secret)
    wizard.answer("Time zone [UTC]: ", "")
    done = wizard.end()
    assert done.code == 0
    assert "it stands in quotes" in done.err
    assert tomllib.loads(config.read_text())["profiles"]["main"] == {
        "region": "idn",
        "access_key": sandbox.access_key,
        "access_secret": sandbox.access_secret,
        "timezone": "UTC",
    }


def test_the_wizard_keeps_what_it_does_not_ask_for_and_takes_any_url_for_a_region(
    nxcdr: Run, config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # where nobody listens: nothing leaves this machine
    nxcdr("set", "base_url", "https://old.example")
    nxcdr("set", "access_key", sandbox.access_key)
    nxcdr("set", "access_secret_command", f"echo {sandbox.access_secret}")
    nxcdr("set", "rate", "50")
    config.write_text(f"# mine\n{config.read_text()}")
    wizard = Terminal("init", "-p", "main")
    wizard.answer("Region [https://old.example]: ", sandbox.base_url)
    wizard.answer(f"Access key [{sandbox.access_key}]: ", "")
    wizard.answer("Access secret (not shown; Enter keeps it): ", "")
    wizard.answer("Time zone [Europe/Paris]: ", "")
    assert wizard.end().code == 0
    assert config.read_text().startswith("# mine\n")
    assert tomllib.loads(config.read_text())["profiles"]["main"] == {
        "base_url": sandbox.base_url,
        "access_key": sandbox.access_key,
        "access_secret_command": f"echo {sandbox.access_secret}",
        "rate": 50.0,
        "timezone": "Europe/Paris",
    }
    wizard = Terminal("init")
    wizard.answer("Profile [main]: ", "")
    wizard.answer(f"Region [{sandbox.base_url}]: ", "americas")
    wizard.answer(f"Access key [{sandbox.access_key}]: ", "")
    wizard.answer("Access secret (not shown; Enter keeps it): ", HUSH)
    wizard.answer("Time zone [Europe/Paris]: ", "")
    wizard.answer("a/w/q [a]: ", "w")
    assert wizard.end().code == 0
    kept = tomllib.loads(config.read_text())["profiles"]["main"]
    assert (kept["region"], kept["access_secret"]) == ("amer", HUSH)
    assert not {"base_url", "access_secret_command"} & kept.keys()


def test_a_wizard_that_gets_no_answer_changes_nothing(config: Path) -> None:
    wizard = Terminal("init")
    wizard.answer("Profile [main]: ", "")
    wizard._until("Region [global]: ")
    os.write(wizard.master, b"\x04")
    done = wizard.end()
    assert done.code == 2
    assert "Nothing was changed." in done.err
    assert not config.exists()


def test_the_wizard_works_beside_several_profiles_of_which_none_is_the_default(
    nxcdr: Run, config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        nxcdr("set", "-p", name, "region", "hk")
    nxcdr("unset", "default_profile")
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    wizard = Terminal("init")
    wizard.answer("Profile: ", "a")
    wizard.answer("Region [hk]: ", "")
    wizard.answer("Access key: ", sandbox.access_key)
    wizard.answer("Access secret (not shown): ", sandbox.access_secret)
    wizard.answer("Time zone [Europe/Paris]: ", "UTC")
    done = wizard.end()
    assert done.code == 0
    assert "NXCDR_BASE_URL is set in the environment" in done.err
    assert "nxcdr query --profile a yesterday" in done.err
    assert 'timezone = "UTC"' in config.read_text()


@pytest.mark.parametrize("argv", [("init",), ("set", "access_secret")])
def test_a_place_that_takes_no_file_is_told_before_anything_is_asked(
    config: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    assert not config.exists()
    monkeypatch.setenv("NXCDR_CONFIG", "/dev/null/nxcdr/config.toml")
    done = Terminal(*argv).end()
    assert (done.code, done.out) == (6, "")
    assert done.err.startswith("nxcdr: error: /dev/null/nxcdr/config.toml can't be written: Not a directory")


def test_a_secret_is_asked_for_hidden_at_a_terminal(config: Path) -> None:
    terminal = Terminal("set", "access_secret")
    terminal.answer("access_secret (not shown): ", HUSH)
    done = terminal.end()
    assert (done.code, done.out) == (0, "")
    assert HUSH not in done.err
    assert HUSH in config.read_text()
