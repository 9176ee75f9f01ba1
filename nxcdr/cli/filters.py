"""Filters as people write them: numbers with spaces and a plus, agents by their nickname."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from nxcdr.cli.console import console
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.client import Client, Filters
    from nxcdr.fetch.whole import Options
    from nxcdr.timerange import TimeRange

_WRITTEN_NUMBER = re.compile(r"(tel:)?\+?[\d\s().\-\u2010-\u2015/]+")
_TRUNK = re.compile(r"(?<=\d)\s*\(0\)")  # of +44 (0)20 …, which is not dialled after the country's code


def exact(option: str, text: str | None) -> str | None:
    """What a filter asks for; None if it was not given.

    Raises:
        UsageError: It is empty, or a pattern.
    """
    if text is None:
        return None
    if not text.strip():
        raise UsageError(f"{option} is empty", f"Give {option} a value, or leave it out for all calls.")
    if wildcard := re.search(r"[*?%]", text):
        raise UsageError(
            f"{option} {text!r}: the server matches exactly, and knows no wildcard {wildcard[0]}",
            "Give the whole value, or search among all calls: nxcdr query --limit 0 --format csv … | grep …",
        )
    return text


def number(option: str, text: str | None) -> str | None:
    """The digits of a telephone number: ``+852 3575 7569`` is 85235757569. What is no number stays as it is.

    Raises:
        UsageError: It is empty, or a pattern.
    """
    if (given := exact(option, text)) is None:
        return None
    written = unicodedata.normalize("NFKC", given).strip()
    if not _WRITTEN_NUMBER.fullmatch(written):
        return given
    if "+" in written:
        written = _TRUNK.sub("", written)
    return "".join(str(unicodedata.decimal(sign)) for sign in written if sign.isdecimal()) or given


def find_agent(client: Client, span: TimeRange, options: Options) -> None:
    """Let a client ask for an agent's account where the filter names the agent by nickname.

    Only if no call of the range matches the name as an account, the range's calls are searched for it.

    Raises:
        NxcdrError: The server can't be asked.
    """
    name = client.filters.agent
    if not isinstance(name, str) or _has_calls(client, span, options):
        return
    client.filters = replace(client.filters, agent=None)
    console.note(f"no calls of an agent account {name}: looking for agents with this nickname")
    names = _names_by_account(client, span, options)
    wanted = _folded(name)
    accounts = sorted(account for account, called in names.items() if wanted in map(_folded, (account, *called)))
    client.filters = replace(client.filters, agent=tuple(accounts) if len(accounts) > 1 else next(iter(accounts), name))
    if accounts:
        console.note(f"{name}: agent account {' and '.join(accounts)}")
        return
    nicknames = {_without_accents(called): called for every in names.values() for called in every}
    if near := get_close_matches(_without_accents(name), nicknames, n=1):
        console.note(f"no agent is called {name}; did you mean {nicknames[near[0]]}?")


def no_match(filters: Filters) -> str:
    """What to add to "no calls" where a filter may be the reason; empty where none is."""
    given = [
        f"--{name.replace('_', '-')}"
        for name in ("agent", "caller", "callee", "call_id", "order_id")
        if getattr(filters, name) is not None
    ]
    match given:
        case []:
            return ""
        case [option]:
            return f"; {option} is an exact match"
    return f"; {', '.join(given[:-1])} and {given[-1]} are exact matches"


def _has_calls(client: Client, span: TimeRange, options: Options) -> bool:
    from nxcdr.api.client import PageRequest

    longest = options.longest_days * 86_400
    return any(
        len(client.page(PageRequest(start, min(start + longest, span.end))))
        for start in range(span.start, span.end, longest)
    )


def _names_by_account(client: Client, span: TimeRange, options: Options) -> dict[str, set[str]]:
    """The nicknames of each agent account among the calls of a range."""
    from nxcdr.export import records
    from nxcdr.fetch.whole import Progress

    found: dict[str, set[str]] = {}
    for call in records(span.start, span.end, client, options, Progress(), warn=console.warn):
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
