"""Where secrets come from, and how they are kept from being shown."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from nxcdr.errors import CredentialsError, SettingsError
from nxcdr.settings import Credentials, Secret, Settings, credentials, load, mask_key, oddity, write_key
from tests.harness import DAY, Serve, some_calls

HUSH = "hush-hush-9"


def asked(command: str, *, timeout: float = 30.0) -> Credentials:
    settings = Settings("main", access_key="k", access_secret_command=command)
    return credentials(settings, timeout=timeout)


def python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def test_a_secret_is_masked_everywhere_and_can_not_be_pickled_or_copied() -> None:
    secret = Secret(HUSH)
    settings = Settings("main", access_key="k", access_secret=secret)
    found = Credentials("k", secret)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", repr(settings), repr(found)):
        assert HUSH not in shown
        assert "********" in shown
    for kept in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            kept(secret)
    assert secret.reveal() == HUSH


def test_the_line_that_the_command_prints_is_the_secret() -> None:
    assert asked(f"printf '%s\\n' {HUSH}").access_secret.reveal() == HUSH
    assert asked(f"printf {HUSH}").access_secret.reveal() == HUSH
    assert asked("printf ' a b \\r\\n'").access_secret.reveal() == " a b "


def test_the_command_runs_without_a_shell_unless_it_names_one(tmp_path: Path) -> None:
    assert asked(f"echo $HOME;touch {tmp_path}/x").access_secret.reveal() == f"$HOME;touch {tmp_path}/x"
    assert not (tmp_path / "x").exists()
    assert asked("sh -c 'echo a-$((1 + 1))'").access_secret.reveal() == "a-2"


def test_the_command_gets_no_stdin() -> None:
    with pytest.raises(CredentialsError, match="prints nothing"):
        asked("cat")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (python(f"print('{HUSH}'); raise SystemExit(3)"), "failed with exit status 3"),
        (python(f"import sys; sys.exit('{HUSH}')"), "failed with exit status 1"),
        ("/nowhere/pass show x", "can't be run: No such file or directory"),
        ("/etc/passwd", "can't be run: Permission denied"),
        ("true", "prints nothing"),
        (f"printf '{HUSH}\\nuser: me\\n'", "prints more than one line"),
        (python("import sys; sys.stdout.buffer.write(bytes([255]))"), "does not print UTF-8 text"),
    ],
)
def test_a_failing_command_is_an_error_without_its_output(
    command: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CredentialsError) as caught:
        asked(command)
    assert told in caught.value.message
    assert HUSH not in caught.value.message + caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_command_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(CredentialsError, match=r"did not end within 0\.1 s"):
        asked("sleep 60", timeout=0.1)


@pytest.mark.parametrize("missing", ["access key", "access secret"])
def test_missing_credentials_are_an_error_with_every_way_to_set_them(missing: str) -> None:
    settings = Settings("main", access_key=None if missing == "access key" else "k")
    with pytest.raises(CredentialsError, match=f"no {missing} for profile main") as caught:
        credentials(settings)
    for way in ("nxcdr config init", "nxcdr config set", "NXCDR_ACCESS_"):
        assert way in caught.value.hint


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("abc\n", "it contains a line break"),
        (" abc", "it begins or ends with a space"),
        ("'abc'", "it is enclosed in quotes"),
        ("a\x1bc", "it contains a control character"),
        ("abc", ""),
        ("a b'c", ""),
        ("", ""),
    ],
)
def test_what_looks_wrong_with_a_secret_is_described(text: str, odd: str) -> None:
    assert oddity(Secret(text)) == odd


def test_the_mask_key_is_kept_like_the_secret(tmp_path: Path) -> None:
    env = {"NXCDR_CONFIG": str(tmp_path / "c.toml")}
    write_key(tmp_path / "c.toml", "main", "mask_key", Secret(HUSH))
    settings = load(profile=None, flags={}, env=env)
    assert HUSH not in repr(settings)
    assert mask_key(settings).reveal() == HUSH
    assert settings.sources["mask_key"] == "profile main"
    settings = load(profile="sandbox", flags={}, env=env | {"NXCDR_MASK_KEY": "another"})
    assert mask_key(settings).reveal() == "another"
    with pytest.raises(SettingsError, match="no mask key for profile main") as caught:
        mask_key(Settings("main"))
    assert "NXCDR_MASK_KEY" in caught.value.hint


@pytest.mark.parametrize("secret", ["geheim-ä", "秘密"])
def test_a_secret_in_utf8_is_read_right_in_any_locale(
    secret: str, latin1: Mapping[str, str], tmp_path: Path, serve: Serve
) -> None:
    sandbox = serve(some_calls(1))
    sandbox.access_secret = secret
    for locale in ({"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, latin1):
        done = run_in(locale, "query", DAY, secret=secret.encode())
        assert done.returncode == 0, done.stderr
        stored = {**locale, "NXCDR_CONFIG": str(tmp_path / "c.toml")}
        done = run_in(stored, "config", "set", "access_secret", stdin=secret.encode())
        assert done.returncode == 0, done.stderr
        assert secret in (tmp_path / "c.toml").read_text(encoding="utf-8")


def test_a_secret_in_latin1_is_read_right_in_a_latin1_locale_only(latin1: Mapping[str, str], serve: Serve) -> None:
    sandbox = serve(some_calls(1))
    sandbox.access_secret = "geheim-ä"
    assert run_in(latin1, "query", DAY, secret="geheim-ä".encode("latin-1")).returncode == 0
    done = run_in({"LC_ALL": "POSIX"}, "query", DAY, secret="geheim-ä".encode("latin-1"))
    assert done.returncode == 2
    assert b"access_secret must be a text (UTF-8)" in done.stderr
    assert b"locale" in done.stderr
    assert b"LC_ALL=C.UTF-8" in done.stderr


@pytest.fixture(scope="module")
def latin1(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The variables of a Latin-1 locale."""
    folder = tmp_path_factory.mktemp("locales")
    if not shutil.which("localedef") or not Path("/usr/share/i18n/locales/en_US").exists():
        pytest.skip("no localedef, or no locales to compile")
    command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / "en_US.ISO-8859-1")]
    subprocess.run(command, check=True, capture_output=True)
    return {"LC_ALL": "en_US.ISO-8859-1", "LOCPATH": str(folder)}


def run_in(
    locale: Mapping[str, str], *argv: str, secret: bytes = b"", stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs the program in a locale, with a secret in the environment."""
    env = {os.fsencode(name): os.fsencode(value) for name, value in {**os.environ, **locale}.items()}
    return subprocess.run(
        [sys.executable, "-m", "nxcdr", *argv],
        env=env | {b"NXCDR_ACCESS_SECRET": secret},
        input=stdin,
        capture_output=True,
        check=False,
    )
