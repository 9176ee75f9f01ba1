"""Faults, the request limit, and delays."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
import zlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from nxcdr.sandbox import DOCUMENTED_CALLS, PATH, Fault, Misbehaviour, Sandbox
from tests.sandbox.connections import connected, open_response

Ask = Callable[..., dict[str, Any]]
Send = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]

DAY: dict[str, Any] = {"startTime": 1690387200, "endTime": 1690473600, "size": 100, "page": 1}


def failing(*faults: Fault, **more: Any) -> Sandbox:
    return Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(faults=faults, fault_every=1, **more))


@pytest.mark.parametrize(
    ("fault", "status", "content"),
    [
        (Fault.UNAUTHORIZED, 401, b"<html>"),
        (Fault.FORBIDDEN, 403, b"<html>"),
        (Fault.TOO_MANY, 429, b"<html>"),
        (Fault.ERROR, 500, b"<html>"),
        (Fault.BAD_GATEWAY, 502, b"<html>"),
        (Fault.UNAVAILABLE, 503, b"<html>"),
        (Fault.GATEWAY_TIMEOUT, 504, b"<html>"),
        (Fault.REDIRECT, 302, b"<html>"),
        (Fault.HTML, 200, b"<html>"),
        (Fault.EMPTY, 200, b""),
        (Fault.NOT_JSON, 200, b'{"reqId"'),
    ],
)
def test_a_gateway_can_answer_instead(send: Send, fault: Fault, status: int, content: bytes) -> None:
    with failing(fault) as sandbox:
        got, headers, body = send(sandbox, DAY)
        assert (got, body[: len(content)], bool(body)) == (status, content, bool(content))
        assert ("text/html" in headers["Content-Type"]) == (content == b"<html>")
        assert (sandbox.requests[0].outcome, sandbox.requests[0].status) == (fault, status)
        assert headers["Retry-After"] is None
    if fault is Fault.NOT_JSON:
        with pytest.raises(ValueError, match="Expecting value"):
            json.loads(body)


def test_a_redirect_leads_to_another_path_of_the_sandbox(send: Send) -> None:
    with Sandbox(misbehaviour=Misbehaviour(faults=[Fault.REDIRECT], fault_at={0})) as sandbox:
        location = send(sandbox, DAY)[1]["Location"]
        assert send(sandbox, DAY, path=location)[0] == 404


@pytest.mark.parametrize(("fault", "code"), [(Fault.CODE_88, 88), (Fault.CODE_99, 99)])
def test_a_fault_can_be_a_vendor_code(ask: Ask, fault: Fault, code: int) -> None:
    with failing(fault) as sandbox:
        assert ask(sandbox, **DAY)["code"] == code


def test_a_connection_can_be_reset(send: Send) -> None:
    with failing(Fault.RESET) as sandbox, pytest.raises(ConnectionResetError) as error:
        send(sandbox, DAY)
    assert error.type is ConnectionResetError  # not its subclass RemoteDisconnected, which is a plain end


def test_a_body_can_be_truncated(send: Send) -> None:
    with failing(Fault.TRUNCATED) as sandbox, pytest.raises(http.client.IncompleteRead) as error:
        send(sandbox, DAY)
    assert error.value.expected == len(error.value.partial)


def test_a_request_can_get_no_answer_while_others_do() -> None:
    noted = threading.Event()
    silent_once = Misbehaviour(faults=[Fault.SILENCE], fault_at={0})
    with Sandbox(misbehaviour=silent_once, observe=lambda _: noted.set()) as sandbox, connected(sandbox) as silent:
        silent.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode())
        assert noted.wait(10)
        connection, response = open_response(sandbox)
        assert json.loads(response.read())["code"] == 1001
        connection.close()
        assert (sandbox.requests[0].outcome, sandbox.requests[0].status) == (Fault.SILENCE, 0)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.recv(1)
        silent.settimeout(10)
        sandbox.stop()
        assert silent.recv(1) == b""


def test_a_body_can_be_huge() -> None:
    with failing(Fault.HUGE) as sandbox:
        connection, response = open_response(sandbox)
        assert response.getheader("Content-Length") == str(1 << 30)
        assert len(response.read(1 << 22)) == 1 << 22
        response.close()
        connection.close()


def test_a_body_can_be_endless() -> None:
    with failing(Fault.ENDLESS) as sandbox:
        connection, response = open_response(sandbox)
        assert response.getheader("Transfer-Encoding") == "chunked"
        assert len(response.read(1 << 22)) == 1 << 22
        response.close()
        connection.close()


def test_a_small_body_can_unpack_to_a_huge_one(send: Send) -> None:
    with failing(Fault.GZIP_BOMB) as sandbox:
        _, headers, body = send(sandbox, DAY)
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 2 << 20
    unpacked = zlib.decompressobj(wbits=31)
    member = unpacked.decompress(body)
    assert member.isspace()
    assert len(member) * (len(body) // (len(body) - len(unpacked.unused_data))) == 1 << 30
    assert gzip.compress(member[:10])[:2] == body[:2]


def test_faults_are_used_in_turn(send: Send) -> None:
    with failing(Fault.ERROR, Fault.EMPTY, Fault.UNAVAILABLE) as sandbox:
        assert [send(sandbox, DAY)[0] for _ in range(6)] == [500, 200, 503] * 2


@pytest.mark.parametrize(
    ("placed", "wrong"),
    [({"fault_every": 3}, [2, 5, 8]), ({"fault_at": {0, 4}}, [0, 4]), ({"fault_every": 5, "fault_at": [1]}, [1, 4, 9])],
)
def test_faults_can_be_placed_by_request_number(send: Send, placed: dict[str, Any], wrong: list[int]) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(**placed)) as sandbox:
        statuses = [send(sandbox, DAY)[0] for _ in range(10)]
    assert [n for n, status in enumerate(statuses) if status == 503] == wrong


def test_random_faults_depend_on_the_seed_and_have_the_chosen_rate(send: Send) -> None:
    def run(seed: int) -> list[int]:
        with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(fault_rate=0.3, seed=seed)) as sandbox:
            return [send(sandbox, DAY)[0] for _ in range(100)]

    first = run(1)
    assert first == run(1) != run(2)
    assert 15 < first.count(503) < 45


@pytest.mark.parametrize(("answer", "status"), [("429", 429), ("503", 503), ("2206", 200)])
def test_requests_over_the_limit_are_refused(send: Send, answer: Any, status: int) -> None:
    clock = [0.0]
    limited = Misbehaviour(limit=2, limit_answer=answer)
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=limited, monotonic=lambda: clock[0]) as sandbox:
        for clock[0] in (0.0, 0.5, 0.75, 0.99, 1.0, 1.25, 1.5):
            send(sandbox, DAY)
        outcomes = [request.outcome for request in sandbox.requests]
        clock[0] = 1.75
        got, headers, body = send(sandbox, DAY)
    assert outcomes == ["served", "served", "limited", "limited", "served", "limited", "served"]
    assert (got, headers["Retry-After"]) == (status, None)
    if answer == "2206":
        assert json.loads(body)["code"] == 2206


@pytest.mark.parametrize(("told", "seconds"), [(None, 7), (30, 30)])
def test_a_limited_answer_can_have_retry_after(send: Send, told: int | None, seconds: int) -> None:
    def retry_after(form: Any) -> str:
        limited = Misbehaviour(limit=1, limit_period=7, retry_after=form, retry_after_s=told)
        with Sandbox(misbehaviour=limited, monotonic=lambda: 0.0, now=lambda: 1000.5) as sandbox:
            send(sandbox, DAY)
            return str(send(sandbox, DAY)[1]["Retry-After"])

    assert retry_after("seconds") == str(seconds)
    assert parsedate_to_datetime(retry_after("date")).timestamp() == 1001 + seconds


def test_a_fault_can_have_retry_after(send: Send) -> None:
    with failing(Fault.TOO_MANY, Fault.UNAVAILABLE, retry_after="seconds") as sandbox:
        assert [send(sandbox, DAY)[1]["Retry-After"] for _ in range(2)] == ["1", "1"]


def test_latency_and_the_cost_of_deep_pages_delay_answers(ask: Ask) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(latency=0.05, page_cost=0.02)) as sandbox:
        began = time.monotonic()
        ask(sandbox, **{**DAY, "page": 5})
        assert time.monotonic() - began >= 0.15
