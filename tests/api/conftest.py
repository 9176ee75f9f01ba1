"""What the tests of the wire stand on: an authority of their own, and no proxy of the machine's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.listeners import private_authority


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a private authority, which vouches for localhost; the server's lies beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return private_authority(tmp_path_factory.mktemp("authority"))
