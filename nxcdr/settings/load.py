"""The settings of a run, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nxcdr.errors import SettingsError
from nxcdr.settings.file import location, profile_name, read_file
from nxcdr.settings.keys import DEFAULT_REGION, KEYS, REGIONS, SANDBOX, key_named, value_of
from nxcdr.settings.secrets import Secret, SecretSource, keyring_installed
from nxcdr.settings.zones import machine_timezone

_FLAGS = {"timezone": "--tz"}
# What says how to ask, not whom: these also apply to the sandbox.
_NOT_OF_AN_ACCOUNT = frozenset({"timezone", "concurrency", "rate", "timeout", "retries"})
_NOT_SET = "not set"
_SANDBOX_SOURCE = "the sandbox"
_MACHINE_SOURCE = "default (this machine's zone)"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run works with.

    Attributes:
        profile: The profile's name.
        access_key: Identifies the account; None when it is not set.
        base_url: The endpoint without its path; empty for the sandbox, whose port is not known yet.
        region: ``global``, ``hk``, ``amer`` or ``idn``; empty where base_url was given instead.
        timezone: A key of the time zone database.
        algorithm: ``md5`` or ``sha256``.
        concurrency: Requests in flight at most, 1 to 64.
        rate: Requests per second at most; None for no limit but the server's.
        timeout: Seconds to wait for an answer.
        retries: Tries of one request after the first, 0 to 100.
        max_span_days: The longest span of one request, in days.
        settle: Minutes after which a call is taken to be in the records; 0 is off.
        ca_bundle: Certificate authorities to trust instead of the usual ones.
        secret_source: Where the secret comes from; `credentials` fetches it.
        sources: For each key, where its value came from: "flag --rate", "environment NXCDR_RATE", "profile main" or
            "default".
        warnings: What the user should be told about the file.
    """

    profile: str
    access_key: str | None = None
    base_url: str = REGIONS[DEFAULT_REGION]
    region: str = DEFAULT_REGION
    timezone: str = "UTC"
    algorithm: str = "md5"
    concurrency: int = 4
    rate: float | None = None
    timeout: float = 30.0
    retries: int = 5
    max_span_days: int = 31
    settle: int = 60
    ca_bundle: Path | None = None
    secret_source: SecretSource = field(default_factory=SecretSource)
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Level:
    """Values that rank alike, and how to say where one came from."""

    values: Mapping[str, object]
    source: Callable[[str], str]
    from_text: bool = True


def load(*, profile: str | None, flags: Mapping[str, object], env: Mapping[str, str]) -> Settings:
    """Settle every setting: a flag, else the environment, else the profile, else the default.

    A base_url goes before a region of the same level; a region goes before a base_url of a lower one. For the built-in
    profile ``sandbox`` only what belongs to no account applies, and only from flags and environment: real credentials
    are never sent to it, nor does it stand in for a real account.

    Args:
        profile: The profile asked for; None for the usual one.
        flags: Values from the command line by key; None is not set. Never the secret.
        env: The environment; an empty variable is not set.

    Raises:
        SettingsError: A value, profile or file that can't be used.
    """
    levels, name, why, warnings = _levels(profile, env)
    given = {key_named(key).name: value for key, value in flags.items() if value is not None}
    by_flag = _Level(given, lambda key: f"flag {_FLAGS.get(key, '--' + key.replace('_', '-'))}")
    return _settle(name, [by_flag, *levels], env, warnings=warnings, profile_source=why)


def draft(profile: str, values: Mapping[str, object], env: Mapping[str, str]) -> Settings:
    """The settings that a profile would give if it had these values; the environment goes before them, as always.

    Raises:
        SettingsError: A value that can't be used.
    """
    return _settle(profile, [_environment(env), _profile_level(profile, values)], env)


