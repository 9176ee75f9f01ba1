"""What the client makes of a server's answers, over real sockets."""

from __future__ import annotations

import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pytest

from nxcdr.api.answer import decode_records
from nxcdr.api.client import Account, Client
from nxcdr.api.pacing import Pace, Stopped
from nxcdr.api.request import Filters, PageRequest
from nxcdr.errors import (
    CredentialsError,
    NxcdrError,
    RefusedError,
    UnavailableError,
    UntrustedAnswerError,
)
from nxcdr.sandbox import DOCUMENTED_CALLS, Fault, Misbehaviour, Sandbox, dense_calls

START, END = 1690387200, 1690473600
WHOLE = PageRequest(START, END)

Connect = Callable[..., tuple[Client, Sandbox]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """``connect(calls, client options…, misbehaviour…)`` gives a client and the sandbox it asks."""
    with ExitStack() as stack:

        def connect(calls: Any = DOCUMENTED_CALLS, **options: Any) -> tuple[Client, Sandbox]:
            secret = options.pop("secret", None)
            rate, concurrency = options.pop("rate", None), options.pop("concurrency", 4)
            mine = {name: options.pop(name) for name in list(options) if name in _CLIENT_OPTIONS}
            sandbox = stack.enter_context(Sandbox(list(calls), misbehaviour=Misbehaviour(**options)))
            account = Account(sandbox.base_url, sandbox.access_key, secret or sandbox.access_secret)
            client = stack.enter_context(Client(account, pace=Pace(rate=rate, concurrency=concurrency), **mine))
            return client, sandbox

        yield connect


_CLIENT_OPTIONS = {"filters", "timeout", "retries", "warn", "trace", "clock"}


def test_the_documented_records_come_back_to_the_last_field(connect: Connect) -> None:
    client, _ = connect()
    documented = [json.loads(json.dumps(call), parse_float=Decimal) for call in DOCUMENTED_CALLS]
    assert sorted(decode_records(client.page(WHOLE).records), key=itemgetter("callId")) == sorted(
        documented, key=itemgetter("callId")
    )


def test_filters_use_the_numbering_of_requests(connect: Connect) -> None:
    filters = Filters(
        answered=False, direction="inbound", agent="陈", caller="1", callee="2", call_id="3", order_id="4"
    )
    client, sandbox = connect(filters=filters)
    assert len(client.page(WHOLE)) == 0
    assert sandbox.requests[0].body == {
        "startTime": START,
        "endTime": END,
        "answered": 1,
        "direction": 1,
        "name": "陈",
        "caller": "1",
        "callee": "2",
        "callId": "3",
        "orderId": "4",
        "page": 1,
        "size": 100,
    }


def test_the_client_names_itself_and_asks_for_json(connect: Connect) -> None:
    client, sandbox = connect()
    client.page(WHOLE)
    headers = sandbox.requests[0].headers
    assert headers["user-agent"].startswith("nxcdr/")
    assert (headers["content-type"], headers["biztype"], headers["action"]) == ("application/json", "8", "cc")


@pytest.mark.parametrize(
    ("code", "kind", "requests"),
    [
        (1001, RefusedError, 1),
        (1002, RefusedError, 1),
        (1003, CredentialsError, 1),
        (1005, CredentialsError, 1),
        (41000, RefusedError, 1),
        (4242, RefusedError, 1),
        (88, UnavailableError, 2),
        (99, UnavailableError, 2),
        (2206, UnavailableError, 2),
    ],
)
def test_each_code_becomes_its_error_and_names_code_and_request(
    connect: Connect, code: int, kind: type[NxcdrError], requests: int
) -> None:
    client, sandbox = connect(refuse=code, retries=1)
    with pytest.raises(kind, match=rf"code {code}: .*reqId \w{{8}}") as caught:
        client.page(WHOLE)
    assert type(caught.value) is kind
    assert len(sandbox.requests) == requests


def test_a_wrong_secret_is_told_with_its_remedy(connect: Connect) -> None:
    client, _ = connect(secret="wrong")
    with pytest.raises(CredentialsError, match="1003") as caught:
        client.page(WHOLE)
    assert "access_secret" in caught.value.hint


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.TOO_MANY, UnavailableError),
        (Fault.ERROR, UnavailableError),
        (Fault.BAD_GATEWAY, UnavailableError),
        (Fault.UNAVAILABLE, UnavailableError),
        (Fault.GATEWAY_TIMEOUT, UnavailableError),
        (Fault.RESET, UnavailableError),
        (Fault.SILENCE, UnavailableError),
        (Fault.HTML, UntrustedAnswerError),
        (Fault.EMPTY, UntrustedAnswerError),
        (Fault.NOT_JSON, UntrustedAnswerError),
        (Fault.CODE_99, UnavailableError),
    ],
)
def test_a_passing_fault_is_healed_and_a_lasting_one_is_told(
    connect: Connect, fault: Fault, kind: type[NxcdrError]
) -> None:
    client, sandbox = connect(faults=(fault,), fault_at={0}, timeout=0.5, retries=1)
    assert len(client.page(WHOLE)) == len(DOCUMENTED_CALLS)
    assert client.traffic.retries == 1
    sandbox.misbehaviour = Misbehaviour(faults=(fault,), fault_every=1)
    with pytest.raises(kind, match="2 tries"):
        client.page(WHOLE)


