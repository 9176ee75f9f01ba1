"""The README taken apart: its blocks of code, each with the marker that stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code.

    Attributes:
        language: What it is in.
        text: Its lines.
        marker: The comment right before it: what is run elsewhere, or otherwise.
    """

    language: str
    text: str
    marker: str


def blocks(language: str, marker: str = "") -> list[Block]:
    """The README's blocks in a language, in order."""
    found = re.finditer(r"(?:^<!-- (\w+) -->\n)?^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    every = [Block(match[2], match[3], match[1] or "") for match in found]
    return [block for block in every if (block.language, block.marker) == (language, marker)]
