"""Answers that fail on the way, limits, delays, and how a sandbox ends."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from nxcdr.sandbox import DOCUMENTED_CALLS, PATH, Fault, Misbehaviour, Sandbox, dense_calls

Ask = Callable[..., dict[str, Any]]
Send = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]

DAY: dict[str, Any] = {"startTime": 1690387200, "endTime": 1690473600, "size": 100, "page": 1}


def failing(*faults: Fault, **more: Any) -> Sandbox:
    return Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(faults=faults, fault_every=1, **more))


def open_response(sandbox: Sandbox) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=10)
    connection.request("POST", PATH, b"{}")
    return connection, connection.getresponse()


def connected(sandbox: Sandbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])), timeout=10)


@pytest.mark.parametrize(
    ("fault", "status", "content"),
    [
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
def test_a_gateway_may_answer_instead(send: Send, fault: Fault, status: int, content: bytes) -> None:
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
def test_the_system_may_be_the_one_that_fails(ask: Ask, fault: Fault, code: int) -> None:
    with failing(fault) as sandbox:
        assert ask(sandbox, **DAY)["code"] == code


def test_a_connection_may_be_reset(send: Send) -> None:
    with failing(Fault.RESET) as sandbox, pytest.raises(ConnectionResetError) as error:
        send(sandbox, DAY)
    assert error.type is ConnectionResetError  # not its subclass RemoteDisconnected, which is a plain end


def test_a_body_may_be_cut_short(send: Send) -> None:
    with failing(Fault.TRUNCATED) as sandbox, pytest.raises(http.client.IncompleteRead) as error:
        send(sandbox, DAY)
    assert error.value.expected == len(error.value.partial)


def test_a_request_may_get_no_answer_while_others_do() -> None:
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


def test_a_body_may_be_huge() -> None:
    with failing(Fault.HUGE) as sandbox:
        connection, response = open_response(sandbox)
        assert response.getheader("Content-Length") == str(1 << 30)
        assert len(response.read(1 << 22)) == 1 << 22
        response.close()
        connection.close()


def test_a_body_may_have_no_end() -> None:
    with failing(Fault.ENDLESS) as sandbox:
        connection, response = open_response(sandbox)
        assert response.getheader("Transfer-Encoding") == "chunked"
        assert len(response.read(1 << 22)) == 1 << 22
        response.close()
        connection.close()


def test_a_small_body_may_unpack_to_a_huge_one(send: Send) -> None:
    with failing(Fault.GZIP_BOMB) as sandbox:
        _, headers, body = send(sandbox, DAY)
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < 2 << 20
    unpacked = zlib.decompressobj(wbits=31)
    member = unpacked.decompress(body)
    assert member.isspace()
    assert len(member) * (len(body) // (len(body) - len(unpacked.unused_data))) == 1 << 30
    assert gzip.compress(member[:10])[:2] == body[:2]


def test_faults_come_in_turn(send: Send) -> None:
    with failing(Fault.ERROR, Fault.EMPTY, Fault.UNAVAILABLE) as sandbox:
        assert [send(sandbox, DAY)[0] for _ in range(6)] == [500, 200, 503] * 2


@pytest.mark.parametrize(
    ("placed", "wrong"),
    [({"fault_every": 3}, [2, 5, 8]), ({"fault_at": {0, 4}}, [0, 4]), ({"fault_every": 5, "fault_at": [1]}, [1, 4, 9])],
)
def test_faults_are_placed_by_number(send: Send, placed: dict[str, Any], wrong: list[int]) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(**placed)) as sandbox:
        statuses = [send(sandbox, DAY)[0] for _ in range(10)]
    assert [n for n, status in enumerate(statuses) if status == 503] == wrong


def test_faults_by_chance_follow_the_seed_and_keep_their_share(send: Send) -> None:
    def run(seed: int) -> list[int]:
        with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(fault_rate=0.3, seed=seed)) as sandbox:
            return [send(sandbox, DAY)[0] for _ in range(100)]

    first = run(1)
    assert first == run(1) != run(2)
    assert 15 < first.count(503) < 45


@pytest.mark.parametrize(("answer", "status"), [("429", 429), ("503", 503), ("2206", 200)])
def test_requests_over_the_limit_are_refused_until_the_window_has_slid(send: Send, answer: Any, status: int) -> None:
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
def test_a_refusal_says_when_to_come_back(send: Send, told: int | None, seconds: int) -> None:
    def retry_after(form: Any) -> str:
        limited = Misbehaviour(limit=1, limit_period=7, retry_after=form, retry_after_s=told)
        with Sandbox(misbehaviour=limited, monotonic=lambda: 0.0, now=lambda: 1000.5) as sandbox:
            send(sandbox, DAY)
            return str(send(sandbox, DAY)[1]["Retry-After"])

    assert retry_after("seconds") == str(seconds)
    assert parsedate_to_datetime(retry_after("date")).timestamp() == 1001 + seconds


def test_faults_say_when_to_come_back_too(send: Send) -> None:
    with failing(Fault.TOO_MANY, Fault.UNAVAILABLE, retry_after="seconds") as sandbox:
        assert [send(sandbox, DAY)[1]["Retry-After"] for _ in range(2)] == ["1", "1"]


def test_latency_and_the_cost_of_deep_pages_delay_answers(ask: Ask) -> None:
    with Sandbox(DOCUMENTED_CALLS, misbehaviour=Misbehaviour(latency=0.05, page_cost=0.02)) as sandbox:
        began = time.monotonic()
        ask(sandbox, **{**DAY, "page": 5})
        assert time.monotonic() - began >= 0.15


def test_the_most_requests_in_flight_are_counted(ask: Ask) -> None:
    gate = threading.Barrier(4, timeout=10)
    seen = threading.local()

    def now() -> float:
        if not hasattr(seen, "gate"):  # each connection has a thread of its own
            seen.gate = gate.wait()  # all four are being answered at once
        return 1690500000.0

    with Sandbox(DOCUMENTED_CALLS, now=now) as sandbox, ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: ask(sandbox, at=1690500000, **DAY)["code"], range(4))
        assert list(answers) == [0] * 4
        assert sandbox.max_in_flight == 4
        assert gate.n_waiting == 0


def test_many_clients_at_once_get_every_call(ask: Ask) -> None:
    calls = dense_calls(2000, 1000, 2000)
    with Sandbox(calls) as sandbox, ThreadPoolExecutor(16) as pool:
        pages = list(pool.map(lambda n: ask(sandbox, startTime=1000, endTime=2000, page=n)["data"], range(1, 21)))
    assert [record for page in pages for record in page] == calls[::-1]


def test_all_switches_work_together(send: Send) -> None:
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
        order="unstable",
        end="exclusive",
        filter_by="overlap",
        page_cap=7,
        repeats=2,
        arrivals=dense_calls(50, 1000, 2000, seed=9),
        vanish_every=3,
        extra_fields={"new": 1},
        missing_fields={"other"},
        missing_every=3,
        hostile=True,
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
    assert "served" in outcomes
    assert Fault.RESET in outcomes
    assert len(sandbox.requests) == 100


def test_a_delayed_answer_does_not_delay_the_end() -> None:
    arrived = threading.Event()

    def monotonic() -> float:
        arrived.set()
        return 0.0

    with Sandbox(misbehaviour=Misbehaviour(latency=60), monotonic=monotonic) as sandbox, connected(sandbox) as client:
        client.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        assert arrived.wait(10)
        began = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - began < 2


def test_it_can_be_started_again_and_stopped_twice(ask: Ask) -> None:
    sandbox = Sandbox(DOCUMENTED_CALLS)
    for _ in range(2):
        url = sandbox.start().base_url
        assert sandbox.start().base_url == url
        assert ask(sandbox, **DAY)["code"] == 0
        sandbox.stop()
        sandbox.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    assert len(sandbox.requests) == 2


def test_nothing_of_it_outlives_its_end(ask: Ask) -> None:
    threads = threading.active_count()
    with Sandbox() as sandbox:
        idle = connected(sandbox)
        ask(sandbox, **DAY)
    with idle:
        assert idle.recv(1) == b""
    assert threading.active_count() == threads


def test_a_port_that_is_taken_is_an_error() -> None:
    with Sandbox() as first, pytest.raises(OSError, match="in use"):
        Sandbox(port=int(first.base_url.rpartition(":")[2])).start()
