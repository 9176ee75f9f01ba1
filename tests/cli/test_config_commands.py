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
    """The path of the configuration file, in an environment without other settings."""
    for name in list(os.environ):
        if name.startswith("NXCDR_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    path = tmp_path / "nxcdr" / "config.toml"
    monkeypatch.setenv("NXCDR_CONFIG", str(path))
    monkeypatch.setenv("TZ", "Europe/Paris")
    return path


@pytest.fixture
def nxcdr(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``nxcdr config`` with a text on stdin."""
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
    """The content of a system keyring, by user name; it lasts as long as the test."""
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


def test_get_and_show_print_what_was_set_and_its_source(
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


def test_a_secret_on_the_command_line_is_refused_and_not_shown(nxcdr: Run, config: Path) -> None:
    done = nxcdr("set", "access_secret", HUSH)
    assert done.code == 2
    assert "others can see it" in done.err
    assert HUSH not in done.err
    assert not config.exists()


def test_secret_and_command_replace_each_other(nxcdr: Run, config: Path) -> None:
    nxcdr("set", "access_secret", stdin=HUSH)
    assert "removed access_secret of profile main" in nxcdr("set", "access_secret_command", "pass show x").err
    assert HUSH not in config.read_text()
    assert nxcdr("get", "access_secret_command").out == "pass show x\n"
    assert "removed access_secret_command of" in nxcdr("set", "access_secret", stdin=HUSH).err


def test_a_missing_value_is_read_from_stdin(nxcdr: Run) -> None:
    assert nxcdr("set", "timezone", stdin="Asia/Tokyo\n").code == 0
    assert nxcdr("get", "timezone").out == "Asia/Tokyo\n"


def test_a_secret_that_looks_wrong_is_stored_with_a_warning(nxcdr: Run, config: Path) -> None:
    done = nxcdr("set", "access_secret", stdin=f"'{HUSH}'\n")
    assert done.code == 0
    assert "used as given, but it is enclosed in quotes" in done.err
    assert HUSH not in done.err
    assert f"'{HUSH}'" in config.read_text()


def test_secrets_can_be_kept_in_the_system_keyring(nxcdr: Run, config: Path, keyring: dict[str, str]) -> None:
    nxcdr("set", "access_key", "k")
    nxcdr("set", "access_secret", stdin="in the file")
    assert nxcdr("set", "access_secret", "--keyring", stdin=HUSH).code == 0
    assert keyring == {"main": HUSH}
    assert "access_secret" not in config.read_text()
    assert "keyring" in nxcdr("show").out
    assert nxcdr("unset", "access_secret", "--keyring").code == 0
    assert keyring == {}


def test_the_mask_key_is_a_secret_like_access_secret(
    nxcdr: Run, config: Path, keyring: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nxcdr("set", "mask_key", HUSH).code == 2
    done = [
        nxcdr("set", "mask_key", "-vv", stdin=HUSH),
        nxcdr("get", "mask_key"),
        nxcdr("show"),
        nxcdr("show", "--json"),
    ]
    assert [outcome.code for outcome in done] == [0, 0, 0, 0]
    assert done[1].out == "********\n"
    assert HUSH in config.read_text()
    assert all(HUSH not in outcome.out + outcome.err for outcome in done)
    assert nxcdr("set", "mask_key", "--keyring", stdin=HUSH).code == 0
    assert keyring == {"main/mask_key": HUSH}
    assert HUSH not in config.read_text()
    monkeypatch.setenv("NXCDR_MASK_KEY", HUSH)
    assert json.loads(nxcdr("show", "--json").out)["mask_key"] == {
        "value": "********",
        "source": "environment NXCDR_MASK_KEY",
    }


def test_profiles_can_be_added_listed_and_chosen(nxcdr: Run) -> None:
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


def test_unset_restores_the_default(nxcdr: Run) -> None:
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


def test_the_path_is_printed_even_if_there_is_no_file(nxcdr: Run, config: Path) -> None:
    assert nxcdr("path") == Outcome(0, f"{config}\n", "")


def test_without_home_settings_can_be_read_but_not_written(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NXCDR_CONFIG", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert nxcdr("show").code == 0
    if sys.platform == "linux":
        done = nxcdr("set", "rate", "2")
        assert done.code == 2
        assert "NXCDR_CONFIG" in done.err


def test_set_warns_of_what_overrides_the_new_value(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nxcdr("set", "base_url", "https://api.example")
    assert "config unset -p main base_url" in nxcdr("set", "region", "hk").err
    monkeypatch.setenv("NXCDR_RATE", "3")
    assert "NXCDR_RATE is set in the environment" in nxcdr("set", "rate", "2").err


def test_a_readable_file_gives_a_warning_on_stderr(nxcdr: Run, config: Path) -> None:
    nxcdr("set", "rate", "2")
    config.chmod(0o644)
    done = nxcdr("show", "-q")
    assert done.code == 0
    assert f"chmod 600 {config}" in done.err


def test_a_relative_ca_bundle_is_stored_as_an_absolute_path(
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
    (("set", "--keyring", "rate", "2"), "", "--keyring is for access_secret and mask_key only"),
    (("unset", "rate"), "", "there is no profile 'main'"),
    (("unset", "--keyring", "rate"), "", "--keyring is for access_secret and mask_key only"),
    (("get", "access_key"), "", "access_key is not set"),
    (("show", "-p", "nobody"), "", "Known: sandbox"),
    (("profiles", "-p", "nobody"), "", "there is no profile 'nobody'"),
    (("check", "-p", "nobody"), "", "there is no profile 'nobody'"),
    (("init",), "", "nxcdr config set access_secret < FILE; nxcdr config set region"),
    (("init", "-p", "x"), "", "stdin is not a terminal"),
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


def test_a_path_that_can_not_be_written_is_exit_6(nxcdr: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NXCDR_CONFIG", "/dev/null/config.toml")
    assert nxcdr("set", "rate", "2").code == 6


def test_check_reports_credentials_clock_latency_and_tls(nxcdr: Run, sandbox: Sandbox) -> None:
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


def test_check_of_the_sandbox_needs_no_settings(nxcdr: Run) -> None:
    done = nxcdr("check", "-p", "sandbox")
    assert done.code == 0
    assert "accepted" in done.out


def test_check_reports_how_far_the_clock_is_off(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    sandbox.misbehaviour = Misbehaviour(clock_skew=30)
    assert re.search(r"\b(29|30|31) s behind the server's", nxcdr("check").out)  # the header counts whole seconds
    sandbox.misbehaviour = Misbehaviour(clock_skew=-30)
    assert re.search(r"\b(29|30|31) s ahead of the server's", nxcdr("check").out)


@pytest.mark.parametrize(
    ("wrong", "misbehaviour", "expected"),
    [
        ({"secret": "wrong"}, Misbehaviour(), (3, "the access secret does not match this access key")),
        ({"secret": "'sandbox-secret'"}, Misbehaviour(), (3, "secret is damaged: it is enclosed in quotes")),
        ({"secret": "sandbox-secret "}, Misbehaviour(), (3, "secret is damaged: it begins or ends with a space")),
        ({"key": "other"}, Misbehaviour(), (3, "the access key othe… is mistyped (profile main)")),
        ({}, Misbehaviour(clock_skew=300), (4, "s behind the server's (60 s are too much): set it")),
        ({}, Misbehaviour(refuse=7777), (4, "the account has no permission")),
        ({}, Misbehaviour(shape="no_code"), (5, "is not the API's")),
    ],
)
def test_a_failed_check_names_the_most_likely_cause_first(
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
    ("region", "first"), [("default", "the keys belong to another region than global"), ("profile main", "is mistyped")]
)
def test_another_regions_keys_are_the_most_likely_cause_if_none_was_chosen(region: str, first: str) -> None:
    settings = Settings("main", access_key="abcdef", sources={"region": region, "access_key": "profile main"})
    error = CredentialsError("the server does not accept the access key (code 1005: no, reqId 1)")
    assert first in causes(error, settings, {})[0]


def test_check_recognizes_an_address_that_is_not_the_apis(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    nxcdr("set", "base_url", f"{sandbox.base_url}/v2")
    done = nxcdr("check")
    assert done.code == 4
    assert f"Most likely: {sandbox.base_url}/v2 is not the API's" in done.err


def test_check_recognizes_a_server_that_does_not_listen(nxcdr: Run, sandbox: Sandbox) -> None:
    set_up(nxcdr, sandbox)
    url = sandbox.base_url
    sandbox.stop()
    done = nxcdr("check")
    assert done.code == 5
    assert f"nothing listens at {url}" in done.err


def test_check_without_credentials_is_exit_3(nxcdr: Run) -> None:
    done = nxcdr("check")
    assert (done.code, done.out) == (3, "")
    assert "nxcdr config init" in done.err


def test_check_runs_the_secret_command_once(nxcdr: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    set_up(nxcdr, sandbox)
    log = tmp_path / "log"
    script = tmp_path / "secret"
    script.write_text(f"#!/bin/sh\necho asked >> {log}\necho {sandbox.access_secret}\n")
    script.chmod(0o700)
    nxcdr("set", "access_secret_command", str(script))
    assert nxcdr("check").code == 0
    assert log.read_text() == "asked\n"


class Terminal:
    """The program on a terminal: its output, and typed answers."""

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
        """Wait for a question, and type the answer."""
        self._until(question)
        os.write(self.master, f"{text}\n".encode())

    def end(self) -> Outcome:
        """Wait until the program ends."""
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


def test_init_asks_checks_writes_and_suggests_the_next_command(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    terminal = Terminal("init")
    terminal.answer("Profile [main]: ", "")
    terminal.answer("Region [global]: ", "hkk")
    terminal.answer("Region [global]: ", "Hong Kong")
    terminal.answer("Access key: ", sandbox.access_key)
    terminal.answer("Access secret (not shown): ", sandbox.access_secret)
    terminal.answer("Time zone [Europe/Paris]: ", "")
    done = terminal.end()
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
def test_init_writes_settings_that_failed_the_check_only_on_request(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    terminal = Terminal("init", "-p", "second")
    terminal.answer("Region [global]: ", "")
    terminal.answer("Access key: ", sandbox.access_key)
    terminal.answer("Access secret (not shown): ", "wrong")
    terminal.answer("Time zone [Europe/Paris]: ", "")
    terminal.answer("Answer again, write it anyway, or quit? a/w/q [a]: ", answer)
    done = terminal.end()
    assert done.code == code
    assert "code 1003" in done.err
    assert config.exists() == (code == 0)


def test_init_asks_again_after_a_failed_check_and_remembers_the_answers(
    config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    terminal = Terminal("init")
    terminal.answer("Profile [main]: ", "")
    terminal.answer("Region [global]: ", "idn")
    terminal.answer("Access key: ", sandbox.access_key)
    terminal.answer("Access secret (not shown): ", f"'{sandbox.access_secret}'")
    terminal.answer("Time zone [Europe/Paris]: ", "UTC")
    terminal.answer("a/w/q [a]: ", "what?")
    terminal.answer("a/w/q [a]: ", "")
    terminal.answer("Region [idn]: ", "")
    terminal.answer(f"Access key [{sandbox.access_key}]: ", "")
    terminal.answer("Access secret (not shown; Enter keeps it): ", sandbox.access_secret)
    terminal.answer("Time zone [UTC]: ", "")
    done = terminal.end()
    assert done.code == 0
    assert "it is enclosed in quotes" in done.err
    assert tomllib.loads(config.read_text())["profiles"]["main"] == {
        "region": "idn",
        "access_key": sandbox.access_key,
        "access_secret": sandbox.access_secret,
        "timezone": "UTC",
    }


def test_init_keeps_other_settings_and_accepts_any_url_as_region(
    nxcdr: Run, config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there: no request leaves this machine
    nxcdr("set", "base_url", "https://old.example")
    nxcdr("set", "access_key", sandbox.access_key)
    nxcdr("set", "access_secret_command", f"echo {sandbox.access_secret}")
    nxcdr("set", "rate", "50")
    config.write_text(f"# mine\n{config.read_text()}")
    terminal = Terminal("init", "-p", "main")
    terminal.answer("Region [https://old.example]: ", sandbox.base_url)
    terminal.answer(f"Access key [{sandbox.access_key}]: ", "")
    terminal.answer("Access secret (not shown; Enter keeps it): ", "")
    terminal.answer("Time zone [Europe/Paris]: ", "")
    assert terminal.end().code == 0
    assert config.read_text().startswith("# mine\n")
    assert tomllib.loads(config.read_text())["profiles"]["main"] == {
        "base_url": sandbox.base_url,
        "access_key": sandbox.access_key,
        "access_secret_command": f"echo {sandbox.access_secret}",
        "rate": 50.0,
        "timezone": "Europe/Paris",
    }
    terminal = Terminal("init")
    terminal.answer("Profile [main]: ", "")
    terminal.answer(f"Region [{sandbox.base_url}]: ", "americas")
    terminal.answer(f"Access key [{sandbox.access_key}]: ", "")
    terminal.answer("Access secret (not shown; Enter keeps it): ", HUSH)
    terminal.answer("Time zone [Europe/Paris]: ", "")
    terminal.answer("a/w/q [a]: ", "w")
    assert terminal.end().code == 0
    kept = tomllib.loads(config.read_text())["profiles"]["main"]
    assert (kept["region"], kept["access_secret"]) == ("amer", HUSH)
    assert not {"base_url", "access_secret_command"} & kept.keys()


def test_init_without_an_answer_changes_nothing(config: Path) -> None:
    terminal = Terminal("init")
    terminal.answer("Profile [main]: ", "")
    terminal._until("Region [global]: ")
    os.write(terminal.master, b"\x04")
    done = terminal.end()
    assert done.code == 2
    assert "Nothing was changed." in done.err
    assert not config.exists()


def test_init_works_with_several_profiles_and_no_default(
    nxcdr: Run, config: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        nxcdr("set", "-p", name, "region", "hk")
    nxcdr("unset", "default_profile")
    monkeypatch.setenv("NXCDR_BASE_URL", sandbox.base_url)
    terminal = Terminal("init")
    terminal.answer("Profile: ", "a")
    terminal.answer("Region [hk]: ", "")
    terminal.answer("Access key: ", sandbox.access_key)
    terminal.answer("Access secret (not shown): ", sandbox.access_secret)
    terminal.answer("Time zone [Europe/Paris]: ", "UTC")
    done = terminal.end()
    assert done.code == 0
    assert "NXCDR_BASE_URL is set in the environment" in done.err
    assert "nxcdr query --profile a yesterday" in done.err
    assert 'timezone = "UTC"' in config.read_text()


@pytest.mark.parametrize("argv", [("init",), ("set", "access_secret")])
def test_a_path_that_can_not_be_written_is_reported_before_any_question(
    config: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    assert not config.exists()
    monkeypatch.setenv("NXCDR_CONFIG", "/dev/null/nxcdr/config.toml")
    done = Terminal(*argv).end()
    assert (done.code, done.out) == (6, "")
    assert done.err.startswith("nxcdr: error: /dev/null/nxcdr/config.toml can't be written: Not a directory")


def test_a_secret_is_not_shown_while_it_is_typed(config: Path) -> None:
    terminal = Terminal("set", "access_secret")
    terminal.answer("access_secret (not shown): ", HUSH)
    done = terminal.end()
    assert (done.code, done.out) == (0, "")
    assert HUSH not in done.err
    assert HUSH in config.read_text()
