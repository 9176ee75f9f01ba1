"""The checks that the vendor makes of a request, in the vendor's order, and the codes it refuses with.

Source: vendor docs, API Interface Invocation Convention (headers, signature, codes) and CDR Query, Body Parameters.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nxcdr.api.signing import ALGORITHMS, sign

CLOCK_TOLERANCE_MS = 60_000
MAX_SIZE = 100
_MAX_SECONDS = 9_999_999_999  # a longer number is milliseconds

COMMON_HEADERS = ("accessKey", "ts", "bizType", "action", "sign")

MESSAGES: dict[int, str] = {
    88: "Request failed, please contact technical support",
    99: "System error, please contact technical support",
    1001: "Common request header is missing",
    1002: "Request parameter error",
    1003: "Invalid signature",
    1004: "Timestamp has expired",
    1005: "Invalid accessKey or no permission for this service",
    2206: "Request is too frequent, please try again later",
    41000: "Date cannot be empty",
}

# A request filter's record field, and what its numbers mean there (0 is "all").
_NUMBERED: dict[str, dict[int, object]] = {
    "answered": {1: False, 2: True},
    "direction": {1: 0, 2: 1, 3: 2},
}
_EXACT: dict[str, str] = {
    "name": "agentName",
    "caller": "caller",
    "callee": "callee",
    "callId": "callId",
    "orderId": "orderId",
}


class VendorError(Exception):
    """A refusal with one of the vendor's codes."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or MESSAGES.get(code, f"Error {code}")


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks for.

    Attributes:
        start: The range's start, epoch seconds.
        end: Its end, epoch seconds; the server decides whether it belongs to the range.
        size: Rows per page, 1 to 100.
        page: From 1, or from the first page's number.
        where: Record fields and the values they must have, in the record's numbering.
    """

    start: int
    end: int
    size: int
    page: int
    where: tuple[tuple[str, object], ...]


def check_headers(headers: Mapping[str, str], body: bytes, *, access_key: str, access_secret: str, now_ms: int) -> None:
    """Check the account, the timestamp and the signature.

    Args:
        headers: By lower-case name.
        body: As received.
        access_key: Of the only account.
        access_secret: Of the only account.
        now_ms: The server's clock, epoch milliseconds.

    Raises:
        VendorError: 1001, 1002, 1005, 1004 or 1003, the first that applies in this order.
    """
    for name in COMMON_HEADERS:
        if not headers.get(name.lower()):
            raise VendorError(1001, f"Common request header {name} is missing")
    if (headers["biztype"], headers["action"]) != ("8", "cc"):
        raise VendorError(1002, "bizType or action error")
    if headers["accesskey"] != access_key:
        raise VendorError(1005)
    ts = headers["ts"]
    if not (ts.isascii() and ts.isdigit() and abs(int(ts[:20]) - now_ms) <= CLOCK_TOLERANCE_MS):
        raise VendorError(1004)
    algorithm = headers.get("algorithm", "md5").lower()
    common = {name: headers[name.lower()] for name in COMMON_HEADERS}
    if algorithm not in ALGORITHMS or not hmac.compare_digest(
        sign(common, body, access_secret, algorithm=algorithm).encode(), headers["sign"].encode()
    ):
        raise VendorError(1003)


def parse_body(body: bytes) -> dict[str, Any] | None:
    """The body's JSON object; None if it is anything else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def check_body(fields: dict[str, Any] | None, first_page: int = 1) -> Query:
    """Check the body's parameters.

    Unknown fields are ignored. The vendor's "all" (0) is accepted, an empty text is not.

    Args:
        fields: From ``parse_body``.
        first_page: The lowest page number.

    Raises:
        VendorError: 1002 if the body is no JSON object, 41000 for a missing date, then 1002 for a wrong parameter.
    """
    if fields is None:
        raise VendorError(1002, "Request body is not a JSON object")
    for name, title in (("startTime", "Start"), ("endTime", "End")):
        if fields.get(name) is None:
            raise VendorError(41000, f"{title} date cannot be empty")
    start = _integer(fields, "startTime", 0, _MAX_SECONDS)
    end = _integer(fields, "endTime", 0, _MAX_SECONDS)
    if start > end:
        raise VendorError(1002, "startTime must not be after endTime")
    size = _integer(fields, "size", 1, MAX_SIZE)
    page = _integer(fields, "page", first_page, 2**31 - 1)
    where: list[tuple[str, object]] = []
    for name, meanings in _NUMBERED.items():
        if name in fields and (number := _integer(fields, name, 0, len(meanings))):
            where.append((name, meanings[number]))
    for name, record_field in _EXACT.items():
        if name in fields:
            if not isinstance(fields[name], str) or not fields[name]:
                raise VendorError(1002, f"{name} must be a non-empty string")
            where.append((record_field, fields[name]))
    return Query(start, end, size, page, tuple(where))


def _integer(fields: Mapping[str, Any], name: str, lowest: int, highest: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not lowest <= value <= highest:  # bool is an int, and refused
        raise VendorError(1002, f"{name} must be an integer from {lowest} to {highest}")
    return value
