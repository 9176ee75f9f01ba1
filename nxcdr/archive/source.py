"""Whom a file was fetched from, as its receipt says."""

from __future__ import annotations

from nxcdr.api.client import Client
from nxcdr.settings import SANDBOX

_SHOWN = 4


def source_of(client: Client, profile: str) -> tuple[str, str]:
    """The account, of which only the beginning of its key is told, and the endpoint.

    The sandbox of the built-in profile has a port of its own in each run: its endpoint is its name.
    """
    endpoint = SANDBOX if profile == SANDBOX else client.endpoint
    return client.account.access_key[:_SHOWN] + "…", endpoint
