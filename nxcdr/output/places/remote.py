"""Object stores and file servers: s3://bucket/x.csv, gs://…, sftp://user@host/x.csv, and any other URL of fsspec.

A file is put together on this machine, in the cache folder, where the work is kept from run to run; it is uploaded when
it is whole. In an object store an upload appears at once or not at all; elsewhere it is made under another name in the
same folder, and renamed. Source: filesystem-spec.readthedocs.io.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nxcdr.errors import OutputError, UsageError
from nxcdr.output import files
from nxcdr.output.places import Found, local, shown
from nxcdr.output.places.store import Store

_ROOT = re.compile(r"[^/]+://[^/]*")
_TIMES = ("LastModified", "mtime", "last_modified", "updated", "created")  # what stores call the time of writing
_LONGEST_NAME = 64  # characters: with what is put around it, no folder of this machine refuses it


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a store.

    Attributes:
        store: The store.
        url: Its URL.
        base: The path of the folder or the bucket that must be there.
    """

    store: Store
    url: str
    base: str

    @property
    def name(self) -> str:
        """The URL without a password."""
        return shown(self.url)

    @property
    def path(self) -> str:
        """What the store calls it."""
        return self.url.removeprefix(self.store.prefix)

    @property
    def work(self) -> Path:
        """In the cache folder, by a digest of the URL."""
        from platformdirs import user_cache_path

        digest = hashlib.sha256(self.name.encode()).hexdigest()[:16]
        return user_cache_path("nxcdr", appauthor=False) / f"{digest}.{Path(self.path).name[-_LONGEST_NAME:]}.nxcdr"

    @property
    def receipt(self) -> RemoteFile:
        """Beside it."""
        return self.beside(".receipt.json")

    def beside(self, addition: str) -> RemoteFile:
        """The file of the same name with an addition."""
        return RemoteFile(self.store, self.url + addition, self.base)

    def found(self) -> Found | None:
        """Look whether it is there.

        Raises:
            OutputError: The store refuses, or it is a folder.
        """
        with self.store.errors(self.name, "be looked at"):
            info = self.store.info(self.path)
        if info is None or (info["type"] == "directory" and self.store.kind.of_objects):
            return None
        if info["type"] == "directory":
            raise OutputError(f"{self.name} is a folder", "Name a file, for example with {date}.csv at the end.")
        times = (info.get(name) for name in _TIMES)
        return Found(info["size"], next((time for time in times if isinstance(time, datetime)), None))

    def digest(self) -> str:
        """Not known: a file whose upload did not end is not there, so its size tells what its digest would."""
        return ""

    @contextmanager
    def fetched(self) -> Iterator[Path]:
        """A copy in a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder:
            copy = Path(folder) / "copy"
            with self.store.errors(self.name, "be read"):
                there = self.store.download(self.path, copy)
            if not there:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.name)
            yield copy

    def check(self) -> None:
        """Find out before the first request whether the bucket or folder is there.

        Raises:
            OutputError: It is not, or the store refuses.
        """
        if self.base in self.store.checked:
            return
        where = shown(self.store.prefix) + self.base
        with self.store.errors(where, "be looked at"):
            info = self.store.info(self.base)
        if info is None or info["type"] != "directory":
            raise OutputError(f"{where} does not exist", "Make it first, or choose another place with -o.")
        self.store.checked.add(self.base)

    def make_folders(self) -> None:
        """Make the cache folder; those of the store are made by the upload."""
        local.make_folders(self.work.parent)

    def publish(self, content: Path | None, receipt: Path | None) -> None:
        """Upload a file, and its receipt.

        The receipt comes before a new file, but after one that replaces another: until then, that has none.

        Raises:
            OutputError: It can't be done. What is there is whole.
        """
        last = content is not None and self.found() is not None
        if content and self.receipt.found():
            with self.store.errors(self.receipt.name, "be removed"):
                self.store.fs.rm_file(self.receipt.path)
        if receipt and not last:
            self.receipt.upload(receipt)
        if content:
            self.upload(content)
        if receipt and last:
            self.receipt.upload(receipt)
        for sent in filter(None, (content, receipt)):
            sent.unlink()

    def upload(self, content: Path) -> None:
        """Let a file appear whole.

        Raises:
            OutputError: It can't be done. What is there is as it was.
        """
        fs = self.store.fs
        with self.store.errors(self.name, "be written"):
            if self.store.kind.of_objects:
                fs.put_file(str(content), self.path)
                return
            size, digest = files.measured(content)
            folder, slash, name = self.path.rpartition("/")
            scratch = (
                f"{folder}{slash}.{name[-_LONGEST_NAME:]}.{digest[:16]}"  # who writes the same name, writes the same
            )
            fs.makedirs(folder, exist_ok=True)
            fs.put_file(str(content), scratch)
            if (self.store.info(scratch) or {}).get("size") != size:
                raise OSError("it did not arrive whole")
            fs.mv(scratch, self.path)

    def keep(self, kept: RemoteFile, content: Path) -> None:
        """Upload a copy."""
        kept.upload(content)

    def cannot_write(self, error: OSError, *, kept: bool) -> OutputError:
        """The error for work in the cache folder that failed."""
        where = f"{error.filename}, where {self.name} is put together," if error.filename else self.name
        return files.cannot_write(where, error, kept=kept)


def places(template: str) -> Callable[[str], RemoteFile]:
    """The places of a template's files."""
    read = reader()
    inside = template.removeprefix(_root(template))

    def at(name: str) -> RemoteFile:
        root, store = _root(name), read(name).store
        if store.kind.of_objects and root == name:
            raise UsageError(f"{name} is a bucket", f"Name a file in it, for example {name}/cdr-{{date}}.csv")
        base = root if store.kind.of_objects else root + files.fixed_folder(inside)
        return RemoteFile(store, name, base.removeprefix(store.prefix))

    return at


def reader() -> Callable[[str], RemoteFile]:
    """From URLs to files that are to be read, all of a store by one connection."""
    stores: dict[str, Store] = {}

    def at(name: str) -> RemoteFile:
        root = _root(name)
        if root not in stores:
            stores[root] = Store(name)
        return RemoteFile(stores[root], name, "")

    return at


def names(pattern: str) -> list[str]:
    """The URLs of the files that fit a pattern."""
    store = Store(pattern)
    with store.errors(pattern, "be looked at"):
        return [store.prefix + path for path in store.fs.glob(pattern.removeprefix(store.prefix))]


def _root(url: str) -> str:
    """A URL without the path: the store, or the bucket."""
    found = _ROOT.match(url)
    return found[0] if found else url
