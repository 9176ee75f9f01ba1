"""The configuration file: where it is, whether it can be trusted, and what it holds."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import filter as matching
from pathlib import Path

from nxcdr.errors import SettingsError
from nxcdr.settings.keys import DEFAULT_PROFILE, KEYS, SANDBOX, nearest

LARGEST_FILE = 1 << 20

_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The content of the file; empty if there is none.

    Attributes:
        path: Where it is or would be; None if there is no place for it.
        text: Its text.
        default_profile: The profile used when none is named.
        profiles: Each profile's keys and values, not yet checked.
        warnings: What the user should be told about it.
    """

    path: Path | None
    text: str = ""
    default_profile: str | None = None
    profiles: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def profile(self, name: str, why: str = "") -> Mapping[str, object]:
        """Return a profile's keys and values, not yet checked.

        Args:
            name: The profile's name.
            why: Where the name came from; for the error.

        Raises:
            SettingsError: There is no such profile, or it has an unknown key.
        """
        if name not in self.profiles:
            known = [*self.profiles, SANDBOX]
            like = nearest(name, known)
            raise SettingsError(
                f"there is no profile {name!r}" + (f" ({why})" if why else ""),
                (f"Did you mean {like}? " if like else "")
                + f"Known: {', '.join(known)}. `nxcdr config init` adds another.",
            )
        table = self.profiles[name]
        if not isinstance(table, dict):
            raise SettingsError(f"{self.path}: profiles.{name} must be a table", f"Write [profiles.{name}].")
        for key in table:
            if key not in KEYS:
                raise _unknown_key(self, key, f"profile {name}", KEYS)
        return table

    def has(self, profile: str, key: str) -> bool:
        """Tell whether a profile has a key."""
        table = self.profiles.get(profile)
        return isinstance(table, dict) and key in table


def location(env: Mapping[str, str]) -> Path | None:
    """Return the file's path: ``NXCDR_CONFIG``, else nxcdr/config.toml in the user's configuration folder.

    Source: XDG Base Directory Specification (a relative XDG_CONFIG_HOME is ignored).

    Returns:
        The path; None if neither the variable nor a home directory is set.
    """
    if env.get("NXCDR_CONFIG"):
        return Path(env["NXCDR_CONFIG"])
    if Path(env.get("XDG_CONFIG_HOME", "")).is_absolute():
        return Path(env["XDG_CONFIG_HOME"], "nxcdr", "config.toml")
    if sys.platform == "darwin" or sys.platform == "win32":
        from platformdirs import user_config_path

        return user_config_path("nxcdr", appauthor=False) / "config.toml"
    return Path(env["HOME"], ".config", "nxcdr", "config.toml") if env.get("HOME") else None


def config_path(env: Mapping[str, str]) -> Path:
    """Return the file's path, as `location`.

    Raises:
        SettingsError: There is no place for it.
    """
    path = location(env)
    if path is None:
        raise SettingsError(
            "there is no place for the configuration file: HOME is not set", "Set NXCDR_CONFIG to a path."
        )
    return path


def profile_name(requested: str | None, env: Mapping[str, str], file: ConfigFile) -> tuple[str, str]:
    """Return the name of the profile to use, and where it came from.

    The one asked for, else ``NXCDR_PROFILE``, else the file's default_profile, else its only profile, else ``main``.

    Raises:
        SettingsError: The name is not a plain word, or there are several profiles and no default.
    """
    if requested is not None:
        name, why = requested, "flag --profile"
    elif env.get("NXCDR_PROFILE"):
        name, why = env["NXCDR_PROFILE"], "environment NXCDR_PROFILE"
    elif file.default_profile is not None:
        name, why = file.default_profile, "default_profile of the file"
    elif len(file.profiles) > 1:
        raise SettingsError(
            f"there are several profiles and no default_profile: {', '.join(file.profiles)}",
            "Name one with --profile, or set one with `nxcdr config set default_profile NAME`.",
        )
    else:
        name, why = next(iter(file.profiles), DEFAULT_PROFILE), "default"
    if not _PROFILE_NAME.fullmatch(name):
        raise SettingsError(
            f"a profile's name must be a plain word, not {name[:60]!r} ({why})",
            "Use letters, digits, '.', '-' and '_'.",
        )
    return name, why


