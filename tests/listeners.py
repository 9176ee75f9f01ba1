"""Servers that tests put in the program's way: TLS with a private authority, a proxy, answers byte for byte."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

Handle = Callable[[socket.socket], None]


class Relay:
    """Listens on loopback, and hands each connection to a function in a thread of its own."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone leaves a thread in accept, which takes one more
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._one, args=(self._listener.accept()[0],), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            self._handle(connection)


def join(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=carry, args=(other, one), daemon=True)
    back.start()
    carry(one, other)
    back.join()


def received(connection: socket.socket) -> bytes:
    """Reads a request whole, however many pieces it comes in; nothing if the client has left."""
    request = b""
    while not request.endswith(b"}"):
        if not (piece := connection.recv(65536)):
            break
        request += piece
    return request


def answering(*parts: bytes, then: Callable[[], Iterable[bytes]] = tuple) -> Handle:
    """Reads a request, and answers with these bytes whatever it was; then with those of an endless source."""

    def handle(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        for part in then():
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):  # to leave with the client's bytes unread would reset the connection
            pass

    return handle


def unwrapping(context: ssl.SSLContext, port: int) -> Handle:
    """Ends TLS, and leads what is in it to a port of this machine."""

    def handle(connection: socket.socket) -> None:
        with (
            context.wrap_socket(connection, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", port)) as inside,
        ):
            join(outside, inside)

    return handle


class Proxy:
    """A proxy for CONNECT that leads every tunnel to one port, and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self._port = port
        self.relay = Relay(self._tunnel)

    def _tunnel(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.asked.append(head.decode())
        with socket.create_connection(("127.0.0.1", self._port)) as inside:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            join(connection, inside)


def private_authority(folder: Path) -> Path:
    """Makes an authority and, beside its certificate, one that it has given to a server called localhost."""
    key = ["-newkey", "rsa:2048", "-nodes"]
    out = ["-days", "2", "-out", "server.pem"]
    (folder / "names").write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
    for command in (
        ["req", "-x509", *key, "-days", "2", "-subj", "/CN=A private authority", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
        [
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "names",
            *out,
        ],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder / "ca.pem"


def server_context(authority: Path) -> ssl.SSLContext:
    """TLS as a server that the authority vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("server.pem"), authority.with_name("server.key"))
    return context
