"""The keys of a profile: what each may be, and how text becomes its value."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nxcdr.errors import SettingsError
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

_LONGEST_SHOWN = 60
_ENDPOINT = "/saas/cc/openapi/cdr/page"  # of the vendor's documentation: whoever copies it from there means its base
_HOST = re.compile(r"(?!.{254})(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a profile.

    Attributes:
        name: As the file has it.
        allowed: What it may be, to follow "must be".
        check: Returns the value as it is used; raises ValueError when it is not allowed.
        kind: The type of the value in the file.
        in_environment: Whether ``NXCDR_NAME`` sets it too.
        secret: Whether its value is never shown.
    """

    name: str
    allowed: str
    check: Callable[[Any], Any]
    kind: type[str | int | float] = str
    in_environment: bool = True
    secret: bool = False

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"NXCDR_{self.name.upper()}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one; None when none is alike."""
    import difflib

    originals = {name.lower(): name for name in known}
    return next((originals[found] for found in difflib.get_close_matches(word.lower(), originals, n=1)), None)


def key_named(name: str) -> Key:
    """The key of that name.

    Raises:
        SettingsError: There is none; the nearest is named.
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
        key: What it is for.
        given: The value: text, or what the file's TOML holds.
        source: Where it came from, such as "environment NXCDR_RATE"; for the error.
        from_text: Whether a number may come as text (environment, command line); in the file it may not.

    Raises:
        SettingsError: It is of the wrong type or out of range.
    """
    try:
        return key.check(_typed(key.kind, given, from_text=from_text))
    except (ValueError, OverflowError):
        raise SettingsError(
            f"{key.name} must be {key.allowed}, not {_shown(key, given)} ({source})", _suggestion(key, given)
        ) from None


def _typed(kind: type[str | int | float], given: object, *, from_text: bool) -> object:
    value = given
    if isinstance(given, str):
        given.encode()  # what came as bytes that are no UTF-8 can be neither written nor sent
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
    # A password in a URL is a secret too.
    text = re.sub(r"//[^/]*@", "//…@", repr(given))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _suggestion(key: Key, given: object) -> str:
    from zoneinfo import available_timezones

    words: dict[str, Callable[[], Iterable[str]]] = {
        "region": lambda: REGIONS,
        "algorithm": lambda: ALGORITHMS,
        "timezone": available_timezones,
    }
    like = nearest(given, words[key.name]()) if key.name in words and isinstance(given, str) else None
    return f"Did you mean {like}?" if like else ""


def _within(low: float, high: float, value: float) -> float:
    if not low <= value <= high:
        raise ValueError
    return value


def _passing(is_allowed: Callable[[str], object], text: str) -> str:
    if not is_allowed(text):
        raise ValueError
    return text


def _base_url(text: str) -> str:
    """A base URL without its trailing slash, and without the endpoint's path.

    Raises:
        ValueError: Not https (nor http on loopback), or it has more than host, port and path.
    """
    from urllib.parse import urlsplit

    # Only what every parser reads alike: no blanks, controls or backslashes, no user, query or fragment.
    if not re.fullmatch(r"[!-~]+", text) or re.search(r"[\\?#@]", text):
        raise ValueError
    url = urlsplit(text)
    host = url.hostname or ""
    secure = url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))
    if not secure or not (_HOST.fullmatch(host) or _is_address(host)) or url.port == 0:
        raise ValueError
    return text.rstrip("/").removesuffix(_ENDPOINT).rstrip("/")


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    return ip_address(host).is_loopback if _is_address(host) else host == "localhost"


def _is_address(host: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ca_bundle(text: str) -> Path:
    path = Path(text)
    try:
        fits = path.is_absolute() and (path.is_dir() or b"-----BEGIN " in path.read_bytes())
    except OSError:
        fits = False
    if not fits:
        raise ValueError
    return path


# As signing has them; this room knows nothing of that one.
ALGORITHMS = ("md5", "sha256")

KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key(
            "access_key",
            "printable ASCII without blanks (it is sent as a header)",
            partial(_passing, re.compile(r"[!-~]{1,256}").fullmatch),
        ),
        Key("access_secret", "a text (UTF-8) that is not empty", partial(_passing, bool), secret=True),
        Key(
            "access_secret_command",
            "a command and its arguments, quoted as in a shell",
            partial(_passing, shlex.split),
            in_environment=False,
        ),
        Key("region", "one of " + ", ".join(REGIONS), partial(_passing, REGIONS.__contains__)),
        Key(
            "base_url",
            "an https URL (http on loopback only) without user, query or fragment",
            _base_url,
        ),
        Key("timezone", "a time zone's name such as Asia/Hong_Kong", partial(_passing, is_zone)),
        Key("algorithm", "one of " + ", ".join(ALGORITHMS), partial(_passing, ALGORITHMS.__contains__)),
        Key("concurrency", "a whole number from 1 to 64", partial(_within, 1, 64), int),
        Key("rate", "a number of requests per second from 0.001 to 1000", partial(_within, 0.001, 1000), float),
        Key("timeout", "a number of seconds from 0.1 to 3600", partial(_within, 0.1, 3600), float),
        Key("retries", "a whole number from 0 to 100", partial(_within, 0, 100), int),
        Key(
            "max_span_days", "a whole number of days from 1 to 366", partial(_within, 1, 366), int, in_environment=False
        ),
        Key(
            "settle",
            "a whole number of minutes from 0 (off) to 10080",
            partial(_within, 0, 10080),
            int,
            in_environment=False,
        ),
        Key(
            "ca_bundle",
            "the absolute path of a file (PEM) or folder of certificates that can be read",
            _ca_bundle,
            in_environment=False,
        ),
    )
}
