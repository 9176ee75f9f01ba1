"""The connection to a store: what it needs, how it is opened, and what its errors mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nxcdr.errors import NxcdrError, StoreError, UsageError
from nxcdr.output.places import shown


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of store.

    Attributes:
        package: What fsspec needs for it.
        access: How it finds out who is asking.
        of_objects: Whether it has buckets instead of folders, and an upload appears at once.
    """

    package: str = ""
    access: str = "Check the address, and the credentials in the store's own settings."
    of_objects: bool = False


_S3 = _Kind("s3fs", "Credentials are found as by the AWS CLI, for example with AWS_PROFILE.", of_objects=True)
_GCS = _Kind("gcsfs", "Log in with: gcloud auth application-default login", of_objects=True)
_AZURE = _Kind("adlfs", "Set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or another.", of_objects=True)
_SFTP = _Kind("paramiko", "Load a key into the SSH agent, or put it into ~/.ssh.")
_KINDS = {
    **dict.fromkeys(("s3", "s3a"), _S3),
    **dict.fromkeys(("gs", "gcs"), _GCS),
    **dict.fromkeys(("az", "abfs", "abfss"), _AZURE),
    **dict.fromkeys(("sftp", "ssh"), _SFTP),
}


class Store:
    """A connection to a store; a copy of it in another process has its own.

    Args:
        url: Of a file there.

    Attributes:
        kind: Its kind.
        fs: What fsspec offers for it.
        prefix: What stands before a path in a URL.
        checked: The folders that are known to be there.

    Raises:
        UsageError: What is needed for the kind is not installed, or nothing is known of it.
        OutputError: It can't be reached, or refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        scheme = url.partition("://")[0].rpartition("::")[2]
        self.kind = _KINDS.get(scheme, _Kind())
        missing = [name for name in ("fsspec", "platformdirs", self.kind.package) if name and not find_spec(name)]
        if missing:
            raise UsageError(
                f"{scheme}:// needs the package {missing[-1]}, which is not installed",
                f"Install it with: pip install 'nxcdr[remote]' {self.kind.package}".rstrip(),
            )
        for name in filter(None, ("fsspec", self.kind.package)):
            logging.getLogger(name).addHandler(logging.NullHandler())  # or its warnings would be printed
        from fsspec import available_protocols
        from fsspec.core import url_to_fs

        no_url = UsageError(f"{shown(url)} is no URL of a file", "For example: -o 's3://bucket/cdr-{date}.csv'")
        if scheme not in available_protocols() or not _is_url(url):
            raise no_url
        options: dict[str, Any] = {}
        if self.kind is _SFTP:
            from nxcdr.output.places.sftp import OPTIONS

            options = OPTIONS
        try:
            with self.errors(url, "be reached"):
                self.fs, path = url_to_fs(url, skip_instance_cache=True, **options)
        except ImportError as error:
            raise UsageError(f"{scheme}:// needs a package that is not installed", str(error)) from error
        if self.kind is _SFTP:
            from nxcdr.output.places.sftp import keep_alive

            keep_alive(self.fs)
        if not url.endswith(path) or "/../" in url:  # what fsspec changes can't be told apart
            raise no_url
        self.prefix = url.removesuffix(path)
        self.checked = set[str]()

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        return Store, (self._url,)

    @contextmanager
    def errors(self, name: str, what: str) -> Iterator[None]:
        """Raise what a store reports as what it means here."""
        try:
            yield
        except (NxcdrError, ImportError):
            raise
        except Exception as error:  # each store has errors of its own
            said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
            raise StoreError(f"{shown(name)} can't {what}: {said}", self.kind.access) from error

    def info(self, path: str) -> Mapping[str, Any] | None:
        """What the store says of a path now; None if nothing is there."""
        self.fs.invalidate_cache()
        try:
            found: Mapping[str, Any] = self.fs.info(path)
        except FileNotFoundError:
            return None
        return found

    def download(self, path: str, copy: Path) -> bool:
        """Write a file's content to one of this machine; return whether it was there."""
        try:
            self.fs.get_file(path, str(copy))
        except FileNotFoundError:
            return False
        return True


def _is_url(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:  # such as a password with a slash in it
        return False
    return True
