"""Text that could steer a terminal, hide, or pile up."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.output.visible import visible
from nxcdr.sandbox import HOSTILE_TEXTS


@pytest.mark.parametrize(
    "text", ["陈美玲", "José Álvarez", "e\u0301", "ที่นี่", "全角\u3000空格", "plain [bold]", "→ ✗ 👨"]
)
def test_text_that_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\n\tb\x00", "a\\r\\n\\tb\\x00"),
        ("\u202eback\u2066", "\\u202eback\\u2066"),
        ("zero\u200bwidth\ufeff\u00ad", "zero\\u200bwidth\\ufeff\\xad"),
        ("\u2028\x85\x9b", "\\u2028\\x85\\x9b"),
        ("\ud800", "\\ud800"),
        ("\u0301first", "\\u0301first"),
        ("\u3164\u2800", "\\u3164\\u2800"),
        ("e" + "\u0301" * 5, "e\u0301\u0301\u0301\\u0301\\u0301"),
    ],
)
def test_what_steers_hides_or_piles_up_is_shown_as_an_escape(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text() | st.sampled_from(HOSTILE_TEXTS))
def test_nothing_visible_is_a_control_a_format_or_a_line_end(text: str) -> None:
    assert not {unicodedata.category(c) for c in visible(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
