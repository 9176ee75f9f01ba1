"""Starting, stopping, and many clients at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nxcdr.sandbox import DOCUMENTED_CALLS, PATH, Misbehaviour, Sandbox, dense_calls
from tests.sandbox.connections import connected

Ask = Callable[..., dict[str, Any]]

DAY: dict[str, Any] = {"startTime": 1690387200, "endTime": 1690473600, "size": 100, "page": 1}


def test_the_highest_number_of_requests_in_flight_is_recorded(ask: Ask) -> None:
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


def test_stopping_does_not_wait_for_delayed_answers() -> None:
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


def test_stopping_ends_every_thread_and_connection(ask: Ask) -> None:
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
