"""Query and export NXCLOUD call records: every call of a range, exactly once.

The same engine as the command line's, for notebooks and pipelines:

    from nxcdr import calls, connect, parse_range

    span = parse_range("yesterday", zone="Asia/Hong_Kong")
    with connect("sandbox") as client:
        talk = sum(call["callDuration"] for call in calls(client, span))

`connect` takes the settings of a profile; `Client` takes an `Account` instead, and asks nobody else:

    from nxcdr import Account, Client

    with Client(Account("https://api-hk.nxlink.ai", access_key, access_secret)) as client:
        missed = [call for call in calls(client, span) if not call["answered"]]

What goes wrong is an `NxcdrError`, whose ``hint`` says what to do about it. Nothing here prints or exits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nxcdr.api.client import Account, Client
    from nxcdr.api.request import Filters
    from nxcdr.errors import NxcdrError
    from nxcdr.library import calls, connect, parse_range
    from nxcdr.timerange import TimeRange

__all__ = ["Account", "Client", "Filters", "NxcdrError", "TimeRange", "calls", "connect", "parse_range"]

_HOMES = {
    "Account": "nxcdr.api.client",
    "Client": "nxcdr.api.client",
    "Filters": "nxcdr.api.request",
    "NxcdrError": "nxcdr.errors",
    "TimeRange": "nxcdr.timerange",
    "calls": "nxcdr.library",
    "connect": "nxcdr.library",
    "parse_range": "nxcdr.library",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the command line must start at once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, also those that were not used yet."""
    return sorted({*globals(), *__all__})