def test_an_answer_cut_short_is_never_taken_for_whole(connect: Connect) -> None:
    client, _ = connect(faults=(Fault.TRUNCATED,), fault_every=2)
    assert [len(client.page(WHOLE)) for _ in range(3)] == [2, 2, 2]
    assert client.traffic.retries == 2


@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.ENDLESS, Fault.GZIP_BOMB])
def test_an_answer_too_large_is_refused_with_little_memory(connect: Connect, fault: Fault) -> None:
    client, _ = connect(faults=(fault,), fault_every=1)
    tracemalloc.start()
    try:
        with pytest.raises(UntrustedAnswerError, match="larger than 8 MiB"):
            client.page(WHOLE)
        assert tracemalloc.get_traced_memory()[1] < 160 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("data_null", UntrustedAnswerError),
        ("data_object", UntrustedAnswerError),
        ("rows_as_text", UntrustedAnswerError),
        ("code_as_text", UntrustedAnswerError),
        ("no_data", UntrustedAnswerError),
        ("no_code", UntrustedAnswerError),
    ],
)
def test_an_answer_of_the_wrong_shape_is_not_data(connect: Connect, shape: str, kind: type[NxcdrError]) -> None:
    client, _ = connect(shape=shape, retries=0)
    with pytest.raises(kind):
        client.page(WHOLE)


def test_a_redirect_is_not_followed(connect: Connect) -> None:
    client, sandbox = connect(faults=(Fault.REDIRECT,), fault_every=1)
    with pytest.raises(UntrustedAnswerError, match="redirects"):
        client.page(WHOLE)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("skew", [-300, 300])
def test_a_clock_that_is_off_is_healed_with_one_warning(connect: Connect, skew: int) -> None:
    warnings: list[str] = []
    client, sandbox = connect(clock_skew=skew, warn=warnings.append)
    assert [len(client.page(WHOLE)) for _ in range(2)] == [2, 2]
    assert [request.code for request in sandbox.requests] == [1004, 0, 0]
    assert len(warnings) == 1
    assert "behind" in warnings[0] if skew > 0 else "ahead" in warnings[0]


def test_a_time_refused_though_the_clocks_agree_is_told(connect: Connect) -> None:
    client, sandbox = connect(refuse=1004)
    with pytest.raises(RefusedError, match="1004"):
        client.page(WHOLE)
    assert len(sandbox.requests) == 1


def test_every_try_is_signed_anew(connect: Connect) -> None:
    ticks = iter(range(10**6))
    began = time.time()
    client, sandbox = connect(faults=(Fault.ERROR,), fault_at={0}, clock=lambda: began + next(ticks) / 1000)
    client.page(WHOLE)
    one, other = (request.headers for request in sandbox.requests)
    assert one["ts"] != other["ts"]
    assert one["sign"] != other["sign"]


