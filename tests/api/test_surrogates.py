"""Text that was cut in the middle of a character."""

from __future__ import annotations

import json

import pytest

from nxcdr.api.answer import decode_records, read_answer


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"\ude00 x", "\ufffd x"),
        (r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
        (r"\\\ud83d", "\\\ufffd"),
        (r"\u5510\n\"\ud83d", '\u5510\n"\ufffd'),
    ],
)
def test_half_a_surrogate_pair_becomes_the_replacement_character_and_nothing_else_changes(sent: str, read: str) -> None:
    body = f'{{"code": 0, "data": [{{"other": "{sent}", "startTime": 1}}]}}'.encode()
    assert decode_records(read_answer(200, {}, body).records) == [{"other": read, "startTime": 1}]


def test_whole_characters_are_left_as_they_are() -> None:
    text = '\\ud83d "牛小信" \U0001f600 \\'
    body = json.dumps({"code": 0, "data": [{"other": text}]}).encode()
    assert decode_records(read_answer(200, {}, body).records) == [{"other": text}]
