"""Settling every setting of a run, and where each comes from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nxcdr.errors import SettingsError
from nxcdr.settings import keyring
from nxcdr.settings.file import location, profile_name, profile_names, read_file
from nxcdr.settings.keys import DEFAULT_REGION, KEYS, REGIONS, SANDBOX, Settings, key_named, value_of
from nxcdr.settings.secrets import decoded
from nxcdr.settings.zones import machine_timezone

_FLAGS = {"timezone": "--tz"}
_NOT_SET = "not set"
_SANDBOX_SOURCE = "the sandbox"


@dataclass(frozen=True, slots=True)
class _Level:
    """Values of one precedence, and how to name the source of each."""

    values: Mapping[str, object]
    source: Callable[[str], str]
    from_text: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A checked value and its source."""

    value: Any
    source: str


def load(*, profile: str | None, flags: Mapping[str, object], env: Mapping[str, str]) -> Settings:
    """Settle every setting: a flag, else the environment, else the profile, else the default.

    A base_url wins over a region of the same level; a region wins over a base_url of a lower one. The built-in profile
    ``sandbox`` uses only what does not belong to an account, from flags and environment: real credentials are never
    sent to it, and it never stands in for a real account.

    Args:
        profile: The profile asked for; None for the usual one.
        flags: Values from the command line by key; None is not set. Never a secret.
        env: The environment; an empty variable is not set.

    Raises:
        SettingsError: A value, profile or file can't be used.
    """
    levels, name, why, warnings = _levels(profile, env)
    given = {key_named(key).name: value for key, value in flags.items() if value is not None}
    by_flag = _Level(given, lambda key: f"flag {_FLAGS.get(key, '--' + key.replace('_', '-'))}")
    return _settled(name, [by_flag, *levels], env, profile_source=why, warnings=warnings)


def load_several(profiles: Sequence[str], *, flags: Mapping[str, object], env: Mapping[str, str]) -> list[Settings]:
    """Settle the settings of several profiles, as `load` does for one.

    Args:
        profiles: Names, and patterns of names such as ``client-*``; none for the usual profile.
        flags: Values from the command line by key.
        env: The environment.

    Raises:
        SettingsError: As `load`; or no profile matches a pattern; or the environment names one account for all.
    """
    file = read_file(location(env))
    names: Sequence[str | None] = profile_names(profiles, file) or [None]
    several = [load(profile=name, flags=flags, env=env) for name in names]
    for settings in several if len(several) > 1 else ():
        own = file.profiles.get(settings.profile)
        if isinstance(own, dict) and own.get("access_key", settings.access_key) != settings.access_key:
            raise SettingsError(
                f"{KEYS['access_key'].variable} is set, and would be the account of every profile",
                f"Unset it: env -u {KEYS['access_key'].variable} nxcdr …",
            )
    return several


def draft(profile: str, values: Mapping[str, object], env: Mapping[str, str]) -> Settings:
    """Return the settings that a profile would give with these values; the environment still wins over them.

    Raises:
        SettingsError: A value can't be used.
    """
    return _settled(profile, [_environment(env), _in_profile(profile, values)], env)


def timezone_name(profile: str | None, env: Mapping[str, str]) -> str:
    """Return the zone of dates: ``NXCDR_TIMEZONE``, else the profile's, else the machine's. Needs no credentials.

    Raises:
        SettingsError: A zone, profile or file can't be used.
    """
    levels, *_ = _levels(profile, env)
    found = _find("timezone", levels)
    return str(found.value) if found else machine_timezone(env)


def overriding(keys: Iterable[str], env: Mapping[str, str]) -> list[str]:
    """Return the environment variables that are set and win over the file's values of these keys."""
    known = (KEYS[key] for key in keys)
    return [key.variable for key in known if key.in_environment and env.get(key.variable)]


