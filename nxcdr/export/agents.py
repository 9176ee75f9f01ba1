"""Agents by their nickname."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches

from nxcdr.api.client import Client
from nxcdr.api.request import PageRequest
from nxcdr.export.records import records
from nxcdr.fetch.whole import Options, Progress

Tell = Callable[[str], None]


def find_agent(client: Client, start: int, end: int, options: Options, *, note: Tell, warn: Tell) -> None:
    """Let a client ask for an agent's account where the filter names the agent by nickname.

    Only if no call of the range matches the name as an account, the range's calls are searched for it.

    Args:
        client: Asks; gets the accounts found as its filter.
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        options: How to ask.
        note: Told what is looked for, and found.
        warn: Told what the user should know about the numbers.

    Raises:
        NxcdrError: The server can't be asked.
    """
    name = client.filters.agent
    if not isinstance(name, str) or _has_calls(client, start, end, options):
        return
    client.filters = replace(client.filters, agent=None)
    note(f"no calls of an agent account {name}: looking for agents with this nickname")
    names = _names_by_account(client, start, end, options, warn)
    wanted = _folded(name)
    accounts = sorted(account for account, called in names.items() if wanted in map(_folded, (account, *called)))
    client.filters = replace(client.filters, agent=tuple(accounts) if len(accounts) > 1 else next(iter(accounts), name))
    if accounts:
        note(f"{name}: agent account {' and '.join(accounts)}")
        return
    nicknames = {_without_accents(called): called for every in names.values() for called in every}
    if near := get_close_matches(_without_accents(name), nicknames, n=1):
        note(f"no agent is called {name}; did you mean {nicknames[near[0]]}?")


def _has_calls(client: Client, start: int, end: int, options: Options) -> bool:
    longest = options.longest_days * 86_400
    return any(len(client.page(PageRequest(first, min(first + longest, end)))) for first in range(start, end, longest))


def _names_by_account(client: Client, start: int, end: int, options: Options, warn: Tell) -> dict[str, set[str]]:
    """The nicknames of each agent account among the calls of a range."""
    found: dict[str, set[str]] = {}
    for call in records(start, end, client, options, Progress(), warn=warn):
        account, nickname = call.get("agentName"), call.get("agentNickName")
        if isinstance(account, str) and account:
            names = found.setdefault(account, set())
            if isinstance(nickname, str) and nickname:
                names.add(nickname)
    return found


def _folded(text: str) -> str:
    """A name without what people leave to chance: capitals, the form of accents, spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", _folded(text)) if not unicodedata.combining(sign))
