"""The sandbox's sockets: HTTP/1.1 with keep-alive on loopback, one thread per connection."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from nxcdr.sandbox.answers import Answer, http_error
from nxcdr.sandbox.exchange import Exchange

_LONGEST_BODY = 1 << 20
_POLL_S = 0.01  # how often the accepting thread looks whether to stop
_STOP_TIMEOUT_S = 5.0

# (exchange, method, path, headers by lower-case name, body) -> None: sends the answer.
Respond = Callable[[Exchange, str, str, Mapping[str, str], bytes], None]


class Listener(ThreadingTCPServer):
    """Accepts connections from its construction until ``stop``.

    Args:
        port: On 127.0.0.1; 0 is any free one.
        respond: Called for each request, in its connection's thread.

    Raises:
        OSError: The port can't be used.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond) -> None:
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._closed = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)
        self._accepting = threading.Thread(target=self.serve_forever, args=(_POLL_S,), name="sandbox", daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self.server_address[1]
        return port

    def stop(self) -> None:
        """Stop accepting, close every connection, and wait for their threads."""
        self.shutdown()
        self._accepting.join()
        self.server_close()
        with self._closed:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client has closed it already
            self._closed.wait_for(lambda: not self._open, _STOP_TIMEOUT_S)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Record the connection before its thread begins."""
        with self._closed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, without the FIN that socketserver sends first: a reset must come as a reset."""
        with self._closed:
            request.close()
            self._open.discard(request)
            self._closed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close the connection early."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        exchange = Exchange(self.connection, head_only=self.command == "HEAD", keep=not self.close_connection)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        if isinstance(body, Answer):
            exchange.keep = False
            exchange.send(body)
        else:
            self.server.respond(exchange, self.command, self.path, headers, body)
        self.close_connection = not exchange.keep

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815 - http.server's names

    def _body(self, headers: Mapping[str, str]) -> bytes | Answer:
        """The request's body; an error if its length is unknown or too large."""
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
            return http_error(411)
        if int(length[:20]) > _LONGEST_BODY:
            return http_error(413)
        return self.rfile.read(int(length))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Write nothing to stderr: ``Sandbox.requests`` is the log."""
