"""Text from callers and agents, made safe to print on a terminal."""

from __future__ import annotations

import unicodedata

# Characters that are printable by their Unicode category, but invisible or blank on a screen.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(
    map(chr, range(0x180B, 0x1810)), map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)
_WIDE_SPACES = frozenset("\u00a0\u3000")
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 3  # on one letter: no script in use needs more, and a pile of them covers the lines above


def visible(text: str) -> str:
    r"""The text, with control, invisible and piled-up characters as escapes (``\x1b``)."""
    if text.isascii() and text.isprintable():
        return text
    seen: list[str] = []
    marks = _MOST_MARKS  # a mark at the start would combine with what is printed before the text
    for c in text:
        if unicodedata.category(c) in _MARKS:
            marks += 1
            shows = marks <= _MOST_MARKS and c not in _BLANK
        else:
            shows = (c.isprintable() and c not in _BLANK) or c in _WIDE_SPACES
            marks = 0
        seen.append(c if shows else c.encode("unicode_escape").decode())
    return "".join(seen)
