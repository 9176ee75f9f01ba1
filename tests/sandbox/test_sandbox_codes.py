"""The checks of requests, the filters, and the form of answers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from nxcdr.api.signing import sign
from nxcdr.sandbox import DOCUMENTED_CALLS, PATH, Sandbox

Ask = Callable[..., dict[str, Any]]
Send = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]

NOW = 1_690_500_000.0
DAY: dict[str, Any] = {"startTime": 1690387200, "endTime": 1690473600, "size": 100, "page": 1}


@pytest.fixture
def sandbox() -> Any:
    with Sandbox(DOCUMENTED_CALLS, now=lambda: NOW) as running:
        yield running


@pytest.mark.parametrize("wrongs", range(6, 0, -1))
def test_the_first_failed_check_decides_the_code(sandbox: Sandbox, send: Send, wrongs: int) -> None:
    codes = [1001, 1002, 1005, 1004, 1003, 41000]
    headers: dict[str, str | None] = {}
    if wrongs >= 6:
        headers["ts"] = None
    if wrongs >= 5:
        headers["bizType"] = "6"
    if wrongs >= 4:
        headers["accessKey"] = "nobody"
    stale = -60.002 if wrongs >= 3 else 0
    secret = "wrong" if wrongs >= 2 else None
    status, _, body = send(sandbox, {"size": 0}, at=NOW + stale, secret=secret, headers=headers)
    assert (status, json.loads(body)["code"]) == (200, codes[6 - wrongs])


@pytest.mark.parametrize("name", ["accessKey", "ts", "bizType", "action", "sign"])
def test_a_missing_header_is_named(sandbox: Sandbox, send: Send, name: str) -> None:
    answer = json.loads(send(sandbox, DAY, at=NOW, headers={name: None})[2])
    assert answer["code"] == 1001
    assert name in answer["msg"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"action": "sms"}, 1002),
        ({"ts": "soon"}, 1004),
        ({"ts": "9" * 5000}, 1004),
        ({"sign": "0" * 32}, 1003),
        ({"sign": "\xe9"}, 1003),
        ({"algorithm": "crc32"}, 1003),
        ({"algorithm": "sha256"}, 1003),
    ],
)
def test_a_wrong_header_is_refused(sandbox: Sandbox, send: Send, headers: dict[str, str], code: int) -> None:
    assert json.loads(send(sandbox, DAY, at=NOW, headers=headers)[2])["code"] == code


@pytest.mark.parametrize(("skew_ms", "code"), [(-60_000, 0), (60_000, 0), (-60_001, 1004), (60_001, 1004)])
def test_a_clock_may_be_off_by_a_minute(sandbox: Sandbox, ask: Ask, skew_ms: int, code: int) -> None:
    assert ask(sandbox, at=NOW + skew_ms / 1000, **DAY)["code"] == code


def test_sha256_signs_as_well(sandbox: Sandbox, send: Send) -> None:
    body = json.dumps(DAY).encode()
    common = {"accessKey": sandbox.access_key, "action": "cc", "bizType": "8", "ts": str(int(NOW * 1000))}
    signature = sign(common, body, sandbox.access_secret, algorithm="sha256")
    headers = {"algorithm": "SHA256", "sign": signature}
    assert json.loads(send(sandbox, body, at=NOW, headers=headers)[2])["code"] == 0


@pytest.mark.parametrize("body", [b"", b"nothing", b"[]", b"7", b'{"startTime":', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(sandbox: Sandbox, send: Send, body: bytes) -> None:
    assert json.loads(send(sandbox, body, at=NOW)[2])["code"] == 1002


@pytest.mark.parametrize(("name", "word"), [("startTime", "Start"), ("endTime", "End")])
def test_a_missing_date_is_named(sandbox: Sandbox, ask: Ask, name: str, word: str) -> None:
    answer = ask(sandbox, at=NOW, **{**DAY, name: None})
    assert (answer["code"], answer["msg"], answer["data"]) == (41000, f"{word} date cannot be empty", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": 101},
        {"size": "100"},
        {"size": True},
        {"size": 1.0},
        {"size": None},
        {"page": 0},
        {"page": None},
        {"answered": 3},
        {"answered": True},
        {"answered": "1"},
        {"direction": 4},
        {"direction": -1},
        {"startTime": "1690387200"},
        {"startTime": 1690387200000},
        {"endTime": 1690473600000},
        {"startTime": 1690473601},
        {"caller": 85215236100},
        {"callId": ""},
        {"orderId": None},
    ],
    ids=str,
)
def test_a_wrong_parameter_is_refused_and_named(sandbox: Sandbox, ask: Ask, wrong: dict[str, Any]) -> None:
    answer = ask(sandbox, at=NOW, **{**DAY, **wrong})
    assert answer["code"] == 1002
    assert next(iter(wrong)) in answer["msg"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, [0, 1]),
        ({"answered": 0}, [0, 1]),
        ({"answered": 1}, [0]),
        ({"answered": 2}, [1]),
        ({"direction": 0}, [0, 1]),
        ({"direction": 1}, [0, 1]),
        ({"direction": 2}, []),
        ({"name": "NX094450006938"}, [1]),
        ({"name": "NX09445000693"}, []),
        ({"caller": "85215236100"}, [0]),
        ({"callee": "85235757568"}, [1]),
        ({"callId": "6605fcd9563616c6c009c6240"}, [1]),
        ({"orderId": "none"}, []),
        ({"answered": 2, "caller": "85215236100"}, []),
        ({"unknown": 1}, [0, 1]),
    ],
    ids=str,
)
def test_filters_use_the_numbering_of_requests(
    sandbox: Sandbox, ask: Ask, where: dict[str, Any], found: list[int]
) -> None:
    assert ask(sandbox, at=NOW, **DAY, **where)["data"] == [DOCUMENTED_CALLS[n] for n in found]


def test_directions_have_another_numbering_in_records(ask: Ask) -> None:
    calls = [DOCUMENTED_CALLS[0] | {"direction": n, "callId": str(n)} for n in range(3)]
    with Sandbox(calls) as sandbox:
        answers = [ask(sandbox, **DAY, direction=n)["data"] for n in (1, 2, 3)]
    assert [[call["direction"] for call in answer] for answer in answers] == [[0], [1], [2]]


def test_an_order_id_finds_its_call(ask: Ask) -> None:
    calls = [DOCUMENTED_CALLS[0] | {"orderId": "SO1"}, DOCUMENTED_CALLS[1]]
    with Sandbox(calls) as sandbox:
        assert ask(sandbox, **DAY, orderId="SO1")["data"] == calls[:1]


def test_an_answer_has_the_documented_form_byte_for_byte(sandbox: Sandbox, send: Send) -> None:
    status, headers, body = send(sandbox, DAY, at=NOW)
    answer = json.loads(body)
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    assert headers["Date"] == "Thu, 27 Jul 2023 23:20:00 GMT"
    assert list(answer) == ["reqId", "code", "msg", "data"]
    assert (len(answer["reqId"]), answer["code"], answer["msg"]) == (32, 0, "Request succeeded")
    assert [list(record) for record in answer["data"]] == [list(record) for record in DOCUMENTED_CALLS]
    assert b'"totalCustomerPrice":0.035}' in body


def test_the_page_after_a_full_last_one_is_empty(sandbox: Sandbox, ask: Ask) -> None:
    pages = [ask(sandbox, at=NOW, **{**DAY, "size": 1, "page": n})["data"] for n in (1, 2, 3)]
    assert pages == [[DOCUMENTED_CALLS[0]], [DOCUMENTED_CALLS[1]], []]


def test_other_paths_and_methods_are_plain_http_errors(sandbox: Sandbox, send: Send) -> None:
    assert send(sandbox, DAY, path="/")[0] == 404
    for method in ("GET", "PUT", "DELETE"):
        status, headers, _ = send(sandbox, DAY, method=method)
        assert (status, headers["Allow"]) == (405, "POST")
    assert send(sandbox, b"", method="HEAD")[::2] == (405, b"")
    assert [request.outcome for request in sandbox.requests] == ["http"] * 5


def test_a_body_of_unknown_or_excessive_length_is_not_read(sandbox: Sandbox, send: Send) -> None:
    assert send(sandbox, b"", headers={"Content-Length": "many"})[0] == 411
    assert send(sandbox, b"", headers={"Content-Length": "9" * 5000})[0] == 413


def test_a_connection_carries_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))
    statuses = []
    for path in (PATH, "/other", PATH):
        connection.request("POST", path, b"{}")
        with connection.getresponse() as response:
            response.read()
            statuses.append(response.status)
        assert connection.sock is not None
    connection.close()
    assert statuses == [200, 404, 200]


def test_requests_are_logged_with_their_outcome(ask: Ask) -> None:
    seen: list[Any] = []
    clock = iter([10.0, 11.5])
    with Sandbox(DOCUMENTED_CALLS, monotonic=lambda: next(clock), observe=seen.append) as sandbox:
        ask(sandbox, **DAY)
        ask(sandbox, **DAY, direction=9)
    first, second = sandbox.requests
    assert seen == [first, second]
    assert (first.number, first.received, first.method, first.path) == (0, 10.0, "POST", PATH)
    assert (first.outcome, first.status, first.code, first.rows) == ("served", 200, 0, 2)
    assert first.body == DAY
    assert first.headers["biztype"] == "8"
    assert (second.number, second.received, second.outcome, second.code, second.rows) == (1, 11.5, "refused", 1002, 0)


def test_calls_can_be_added_removed_and_replaced_while_it_runs(sandbox: Sandbox, ask: Ask) -> None:
    newest = DOCUMENTED_CALLS[0] | {"callId": "new", "startTime": 1690450000000}
    sandbox.add(newest)
    assert ask(sandbox, at=NOW, **DAY)["data"] == [newest, *DOCUMENTED_CALLS]
    sandbox.remove(DOCUMENTED_CALLS[0])
    assert ask(sandbox, at=NOW, **DAY)["data"] == [newest, DOCUMENTED_CALLS[1]]
    later = newest | {"recordUrl": "https://example.com/new.mp3"}
    sandbox.replace(newest, later)
    assert ask(sandbox, at=NOW, **DAY)["data"] == [later, DOCUMENTED_CALLS[1]]
    sandbox.calls = [newest]
    assert ask(sandbox, at=NOW, **DAY)["data"] == sandbox.calls == [newest]
    with pytest.raises(ValueError, match="no such call"):
        sandbox.remove(DOCUMENTED_CALLS[0])
    with pytest.raises(ValueError, match="no such call"):
        sandbox.replace(later, newest)


def test_numbers_over_64_bits_and_lone_surrogates_survive(ask: Ask) -> None:
    odd = [DOCUMENTED_CALLS[0] | {"other": "\ud800", "callId": "x"}, DOCUMENTED_CALLS[1] | {"hangupCode": 2**70}]
    with Sandbox(odd) as sandbox:
        assert ask(sandbox, **DAY)["data"] == odd