def timezone_name(profile: str | None, env: Mapping[str, str]) -> str:
    """The zone that dates are understood in: ``NXCDR_TIMEZONE``, else the profile's, else the machine's.

    Needs no configuration and no credentials.

    Raises:
        SettingsError: A zone, profile or file that can't be used.
    """
    levels, *_ = _levels(profile, env)
    found = _find("timezone", levels)
    return str(found[0]) if found else machine_timezone(env)


def _levels(profile: str | None, env: Mapping[str, str]) -> tuple[list[_Level], str, str, tuple[str, ...]]:
    """Environment and profile; then the profile's name, where that came from, and warnings about the file."""
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
    return [_environment(env), _profile_level(name, file.profile(name, why))], name, why, file.warnings


def _environment(env: Mapping[str, str]) -> _Level:
    given = {key.name: env[key.variable] for key in KEYS.values() if key.in_environment and env.get(key.variable)}
    return _Level(given, lambda key: f"environment {KEYS[key].variable}")


def _profile_level(name: str, values: Mapping[str, object]) -> _Level:
    return _Level(values, lambda _: f"profile {name}", from_text=False)


def _find(key: str, levels: Sequence[_Level]) -> tuple[Any, str] | None:
    for level in levels:
        if key in level.values:
            source = level.source(key)
            return value_of(KEYS[key], level.values[key], source, from_text=level.from_text), source
    return None


def _settle(
    name: str,
    levels: list[_Level],
    env: Mapping[str, str],
    *,
    warnings: tuple[str, ...] = (),
    profile_source: str = "default",
) -> Settings:
    if name == SANDBOX:
        account: dict[str, Any] = {"base_url": "", "region": "", "secret_source": SecretSource(_SANDBOX_SOURCE)}
        sources = dict.fromkeys(KEYS, _SANDBOX_SOURCE)
        searched: frozenset[str] = _NOT_OF_AN_ACCOUNT
    else:
        account, sources = _endpoint(levels)
        secret = account["secret_source"] = _secret_source(name, levels)
        sources["access_secret"] = secret.where
        sources["access_secret_command"] = secret.where if secret.command else _NOT_SET
        searched = frozenset(KEYS) - sources.keys()
    found = {key: value for key in searched if (value := _find(key, levels))}
    if "timezone" not in found:
        found["timezone"] = (machine_timezone(env), _MACHINE_SOURCE)
    sources |= dict.fromkeys(searched, "default") | {"access_key": sources.get("access_key", _NOT_SET)}
    sources |= {key: source for key, (_, source) in found.items()}
    values = account | {key: value for key, (value, _) in found.items()}
    everywhere = MappingProxyType({"profile": profile_source} | {key: sources[key] for key in KEYS})
    return Settings(profile=name, sources=everywhere, warnings=warnings, **values)


def _endpoint(levels: Sequence[_Level]) -> tuple[dict[str, Any], dict[str, str]]:
    """base_url and region, and their sources."""
    for level in levels:
        if found := _find("base_url", [level]):
            url, source = found
            return {"base_url": url, "region": ""}, {"base_url": source, "region": "not used, since base_url is set"}
        if found := _find("region", [level]):
            region, source = found
            return {"base_url": REGIONS[region], "region": region}, {"base_url": f"region {region}", "region": source}
    return {}, {"base_url": f"region {DEFAULT_REGION}", "region": "default"}


def _secret_source(name: str, levels: Sequence[_Level]) -> SecretSource:
    for level in levels:
        given, command = (_find(key, [level]) for key in ("access_secret", "access_secret_command"))
        if given and command:
            raise SettingsError(
                f"both access_secret and access_secret_command are set ({given[1]})",
                f"Remove one: `nxcdr config unset -p {name} access_secret`.",
            )
        if given:
            return SecretSource(given[1], given=Secret(given[0]))
        if command:
            return SecretSource(f"access_secret_command of {command[1]}", command=command[0])
    if keyring_installed():
        return SecretSource("the system keyring, if it has it", keyring_user=name)
    return SecretSource()
