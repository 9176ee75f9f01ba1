"""The system keyring: what is kept there, and what happens if it does not work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcdr.errors import CredentialsError, SettingsError
from nxcdr.settings import Secret, Settings, credentials, load, mask_key
from nxcdr.settings import keyring as system_keyring
from tests.harness import DAY, Program

HUSH = "hush-hush-9"


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
    settings = load(profile=None, flags={}, env=env)
    assert settings.access_secret is None
    assert credentials(settings).access_secret.reveal() == HUSH
    env |= {"NXCDR_ACCESS_SECRET": "from the environment"}
    assert credentials(load(profile=None, flags={}, env=env)).access_secret.reveal() == "from the environment"
    assert system_keyring.remove("main", "access_secret")
    assert not system_keyring.remove("main", "access_secret")


@pytest.mark.usefixtures("keyring")
def test_each_profile_and_setting_has_its_own_place_in_the_keyring() -> None:
    for profile in ("main", "second"):
        for key in ("access_secret", "mask_key"):
            system_keyring.store(profile, key, Secret(f"{key} of {profile}"))
    for profile in ("main", "second"):
        settings = Settings(profile, access_key="k")
        assert credentials(settings).access_secret.reveal() == f"access_secret of {profile}"
        assert mask_key(settings).reveal() == f"mask_key of {profile}"


@pytest.mark.usefixtures("keyring")
def test_the_sandbox_never_reads_the_keyring() -> None:
    system_keyring.store("sandbox", "mask_key", Secret(HUSH))
    with pytest.raises(SettingsError, match="no mask key for profile sandbox"):
        mask_key(Settings("sandbox"))


@pytest.mark.usefixtures("keyring")
def test_a_locked_keyring_is_an_error_without_the_secret() -> None:
    with pytest.raises(CredentialsError, match="KeyringLocked") as caught:
        system_keyring.store("locked", "access_secret", Secret(HUSH))
    assert HUSH not in caught.value.message + caught.value.hint


BACKENDS = """
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class Locked(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        raise KeyringLocked
    def set_password(self, service, username, password):
        raise RuntimeError(password)

class Failing(Locked):
    def get_password(self, service, username):
        raise ZeroDivisionError
"""


@pytest.fixture
def broken(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account whose secret can only be in a keyring; the package keyring forgets its backend afterwards."""
    core = pytest.importorskip("keyring.core")
    (here / "broken_keyrings.py").write_text(BACKENDS)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setenv("NXCDR_ACCESS_KEY", "k")
    monkeypatch.setenv("NXCDR_BASE_URL", "http://127.0.0.1:9")
    before = core._keyring_backend
    core._keyring_backend = None
    yield
    core._keyring_backend = before


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("nowhere.Keyring", "can't be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        ("", "can't be loaded: ValueError"),
        ("Keyring", "can't be loaded: ValueError"),
        ("broken_keyrings.Missing", "can't be loaded: AttributeError"),
        ("broken_keyrings.Locked", "can't be used: KeyringLocked"),
        ("broken_keyrings.Failing", "can't be used: ZeroDivisionError"),
    ],
)
def test_a_broken_keyring_is_exit_3_with_its_name_and_the_other_ways(
    nxcdr: Program, monkeypatch: pytest.MonkeyPatch, backend: str, reason: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    done = nxcdr("-q", "query", DAY)
    assert (done.code, done.out) == (3, "")
    assert f"the keyring {backend!r} (environment PYTHON_KEYRING_BACKEND) {reason}" in done.err
    for way in ("NXCDR_ACCESS_SECRET", "`nxcdr config set access_secret`", "access_secret_command"):
        assert way in done.err.splitlines()[-1]


@pytest.mark.usefixtures("broken")
def test_a_broken_keyring_does_not_matter_if_the_secret_is_elsewhere(
    nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "nowhere.Keyring")
    monkeypatch.setenv("NXCDR_ACCESS_SECRET", HUSH)
    assert nxcdr("-q", "query", DAY, "--retries", "0").code == 5
    assert nxcdr("config", "show").code == 0
