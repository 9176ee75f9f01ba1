"""Whom a file was fetched from, as its receipt says."""

from __future__ import annotations

from nxcdr.api.client import Client
from nxcdr.settings import SANDBOX

_SHOWN = 4


def source_of(client: Client, profile: str) -> tuple[str, str]:
    """The account, of which only the beginning of its key is told, and the endpoint.

    The built-in sandbox has another port in each run, so "sandbox" stands for its endpoint.
    """
    endpoint = SANDBOX if profile == SANDBOX else client.endpoint
    return client.account.access_key[:_SHOWN] + "…", endpoint
