"""Filters as people write them, such as numbers with spaces and a plus."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.request import Filters

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
            f"{option} {text!r}: the server matches exactly and does not support the wildcard {wildcard[0]}",
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
