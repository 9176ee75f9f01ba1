from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcdr.errors import CredentialsError
from nxcdr.settings import (
    Credentials,
    Secret,
    Settings,
    credentials,
    load,
    oddity,
)
from nxcdr.settings import (
    keyring as system_keyring,
)

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


@pytest.fixture
def keyring() -> Iterator[None]:
    """A system keyring that forgets when the test ends."""
    module = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")
    errors = pytest.importorskip("keyring.errors")

    class Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined] # the extra may be absent
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            if username == "locked":
                raise errors.KeyringLocked(password)
            self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.kept[service, username]

    before = module.get_keyring()
    module.set_keyring(Memory())
    yield
    module.set_keyring(before)


@pytest.mark.usefixtures("keyring")
def test_the_system_keyring_is_used_if_nothing_else_is_set() -> None:
    system_keyring.store("main", "access_secret", Secret(HUSH))
    env = {"NXCDR_ACCESS_KEY": "k"}
    assert credentials(load(profile=None, flags={}, env=env)).access_secret.reveal() == HUSH
    env |= {"NXCDR_ACCESS_SECRET": "from the environment"}
    assert credentials(load(profile=None, flags={}, env=env)).access_secret.reveal() == "from the environment"
    assert system_keyring.remove("main", "access_secret")
    assert not system_keyring.remove("main", "access_secret")


@pytest.mark.usefixtures("keyring")
def test_a_locked_keyring_is_an_error_without_the_secret() -> None:
    with pytest.raises(CredentialsError, match="KeyringLocked") as caught:
        system_keyring.store("locked", "access_secret", Secret(HUSH))
    assert HUSH not in caught.value.message + caught.value.hint
