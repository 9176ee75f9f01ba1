"""Query and export NXCLOUD call records: every call of a range, exactly once.

The same engine as the command line's, for notebooks and pipelines:

    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo
    from nxcdr import Account, Client, calls, parse_range

    span = parse_range("yesterday", now=datetime.now(UTC), zone=ZoneInfo("Asia/Hong_Kong"))
    with Client(Account("https://api-hk.nxlink.ai", access_key, access_secret)) as client:
        talk = sum(call["callDuration"] for call in calls(client, span))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nxcdr.api.client import Account, Client, Filters
    from nxcdr.errors import NxcdrError
    from nxcdr.library import calls
    from nxcdr.timerange import TimeRange, parse_range

__all__ = ["Account", "Client", "Filters", "NxcdrError", "TimeRange", "calls", "parse_range"]

_HOMES = {
    "Account": "nxcdr.api.client",
    "Client": "nxcdr.api.client",
    "Filters": "nxcdr.api.client",
    "NxcdrError": "nxcdr.errors",
    "TimeRange": "nxcdr.timerange",
    "calls": "nxcdr.library",
    "parse_range": "nxcdr.timerange",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the command line must start at once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
