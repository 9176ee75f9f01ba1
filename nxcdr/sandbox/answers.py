"""The sandbox's answers as values: pages, refusals, and errors of a gateway."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nxcdr.sandbox.checks import VendorError
from nxcdr.sandbox.ledger import encode
from nxcdr.sandbox.misbehaviour import Fault

Headers = tuple[tuple[str, str], ...]

_JSON: Headers = (("Content-Type", "application/json;charset=UTF-8"),)
_HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)
_BROKEN_OFF = (
    b'{"reqId":"0","code":0,"msg":"Request succeeded","data":[{"agentName":null,"agentNickName":null,"answered":'
)
_TITLES = {
    200: "Welcome",
    302: "302 Found",
    401: "401 Authorization Required",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    411: "411 Length Required",
    413: "413 Request Entity Too Large",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}

_STATUSES = {
    Fault.UNAUTHORIZED: 401,
    Fault.FORBIDDEN: 403,
    Fault.TOO_MANY: 429,
    Fault.ERROR: 500,
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
    Fault.GATEWAY_TIMEOUT: 504,
    Fault.REDIRECT: 302,
    Fault.HTML: 200,
}
_CODES = {Fault.CODE_88: 88, Fault.CODE_99: 99}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and what ``Sandbox.requests`` records of it.

    Attributes:
        outcome: ``served``, ``cut``, ``refused``, ``limited``, ``http``, or the fault's value.
        status: HTTP status; 0 if no answer is sent.
        code: Vendor code, if there is one.
        rows: Number of records.
        body: Before compression and chunking.
        headers: All but Date, Connection, and those that describe how the body is sent.
        fault: Set if it goes wrong while it is sent.
    """

    outcome: str
    status: int
    code: int | None = None
    rows: int = 0
    body: bytes = b""
    headers: Headers = _JSON
    fault: Fault | None = None


Shape = Literal["right", "data_null", "data_object", "rows_as_text", "code_as_text", "no_data", "no_code"]


def page_answer(request_id: str, rows: Sequence[bytes], shape: Shape) -> Answer:
    """A page of records.

    Args:
        request_id: Its ``reqId``.
        rows: The records' JSON.
        shape: ``right``, or one of the wrong ones of ``Misbehaviour``.
    """
    match shape:
        case "data_null":
            data = b',"data":null'
        case "data_object":
            data = b',"data":{}'
        case "no_data":
            data = b""
        case "rows_as_text":
            data = b',"data":[' + b",".join(encode(row.decode()) for row in rows) + b"]"
        case _:
            data = b',"data":[' + b",".join(rows) + b"]"
    code = {"code_as_text": '"code":"0",', "no_code": ""}.get(shape, '"code":0,')
    body = f'{{"reqId":"{request_id}",{code}"msg":"Request succeeded"'.encode() + data + b"}"
    return Answer("served", 200, 0, len(rows), body)


def refusal(request_id: str, error: VendorError, outcome: str = "refused") -> Answer:
    """An answer with one of the vendor's error codes, sent with HTTP 200 as the vendor does."""
    body = encode({"reqId": request_id, "code": error.code, "msg": error.message, "data": {}})
    return Answer(outcome, 200, error.code, body=body)


def with_secrets(answer: Answer, sign: str, secret: str) -> Answer:
    """The refusal with a message that repeats the request's signature and the access secret."""
    content = json.loads(answer.body)
    content["msg"] += f" (sign={sign}, accessSecret={secret})"
    return replace(answer, body=encode(content))


def http_error(status: int, headers: Headers = (), outcome: str = "http") -> Answer:
    """An HTTP error of a gateway, with a web page."""
    title = _TITLES[status]
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return Answer(outcome, status, body=page.encode(), headers=(*_HTML, *headers))


def faulty(request_id: str, fault: Fault, retry_after: Headers) -> Answer:
    """The answer of a request that meets a fault.

    Args:
        request_id: Its ``reqId``.
        fault: Any but the second answers, which follow the right one.
        retry_after: The Retry-After header of 429 and 503; may be empty.
    """
    if fault in _STATUSES:
        headers = {429: retry_after, 503: retry_after, 302: (("Location", "/elsewhere"),)}
        return http_error(_STATUSES[fault], headers.get(_STATUSES[fault], ()), fault)
    if fault in _CODES:
        return refusal(request_id, VendorError(_CODES[fault]), fault)
    if fault in {Fault.EMPTY, Fault.NOT_JSON}:
        return Answer(fault, 200, body=_BROKEN_OFF if fault is Fault.NOT_JSON else b"")
    return Answer(fault, 0 if fault in {Fault.RESET, Fault.SILENCE} else 200, body=_BROKEN_OFF, fault=fault)
