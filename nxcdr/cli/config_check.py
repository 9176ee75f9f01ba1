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
from nxcdr.errors import NxcdrError, RefusedError, UnavailableError, UntrustedAnswerError
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
            facts["proxy"] = f"set by {proxy}"
    facts["result"] = "the server accepted the request"
    return [f"{name:<10}  {text}" for name, text in facts.items()]


def causes(error: NxcdrError, settings: Settings, env: Mapping[str, str]) -> list[str]:
    """Return the likely causes of a failed request, the most likely first, each with its remedy."""
    from nxcdr.api.answer import ClockError

    code = re.search(r"\bcode (\d+)", error.message)
    mistyped = f"the access key {_short(settings)} is mistyped ({settings.sources['access_key']})"
    region = f"the keys belong to another region than {settings.region or settings.base_url}"
    region += "; see `nxcdr config set region`"
    permission = "the account has no permission for call records; ask the vendor for it"
    if code and code[1] == "1003":
        return _secret_causes(settings)
    if code and code[1] == "1005":
        default = settings.sources["region"] == "default"  # the user may not know that there are several regions
        return [region, mistyped, permission] if default else [mistyped, region, permission]
    if isinstance(error, ClockError):
        off = "more than 60 s off" if error.skew is None else _clock(error.skew)
        return [f"this machine's clock is {off}: set it, for example with `timedatectl set-ntp true`"]
    if isinstance(error, UntrustedAnswerError) or "(HTTP " in error.message:
        proxy = _proxy_variable(settings, env)
        return [
            *([f"the proxy set by {proxy} answers instead of the server"] if proxy else []),
            f"{settings.base_url} is not the API's address; see `nxcdr config show`",
            "a gateway or login page answers instead of the server",
        ]
    if isinstance(error, RefusedError):
        return [permission, region]
    return _network_causes(error.message.lower(), settings, env) if isinstance(error, UnavailableError) else []


def _secret_causes(settings: Settings) -> list[str]:
    again = "set it again with `nxcdr config set access_secret`"
    odd = oddity(settings.access_secret) if settings.access_secret else ""
    damaged = f"the access secret is damaged: {odd} ({settings.sources['access_secret']}); {again}"
    return [
        *([damaged] if odd else []),
        f"the access secret does not match this access key; {again}",
        f"the account does not accept {settings.algorithm} signatures; see `nxcdr config set algorithm`",
    ]


def _network_causes(message: str, settings: Settings, env: Mapping[str, str]) -> list[str]:
    url, proxy = settings.base_url, _proxy_variable(settings, env)
    blocked = [f"the proxy set by {proxy} blocks it; NO_PROXY goes round it"] if proxy else []
    if "no secure connection" in message:
        return _tls_causes(message, settings, env)
    if "407" in message and proxy:
        return [f"the proxy wants a user and a password: {proxy}=http://USER:PASSWORD@HOST:PORT", *blocked]
    if any(words in message for words in ("name or service", "resolve", "name resolution", "nodename")):
        return [*blocked, f"{url} is misspelt", "there is no network or no name server"]
    if "refused" in message and proxy:
        return [f"no proxy listens where {proxy} says", *blocked]
    if "refused" in message:
        return [f"nothing listens at {url}: its port or host is wrong"]
    return [*blocked, "a firewall or the network drops the request", f"the server takes over {settings.timeout:g} s"]


def _tls_causes(message: str, settings: Settings, env: Mapping[str, str]) -> list[str]:
    clock = "this machine's clock is off by days"
    another = f"base_url names another server ({settings.base_url})"
    intercepted = "a proxy or firewall opens TLS: name its certificate authority with `nxcdr config set ca_bundle`"
    if "expired" in message or "not yet valid" in message:
        return [clock, "the server's certificate is out of date; tell the vendor"]
    if "mismatch" in message or "not valid for" in message:
        return [another, intercepted]
    if "certificate" in message:
        bundle = settings.ca_bundle or _first_set(_AUTHORITIES, env)
        return [f"{bundle} lacks the server's certificate authority" if bundle else intercepted, clock, another]
    return [f"{another}, which does not speak TLS 1.2 or newer", intercepted]


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
