"""A connection that tells the user what it has to say."""

from __future__ import annotations

from contextlib import AbstractContextManager

from nxcdr.api.client import Client
from nxcdr.api.request import Filters
from nxcdr.cli.clock import clock
from nxcdr.cli.console import console
from nxcdr.connection import connected
from nxcdr.fetch.whole import Options
from nxcdr.settings import Settings

_WIRE = 2  # -vv


def connect(settings: Settings, filters: Filters | None = None, *, prefix: str = "") -> AbstractContextManager[Client]:
    """A client for the account of these settings.

    Args:
        settings: Whose calls, and how to ask.
        filters: What the server leaves out.
        prefix: What messages begin with, to tell accounts apart.

    Raises:
        CredentialsError: There are none.
    """
    trace = console.trace if console.verbosity >= _WIRE else None
    return connected(
        settings,
        filters,
        warn=lambda text: console.warn(prefix + text),
        note=lambda text: console.note(prefix + text),
        trace=trace,
        clock=clock.now,
    )


def fetch_options(settings: Settings) -> Options:
    """How to ask, as these settings say."""
    return Options(
        concurrency=settings.concurrency,
        longest_days=settings.max_span_days,
        settled_before=clock.now() - settings.settle * 60 if settings.settle else None,
    )
