"""Right answers in unusual HTTP, second answers, and refusals that repeat secrets."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nxcdr.sandbox import DOCUMENTED_CALLS, PATH, Fault, Misbehaviour, Sandbox, dense_calls
from tests.sandbox.connections import connected

Ask = Callable[..., dict[str, Any]]
Send = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]

DAY: dict[str, Any] = {"startTime": 1690387200, "endTime": 1690473600, "size": 100, "page": 1}
UNSIGNED = f"POST {PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode()  # refused with code 1001


def head_of(**rules: Any) -> list[str]:
    """The head of an answer, line by line, with any informational answers before it."""
    with Sandbox(misbehaviour=Misbehaviour(**rules)) as sandbox, connected(sandbox) as client:
        client.sendall(UNSIGNED.replace(b"POST", b"HEAD"))
        with client.makefile("rb") as answer:
            lines = [answer.readline().decode().removesuffix("\r\n")]
            while not (lines[-1] == "" and any(line.startswith("Content-Length") for line in lines)):
                lines.append(answer.readline().decode().removesuffix("\r\n"))
    return lines


def unsigned_answer(connection: http.client.HTTPConnection) -> dict[str, Any]:
    connection.request("POST", PATH, b"")
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


def test_a_second_answer_follows_at_once_on_the_same_connection() -> None:
    rules = Misbehaviour(faults=[Fault.SECOND_ANSWER], fault_at={0})
    with Sandbox(misbehaviour=rules) as sandbox, connected(sandbox) as client:
        client.sendall(UNSIGNED)
        codes = []
        with client.makefile("rb") as stream:
            for _ in range(2):
                head = {}
                while line := stream.readline().decode().strip():
                    name, _, value = line.partition(": ")
                    head[name] = value
                assert "Connection" not in head
                codes.append(json.loads(stream.read(int(head["Content-Length"])))["code"])
        assert codes == [1001, 0]
        assert [(request.outcome, request.code) for request in sandbox.requests] == [(Fault.SECOND_ANSWER, 1001)]


def test_a_late_second_answer_is_taken_for_that_of_the_next_request() -> None:
    rules = Misbehaviour(faults=[Fault.LATE_SECOND_ANSWER], fault_at={1})
    with Sandbox(misbehaviour=rules) as sandbox:
        connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=10)
        answers = [unsigned_answer(connection) for _ in range(4)]
        connection.close()
    assert [answer["code"] for answer in answers] == [1001, 1001, 0, 1001]
    assert answers[2]["data"] == []


def test_a_second_answer_follows_the_right_one(ask: Ask) -> None:
    for fault in (Fault.SECOND_ANSWER, Fault.LATE_SECOND_ANSWER):
        rules = Misbehaviour(faults=[fault], fault_every=1)
        with Sandbox(DOCUMENTED_CALLS, misbehaviour=rules) as sandbox:
            assert ask(sandbox, **DAY)["data"] == list(DOCUMENTED_CALLS)
            assert [(request.outcome, request.rows) for request in sandbox.requests] == [(fault, 2)]


def test_informational_answers_can_come_first() -> None:
    lines = head_of(informational=(100, 103))
    final = lines.index("HTTP/1.1 405 Method Not Allowed")
    early = ["HTTP/1.1 100 Continue", "", "HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload", ""]
    assert lines[:final] == early


@pytest.mark.parametrize(("place", "line"), [("first", 1), ("last", -2)])
def test_a_header_line_can_lack_its_colon(place: Any, line: int) -> None:
    lines = head_of(malformed_header=place)
    assert [n for n, text in enumerate(lines[1:-1], 1) if ":" not in text] == [line % len(lines)]
    assert not any(":" not in text for text in head_of()[1:-1])


def test_answers_can_be_gzipped(send: Send) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(gzip=True)) as sandbox:
        _, headers, body = send(sandbox, DAY)
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(body))
    assert json.loads(gzip.decompress(body))["data"] == list(DOCUMENTED_CALLS)


@pytest.mark.parametrize("compressed", [True, False])
def test_answers_can_be_chunked(send: Send, compressed: bool) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(chunked=True, gzip=compressed)) as sandbox:
        _, headers, body = send(sandbox, DAY)
    assert headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in headers
    assert json.loads(gzip.decompress(body) if compressed else body)["data"] == list(DOCUMENTED_CALLS)


@pytest.mark.parametrize("rules", [{"gzip": True}, {"chunked": True}, {"chunked": True, "gzip": True}], ids=str)
def test_chunked_and_gzipped_answers_can_be_truncated_too(send: Send, rules: dict[str, Any]) -> None:
    misbehaviour = Misbehaviour(faults=[Fault.TRUNCATED], fault_every=1, **rules)
    with Sandbox(misbehaviour=misbehaviour) as sandbox, pytest.raises(http.client.IncompleteRead):
        send(sandbox, DAY)


@pytest.mark.parametrize(
    ("rules", "code"),
    [({}, 1003), ({"refuse": 1005}, 1005), ({"faults": [Fault.CODE_99], "fault_every": 1}, 99)],
    ids=str,
)
def test_a_refusal_can_repeat_the_signature_and_the_secret(send: Send, rules: dict[str, Any], code: int) -> None:
    with Sandbox(misbehaviour=Misbehaviour(echo_secret=True, **rules), access_secret="hush") as sandbox:
        answer = json.loads(send(sandbox, DAY, secret="wrong")[2])
        sign = sandbox.requests[0].headers["sign"]
    assert answer["code"] == code
    assert answer["msg"].endswith(f"(sign={sign}, accessSecret=hush)")


def test_a_success_never_repeats_the_secret(send: Send) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(echo_secret=True), access_secret="hush") as sandbox:
        status, headers, body = send(sandbox, DAY)
    assert status == 200
    assert "hush" not in f"{headers}{body.decode()}"


def test_all_options_work_together(send: Send) -> None:
    calls = dense_calls(300, 1000, 2000)
    chaos = Misbehaviour(
        latency=0.001,
        page_cost=0.0001,
        limit=40,
        limit_period=0.1,
        retry_after="date",
        faults=[fault for fault in Fault if fault not in (Fault.SILENCE, Fault.HUGE, Fault.ENDLESS, Fault.GZIP_BOMB)],
        fault_rate=0.3,
        clock_skew=10,
        echo_secret=True,
        order="unstable",
        end="exclusive",
        filter_by="overlap",
        first_page=0,
        page_cap=7,
        depth_limit=300,
        depth_answer=99,
        cut_rate=0.3,
        repeats=2,
        arrivals=dense_calls(50, 1000, 2000, seed=9),
        vanish_every=3,
        change_every=2,
        extra_fields={"new": 1},
        missing_fields={"other"},
        missing_every=3,
        hostile=True,
        gzip=True,
        chunked=True,
        informational=(100,),
        malformed_header="last",
    )
    with Sandbox(calls, misbehaviour=chaos) as sandbox:

        def attempt(page: int) -> object:
            try:
                return send(sandbox, {"startTime": 1000, "endTime": 2000, "size": 10, "page": page})[0]
            except (http.client.HTTPException, OSError) as error:
                return type(error)

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(attempt, range(1, 101)))
        outcomes = {request.outcome for request in sandbox.requests}
    assert results.count(200) > 50
    assert {"served", "cut", "refused", Fault.RESET, Fault.SECOND_ANSWER, Fault.FORBIDDEN} <= outcomes
    assert len(sandbox.requests) == 100
