"""HTTP connections whose answers have a deadline and a largest size.

requests finds out about proxies and certificates, urllib3 sends and reads; what they lack is added here by subclasses:
a socket's own time-out begins anew with each byte, so that a server can drip for ever.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from nxcdr.api.answer import CHECK_ENDPOINT
from nxcdr.errors import UntrustedAnswerError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_ANSWER = 8 * 1024 * 1024  # a hundred times a page of calls
LONGEST_CONNECT = 10.0  # seconds
_CHUNK = 1 << 17  # more than a page of calls
_INFORMATIONAL = range(100, 200)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whole.

    Attributes:
        status: The HTTP status.
        headers: Their names in any case.
        body: Decoded from any content coding.
        tls: The protocol's name, such as ``TLSv1.3``; None without TLS.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    tls: str | None = None


class Adapter(HTTPAdapter):
    """Sets up connections as requests does.

    Args:
        bundle: Certificate authorities to trust: a file in PEM, or a folder.
        connections: How many to keep open.
    """

    def __init__(self, bundle: Path, connections: int) -> None:
        self._bundle = bundle
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def pool(self, url: str, proxies: Mapping[str, str]) -> urllib3.HTTPConnectionPool:
        """The connections to a server."""
        request = requests.Request("POST", url).prepare()
        found = self.get_connection_with_tls_context(request, verify=True, proxies=dict(proxies))
        pool = cast("urllib3.HTTPConnectionPool", found)
        pool.ConnectionCls = TimedHTTPSConnection if pool.scheme == "https" else TimedHTTPConnection
        return pool

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        """Give each pool the context that holds the authorities."""
        host, _ = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {"ssl_context": trusting(self._bundle)} if host["scheme"] == "https" else {}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Trust the same authorities where the proxy itself is spoken to with TLS."""
        if str(args[0]).lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = trusting(self._bundle)
        return super().proxy_manager_for(*args, **kwargs)


@cache
def trusting(bundle: Path) -> ssl.SSLContext:
    """A TLS context that trusts these authorities and no others; they are read once, which takes long."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(**{"capath" if bundle.is_dir() else "cafile": str(bundle)})
    return context


def post(
    pool: urllib3.HTTPConnectionPool, path: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Send one request, and read its answer.

    Args:
        pool: As `Adapter.pool` gave it.
        path: The URL's path.
        body: Sent as it is.
        headers: All but those that HTTP itself needs.
        seconds: For the whole answer.

    Raises:
        UntrustedAnswerError: The answer is too large.
        OSError: The network failed.
        HTTPError: urllib3's errors.
    """
    timeout = urllib3.Timeout(connect=min(seconds, LONGEST_CONNECT), read=seconds)
    response = pool.urlopen(
        "POST", path, body, headers, retries=False, redirect=False, timeout=timeout, preload_content=False
    )
    tls = getattr(response.connection, "tls", None)
    try:
        content = _read_whole(response)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return Answer(response.status, response.headers, content, tls)


def _read_whole(response: urllib3.BaseHTTPResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise UntrustedAnswerError(f"the answer is larger than {LARGEST_ANSWER >> 20} MiB; refused", CHECK_ENDPOINT)
    return b"".join(chunks)


class _TimedReader(io.RawIOBase):
    """Reads from a socket until its deadline."""

    def __init__(self, sock: _TimedSocket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.check_deadline()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """A connected socket whose time-out limits all reads together, until the next time-out is set."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._deadline: float | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Set the time-out, and begin to count."""
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._sock.settimeout(seconds)

    def check_deadline(self) -> None:
        """Leave the socket only the time that is left.

        Raises:
            TimeoutError: No time is left.
        """
        if self._deadline is not None:
            if (left := self._deadline - time.monotonic()) <= 0:
                raise TimeoutError
            self._sock.settimeout(left)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """What http.client reads answers from."""
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_TimedReader(self, raw))


class _Response(HTTPResponse):
    """An answer as http.client reads it, without the informational ones before it.

    Source: RFC 9110, 15.2: a client must be able to read any number of them.
    """

    def begin(self) -> None:
        """Read the head.

        Raises:
            HTTPException: It is malformed, so that the length of the body is not known.
        """
        super().begin()
        while self.status in _INFORMATIONAL:
            self.headers = self.msg = None  # type: ignore[assignment]  # as before the first head
            super().begin()
        if self.msg.defects and self.length is None and not self.chunked:
            raise HTTPException("a line of the answer's head is not a header")


class _TimedConnection(HTTPConnection):
    """Stands before urllib3's classes of connections."""

    response_class = _Response
    tls: str | None = None

    def connect(self) -> None:
        """Connect, and limit the time for all answers."""
        super().connect()
        self.tls = self.sock.version() if isinstance(self.sock, ssl.SSLSocket) else None
        self.sock = cast("socket.socket", _TimedSocket(self.sock))


class TimedHTTPConnection(_TimedConnection):
    """A connection without TLS."""


class TimedHTTPSConnection(_TimedConnection, HTTPSConnection):
    """A connection with TLS."""
