"""Pseudonyms: what stands for a number in a file that others may see."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any

from nxcdr.api.answer import Record
from nxcdr.output.text import cell_text
from nxcdr.output.values import Decode

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Mask:
    """Replaces fields by keyed pseudonyms: the same text has the same one in every file.

    Attributes:
        fields: The vendor's names.
        key: Without it, a pseudonym can neither be made nor, by trying all numbers, undone.
    """

    fields: tuple[str, ...]
    key: bytes = field(repr=False)

    def pseudonym(self, value: Any) -> Any:
        """The first 16 hex digits of HMAC-SHA-256 over the value's text (UTF-8); null and "" stay as they are."""
        text = cell_text(value)
        return hmac.digest(self.key, text.encode(), "sha256").hex()[:_DIGITS] if text else value

    def after(self, decode: Decode | None) -> Decode:
        """A function that decodes a record, or takes it as it is, and masks it; the API's values are what is masked."""

        def masked(record: Record) -> Record:
            values = decode(record) if decode else dict(record)
            for name in self.fields:
                if name in record:
                    values[name] = self.pseudonym(record[name])
            return values

        return masked
