"""An answer's time limit, for all of it: a socket's own begins anew with each byte, and a server can drip for ever."""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class DeadlineAdapter(HTTPAdapter):
    """Sends as requests does; but the timeout for reading is for the whole answer, its head and body, a proxy's too."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        """The pool to send with."""
        pool = cast("HTTPConnectionPool", super().get_connection_with_tls_context(*args, **kwargs))
        connect = pool.ConnectionCls
        if not issubclass(getattr(connect, "response_class", object), _Response):
            pool.ConnectionCls = cast("Any", type(connect.__name__, (connect,), {"response_class": _Response}))
        return pool


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock))


class _Timed(io.RawIOBase):
    """What a socket receives until its timeout, counted from now, has passed."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open until it is closed
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
