"""From settings to a client: the account's, or the sandbox started for the life of the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from nxcdr.api.client import Account, Client, Filters
from nxcdr.api.pacing import Pace
from nxcdr.cli.console import console
from nxcdr.cli.memory import share_one_heap
from nxcdr.settings import SANDBOX, Settings, credentials


@contextmanager
def connect(settings: Settings, filters: Filters | None = None) -> Iterator[Client]:
    """A client for the account of these settings.

    Raises:
        CredentialsError: There are none.
    """
    share_one_heap()
    with ExitStack() as stack:
        if settings.profile == SANDBOX:
            from nxcdr.sandbox import Sandbox

            server = stack.enter_context(Sandbox())
            account = Account(server.base_url, server.access_key, server.access_secret, settings.algorithm)
        else:
            given = credentials(settings)
            account = Account(settings.base_url, given.access_key, given.access_secret.reveal(), settings.algorithm)
        client = Client(
            account,
            filters=filters,
            pace=Pace(rate=settings.rate, concurrency=settings.concurrency),
            timeout=settings.timeout,
            retries=settings.retries,
            ca_bundle=settings.ca_bundle,
            warn=console.warn,
            trace=console.trace if console.verbosity >= 2 else None,  # noqa: PLR2004 - -vv
        )
        yield stack.enter_context(client)
