"""A value as text: JSON's spelling, and that of a CSV cell."""

from __future__ import annotations

import re
from typing import Any

import msgspec

json_text = msgspec.json.Encoder(decimal_format="number").encode
"""A value as compact JSON, UTF-8; numbers as they came."""

# A spreadsheet takes a cell that begins so for a formula; the last four are the fullwidth forms.
FORMULA_STARTS = frozenset("=@\t\r+-\uff1d\uff20\uff0b\uff0d")
_SIGNED_NUMBER = re.compile(r"[+-]\.?[0-9](?:[0-9 ().-]*[0-9)])?(?:[,][0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)


def cell_text(value: Any) -> str:
    """A value as a cell: JSON's spelling, but for text itself and for null, which is empty."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    return str(value) if type(value) is int else json_text(value).decode()


def guarded(text: str) -> str:
    """The text, with a leading ``'`` where a spreadsheet would run it as a formula."""
    if text[:1] in FORMULA_STARTS and text and not _SIGNED_NUMBER.fullmatch(text):
        return "'" + text
    return text