def _levels(profile: str | None, env: Mapping[str, str]) -> tuple[list[_Level], str, str, tuple[str, ...]]:
    """Return environment and profile; then the profile's name, its source, and warnings about the file."""
    file = read_file(location(env))
    name, why = profile_name(profile, env, file)
    if name == SANDBOX and SANDBOX in file.profiles:
        raise SettingsError(
            f"{file.path}: the profile {SANDBOX} is built in and takes nothing from the file",
            f"Give [profiles.{SANDBOX}] another name.",
        )
    if name == SANDBOX:
        return [_environment(env)], name, why, ()
    if why == "default" and not file.profiles:
        return [_environment(env)], name, why, file.warnings
    return [_environment(env), _in_profile(name, file.profile(name, why))], name, why, file.warnings


def _environment(env: Mapping[str, str]) -> _Level:
    given = {key.name: env[key.variable] for key in KEYS.values() if key.in_environment and env.get(key.variable)}
    for name, text in given.items():
        if KEYS[name].secret:  # all else is ASCII
            given[name] = decoded(os.fsencode(text))
    return _Level(given, lambda key: f"environment {KEYS[key].variable}")


def _in_profile(name: str, values: Mapping[str, object]) -> _Level:
    return _Level(values, lambda _: f"profile {name}", from_text=False)


def _find(key: str, levels: Sequence[_Level]) -> _Found | None:
    """Return the value of the first level that has the key."""
    for level in levels:
        if key in level.values:
            source = level.source(key)
            return _Found(value_of(KEYS[key], level.values[key], source, from_text=level.from_text), source)
    return None


def _settled(
    name: str,
    levels: Sequence[_Level],
    env: Mapping[str, str],
    *,
    profile_source: str = "default",
    warnings: tuple[str, ...] = (),
) -> Settings:
    if name == SANDBOX:
        found = {key.name: _Found(None, _SANDBOX_SOURCE) for key in KEYS.values() if key.of_account}
        found |= {key: _Found("", _SANDBOX_SOURCE) for key in ("base_url", "region")}
        found["algorithm"] = _Found("md5", _SANDBOX_SOURCE)
    else:
        found = _endpoint(levels) | _secret(name, levels)
    for key in KEYS.keys() - found.keys():
        if value := _find(key, levels):
            found[key] = value
    if "timezone" not in found:
        found["timezone"] = _Found(machine_timezone(env), "default (this machine's zone)")
    sources = {key: found[key].source if key in found else _default_source(key, name) for key in KEYS}
    return Settings(
        profile=name,
        sources=MappingProxyType({"profile": profile_source, **sources}),
        warnings=warnings,
        **{key: value.value for key, value in found.items()},
    )


def _default_source(key: str, profile: str) -> str:
    if KEYS[key].secret and profile != SANDBOX and keyring.installed():
        return "the system keyring, if it has it"
    return _NOT_SET if key == "access_key" or KEYS[key].secret else "default"


def _endpoint(levels: Sequence[_Level]) -> dict[str, _Found]:
    """Return base_url and region, which one sets the other."""
    for level in levels:
        if url := _find("base_url", [level]):
            return {"base_url": url, "region": _Found("", "not used, since base_url is set")}
        if region := _find("region", [level]):
            return {"base_url": _Found(REGIONS[region.value], f"region {region.value}"), "region": region}
    return {"base_url": _Found(REGIONS[DEFAULT_REGION], f"region {DEFAULT_REGION}")}


def _secret(name: str, levels: Sequence[_Level]) -> dict[str, _Found]:
    """Return access_secret or access_secret_command, whichever the first level has."""
    for level in levels:
        given, command = (_find(key, [level]) for key in ("access_secret", "access_secret_command"))
        if given and command:
            raise SettingsError(
                f"both access_secret and access_secret_command are set ({given.source})",
                f"Remove one: `nxcdr config unset -p {name} access_secret`.",
            )
        if given:
            return {"access_secret": given, "access_secret_command": _Found(None, _NOT_SET)}
        if command:
            source = f"access_secret_command of {command.source}"
            return {"access_secret": _Found(None, source), "access_secret_command": command}
    return {"access_secret_command": _Found(None, _NOT_SET)}
