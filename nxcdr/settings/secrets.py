"""Secrets: texts that no log, traceback or repr shows."""

from __future__ import annotations

import os
from typing import NoReturn

MASK = "********"


class Secret:
    """A text that is masked wherever it is printed, and can't be pickled or copied."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret can't be pickled or copied")


def decoded(data: bytes) -> str:
    """Decode what was typed or set in a shell: UTF-8 whatever the locale, else as the locale says.

    Under a Latin-1 locale Python would read the UTF-8 bytes of ``ä`` as two characters, and the server would refuse
    the signature.

    Returns:
        The text, with surrogates for bytes that are no text in either encoding.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        return os.fsdecode(data)


def oddity(secret: Secret) -> str:
    """Describe what looks wrong with a secret, as a clause; empty if nothing does.

    Pasting a secret or reading it from a file often adds characters that are not part of it.
    """
    text = secret.reveal()
    if "\n" in text or "\r" in text:
        return "it contains a line break"
    if text != text.strip():
        return "it begins or ends with a space"
    if text[:1] == text[-1:] and text[:1] in {"'", '"', "`"}:
        return "it is enclosed in quotes"
    if not text.isprintable():
        return "it contains a control character"
    return ""
