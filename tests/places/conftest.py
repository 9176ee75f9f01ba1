"""Stores of each kind; those whose packages or programs are not installed are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.archive.conftest import night
from tests.places.stores import (
    BUCKET,
    SSHD,
    Bucket,
    ByFsspec,
    Folder,
    Store,
    gs_server,
    s3_server,
    sftp_server,
    sftp_url,
)

__all__ = ["night"]

NEEDED = {
    "s3": ("s3fs", "moto"),
    "gs": ("gcsfs", "gcp_storage_emulator"),
    "sftp": ("paramiko", "fsspec"),
    "file": ("fsspec",),
    "memory": ("fsspec",),
}


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, Path]]:
    """A server's port, its folder, and the home of who may use it."""
    folder, home = tmp_path_factory.mktemp("sshd"), tmp_path_factory.mktemp("home")
    with sftp_server(folder, home) as port:
        yield port, folder, home


@pytest.fixture
def cache(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where unfinished work is kept; nobody's credentials but those of the tests are found."""
    assert here.is_dir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "cache" / "nxcdr"


@pytest.fixture
def bucket(moto: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    import boto3

    assert not cache.exists()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    bucket = Bucket(moto)
    yield bucket
    for name in bucket.names():
        bucket.remove(name)
    boto3.client("s3", endpoint_url=moto).delete_bucket(Bucket=BUCKET)


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    with gs_server() as endpoint:
        yield endpoint


@pytest.fixture
def google(emulator: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> ByFsspec:
    assert not cache.exists()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    return ByFsspec("gs", BUCKET)


@pytest.fixture
def shared(sshd: tuple[int, Path, Path], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder that is reached by SFTP."""
    assert not cache.exists()
    port, _, home = sshd
    monkeypatch.setenv("HOME", str(home))
    return Folder(sftp_url(port), tmp_path / "shared")


@pytest.fixture(params=list(NEEDED))
def store(request: pytest.FixtureRequest, cache: Path, tmp_path: Path) -> Store:
    kind: str = request.param
    skip_unless_there(kind)
    assert not cache.exists()
    makers: dict[str, Callable[[], Store]] = {
        "s3": lambda: request.getfixturevalue("bucket"),
        "sftp": lambda: request.getfixturevalue("shared"),
        "file": lambda: Folder("file://", tmp_path / "shared"),
        "memory": lambda: ByFsspec("memory", "/calls"),
        "gs": lambda: request.getfixturevalue("google"),
    }
    return makers[kind]()


def skip_unless_there(kind: str) -> None:
    """Skip a test where what a kind of store needs is not installed."""
    for package in NEEDED[kind]:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if kind == "sftp" and not SSHD:
        pytest.skip("sshd is not installed")
