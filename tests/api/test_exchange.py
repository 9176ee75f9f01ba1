"""One exchange byte for byte: what is read without http.client is what that would read, and nothing else is."""

from __future__ import annotations

import gzip
import io
import json
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nxcdr.api.client import Account, Client, PageRequest
from nxcdr.api.pacing import Pace
from nxcdr.api.wire import _Response, _Timed, _usual_answer
from nxcdr.errors import UnavailableError
from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Sandbox
from tests.listeners import Proxy, Relay, answering, server_context, unwrapping

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
            connection.recv(65536)
            connection.sendall(sent)

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert [len(client.page(WHOLE)) for _ in range(5)] == [2] * 5
    assert len(connections) == 1


@pytest.mark.parametrize(
    "lines", [(length(), b"Connection: close"), (length(), b"Connection: CLOSE", b"X: y", b"X: z")]
)
def test_a_connection_that_the_server_will_close_is_not_used_again(lines: tuple[bytes, ...]) -> None:
    def handle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer(OK, *lines))
        connection.recv(65536)  # and never an answer

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        assert [len(client.page(WHOLE)) for _ in range(2)] == [2, 2]


_LINES = st.sampled_from(
    [
        b"Content-Length: 5",
        b"Content-Length: 3",
        b"Content-Length: 5, 5",
        b"Content-Length: +5",
        b"Content-Length: \xb2",
        b"Content-Length : 4",
        b" Content-Length: 4",
        b"Connection: close",
        b"connection: keep-alive",
        b"Transfer-Encoding: chunked",
        b"Date: Thu, 27 Jul 2023 00:00:00 GMT",
        b"X: \xe9: y ",
        b"no colon",
    ]
)
_FIRST = st.sampled_from([OK, OK, OK, b"HTTP/1.1 2000 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.0 200 OK", b"HTTP/1.1"])
_BODIES = st.sampled_from([b"hello", b"hello, and more", b"hel", b"", b"5\r\nhello\r\n0\r\n\r\n", b"\n\nhe"])


@settings(max_examples=1000)
@example(OK, [b"Transfer-Encoding: chunked", b"Content-Length: 5"], b"\r\n", b"5\r\nhello\r\n0\r\n\r\n", [])
@given(_FIRST, st.lists(_LINES, max_size=4), st.sampled_from([b"\r\n", b"\n"]), _BODIES, st.lists(st.integers(1, 200)))
def test_what_is_read_without_http_client_is_what_that_reads(
    first: bytes, lines: list[bytes], end: bytes, body: bytes, cuts: list[int]
) -> None:
    sent = answer(first, *lines, body=body, end=end)
    expected = _outcome(lambda: _as_http_client_reads(HTTPResponse(_Sock(sent), method="POST")))  # type: ignore[arg-type]
    edges = sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})

    def read() -> Any:
        stream = _Pieces([sent[start:stop] for start, stop in pairwise(edges)])
        if found := _usual_answer(stream, memoryview(bytearray(1000))):
            return found.status, found.headers, found.body, False
        return _as_http_client_reads(_Response(_Sock(b""), method="POST", stream=stream))  # type: ignore[arg-type]

    assert _outcome(read) == expected


class _Sock:
    """As much of a socket as http.client reads from."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._sent)


class _Pieces(_Timed):
    """What comes in these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        super().__init__(self, None)  # type: ignore[arg-type]  # its own socket

    def recv_into(self, buffer: Any) -> int:
        piece = self._pieces.pop(0) if self._pieces else b""
        if rest := piece[len(buffer) :]:
            self._pieces.insert(0, rest)
        buffer[: len(piece)] = piece = piece[: len(buffer)]
        return len(piece)


def _as_http_client_reads(response: HTTPResponse) -> tuple[int, dict[str, str], bytes, bool]:
    response.begin()
    headers = {name.lower(): value.strip() for name, value in response.headers.items()}
    return response.status, headers, response.read(), response.will_close


def _outcome(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except HTTPException as error:
        return type(error)


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", answer(OK, length())[:-5], answer(OK)[:9]])
def test_what_goes_wrong_on_a_connection_that_stands_is_told_as_on_a_new_one(sent: bytes) -> None:
    told = []

    for before in ([], [answer(OK, length())]):

        def handle(connection: socket.socket, answers: Sequence[bytes] = (*before, sent)) -> None:
            for one in answers:
                connection.recv(65536)
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
        connection.recv(65536)
        connection.sendall(answer(OK, length()))
        while connection.recv(65536):
            connection.sendall(OK)

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}", timeout=0.3) as client:
        client.page(WHOLE)
        with pytest.raises(UnavailableError, match=r"no answer within 0\.3 s"):
            client.page(WHOLE)


def test_what_there_is_to_do_meanwhile_is_done_while_the_answer_is_on_its_way() -> None:
    done = threading.Event()

    def handle(connection: socket.socket) -> None:
        for wanted in (threading.Event.set, threading.Event.wait):
            connection.recv(65536)
            wanted(done)
            connection.sendall(answer(OK, length()))

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        client.page(WHOLE)
        done.clear()
        assert len(client.page(WHOLE, meanwhile=done.set)) == 2


def test_it_is_done_once_an_answer_on_new_connections_too() -> None:
    done: list[int] = []
    closing = answering(answer(OK, length(), b"Connection: close"))
    with Relay(closing) as relay, client_of(f"http://127.0.0.1:{relay.port}") as client:
        for _ in range(3):
            client.page(WHOLE, meanwhile=lambda: done.append(1))
    assert len(done) == 3


def test_a_request_is_sent_in_one_piece() -> None:
    received: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        received.append(connection.recv(65536))
        connection.sendall(answer(OK, length()))

    with Relay(handle) as relay, client_of(f"http://127.0.0.1:{relay.port}/base/") as client:
        client.page(WHOLE)
        [sent] = received
        head, _, body = sent.partition(b"\r\n\r\n")
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
