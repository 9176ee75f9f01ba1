"""Files of this machine."""

from __future__ import annotations

import glob
import os
import shlex
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nxcdr.errors import OutputError
from nxcdr.output import files
from nxcdr.output.places import Found

_UMASK = threading.Lock()  # it can only be read by changing it, for all threads
_LONGEST_ADDITION = len(".receipt.json")  # of all that is put beside a file


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine; unfinished work lies beside it.

    Attributes:
        path: As it was asked for.
        target: The plain file, symlinks followed.
        base: The folder below which folders are made as needed.
    """

    path: Path
    target: Path
    base: Path

    @property
    def name(self) -> str:
        """What to call it."""
        return str(self.path)

    @property
    def work(self) -> Path:
        """Beside the plain file."""
        return self.target.with_name(f".{self.target.name}.nxcdr")

    @property
    def receipt(self) -> LocalFile:
        """Beside the name that was asked for."""
        return _beside(self.path, ".receipt.json")

    def beside(self, addition: str) -> LocalFile:
        """Beside the plain file."""
        return _beside(self.target, addition)

    def found(self) -> Found | None:
        """Look whether it is there."""
        if not self.path.is_file():
            return None
        found = self.path.stat()
        return Found(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def digest(self) -> str:
        """Its SHA-256."""
        return files.measured(self.path)[1]

    @contextmanager
    def fetched(self) -> Iterator[Path]:
        """The file itself."""
        yield self.path

    def check(self) -> None:
        """Find out before the first request whether it can be written.

        Raises:
            OutputError: The folder is missing, full or can't be written to, or the name is too long.
        """
        folder = self.target.parent
        while folder != self.base and folder.is_relative_to(self.base) and not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise OutputError(
                f"the folder {folder} does not exist", f"Make it with: mkdir -p {shlex.quote(str(folder))}"
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"the folder {folder} can't be written to", "Choose another place with -o.")
        if len(os.fsencode(self.target.name)) > os.pathconf(folder, "PC_NAME_MAX") - _LONGEST_ADDITION:
            raise OutputError(f"the name {self.target.name} is too long", "Choose a shorter one with -o.")
        space = os.statvfs(folder)
        if space.f_blocks and not space.f_bavail:
            raise OutputError(f"no space is left in {folder}", "Make room, or choose another place with -o.")

    def make_folders(self) -> None:
        """Make the file's folder, if the one that must be there is."""
        if self.base.is_dir():
            make_folders(self.target.parent)

    def publish(self, content: Path | None, receipt: Path | None) -> None:
        """Let a whole, synced file appear under its name, after its receipt; what was there is replaced at once.

        Raises:
            OutputError: The receipt can't be written.
            OSError: The file can't be written; then the one that was there still is.
        """
        for new in filter(None, (content, receipt)):
            _keep_mode(new, self.target)
        place_of_receipt = self.receipt.path
        try:
            if content:
                place_of_receipt.unlink(missing_ok=True)
            if receipt:
                _rename(receipt, place_of_receipt)
        except OSError as error:
            raise files.cannot_write(place_of_receipt, error, kept=True) from error
        if content:
            _rename(content, self.target)

    def keep(self, kept: LocalFile, content: Path) -> None:
        """Give the file a second name."""
        try:
            os.link(content.resolve(), kept.path)
        except OSError:  # some file systems have no hard links
            shutil.copy2(content, kept.path)

    def cannot_write(self, error: OSError, *, kept: bool) -> OutputError:
        """The error for a file that can't be written."""
        return files.cannot_write(self.path, error, kept=kept)


def places(template: str) -> Callable[[str], LocalFile | None]:
    """The places of a template's files; None for stdout, pipes and devices."""
    base = Path(files.fixed_folder(template)).resolve()

    def at(name: str) -> LocalFile | None:
        path = Path(name)
        target = None if name == files.STDOUT else target_of(path)
        if target is None:
            return None
        # Where no folder holds a placeholder, none is made, also not behind a link.
        return LocalFile(path, target, target.parent if path.parent.resolve() == base else base)

    return at


def reader() -> Callable[[str], LocalFile]:
    """From names to files that are to be read."""
    return lambda name: _beside(Path(name), "")


def names(pattern: str) -> list[str]:
    """The names of the files that fit a pattern."""
    return glob.glob(pattern)  # noqa: PTH207 - relative or absolute


def target_of(path: Path) -> Path | None:
    """The plain file behind a name, symlinks followed, whether it exists or not; None for a pipe or a device.

    Raises:
        OutputError: The name is a folder's, or can't be looked at.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return path.resolve()
    except OSError as error:
        raise files.cannot_write(path, error) from error
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder", "Name a file, for example with -o cdr-{date}.csv")
    return path.resolve() if stat.S_ISREG(mode) else None


def make_folders(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that they last through a power cut.

    Raises:
        OSError: It can't be done.
    """
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _beside(path: Path, addition: str) -> LocalFile:
    path = path.with_name(path.name + addition) if addition else path
    return LocalFile(path, path, path.parent)


def _keep_mode(content: Path, path: Path) -> None:
    """Give new content the permissions of the file that it will replace; where there is none, those of a new file."""
    if path.exists():
        content.chmod(stat.S_IMODE(path.stat().st_mode))
    else:
        with _UMASK:
            umask = os.umask(0o077)
            os.umask(umask)
        content.chmod(0o666 & ~umask)


def _rename(content: Path, path: Path) -> None:
    """Give a whole, synced file its final name; what was there is replaced in the same instant."""
    content.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
