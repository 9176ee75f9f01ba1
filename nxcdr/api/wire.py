"""One exchange on a connection of urllib3's: the request sent in one piece, the answer read whole, within its time.

urllib3 keeps the connections, and opens them: through proxies, with TLS. But what it and http.client do for each
request and answer takes five times as long as an answer of the usual form needs. So such an answer is read here; any
other one they read, from its first byte on.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.util.ssl_ import create_urllib3_context

from nxcdr.api.answer import CHECK_ENDPOINT
from nxcdr.errors import UntrustedAnswerError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_ANSWER = 8 * 1024 * 1024  # a hundred times what a page of calls has
_READ_AT_ONCE = 1 << 17  # more than a page of calls
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_USUAL_HEAD = re.compile(rb"HTTP/1\.1 200 [^\r\n]*((?:\r\n[!-9;-~]+:[^\r\n]*)+)\r\n\r\n")
_USUAL_LENGTH = re.compile(r"[0-9]{1,6}")


class Answer:
    """One HTTP answer, whole.

    Attributes:
        status: The HTTP status.
        headers: By their names in lower case, or whatever their case.
        body: All of it, decoded from any content coding.
        tls: The protocol's name, such as ``TLSv1.3``; None without TLS.
    """

    version_string, length_remaining = "HTTP/1.1", 0  # for urllib3's log

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.tls: str | None = None


class WireAdapter(HTTPAdapter):
    """Sets connections up as requests does; but each request on them gives an `Answer`.

    The timeout for reading is for the whole answer, its head and body, a proxy's too: a socket's own begins anew with
    each byte, and a server can drip for ever.

    Args:
        bundle: Certificate authorities to trust: a file in PEM, or a folder. They are read once, for all connections:
            that takes longer than all else that a connection needs.
        connections: How many to keep.
    """

    def __init__(self, bundle: str, connections: int) -> None:
        self._bundle = bundle
        self._context: ssl.SSLContext | None = None
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> urllib3.HTTPConnectionPool:
        """The pool to send with."""
        pool = cast("urllib3.HTTPConnectionPool", super().get_connection_with_tls_context(*args, **kwargs))
        connect = cast("type[HTTPConnection]", pool.ConnectionCls)
        if not issubclass(connect, _Connection):
            pool.ConnectionCls = type(connect.__name__, (_Connection, connect), {})
        return pool

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        """What pools are told apart by, and made with."""
        host, _ = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {"ssl_context": self._trusting()} if host["scheme"] == "https" else {}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The pools of a proxy."""
        if str(args[0]).lower().startswith("https:"):  # which is spoken to with TLS itself
            kwargs["proxy_ssl_context"] = self._trusting()
        return super().proxy_manager_for(*args, **kwargs)

    def _trusting(self) -> ssl.SSLContext:
        """A context that trusts the authorities of the bundle, and no others."""
        if self._context is None:
            self._context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
            where = "capath" if Path(self._bundle).is_dir() else "cafile"
            self._context.load_verify_locations(**{where: self._bundle})
        return self._context


def post(
    pool: urllib3.HTTPConnectionPool,
    path: str,
    connect: float,
    read: float,
    *,
    body: bytes,
    headers: Mapping[str, str],
    meanwhile: Callable[[], object],
) -> Answer:
    """Send a request: at once, where a connection stands; what urllib3 does each time takes as long as all else here.

    Args:
        pool: The adapter's.
        path: The URL's path.
        connect: Seconds to connect, or to send.
        read: Seconds for the whole answer.
        body: Sent as it is.
        headers: All of them.
        meanwhile: What to do once for each answer, at best while it is on its way.

    Raises:
        OSError: It went wrong; or
        HTTPError: urllib3's.
    """
    connection: Any = pool._get_conn()  # noqa: SLF001 - as a pool derived from it would
    try:
        if connection.sock is not None:
            exchanged = connection.exchange(path, connect, read, body=body, headers=headers, meanwhile=meanwhile)
            return cast("Answer", exchanged)
    finally:
        pool._put_conn(connection)  # noqa: SLF001
    timeout = urllib3.Timeout(connect=connect, read=read)
    answer: Any = pool.urlopen("POST", path, body, headers, retries=False, redirect=False, timeout=timeout)
    meanwhile()
    return cast("Answer", answer)


