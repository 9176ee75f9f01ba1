"""Checks of settings' values: each returns the value as it is used, or raises ValueError."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection
from pathlib import Path

from nxcdr.settings.secrets import Secret

_ENDPOINT = "/saas/cc/openapi/cdr/page"  # people copy the whole URL from the vendor's documentation
_HOST = re.compile(r"(?!.{254})(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)


def between(low: float, high: float) -> Callable[[float], float]:
    """Check for a number from low to high."""

    def check(value: float) -> float:
        if not low <= value <= high:
            raise ValueError
        return value

    return check


def one_of(words: Collection[str]) -> Callable[[str], str]:
    """Check for one of some words."""
    return passing(words.__contains__)


def passing(test: Callable[[str], object]) -> Callable[[str], str]:
    """Check for a text that passes a test."""

    def check(text: str) -> str:
        if not test(text):
            raise ValueError
        return text

    return check


def access_key(text: str) -> str:
    """Check for what can be sent in a header."""
    return passing(re.compile(r"[!-~]{1,256}").fullmatch)(text)


def command(text: str) -> str:
    """Check for a command line, quoted as in a shell."""
    return passing(shlex.split)(text)


def secret(text: str) -> Secret:
    """Check for a text that is not empty, and mask it."""
    return Secret(passing(bool)(text))


def base_url(text: str) -> str:
    """Check for an https URL (or http on loopback) of host, port and path; drop a final slash and the endpoint's path.

    Only characters that every URL parser reads alike are allowed: no spaces, backslashes, user, query or fragment.
    """
    from urllib.parse import urlsplit

    if not re.fullmatch(r"[!-~]+", text) or re.search(r"[\\?#@]", text):
        raise ValueError
    url = urlsplit(text)
    host = url.hostname or ""
    secure = url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))
    if not secure or not (_HOST.fullmatch(host) or _is_address(host)) or url.port == 0:
        raise ValueError
    return text.rstrip("/").removesuffix(_ENDPOINT).rstrip("/")


def ca_bundle(text: str) -> Path:
    """Check for a PEM file or a folder of certificates that can be read."""
    path = Path(text)
    try:
        fits = path.is_absolute() and (path.is_dir() or b"-----BEGIN " in path.read_bytes())
    except OSError:
        fits = False
    if not fits:
        raise ValueError
    return path


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
