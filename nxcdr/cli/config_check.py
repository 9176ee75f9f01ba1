# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr config check``: one signed request, and what it tells; for a failure the most likely cause first."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nxcdr.cli.console import console, visible, write_text
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.errors import NxcdrError, RefusedError, UnavailableError, UntrustedAnswerError
from nxcdr.settings import MASK, SANDBOX, Secret, SecretSource, Settings, credentials, load, oddity

if TYPE_CHECKING:  # at run time it would load requests
    from nxcdr.api.client import Probe

# Seconds of difference that the Date header's whole seconds and the way there can explain.
UNREMARKABLE_SKEW = 2.0

_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # in the order that requests asks
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def check(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config check --profile sandbox
      nxcdr config check
      nxcdr config check -vv

    Make one signed request and tell how it went: whose credentials, latency, TLS and the clock's difference. When it
    fails, the error names the most likely cause first.
    """
    settings = load(profile=profile, flags={}, env=os.environ)
    for warning in settings.warnings:
        console.warn(warning)
    for line in examine(settings):
        write_text(visible(line) + "\n")


def examine(settings: Settings) -> list[str]:
    """Make one signed request.

    Returns:
        What it tells, as lines.

    Raises:
        NxcdrError: It failed; the hint names the likely causes.
    """
    from nxcdr.cli.connect import connect

    secret = None
    if settings.profile != SANDBOX:
        # Fetched once: its command may ask the user for a password.
        secret = credentials(settings).access_secret
        settings = dataclasses.replace(settings, secret_source=SecretSource(settings.secret_source.where, secret))
        console.note(f"asking {settings.base_url} as {_account(settings)}")
    try:
        with connect(settings) as client:
            seen = client.probe()
    except NxcdrError as error:
        if found := causes(error, settings, secret, os.environ):
            error.hint = "Most likely: " + "; or else: ".join(found) + "."
        raise
    return report(settings, seen, os.environ)


def report(settings: Settings, seen: Probe, env: Mapping[str, str]) -> list[str]:
    """What a successful request tells, as lines."""
    lines = [
        ("profile", f"{settings.profile} ({settings.sources['profile']})"),
        ("endpoint", seen.endpoint),
    ]
    if settings.profile != SANDBOX:
        lines += [
            ("access key", f"{_short(settings.access_key)} ({settings.sources['access_key']})"),
            ("secret", f"{MASK} ({settings.secret_source.where})"),
        ]
    lines += [
        ("clock", _clock(seen.skew)),
        ("latency", f"{seen.latency * 1000:.0f} ms"),
        ("TLS", _tls(settings, seen, env)),
    ]
    if seen.tls and (proxy := _proxy_variable(settings, env)):
        lines.append(("proxy", f"the one that {proxy} names"))
    lines.append(("result", "the server accepted the request"))
    return [f"{name:<10}  {text}" for name, text in lines]


def causes(error: NxcdrError, settings: Settings, secret: Secret | None, env: Mapping[str, str]) -> list[str]:
    """Why a request may have failed: the most likely cause first, each with its remedy."""
    from nxcdr.api.answer import ClockError

    told = re.search(r"\bcode (\d+)", error.message)
    code = told[1] if told else ""
    proxy = _proxy_variable(settings, env)
    mistyped = f"the access key {_short(settings.access_key)} is mistyped ({settings.sources['access_key']})"
    elsewhere = (
        f"the keys are of another region than {settings.region or settings.base_url}; see `nxcdr config set region`"
    )
    no_permission = "the account has no permission for call records; ask the vendor for it"
    if code == "1003":
        return _secret_causes(settings, secret)
    if code == "1005":
        # Who has chosen no region has perhaps not known that there are several.
        unchosen = settings.sources.get("region") == "default"
        return [elsewhere, mistyped, no_permission] if unchosen else [mistyped, elsewhere, no_permission]
    if isinstance(error, ClockError):
        off = "more than 60 s off" if error.skew is None else _clock(error.skew)
        return [f"this machine's clock is {off}: set it, for example with `timedatectl set-ntp true`"]
    if isinstance(error, UntrustedAnswerError) or "(HTTP " in error.message:
        return [
            *([f"the proxy that {proxy} names answers in the server's place"] if proxy else []),
            f"{settings.base_url} is not the API's; see `nxcdr config show`",
            "a gateway or login page answers in its place",
        ]
    if isinstance(error, RefusedError):
        return [no_permission, elsewhere]
    return _network_causes(error.message.lower(), settings, proxy, env) if isinstance(error, UnavailableError) else []


def _secret_causes(settings: Settings, secret: Secret | None) -> list[str]:
    again = "set it again with `nxcdr config set access_secret`"
    odd = oddity(secret) if secret else ""
    return [
        *([f"the access secret is damaged, for {odd} ({settings.secret_source.where}): {again}"] if odd else []),
        f"the access secret is not that of this access key: {again}",
        f"the account does not take {settings.algorithm} signatures; see `nxcdr config set algorithm`",
    ]


def _network_causes(message: str, settings: Settings, proxy: str, env: Mapping[str, str]) -> list[str]:
    by_proxy = [f"the proxy that {proxy} names does not let it through; NO_PROXY goes round it"] if proxy else []
    if "no secure connection" in message:
        return _tls_causes(message, settings, env)
    if "407" in message and proxy:
        return [f"the proxy wants a user and a password: {proxy}=http://USER:PASSWORD@HOST:PORT", *by_proxy]
    if any(words in message for words in ("name or service", "resolve", "name resolution", "nodename")):
        return [*by_proxy, f"{settings.base_url} is misspelt", "there is no network or no name server"]
    if "refused" in message:
        nobody = f"nothing listens at {settings.base_url}: its port or host is wrong"
        return [f"nothing listens where {proxy} says a proxy is", *by_proxy] if proxy else [nobody]
    return [
        *by_proxy,
        "a firewall or the network drops the request",
        f"the server is slow: timeout is {settings.timeout:g} s",
    ]


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
    return [f"{another}, and what listens there does not speak TLS 1.2 or newer", intercepted]


def _clock(skew: float | None) -> str:
    if skew is None:
        return "unknown: the server does not tell its time"
    if abs(skew) <= UNREMARKABLE_SKEW:
        return "in step with the server's"
    return f"{abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} the server's (60 s are too much)"


def _tls(settings: Settings, seen: Probe, env: Mapping[str, str]) -> str:
    if seen.tls is None:
        return "none: plain http on this machine"
    by = f"by {settings.ca_bundle or _first_set(_AUTHORITIES, env) or 'the usual authorities'}"
    return f"{seen.tls}, certificate verified {by}"


def _account(settings: Settings) -> str:
    return (
        f"{_short(settings.access_key)} ({settings.sources['access_key']}), secret from {settings.secret_source.where}"
    )


def _short(access_key: str | None) -> str:
    return f"{(access_key or '')[:4]}…"


def _proxy_variable(settings: Settings, env: Mapping[str, str]) -> str:
    """The variable whose proxy is used for the endpoint; empty where none is."""
    from urllib.parse import urlsplit
    from urllib.request import proxy_bypass

    url = urlsplit(settings.base_url)
    around = {"no": env.get("no_proxy") or env.get("NO_PROXY", "")}
    if url.scheme != "https" or proxy_bypass(url.netloc, around):
        return ""
    return _first_set(_PROXIES, env)


def _first_set(names: tuple[str, ...], env: Mapping[str, str]) -> str:
    return next((name for name in names if env.get(name)), "")