class _Timed(io.RawIOBase):
    """What a socket receives until so many seconds, counted from now, have passed; None is for ever."""

    def __init__(self, sock: socket.socket, seconds: float | None) -> None:
        self._sock = sock
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._unread = b""

    def unread(self, data: bytes) -> None:
        """Give back what was received, for `readinto`."""
        self._unread = data

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._unread:
            if self._deadline is not None:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._sock.settimeout(left)
            return self._sock.recv_into(buffer)
        with memoryview(buffer) as view:
            part = self._unread[: len(view)]
            view[: len(part)] = part
        self._unread = self._unread[len(part) :]
        return len(part)


class _Response(HTTPResponse):
    """An answer as http.client reads it, but in time."""

    def __init__(self, sock: socket.socket, *args: Any, stream: _Timed | None = None, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(stream or _Timed(sock, sock.gettimeout()))


class _Connection(HTTPConnection):
    """Stands before the class of a pool's connections, and takes the exchange over."""

    response_class = _Response  # for what a proxy answers to CONNECT
    _memory: memoryview | None = None

    def exchange(
        self,
        path: str,
        connect: float,
        read: float,
        *,
        body: bytes,
        headers: Mapping[str, str],
        meanwhile: Callable[[], object],
    ) -> Answer:
        """Send a request and read its answer, where the connection stands; it is closed where that goes wrong."""
        try:
            self.timeout = connect
            self.request("POST", path, body, headers)
            self.timeout = read
            meanwhile()
            return self.getresponse()
        except BaseException as error:
            self.close()
            if isinstance(error, HTTPException):
                raise urllib3.exceptions.ProtocolError("Connection aborted.", error) from error
            raise

    def request(  # type: ignore[override]  # all that is sent here
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], **_: Any
    ) -> None:
        """Send head and body in one piece."""
        head = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if head.count("\n") != len(headers) or head.count("\r") != len(headers):
            raise ValueError("a header of several lines")
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.timeout)
        self.sock.sendall(f"{method} {url} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)

    def getresponse(self) -> Answer:  # type: ignore[override]
        """Read the answer, all of it."""
        version = getattr(self.sock, "version", None)
        tls = version() if version else None
        stream = _Timed(self.sock, self.timeout)
        if self._memory is None:
            self._memory = memoryview(bytearray(_READ_AT_ONCE))
        answer = _usual_answer(stream, self._memory) or self._any_answer(stream)
        answer.tls = tls
        return answer

    def _any_answer(self, stream: _Timed) -> Answer:
        found = _Response(self.sock, method="POST", stream=stream)
        try:
            found.begin()
            response = urllib3.HTTPResponse(
                found,
                headers=urllib3.HTTPHeaderDict(found.headers.items()),
                status=found.status,
                preload_content=False,
                original_response=found,
                request_method="POST",
            )
            body = _read_body(response)
        finally:
            found.close()
        if found.will_close:
            self.close()
        return Answer(found.status, response.headers, body)


def _usual_answer(stream: _Timed, buffer: memoryview) -> Answer | None:
    """An answer of status 200 that tells its length and is not coded; None for any other, of which nothing is lost.

    Args:
        stream: What is received.
        buffer: Where to put it first: memory of the size of pages, taken and given back piece by piece, would be torn.

    Raises:
        IncompleteRead: It is cut short.
    """
    size = more = stream.readinto(buffer)
    while more and size < len(buffer) and not _END_OF_HEAD.search(buffer, 0, size):
        more = stream.readinto(buffer[size:])
        size += more
    head = _USUAL_HEAD.match(buffer, 0, size)
    lines = head[1].decode("latin-1").split("\r\n")[1:] if head else []
    headers = {name.lower(): value.strip() for name, _, value in [line.partition(":") for line in lines]}
    length = headers.get("content-length", "")
    if (
        not (head and _USUAL_LENGTH.fullmatch(length))
        or len(headers) < len(lines)
        or not headers.keys().isdisjoint(("transfer-encoding", "content-encoding"))
        or headers.get("connection", "keep-alive").lower() != "keep-alive"
        or (left := int(length) - (size - head.end())) < 0
    ):
        stream.unread(bytes(buffer[:size]))
        return None
    if not left:
        return Answer(200, headers, bytes(buffer[head.end() : size]))
    body = memoryview(bytearray(int(length)))
    body[:-left] = buffer[head.end() : size]
    while left:
        if not (more := stream.readinto(body[-left:])):
            raise IncompleteRead(bytes(body[:-left]), left)
        left -= more
    return Answer(200, headers, bytes(body))


def _read_body(response: urllib3.BaseHTTPResponse) -> bytes:
    """Read a whole body, but not without end."""
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_READ_AT_ONCE, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise UntrustedAnswerError(f"the answer is larger than {LARGEST_ANSWER >> 20} MiB; refused", CHECK_ENDPOINT)
    return b"".join(chunks)
