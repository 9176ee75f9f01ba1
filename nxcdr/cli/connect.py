"""A connection that tells the user what it has to say."""

from __future__ import annotations

from contextlib import AbstractContextManager

from nxcdr.api.client import Client, Filters
from nxcdr.cli.clock import clock
from nxcdr.cli.console import console
from nxcdr.connection import connected
from nxcdr.settings import Settings

_WIRE = 2  # -vv


def connect(settings: Settings, filters: Filters | None = None) -> AbstractContextManager[Client]:
    """A client for the account of these settings.

    Raises:
        CredentialsError: There are none.
    """
    trace = console.trace if console.verbosity >= _WIRE else None
    return connected(settings, filters, warn=console.warn, note=console.note, trace=trace, clock=clock.now)
