"""An answer whose records come last is read once, and says what it says when it is read as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api import answer
from nxcdr.api.answer import TransientError, read_answer
from nxcdr.errors import NxcdrError

USUAL = b'{"reqId":"1","code":0,"msg":"Request succeeded","data":[{"startTime":1,"endTime":2},{"startTime":null}]}'
BODIES = [
    USUAL,
    USUAL + b"\n",
    USUAL.replace(b":", b": ").replace(b",", b", "),
    b'{"data":[{"startTime":1}],"code":0}',
    b'{"code":0,"meta":{"data":[{"startTime":9}]},"data":[{"startTime":1}]}',
    b'{"code":0,"meta":{"data":[{"startTime":9}]}}',
    b'{"code":0,"data":[{"startTime":9}],"data":[{"startTime":1}]}',
    b'{"code":0,"data":[{"startTime":9}],"code":1}',
    b'{"code":0,"msg":"\\"data\\":[","data":[{"other":"\\"data\\":[]}"}]}',
    b'{"code":0,"msg":"\xff","data":[{"startTime":1}]}',
    b'{"code":0,"data":[{"other":"\xff"}]}',
    b'{"code":0,"data":[{"other":"\\ud83d","startTime":1}]}',
    b'{"code":0,"msg":"\\ud83d","data":[{"startTime":1}]}',
    b'{"code":0,"data":[{"startTime":true,"endTime":"1"},{"startTime":1.0,"endTime":[]},{"startTime":1e3}]}',
    b'{"code":0,"data":[{"startTime":123456789012345678901234567890}]}',
    b'{"code":1003,"msg":"invalid signature","data":[]}',
    b'{"code":1003,"data":{}}',
    b'{"code":"0","data":[]}',
    b'{"code":0,"data":[1]}',
    b'{"code":0,"data":[{"startTime":1}}',
    b'{"code":0,"data":[{"startTime":1}]}]}',
    b'{"code":0,"data":null}',
    b'{"code":0,"data":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'[{"data":[]}',
    b'{"msg":"data":[]}',
    b"",
]


def said(body: bytes, monkeypatch: pytest.MonkeyPatch | None = None) -> Any:
    try:
        if monkeypatch is None:
            return read_answer(200, {}, body)
        with monkeypatch.context() as patch:
            patch.setattr(answer, "_plain_page", lambda *_: None)
            return read_answer(200, {}, body)
    except (TransientError, NxcdrError) as error:
        return type(error), str(error), getattr(error, "final", None)


@pytest.mark.parametrize("body", BODIES)
def test_it_says_the_same_as_a_whole(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(body) == said(body, monkeypatch)


@given(st.sampled_from(BODIES), st.integers(0, 200), st.integers(0, 9), st.sampled_from([b"", b"}", b'"', b"[", b" "]))
def test_it_says_the_same_as_a_whole_however_it_is_spoiled(body: bytes, at: int, length: int, instead: bytes) -> None:
    spoiled = body[:at] + instead + body[at + length :]
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert said(spoiled) == said(spoiled, monkeypatch)


def test_the_usual_answer_is_read_once() -> None:
    page = answer._plain_page(USUAL, answer.read_page)
    assert page is not None
    assert (page.times, page.ends) == ((1, None), (2, None))
    assert page.text == USUAL[USUAL.index(b"[") : -1]
