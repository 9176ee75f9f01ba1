"""Answers of a server that can't be used."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Callable, Iterable, Iterator

from tests.bad_input.case import ASK, SAVE, Case


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def answer(
    name: str,
    content: bytes,
    wrong: str,
    *,
    remedy: str = "Check base_url or region",
    code: int = 5,
    then: Callable[[], Iterable[bytes]] = tuple,
    argv: tuple[str, ...] = ASK,
) -> Case:
    patience = {"NXCDR_TIMEOUT": "0.3"} if wrong == LATE else {}
    return Case(f"answer: {name}", argv, code, wrong, remedy, patience, answer=content, then=then)


def vendor(number: int, code: int, remedy: str, wrong: str = "") -> Case:
    body = f'{{"reqId":"r-1","code":{number},"msg":"because","data":{{}}}}'.encode()
    told = wrong or f"code {number}: because, reqId r-1"
    return answer(f"code {number}", http(body), told, remedy=remedy, code=code)


def dripping(text: bytes) -> Callable[[], Iterator[bytes]]:
    def drip() -> Iterator[bytes]:
        for byte in itertools.cycle(text):
            yield bytes([byte])
            time.sleep(0.05)

    return drip


def endless(part: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: itertools.repeat(part)


def records(text: str) -> bytes:
    return http(f'{{"reqId":"r-1","code":0,"msg":"ok","data":{text}}}'.encode())


def silent() -> Iterator[bytes]:
    time.sleep(2)
    yield b""


MANY = b"x" * 40_000
BOMB = gzip.compress(b" " * (16 << 20), mtime=0) * 8
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = "Content-Encoding: gzip"
NO_JSON = "is not the API's JSON"
NO_LIST = "is not a list of records"
LATE = "no answer within"
AGAIN = "Try again later"

ANSWERS: tuple[Case, ...] = (
    answer("a web page", http(b"<html>Welcome</html>"), NO_JSON),
    answer("nothing", http(b""), "it is empty"),
    answer("broken off JSON", http(b'{"code":0,"data":[{'), NO_JSON),
    answer("a list alone", http(b"[]"), NO_JSON),
    answer("a code as text", http(b'{"code":"0","data":[]}'), NO_JSON),
    answer("no code", http(b'{"data":[]}'), NO_JSON),
    answer("JSON's neighbour", http(b'{"code":NaN,"data":[]}'), NO_JSON),
    answer("another encoding", http('{"code":0,"data":[]}'.encode("utf-16")), NO_JSON),
    answer("bytes that are no text", http(b'{"code":0,"msg":"\xff","data":[{"callId":"\xff"}]}'), "trust"),
    answer("nesting without end", http(b'{"code":0,"data":' + b"[" * 200_000), NO_JSON),
    answer("nested data", records("[" * 200 + "]" * 200), NO_LIST),
    answer("no data", http(b'{"code":0}'), NO_LIST),
    answer("null for data", records("null"), NO_LIST),
    answer("an object for data", records("{}"), NO_LIST),
    answer("texts for records", records('["a"]'), NO_LIST),
    answer("a body too short", http(b'{"code":0,', length=100), "can't be reached", remedy=AGAIN),
    answer("a length that is none", http(b"{}", length=-5), "trust"),
    answer("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "can't be reached", remedy=AGAIN),
    answer("a head too long", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "can't be reached", remedy=AGAIN),
    answer("too many heads", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "can't be reached", remedy=AGAIN),
    answer("heads without end", b"HTTP/1.1 200 OK\r\n", "can't be reached", then=endless(b"X: y\r\n"), remedy=AGAIN),
    answer("a dripping head", b"HTTP/1.1 200 OK\r\nX: ", LATE, then=dripping(b"x"), remedy=AGAIN),
    answer("a dripping body", http(b"", length=9999), LATE, then=dripping(b" "), remedy=AGAIN),
    answer("a dripping chunk", CHUNKED, LATE, then=dripping(b"0"), remedy=AGAIN),
    answer("continue without end", b"", LATE, then=endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 99), remedy=AGAIN),
    answer("silence", b"", LATE, then=silent, remedy=AGAIN),
    answer("a chunk of no size", CHUNKED + b"zz\r\n{}\r\n", "can't be reached", remedy=AGAIN),
    answer("a body too large", http(b"", length=1 << 40), "larger than 8 MiB", then=endless(MANY)),
    answer("a body without end", CHUNKED, "larger than 8 MiB", then=endless(b"9c40\r\n" + MANY + b"\r\n")),
    answer("a bomb", http(BOMB, PACKED), "larger than 8 MiB"),
    answer("a bomb in a bomb", http(gzip.compress(BOMB), PACKED + ", gzip"), "larger than 8 MiB"),
    answer("packing that is none", http(b"{}", PACKED), "can't be reached", remedy=AGAIN),
    answer("a redirect", http(b"", "Location: https://example.com/", status="302 Found"), "redirects are not followed"),
    answer("not found", http(b"gone", status="404 Not Found"), "HTTP 404: it begins 'gone'", code=4),
    answer("forbidden", http(b"", status="403 Forbidden"), "HTTP 403", code=3, remedy="Check the access key"),
    answer("no content", b"HTTP/1.1 204 No Content\r\n\r\n", "HTTP 204", code=4),
    answer("an error", http(b"", status="500 Oops"), "HTTP 500", remedy=AGAIN),
    answer("a bad gateway", http(b"<html>", status="502 Bad Gateway"), "HTTP 502", remedy=AGAIN),
    answer("too busy", http(b"", "Retry-After: 0", status="503 Busy"), "HTTP 503", remedy=AGAIN),
    answer("too often", http(b"", "Retry-After: soon", status="429 Slow"), "HTTP 429", remedy=AGAIN),
    answer("a web page for a file", http(b"<html>"), NO_JSON, argv=SAVE),
    answer("a bomb for a file", http(BOMB, PACKED), "larger than 8 MiB", argv=SAVE),
    answer("to config check", http(b"<html>"), NO_JSON, remedy="Most likely", argv=("config", "check")),
    vendor(88, 5, AGAIN),
    vendor(99, 5, AGAIN),
    vendor(1001, 4, "please report it"),
    vendor(1002, 4, "its message above"),
    vendor(1003, 3, "nxcdr config set access_secret"),
    vendor(1004, 4, "Set this machine's clock"),
    vendor(1005, 3, "access key and the region"),
    vendor(2206, 5, AGAIN),
    vendor(41000, 4, "please report it"),
    vendor(7777, 4, "give them the reqId"),
    answer("a code out of all bounds", http(b'{"code":1e99,"data":[]}'), NO_JSON),
)  # fmt: skip
