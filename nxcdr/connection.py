"""From settings to a client: the account's, or the sandbox started for the life of the connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from nxcdr.api.client import Account, Client
from nxcdr.api.pacing import Pace
from nxcdr.api.request import Filters
from nxcdr.settings import SANDBOX, Settings, credentials


@contextmanager
def connected(
    settings: Settings,
    filters: Filters | None = None,
    *,
    pace: Pace | None = None,
    warn: Callable[[str], None],
    note: Callable[[str], None] = lambda _: None,
    trace: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Client]:
    """A client for the account of these settings.

    Args:
        settings: Whose calls, and how to ask.
        filters: What the server leaves out.
        pace: The limiter; None for one of the settings' rate and concurrency.
        warn: Told once when the local clock is found off.
        note: Told of long waits.
        trace: Told of each request and answer.
        clock: Seconds since 1970.

    Raises:
        CredentialsError: There are none.
    """
    with ExitStack() as stack:
        if settings.profile == SANDBOX:
            from nxcdr.sandbox import Sandbox

            server = stack.enter_context(Sandbox(now=clock))
            account = Account(server.base_url, server.access_key, server.access_secret, settings.algorithm)
        else:
            given = credentials(settings)
            account = Account(settings.base_url, given.access_key, given.access_secret.reveal(), settings.algorithm)
        client = Client(
            account,
            filters=filters,
            pace=pace or Pace(rate=settings.rate, concurrency=settings.concurrency),
            timeout=settings.timeout,
            retries=settings.retries,
            ca_bundle=settings.ca_bundle,
            warn=warn,
            note=note,
            trace=trace,
            clock=clock,
        )
        yield stack.enter_context(client)
