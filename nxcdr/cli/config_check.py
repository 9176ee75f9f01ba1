# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr config check``: make one signed request, and report it; if it fails, name the likely causes."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nxcdr.cli.console import console, visible, write_text
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.errors import NxcdrError
from nxcdr.settings import MASK, SANDBOX, Settings, credentials, load, oddity

if TYPE_CHECKING:  # at run time it would import requests
    from nxcdr.api.client import Probe

TOLERATED_SKEW = 2.0  # seconds, which the Date header's precision and the latency explain

_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # in the order of requests
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def check(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config check --profile sandbox
      nxcdr config check
      nxcdr config check -vv

    Check the settings with one signed request, and show the credentials' source, the clock's difference, latency and
    TLS. If it fails, the error names the most likely cause first.
    """
    settings = load(profile=profile, flags={}, env=os.environ)
    for warning in settings.warnings:
        console.warn(warning)
    for line in examine(settings):
        write_text(visible(line) + "\n")


def examine(settings: Settings) -> list[str]:
    """Make one signed request, and return a report of it as lines.

    Raises:
        NxcdrError: It failed; the hint names the likely causes.
    """
    from nxcdr.cli.connect import connect

    if settings.profile != SANDBOX:
        # Once: access_secret_command may ask the user for a password.
        settings = dataclasses.replace(settings, access_secret=credentials(settings).access_secret)
        console.note(
            f"asking {settings.base_url} as {_short(settings)} ({settings.sources['access_key']}), "
            f"secret from {settings.sources['access_secret']}"
        )
    try:
        with connect(settings) as client:
            seen = client.probe()
    except NxcdrError as error:
        if found := causes(error, settings, os.environ):
            error.hint = "Most likely: " + "; or else: ".join(found) + "."
        raise
    return _report(settings, seen, os.environ)


def _report(settings: Settings, seen: Probe, env: Mapping[str, str]) -> list[str]:
    sources = settings.sources
    facts = {"profile": f"{settings.profile} ({sources['profile']})", "endpoint": seen.endpoint}
    if settings.profile != SANDBOX:
        facts["access key"] = f"{_short(settings)} ({sources['access_key']})"
        facts["secret"] = f"{MASK} ({sources['access_secret']})"
    facts["clock"] = _clock(seen.skew)
    facts["latency"] = f"{seen.latency * 1000:.0f} ms"
    facts["TLS"] = "none: plain http on this machine"
    if seen.tls:
        authorities = settings.ca_bundle or _first_set(_AUTHORITIES, env) or "the usual authorities"
        facts["TLS"] = f"{seen.tls}, certificate verified by {authorities}"
        if proxy := _proxy_variable(settings, env):
            facts["proxy"] = f"the one that {proxy} names"
    facts["result"] = "the server accepted the request"
    return [f"{name:<10}  {text}" for name, text in facts.items()]


def causes(error: NxcdrError, settings: Settings, env: Mapping[str, str]) -> list[str]:
    """Return the likely causes of a failed request, the most likely first, each with its remedy."""
    url, sources, proxy = settings.base_url, settings.sources, _proxy_variable(settings, env)
    again = "set it again with `nxcdr config set access_secret`"
    odd = oddity(settings.access_secret) if settings.access_secret else ""
    damaged = [f"the access secret is damaged: {odd} ({sources.get('access_secret')}); {again}"] if odd else []
    mistyped = f"the access key {_short(settings)} is mistyped ({sources.get('access_key')})"
    region = f"the keys belong to another region than {settings.region or url}; see `nxcdr config set region`"
    keys = [region, mistyped] if sources.get("region") == "default" else [mistyped, region]  # perhaps never chosen
    permission = "the account has no permission for call records; ask the vendor for it"
    skew = getattr(error, "skew", None)
    clock = f"this machine's clock is {'wrong' if skew is None else _clock(skew)}: "
    clock += "set it, for example with `timedatectl set-ntp true`"
    blocked = [f"the proxy set by {proxy} blocks it; NO_PROXY goes round it"] if proxy else []
    password = f"the proxy wants a user and a password: {proxy}=http://USER:PASSWORD@HOST:PORT"
    another = f"base_url names another server ({url})"
    bundle = settings.ca_bundle or _first_set(_AUTHORITIES, env)
    opened = "a proxy or firewall opens TLS: name its certificate authority with `nxcdr config set ca_bundle`"
    authority = f"{bundle} lacks the server's certificate authority" if bundle else opened
    gateway = f"a {f'proxy (set by {proxy})' if proxy else 'gateway or login page'} answers instead of the server"
    listener = (
        f"nothing listens where {proxy} says a proxy is"
        if proxy
        else f"nothing listens at {url}: port or host is wrong"
    )
    known = {
        r"\bcode 1003\b": [
            *damaged,
            f"the access secret does not match this access key; {again}",
            f"the account does not accept {settings.algorithm} signatures; see `nxcdr config set algorithm`",
        ],
        r"\bcode 1004\b": [clock],
        r"\bcode 1005\b": [*keys, permission],
        r"^untrusted|\(http ": [f"{url} is not the API's address; see `nxcdr config show`", gateway],
        r"^refused": [permission, region],
        r"^(?!unavailable)": [],
        r"expired|not yet valid": [clock, "the server's certificate is out of date; tell the vendor"],
        r"mismatch|not valid for": [another, opened],
        r"certificate": [authority, clock, another],
        r"no secure connection": [f"{another}, and what listens there does not speak TLS 1.2 or newer", opened],
        r"\b407\b": [password, *blocked],
        r"name or service|resol|nodename": [*blocked, f"{url} is misspelt", "there is no network or no name server"],
        r"refused": [listener, *blocked],
        r"": [*blocked, "a firewall or the network drops the request", f"the server takes over {settings.timeout:g} s"],
    }
    told = f"{type(error).__name__} {error.message}".lower()
    return next(found for pattern, found in known.items() if re.search(pattern, told))


def _clock(skew: float | None) -> str:
    if skew is None:
        return "unknown: the server does not tell its time"
    if abs(skew) <= TOLERATED_SKEW:
        return "in step with the server's"
    return f"{abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} the server's (60 s are too much)"


def _short(settings: Settings) -> str:
    return f"{(settings.access_key or '')[:4]}…"


def _proxy_variable(settings: Settings, env: Mapping[str, str]) -> str:
    """Return the variable that sets the proxy for the endpoint; empty if none is used."""
    from urllib.parse import urlsplit
    from urllib.request import proxy_bypass

    url = urlsplit(settings.base_url)
    without = {"no": env.get("no_proxy") or env.get("NO_PROXY", "")}
    return "" if url.scheme != "https" or proxy_bypass(url.netloc, without) else _first_set(_PROXIES, env)


def _first_set(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    return next((name for name in names if env.get(name)), "")