def profile_names(words: Sequence[str], file: ConfigFile) -> list[str]:
    """Return the profiles that names and patterns such as ``client-*`` mean: each once, in their order.

    Args:
        words: Names, which need not be in the file, and patterns of names in the file (``*``, ``?``, ``[a-c]``).
        file: The configuration file.

    Raises:
        SettingsError: No profile matches a pattern.
    """
    found: list[str] = []
    for word in words:
        if not set(word) & set("*?["):
            found.append(word)
        elif matched := matching(file.profiles, word):
            found += matched
        else:
            known = ", ".join(file.profiles) or "none"
            raise SettingsError(f"no profile matches {word!r}", f"Profiles of the settings file: {known}.")
    return list(dict.fromkeys(found))


def usual_profile(env: Mapping[str, str], file: ConfigFile) -> str | None:
    """Return the profile that is used without --profile; None if there are several and no default."""
    try:
        return profile_name(None, env, file)[0]
    except SettingsError:
        return None


def read_file(path: Path | None) -> ConfigFile:
    """Read the configuration file; if it does not exist, it is empty.

    Raises:
        SettingsError: It can't be read or trusted, is not TOML, or has an unknown key.
    """
    if path is None:
        return ConfigFile(None)
    try:
        content, warnings = _trusted_content(path)
    except (FileNotFoundError, NotADirectoryError):
        return ConfigFile(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(f"{path} can't be read: {reason}", "NXCDR_CONFIG names another file.") from None
    text, tables = _parse(path, content)
    default = tables.get("default_profile")
    profiles = tables.get("profiles", {})
    if not isinstance(default, str | None):
        raise SettingsError(
            f"{path}: default_profile must be a text, not {default!r}", 'Write default_profile = "main".'
        )
    if not isinstance(profiles, dict):
        raise SettingsError(f"{path}: profiles must be a table", "Write [profiles.main].")
    file = ConfigFile(path, text, default, profiles, warnings)
    known = ("default_profile", "profiles")
    for key in (key for key in tables if key not in known):
        if key in KEYS:
            raise SettingsError(
                f"{path}{_line_of(text, key)}: {key} belongs to a profile", "Put it under [profiles.main]."
            )
        raise _unknown_key(file, key, "top level", known)
    return file


def _trusted_content(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """Return the file's bytes and warnings: whoever can write it chooses where requests and commands go.

    Raises:
        SettingsError: It is a pipe, another user's, or others can write it.
    """
    # Opening a pipe would wait for a writer, perhaps for ever; this way it does not.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as opened:
        status = os.fstat(opened.fileno())
        if stat.S_ISFIFO(status.st_mode):
            raise SettingsError(f"{path} is a pipe, not a file", "NXCDR_CONFIG names another file.")
        warnings: tuple[str, ...] = ()
        if stat.S_ISREG(status.st_mode) and os.name == "posix":  # the mode of /dev/null says nothing
            mode = stat.S_IMODE(status.st_mode)
            if os.geteuid() not in {0, status.st_uid} and status.st_uid != 0:
                raise SettingsError(
                    f"{path} belongs to another user (uid {status.st_uid})",
                    "Copy it to a file of your own; NXCDR_CONFIG names another file.",
                )
            if mode & 0o022:
                raise SettingsError(f"{path} can be written by others (mode {mode:04o})", f"Run: chmod 600 {path}")
            if mode & 0o044:
                warnings = (f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}",)
        content = opened.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise SettingsError(f"{path} is larger than 1 MiB", "It is not a configuration file of nxcdr.")
    return content, warnings


def _parse(path: Path, content: bytes) -> tuple[str, dict[str, object]]:
    import tomllib

    try:
        text = content.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise SettingsError(
            f"{path} is not UTF-8 text (at line {line}, column {column})", "Save it as UTF-8."
        ) from None
    except (ValueError, RecursionError) as error:
        lines = content.decode("utf-8-sig").split("\n")
        end = f"line {len(lines)}, column {len(lines[-1]) + 1}"
        reason = str(error).replace("end of document", end)
        raise SettingsError(f"{path} is not valid TOML: {reason}", "Correct that line.") from None


def _unknown_key(file: ConfigFile, key: str, where: str, known: Collection[str]) -> SettingsError:
    like = nearest(key, known)
    return SettingsError(
        f"{file.path}{_line_of(file.text, key)}: unknown key {key!r} ({where})",
        f"Did you mean {like}?" if like else f"Known: {', '.join(known)}.",
    )


def _line_of(text: str, key: str) -> str:
    """Return `` line N`` where a key first occurs; empty if it is not found."""
    name = rf"""["']?{re.escape(key)}["']?\s*"""
    stands = re.compile(rf"\s*{name}=|\s*\[\s*(?:[^\]]*\.\s*)?{name}[.\]]")
    return next((f" line {number}" for number, line in enumerate(text.splitlines(), 1) if stands.match(line)), "")
