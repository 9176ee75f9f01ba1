"""Lengths of time as options take them."""

from __future__ import annotations

import re

from nxcdr.errors import UsageError

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(s|sec|seconds?|m|min|minutes?)?", re.ASCII)
_MINUTE = 60


def seconds_of(option: str, text: str) -> float:
    """The seconds of ``30``, ``30s`` or ``2m``.

    Args:
        option: The option's name, for the error.
        text: What was typed.

    Raises:
        UsageError: It is no length of time.
    """
    found = _TIME.fullmatch(text.strip().lower())
    if not found:
        raise UsageError(f"{option} {text!r} is not a time", "For example: 30s, 2m.")
    return float(found[1]) * (_MINUTE if (found[2] or "s").startswith("m") else 1)
