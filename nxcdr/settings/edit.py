"""Changing the configuration file: atomically, keeping its comments and order, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nxcdr.errors import OutputError, SettingsError
from nxcdr.settings.file import read_file
from nxcdr.settings.keys import SANDBOX, key_named
from nxcdr.settings.secrets import Secret

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

LOCK_TIMEOUT = 10.0
_ANOTHER_FILE = "NXCDR_CONFIG names another file; see also `nxcdr config path`."
_ONE_OF_TWO = {"access_secret": "access_secret_command", "access_secret_command": "access_secret"}


def write_key(path: Path, profile: str, key: str, value: str | float | Path | Secret | None) -> frozenset[str]:
    """Set one key of a profile in the file; access_secret and access_secret_command replace each other.

    Args:
        path: As for `write_profile`.
        profile: As for `write_profile`.
        key: The key.
        value: Its value, as `value_of` returns it; None if it is kept elsewhere, in the keyring.

    Returns:
        The other keys that were removed.

    Raises:
        SettingsError: As for `write_profile`.
        OutputError: As for `write_profile`.
    """
    text = value.reveal() if isinstance(value, Secret) else str(value) if isinstance(value, Path) else value
    other = {_ONE_OF_TWO[key]: None} if key in _ONE_OF_TWO else {}
    return write_profile(path, profile, {**other, key: text})


def remove_key(path: Path, profile: str, key: str) -> bool:
    """Remove one key of a profile from the file, also an unknown one: that repairs a misspelling.

    Returns:
        Whether it was there.

    Raises:
        SettingsError: There is no such profile or setting; or as for `write_profile`.
        OutputError: As for `write_profile`.
    """
    file = read_file(path)
    if not file.has(profile, key):
        key_named(key)
        file.profile(profile)
        return False
    return bool(write_profile(path, profile, {key: None}))


def write_profile(path: Path, profile: str, values: Mapping[str, str | float | None]) -> frozenset[str]:
    """Set and remove keys of a profile, which is added if it is missing; the first profile becomes the default.

    Args:
        path: The configuration file; created if it is missing, with mode 0600 in a folder of mode 0700.
        profile: The profile's name.
        values: New values, already checked; None removes the key.

    Returns:
        The keys that were there and are removed.

    Raises:
        SettingsError: The existing file can't be read or trusted.
        OutputError: It can't be written, or another run is writing it.
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
        SettingsError: There is no such profile, or the file can't be read or trusted.
        OutputError: It can't be written, or another run is writing it.
    """
    if profile not in {None, SANDBOX}:
        read_file(path).profile(str(profile), "command line")
    with _edited(path) as document:
        if profile is None:
            document.pop("default_profile", None)
        else:
            document["default_profile"] = profile


def check_place(path: Path) -> None:
    """Check that the file can be written, before the user is asked anything.

    Raises:
        OutputError: It is not a regular file, or its folder can't be written or created.
    """
    real = Path(os.path.realpath(path))
    if real.exists() and not real.is_file():
        raise OutputError(f"{path} is not a regular file and can't be changed", "NXCDR_CONFIG names another file.")
    folder = real.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise _not_writable(path, errno.ENOTDIR)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(path, errno.EACCES)


def _not_writable(path: Path, reason: int) -> OutputError:
    return OutputError(f"{path} can't be written: {os.strerror(reason)}", _ANOTHER_FILE)


@contextlib.contextmanager
def _edited(path: Path) -> Iterator[TOMLDocument]:
    """Yield the file's document to be changed; write it if the block ends without an error and something changed."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        check_place(path)
        real = Path(os.path.realpath(path))  # a link stays a link: its target is replaced
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(real.with_name(f".{real.name}.lock")):
            text = read_file(real).text
            document = tomlkit.parse(text)
            yield document
            if (changed := tomlkit.dumps(document)) != text:
                _replace(real, changed.encode())
    except BlockingIOError:
        raise OutputError(f"{path} is being changed by another run", "Try again when it has ended.") from None
    except TOMLKitError as error:
        raise SettingsError(f"{path} can't be changed: {error}", "Change it with an editor.") from None
    except OSError as error:
        raise _not_writable(path, error.errno or errno.EIO) from None


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that the system releases with the process.

    Raises:
        BlockingIOError: Another run holds it, also after a while.
    """
    import fcntl
    import time

    until = time.monotonic() + LOCK_TIMEOUT
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "r+b") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.02)
        yield


def _replace(path: Path, content: bytes) -> None:
    """Replace a file atomically; only its owner can ever read the new one."""
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if path.exists():  # root may change a user's file: it stays the user's
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
