"""One exchange byte for byte: what is read without http.client is what that would read, and nothing else is."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nxcdr.api.client import Account, Client
from nxcdr.api.pacing import Pace
from nxcdr.api.request import PageRequest
from nxcdr.errors import UnavailableError
from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Sandbox
from tests.listeners import Proxy, Relay, answering, received, server_context, unwrapping

WHOLE = PageRequest(1690387200, 1690473600)
BODY = json.dumps({"reqId": "1", "code": 0, "msg": "", "data": DOCUMENTED_CALLS}).encode()
OK = b"HTTP/1.1 200 OK"


def answer(*lines: bytes, body: bytes = BODY, end: bytes = b"\r\n") -> bytes:
    return end.join([*lines, b"", b""]) + body


def length(body: bytes = BODY) -> bytes:
    return b"Content-Length: %d" % len(body)


def client_of(url: str, **options: Any) -> Client:
    pace = Pace(rate=None, concurrency=4)
    return Client(Account(url, "key", "secret"), pace=pace, **{"retries": 0, "timeout": 5, **options})


ZIPPED = gzip.compress(BODY)
CHUNKED = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:1], BODY[1:500], BODY[500:])) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        answer(OK, length()),
        answer(OK, b"Date: Thu, 27 Jul 2023 00:00:00 GMT", length(), b"Connection: Keep-Alive"),
        answer(OK, length(), b"Connection: close"),
        answer(OK, b"content-LENGTH:%d" % len(BODY), b"Set-Cookie: a=1", b"Set-Cookie: b=2"),
        answer(OK, length(), end=b"\n"),
        answer(OK, b"X-Folded: one", b" Content-Length: 3", length()),
        answer(OK, b"Transfer-Encoding: chunked", body=CHUNKED),
        answer(OK, b"Content-Encoding: gzip", length(ZIPPED), body=ZIPPED),
        answer(b"HTTP/1.1 100 Continue", body=b"") + answer(OK, length()),
        answer(b"HTTP/1.0 200 OK", body=BODY),
        answer(b"HTTP/1.0 200 OK", length()),
        answer(OK, b"Connection: close"),
        answer(b"HTTP/1.1 200", length()),
    ],
)
@pytest.mark.parametrize("cuts", [(), (1,), (10, 40, 600), (-1,)])
def test_an_answer_of_any_form_is_read_however_it_comes_in_pieces(sent: bytes, cuts: Sequence[int]) -> None:
    edges = [0, *sorted(cut % len(sent) for cut in cuts), len(sent)]
    pieces = [sent[start:end] for start, end in pairwise(edges)]
    with Relay(answering(*pieces)) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert len(client.page(WHOLE)) == 2


def test_a_connection_is_used_again_whatever_form_its_answers_have() -> None:
    plain = answer(OK, length())
    chunked = answer(OK, b"Transfer-Encoding: chunked", body=CHUNKED)
    connections: list[int] = []

    def handle(connection: socket.socket) -> None:
        connections.append(1)
        for sent in (plain, chunked, plain, answer(OK, b"Content-Encoding: gzip", length(ZIPPED), body=ZIPPED), plain):
            received(connection)
            connection.sendall(sent)

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert [len(client.page(WHOLE)) for _ in range(5)] == [2] * 5
    assert len(connections) == 1


@pytest.mark.parametrize(
    "lines", [(length(), b"Connection: close"), (length(), b"Connection: CLOSE", b"X: y", b"X: z")]
)
def test_a_connection_that_the_server_will_close_is_not_used_again(lines: tuple[bytes, ...]) -> None:
    def handle(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(answer(OK, *lines))
        received(connection)  # and never an answer

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert [len(client.page(WHOLE)) for _ in range(2)] == [2, 2]


@pytest.mark.parametrize("informational", [b"100 Continue", b"103 Early Hints", b"102 Processing"])
def test_informational_answers_before_the_final_one_are_skipped(informational: bytes) -> None:
    before = answer(b"HTTP/1.1 " + informational, b"Link: </style.css>; rel=preload", body=b"")
    sent = before * 3 + answer(OK, length())
    with Relay(answering(sent)) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert len(client.page(WHOLE)) == 2


def test_a_header_line_without_a_colon_does_no_harm_after_the_length() -> None:
    with (
        Relay(answering(answer(OK, length(), b"no colon"))) as relay,
        client_of(f"http://127.0.0.1:{relay.port}") as client,
    ):
        assert len(client.page(WHOLE)) == 2


def test_a_header_line_without_a_colon_that_hides_the_length_is_an_error_that_says_so() -> None:
    with (
        Relay(answering(answer(OK, b"no colon", length()))) as relay,
        client_of(f"http://127.0.0.1:{relay.port}") as client,
        pytest.raises(UnavailableError, match="not a header"),
    ):
        client.page(WHOLE)


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", answer(OK, length())[:-5], answer(OK)[:9]])
def test_what_goes_wrong_on_a_connection_that_stands_is_told_as_on_a_new_one(sent: bytes) -> None:
    told = []

    for before in ([], [answer(OK, length())]):

        def handle(connection: socket.socket, answers: Sequence[bytes] = (*before, sent)) -> None:
            for one in answers:
                received(connection)
                connection.sendall(one)

        with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
            for _ in before:
                client.page(WHOLE)
            with pytest.raises(UnavailableError) as caught:
                client.page(WHOLE)
            told.append(caught.value.message)
    assert told[0] == told[1]


def test_the_time_for_an_answer_is_limited_on_a_connection_that_stands_too() -> None:
    def handle(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(answer(OK, length()))
        while received(connection):
            connection.sendall(OK)

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}", timeout=0.3) as client:
        client.page(WHOLE)
        with pytest.raises(UnavailableError, match=r"no answer within 0\.3 s"):
            client.page(WHOLE)


def test_a_request_names_the_endpoint_and_its_host() -> None:
    request = b""

    def handle(connection: socket.socket) -> None:
        nonlocal request
        request = received(connection)
        connection.sendall(answer(OK, length()))

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}/base/") as client:
        client.page(WHOLE)
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert first == b"POST /base/saas/cc/openapi/cdr/page HTTP/1.1"
        assert {b"Host: 127.0.0.1:%d" % relay.port, b"Content-Length: %d" % len(body)} < set(lines)
        assert body == b'{"startTime":1690387200,"endTime":1690473600,"page":1,"size":100}'


@pytest.mark.parametrize("key", ["a\r\nX: y", "a\ny", "a\ry"])
def test_no_header_brings_along_another(key: str) -> None:
    with Sandbox([]) as sandbox, Client(Account(sandbox.base_url, key, "secret")) as client:
        with pytest.raises(ValueError, match="header"):
            client.page(WHOLE)
        assert not sandbox.requests


def test_an_answer_cut_short_is_none() -> None:
    with (
        Relay(answering(answer(OK, length(), body=BODY[:-1]))) as relay,
        client_of(f"http://127.0.0.1:{relay.port}") as client,
        pytest.raises(UnavailableError, match="1 more expected"),
    ):
        client.page(WHOLE)


def test_authorities_are_read_once_for_all_connections(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []

    class Context(ssl.SSLContext):
        def load_verify_locations(self, *args: Any, **kwargs: Any) -> None:
            read.append(kwargs)
            super().load_verify_locations(*args, **kwargs)

    monkeypatch.setattr("urllib3.util.ssl_.SSLContext", Context)
    context = server_context(authority)
    with (
        Sandbox(list(DOCUMENTED_CALLS), misbehaviour=Misbehaviour(latency=0.1)) as sandbox,
        Relay(unwrapping(context, int(sandbox.base_url.rpartition(":")[2]))) as relay,
        Client(
            Account(f"https://localhost:{relay.port}", sandbox.access_key, sandbox.access_secret), ca_bundle=authority
        ) as client,
        ThreadPoolExecutor(3) as threads,
    ):
        assert [len(page) for page in threads.map(client.page, [WHOLE] * 3)] == [2, 2, 2]
    assert read == [{"cafile": str(authority)}]


def test_a_proxy_that_is_spoken_to_with_tls_is_trusted_for_the_same_authorities(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(authority)
    with (
        Sandbox(list(DOCUMENTED_CALLS)) as sandbox,
        Relay(unwrapping(context, int(sandbox.base_url.rpartition(":")[2]))) as relay,
        (proxy := Proxy(relay.port)).relay,
        Relay(unwrapping(context, proxy.relay.port)) as secured,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{secured.port}")
        account = Account(f"https://localhost:{relay.port}", sandbox.access_key, sandbox.access_secret)
        with Client(account, ca_bundle=authority, retries=0, timeout=5) as client:
            assert len(client.page(WHOLE)) == 2
        with Client(account, retries=0, timeout=5) as client, pytest.raises(UnavailableError, match="certificate"):
            client.page(WHOLE)
    assert len(proxy.asked) == 1