def test_the_trace_shows_requests_and_answers_but_neither_key_nor_signature(connect: Connect) -> None:
    lines: list[str] = []
    client, sandbox = connect(trace=lines.append, faults=(Fault.RESET,), fault_at={0})
    client.page(WHOLE)
    shown = "\n".join(lines)
    assert "> POST" in shown
    assert "< HTTP 200" in shown
    assert f"accessKey:{sandbox.access_key[:4]}…" in shown
    for secret in (sandbox.access_key + " ", sandbox.access_secret, *(r.headers["sign"] for r in sandbox.requests)):
        assert secret not in shown
    assert sandbox.access_secret not in repr(client.account)


def test_closing_the_client_frees_a_thread_that_waits_for_its_next_try(connect: Connect) -> None:
    client, sandbox = connect(faults=(Fault.UNAVAILABLE,), fault_every=1, retry_after="seconds", retry_after_s=60)
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            client.page(WHOLE)
        except Stopped as stop:
            ended.append(type(stop))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    while not sandbox.requests:
        time.sleep(0.01)
    began = time.monotonic()
    client.close()
    for thread in threads:
        thread.join(5)
    assert ended == [Stopped] * 3
    assert time.monotonic() - began < 2


def test_a_server_that_is_away_is_told_after_every_try() -> None:
    with Sandbox([]) as sandbox:
        account = Account(sandbox.base_url, "key", "secret")
    client = Client(account, pace=Pace(rate=None, concurrency=1), retries=1)
    with pytest.raises(UnavailableError, match=r"refused \(2 tries\)"):
        client.page(WHOLE)


def read_all(client: Client, requests: int, threads: int) -> None:
    """Ask for so many pages from so many threads."""
    todo = iter([WHOLE] * requests)
    lock = threading.Lock()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while True:
                with lock:
                    request = next(todo, None)
                if request is None:
                    return
                client.page(request)
        except NxcdrError as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures


def test_the_rate_is_never_exceeded(connect: Connect) -> None:
    client, sandbox = connect(rate=30.0, concurrency=8)
    read_all(client, 60, 8)
    arrived = sorted(request.received for request in sandbox.requests)
    # The machine may hold one request up until the next comes, but no second sees more than its share.
    assert all(later - earlier > 0.9 for earlier, later in zip(arrived, arrived[33:], strict=False))
    assert arrived[-1] - arrived[0] > 59 / 30 - 0.1


@pytest.mark.parametrize(
    ("answer", "retry_after"), [("429", "none"), ("429", "seconds"), ("503", "date"), ("2206", "none")]
)
def test_a_server_with_a_limit_refuses_few_requests_and_all_are_served(
    connect: Connect, answer: str, retry_after: str
) -> None:
    client, sandbox = connect(limit=20, limit_answer=answer, retry_after=retry_after, concurrency=8)
    began = time.monotonic()
    read_all(client, 90, 8)
    refused = sum(request.outcome == "limited" for request in sandbox.requests)
    assert refused < 90 / 10
    assert client.traffic.refusals == refused
    assert time.monotonic() - began < 20


def test_one_answer_in_ten_may_fail(connect: Connect) -> None:
    calls = dense_calls(50, START, END)
    faults = (
        *(Fault.RESET, Fault.ERROR, Fault.BAD_GATEWAY, Fault.CODE_99),
        *(Fault.NOT_JSON, Fault.EMPTY, Fault.TRUNCATED, Fault.SILENCE),
    )
    client, _ = connect(calls, faults=faults, fault_every=10, timeout=0.5, concurrency=8)
    read_all(client, 80, 8)
    assert client.traffic.requests == 80 + client.traffic.retries


def test_a_probe_tells_latency_and_skew(connect: Connect) -> None:
    client, _ = connect(clock_skew=30, latency=0.05)
    seen = client.probe()
    assert seen.latency >= 0.05
    assert seen.skew == pytest.approx(30, abs=1.5)
    assert seen.tls is None


def test_waits_grow_between_the_tries_of_one_request(connect: Connect) -> None:
    client, sandbox = connect(refuse=99, retries=2)
    with pytest.raises(UnavailableError):
        client.page(WHOLE)
    first, second = (other.received - one.received for one, other in pairwise(sandbox.requests))
    assert 0.2 < first < 0.8
    assert 0.4 < second < 1.6
