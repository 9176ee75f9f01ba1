"""Send one answer to the client, or fail to in one of several ways."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from nxcdr.sandbox.answers import Answer, page_answer
from nxcdr.sandbox.misbehaviour import SECOND_ANSWERS, Fault, Misbehaviour

_MIB = 1 << 20
_HUGE = 1024 * _MIB
_BOMB_MEMBER = 16 * _MIB
_ENDLESS_CHUNK = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
_CHUNK = 1000  # bytes, so that even a small page has several chunks
_MALFORMED = "X-Malformed without a colon"
_SECOND = page_answer("0" * 32, (), "right")
_HONEST = Misbehaviour()


@dataclass(slots=True)
class Exchange:
    """One request's connection.

    Attributes:
        connection: To the client.
        now: The server's clock for ``Date``, epoch seconds.
        head_only: The request was HEAD: the answer has no body.
        keep: Whether the connection stays open for another request.
        rules: ``gzip``, ``chunked``, ``informational`` and ``malformed_header`` matter.
    """

    connection: socket.socket
    now: float = 0
    head_only: bool = False
    keep: bool = True
    rules: Misbehaviour = _HONEST

    def send(self, answer: Answer) -> None:
        """Send an answer, or do what its fault says.

        Raises:
            OSError: The client has left.
        """
        if answer.fault is None:
            self._send(answer, *self._framed(answer.body))
        elif answer.fault in SECOND_ANSWERS:
            self._send(answer, *self._framed(answer.body))
            # Late means: once the next request has arrived, which is left to be read.
            if answer.fault is Fault.SECOND_ANSWER or (self.keep and self.connection.recv(1, socket.MSG_PEEK)):
                self._send(_SECOND, *self._framed(_SECOND.body))
        else:
            self.keep = False
            self._fail(answer)

    def _fail(self, answer: Answer) -> None:
        """Break the answer, or the connection, as the answer's fault says."""
        match answer.fault:
            case Fault.RESET:
                # Lingering for 0 s makes close() send RST.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case Fault.SILENCE:
                while self.connection.recv(0x10000):
                    pass  # until the client leaves, or the sandbox shuts the connection down
            case Fault.TRUNCATED:
                framing, body = self._framed(answer.body * 2)
                self._send(answer, framing, body[: len(body) // 2])
            case Fault.HUGE:
                self._send(answer, [f"Content-Length: {_HUGE}"])
                for _ in range(_HUGE // _MIB):
                    self.connection.sendall(b" " * _MIB)
            case Fault.ENDLESS:
                self._send(answer, ["Transfer-Encoding: chunked"])
                while True:
                    self.connection.sendall(_ENDLESS_CHUNK)
            case _:
                bomb = gzip.compress(b" " * _BOMB_MEMBER, mtime=0) * (_HUGE // _BOMB_MEMBER)
                self._send(answer, [f"Content-Length: {len(bomb)}", "Content-Encoding: gzip"], bomb)

    def _framed(self, body: bytes) -> tuple[list[str], bytes]:
        """The headers that describe how a body is sent, and the bytes to send."""
        headers = []
        if self.rules.gzip:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers = ["Content-Encoding: gzip"]
        if not self.rules.chunked:
            return [*headers, f"Content-Length: {len(body)}"], body
        pieces = [body[n : n + _CHUNK] for n in range(0, len(body), _CHUNK)] + [b""]
        return [*headers, "Transfer-Encoding: chunked"], b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces)

    def _send(self, answer: Answer, framing: Sequence[str], body: bytes = b"") -> None:
        """Send head and body in one piece: with Nagle's algorithm off, two would be two packets.

        Args:
            answer: For its status and headers.
            framing: Header lines that describe how the body is sent.
            body: The bytes after the head.
        """
        rules = self.rules
        lines = [
            *(_informational(status) for status in rules.informational),
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            *((_MALFORMED,) if rules.malformed_header == "first" else ()),
            f"Date: {formatdate(self.now, usegmt=True)}",
            *(f"{name}: {value}" for name, value in answer.headers),
            *framing,
            *(() if self.keep else ("Connection: close",)),
            *((_MALFORMED,) if rules.malformed_header == "last" else ()),
        ]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.connection.sendall(head if self.head_only else head + body)


def _informational(status: int) -> str:
    """An answer before the final one, without its last line end."""
    links = "Link: </style.css>; rel=preload\r\n" if status == HTTPStatus.EARLY_HINTS else ""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{links}"
