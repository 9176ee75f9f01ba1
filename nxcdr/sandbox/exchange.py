"""One answer on its way to the client, and the ways in which it can fail to arrive."""

from __future__ import annotations

import gzip
import socket
import struct
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from nxcdr.sandbox.answers import Answer
from nxcdr.sandbox.misbehaviour import Fault

_MIB = 1 << 20
_HUGE = 1024 * _MIB
_BOMB_MEMBER = 16 * _MIB
_FOR_EVER = b"1000\r\n" + b" " * 0x1000 + b"\r\n"


@dataclass(slots=True)
class Exchange:
    """A request's connection, for its answer.

    Attributes:
        connection: To the client.
        now: The server's clock, epoch seconds, for ``Date``.
        head_only: The client asked with HEAD: no body follows.
        keep: Whether the connection may carry another request.
    """

    connection: socket.socket
    now: float = 0
    head_only: bool = False
    keep: bool = True

    def send(self, answer: Answer) -> None:
        """Send an answer, or fail to in its way.

        Raises:
            OSError: The client has left.
        """
        self.keep = self.keep and answer.fault is None
        match answer.fault:
            case None:
                self._send(answer, len(answer.body), answer.body)
            case Fault.RESET:
                # To linger for 0 s makes the close that follows an RST.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Fault.SILENCE:
                while self.connection.recv(
                    0x10000
                ):  # until the client leaves, or the sandbox shuts the connection down
                    pass
            case Fault.TRUNCATED:
                self._send(answer, 2 * len(answer.body), answer.body)
            case Fault.HUGE:
                self._send(answer, _HUGE)
                for _ in range(_HUGE // _MIB):
                    self.connection.sendall(b" " * _MIB)
            case Fault.ENDLESS:
                self._send(answer, None)
                while True:
                    self.connection.sendall(_FOR_EVER)
            case _:
                bomb = gzip.compress(b" " * _BOMB_MEMBER, mtime=0) * (_HUGE // _BOMB_MEMBER)
                self._send(answer, len(bomb), bomb, "Content-Encoding: gzip")

    def _send(self, answer: Answer, length: int | None, body: bytes = b"", *headers: str) -> None:
        """Send head and body in one piece: with Nagle's algorithm off, two would be two packets.

        Args:
            answer: For its status and headers.
            length: The Content-Length to announce; None: chunks are to follow.
            body: What follows the head.
            headers: Lines more.
        """
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Date: {formatdate(self.now, usegmt=True)}",
            *(f"{name}: {value}" for name, value in answer.headers),
            "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}",
            *headers,
            *(() if self.keep else ("Connection: close",)),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.connection.sendall(head if self.head_only else head + body)
