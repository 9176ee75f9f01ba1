"""Changing the configuration file: whole or not at all, keeping its comments and order, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nxcdr.errors import OutputError, SettingsError
from nxcdr.settings.file import read_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

LOCK_TIMEOUT = 10.0


def write_profile(path: Path, profile: str, values: Mapping[str, str | float | None]) -> frozenset[str]:
    """Set and remove keys of a profile, which is made where it is missing; the first profile becomes the default.

    Args:
        path: The configuration file; made where it is missing, with mode 0600 in a folder of mode 0700.
        profile: The profile's name.
        values: New values, already checked; None removes the key.

    Returns:
        The keys that were there and are removed.

    Raises:
        SettingsError: The file that is there can't be read or trusted.
        OutputError: It can't be written, or another run holds it.
    """
    import tomlkit

    with _edited(path) as document:
        first = "profiles" not in document and "default_profile" not in document
        profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
        table = profiles.setdefault(profile, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: profiles.{profile} must be a table", f"Write [profiles.{profile}].")
        removed = frozenset(key for key, value in values.items() if value is None and key in table)
        for key in removed:
            del table[key]
        for key, value in values.items():
            if value is not None:
                table[key] = value
        if first:
            document["default_profile"] = profile
    return removed


def write_default(path: Path, profile: str | None) -> None:
    """Set the file's default_profile; None removes it.

    Raises:
        SettingsError: The file that is there can't be read or trusted.
        OutputError: It can't be written, or another run holds it.
    """
    with _edited(path) as document:
        if profile is None:
            document.pop("default_profile", None)
        else:
            document["default_profile"] = profile


def check_place(path: Path) -> None:
    """Find out before any question is asked whether the file can be written.

    Raises:
        OutputError: Its folder can't be written to, or can't be made.
    """
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise _not_writable(path, errno.ENOTDIR)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(path, errno.EACCES)


def _not_writable(path: Path, reason: int) -> OutputError:
    return OutputError(
        f"{path} can't be written: {os.strerror(reason)}",
        "NXCDR_CONFIG names another file; see also `nxcdr config path`.",
    )


@contextlib.contextmanager
def _edited(path: Path) -> Iterator[TOMLDocument]:
    """The file's document, to be changed; written when the block ends well and something changed."""
    import filelock
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        # A link stays a link: what it points to is replaced.
        real = Path(os.path.realpath(path))
        if real.exists() and not real.is_file():
            raise OutputError(f"{path} is no regular file and can't be changed", "NXCDR_CONFIG names another file.")
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(real.with_name(f".{real.name}.lock"), timeout=LOCK_TIMEOUT, mode=0o600):
            text = read_file(real).text
            document = tomlkit.parse(text)
            yield document
            if (changed := tomlkit.dumps(document)) != text:
                _replace(real, changed.encode())
    except filelock.Timeout:
        raise OutputError(f"{path} is being changed by another run", "Try again when that has ended.") from None
    except TOMLKitError as error:
        raise SettingsError(f"{path} can't be changed: {error}", "Change it with an editor.") from None
    except OSError as error:
        raise _not_writable(path, error.errno or errno.EIO) from None


def _replace(path: Path, content: bytes) -> None:
    """Put a new file in a file's place, at once; readable by its owner alone from the first byte."""
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if path.exists():
                # The administrator may change a user's file: it stays the user's.
                before = path.stat()
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
