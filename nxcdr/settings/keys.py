"""The settings: their defaults, what each may be, and how text becomes a value. A new setting is one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from nxcdr.errors import SettingsError
from nxcdr.settings import checks
from nxcdr.settings.secrets import Secret
from nxcdr.settings.zones import is_zone

# Source: vendor docs, CDR Query (global); cdrQuery, later edition (the others).
REGIONS: dict[str, str] = {
    "global": "https://api2.nxcloud.com",
    "hk": "https://api-hk.nxlink.ai",
    "amer": "https://chl-api.nxlink.ai",
    "idn": "https://api-idn.nxlink.ai",
}
DEFAULT_REGION = "global"
DEFAULT_PROFILE = "main"
SANDBOX = "sandbox"
ALGORITHMS = ("md5", "sha256")

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a profile.

    Attributes:
        allowed: What its value may be, to follow "must be".
        check: Returns the value as it is used; raises ValueError if it is not allowed.
        kind: The type of the value in the file.
        in_environment: Whether the variable ``NXCDR_NAME`` sets it too.
        of_account: Whether it belongs to an account, and so is not used with the profile sandbox.
        secret: Whether its value is never shown.
        name: Its name in the file and in `Settings`.
    """

    allowed: str
    check: Callable[[Any], Any]
    kind: type[str | int | float] = str
    in_environment: bool = True
    of_account: bool = False
    secret: bool = False
    name: str = ""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"NXCDR_{self.name.upper()}"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    Attributes:
        profile: The profile's name.
        access_key: Identifies the account; None if it is not set.
        access_secret: Signs requests; None if it is kept elsewhere: see `lookup.credentials`.
        access_secret_command: Prints the secret; None if it is not set or not needed.
        region: A key of `REGIONS`; empty if base_url is set instead.
        base_url: The endpoint without its path; empty for the sandbox, whose port is not known yet.
        timezone: A key of the time zone database.
        algorithm: The hash function of the signature.
        concurrency: Requests in flight at most.
        rate: Requests per second at most; None for no limit but the server's.
        timeout: Seconds to wait for an answer.
        retries: Tries of one request after the first.
        max_span_days: The longest time range of one request, in days.
        settle: Minutes after which a call is taken to be in the records; 0 is off.
        ca_bundle: Certificate authorities to trust instead of the usual ones.
        mask_key: The key of pseudonyms; None if it is kept elsewhere: see `lookup.mask_key`.
        sources: For each key, where its value came from: "flag --rate", "environment NXCDR_RATE", "profile main" or
            "default".
        warnings: What the user should be told about the configuration file.
    """

    profile: str
    access_key: Annotated[
        str | None, Key("printable ASCII without spaces (it is sent as a header)", checks.access_key, of_account=True)
    ] = None
    access_secret: Annotated[
        Secret | None, Key("a text (UTF-8) that is not empty", checks.secret, of_account=True, secret=True)
    ] = None
    access_secret_command: Annotated[
        str | None,
        Key("a command and its arguments, quoted as in a shell", checks.command, in_environment=False, of_account=True),
    ] = None
    region: Annotated[str, Key(f"one of {', '.join(REGIONS)}", checks.one_of(REGIONS), of_account=True)] = (
        DEFAULT_REGION
    )
    base_url: Annotated[
        str,
        Key("an https URL (http on loopback only) without user, query or fragment", checks.base_url, of_account=True),
    ] = REGIONS[DEFAULT_REGION]
    timezone: Annotated[str, Key("a time zone's name such as Asia/Hong_Kong", checks.passing(is_zone))] = "UTC"
    algorithm: Annotated[str, Key(f"one of {', '.join(ALGORITHMS)}", checks.one_of(ALGORITHMS), of_account=True)] = (
        "md5"
    )
    concurrency: Annotated[int, Key("a whole number from 1 to 64", checks.between(1, 64), int)] = 4
    rate: Annotated[
        float | None, Key("a number of requests per second from 0.001 to 1000", checks.between(0.001, 1000), float)
    ] = None
    timeout: Annotated[float, Key("a number of seconds from 0.1 to 3600", checks.between(0.1, 3600), float)] = 30.0
    retries: Annotated[int, Key("a whole number from 0 to 100", checks.between(0, 100), int)] = 5
    max_span_days: Annotated[
        int, Key("a whole number of days from 1 to 366", checks.between(1, 366), int, in_environment=False)
    ] = 31
    settle: Annotated[
        int, Key("a whole number of minutes from 0 (off) to 10080", checks.between(0, 10080), int, in_environment=False)
    ] = 60
    ca_bundle: Annotated[
        Path | None,
        Key(
            "the absolute path of a file (PEM) or folder of certificates that can be read",
            checks.ca_bundle,
            in_environment=False,
        ),
    ] = None
    mask_key: Annotated[Secret | None, Key("a text (UTF-8) that is not empty", checks.secret, secret=True)] = None
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)
    warnings: tuple[str, ...] = ()


KEYS: dict[str, Key] = {
    name: replace(key, name=name)
    for name, hint in get_type_hints(Settings, include_extras=True).items()
    for key in getattr(hint, "__metadata__", ())
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like this one; None if none is alike."""
    import difflib

    originals = {name.lower(): name for name in known}
    return next((originals[found] for found in difflib.get_close_matches(word.lower(), originals, n=1)), None)


def key_named(name: str) -> Key:
    """Return the key of that name.

    Raises:
        SettingsError: There is none; the hint names the nearest.
    """
    if name in KEYS:
        return KEYS[name]
    like = nearest(name, KEYS)
    raise SettingsError(
        f"there is no setting {name!r}", f"Did you mean {like}?" if like else "Settings: " + ", ".join(KEYS) + "."
    )


def value_of(key: Key, given: object, source: str, *, from_text: bool) -> Any:
    """Check a value, and turn it into what the program uses.

    Args:
        key: The key whose value it is.
        given: The value: text, or what the file's TOML holds.
        source: Where it came from, such as "environment NXCDR_RATE"; for the error.
        from_text: Whether a number may come as text (environment, command line); in the file it may not.

    Raises:
        SettingsError: It has the wrong type, or is not allowed.
    """
    try:
        return key.check(_typed(key.kind, given, from_text=from_text))
    except (ValueError, OverflowError) as error:
        raise SettingsError(
            f"{key.name} must be {key.allowed}, not {_shown(key, given)} ({source})", _hint(key, given, error)
        ) from None


def _typed(kind: type[str | int | float], given: object, *, from_text: bool) -> object:
    value = given
    if isinstance(given, str):
        given.encode()  # bytes that are not UTF-8 can be neither written nor sent
    if from_text and isinstance(given, str) and kind is not str:
        if not given.isascii() or "_" in given:
            raise ValueError
        value = kind(given)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError
    return value


def _shown(key: Key, given: object) -> str:
    if key.secret:
        return "what is given"
    text = re.sub(r"//[^/]*@", "//…@", repr(given))  # a password in a URL is a secret too
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _hint(key: Key, given: object, error: Exception) -> str:
    from zoneinfo import available_timezones

    if isinstance(error, UnicodeEncodeError):
        return "Its bytes are not text in this locale's encoding: give it in a UTF-8 locale, such as LC_ALL=C.UTF-8."
    words: dict[str, Callable[[], Iterable[str]]] = {
        "region": lambda: REGIONS,
        "algorithm": lambda: ALGORITHMS,
        "timezone": available_timezones,
    }
    like = nearest(given, words[key.name]()) if key.name in words and isinstance(given, str) else None
    return f"Did you mean {like}?" if like else ""
