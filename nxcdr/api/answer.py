"""What an HTTP answer means: a page of records, or the error it stands for.

Source: vendor docs, CDR Query, Response Parameters; Common Error Codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import msgspec

from nxcdr.errors import CredentialsError, NxcdrError, RefusedError, UnavailableError, UntrustedAnswerError

Record = dict[str, Any]

SUCCESS = 0
TIMESTAMP_EXPIRED = 1004
TOO_FREQUENT = 2206
_TRANSIENT_CODES = {88, 99}
_TRANSIENT_STATUS = {408, 425, 500, 502, 504}
_SLOW_DOWN_STATUS = {429, 503}
_NO_ACCESS_STATUS = {401, 403}

CHECK_ENDPOINT = "Check base_url or region (`nxcdr config show`), and any proxy on the way."
_HINTS = {
    1001: "This is a defect of nxcdr; please report it.",
    1002: "The server does not accept one of the options' values; its message above says which.",
    1003: "The access secret is probably wrong: set it with `nxcdr config set access_secret` or NXCDR_ACCESS_SECRET.",
    1004: "Set this machine's clock (for example with `timedatectl set-ntp true`).",
    1005: "Check the access key and the region (`nxcdr config show`), and that the account may use this service.",
    41000: "This is a defect of nxcdr; please report it.",
}


class TransientError(Exception):
    """One try failed in a way that another may not.

    Attributes:
        message: What happened, as a clause.
        final: The error that this becomes when no try is left.
        slow_down: Whether the server asked to be asked less often.
        retry_after: Seconds it asked to wait; None where it named none.
    """

    def __init__(
        self,
        message: str,
        *,
        final: type[NxcdrError] = UnavailableError,
        slow_down: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.final = final
        self.slow_down = slow_down
        self.retry_after = retry_after


class ClockError(RefusedError):
    """The server considers our timestamp expired (code 1004).

    Attributes:
        skew: Server's clock minus ours, in seconds; None where it is not known.
    """

    skew: float | None = None


class _Row(msgspec.Struct, gc=False):
    """What paging needs of a record; the rest of it is only checked to be JSON."""

    start: Any = msgspec.field(name="startTime", default=None)
    end: Any = msgspec.field(name="endTime", default=None)
    call_id: Any = msgspec.field(name="callId", default=None)


class _Envelope(msgspec.Struct):
    code: int
    msg: Any = ""
    request_id: Any = msgspec.field(name="reqId", default="")
    data: msgspec.Raw = msgspec.Raw(b"null")


_HALF_CHARACTER = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)

_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_rows = msgspec.json.Decoder(list[_Row]).decode
_read_texts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_records = msgspec.json.Decoder(list[Record], float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records, each still the JSON text that the server sent. The four sequences are equally long.

    Attributes:
        records: The records' texts, UTF-8.
        starts: Each record's startTime in milliseconds since 1970; None where it is missing or no integer.
        ends: Each record's endTime, likewise.
        ids: Each record's callId, as text.
    """

    records: tuple[bytes, ...] = ()
    starts: tuple[int | None, ...] = ()
    ends: tuple[int | None, ...] = ()
    ids: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.records)


def decode_records(texts: Iterable[bytes]) -> list[Record]:
    """Decode records; numbers with a fraction become Decimal, so that none changes.

    Raises:
        UntrustedAnswerError: A number is too large for any use.
    """
    text = b"[" + b",".join(texts) + b"]"
    try:
        return _read_records(text)
    except (msgspec.DecodeError, ArithmeticError):
        # msgspec does not know integers of thousands of digits; Python limits them too, but later.
        try:
            records: list[Record] = json.loads(text, parse_float=Decimal)
        except (ValueError, ArithmeticError) as error:
            reason = error if isinstance(error, ValueError) else "a number is out of all bounds"
            raise UntrustedAnswerError(f"a record can't be read: {reason}", CHECK_ENDPOINT) from error
        return records


def read_page(text: bytes) -> Page:
    """Read the ``data`` of a successful answer.

    Raises:
        TransientError: It is not a list of objects.
    """
    try:
        text.decode()
        if b"\\ud" in text or b"\\uD" in text:
            text = _HALF_CHARACTER.sub(_replaced, text)
        rows = _read_rows(text)
        records = tuple(map(bytes, _read_texts(text)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _untrusted(f"the answer's data is not a list of records ({_first_words(text)})") from error
    return Page(
        records,
        tuple([row.start if type(row.start) is int else None for row in rows]),
        tuple([row.end if type(row.end) is int else None for row in rows]),
        tuple([str(row.call_id) for row in rows]),
    )


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Page:
    """Turn one HTTP answer into a page.

    Args:
        status: The HTTP status.
        headers: The answer's headers (case-insensitive).
        body: The whole body, decoded from any content coding.

    Raises:
        TransientError: Another try may succeed.
        NxcdrError: The server refused the request.
    """
    envelope = _envelope(body)
    if status in _SLOW_DOWN_STATUS:
        raise TransientError(f"HTTP {status}", slow_down=True, retry_after=_retry_after(headers))
    if status in _TRANSIENT_STATUS or status > 504:  # noqa: PLR2004 - 505 and above: some gateway's own
        raise TransientError(f"HTTP {status}" + (f" (code {envelope.code})" if envelope else ""))
    if envelope is not None and envelope.code != SUCCESS:
        raise _refusal(envelope, headers)
    if 300 <= status < 400:  # noqa: PLR2004
        raise UntrustedAnswerError(
            f"the server redirects (HTTP {status}) to {headers.get('location', 'nowhere')}; redirects are not followed",
            "Check base_url or region (`nxcdr config show`).",
        )
    if status in _NO_ACCESS_STATUS:
        raise CredentialsError(f"the server refused access (HTTP {status}: {_first_words(body)})", _HINTS[1005])
    if status != HTTPStatus.OK:
        raise RefusedError(f"the server refused the request (HTTP {status}: {_first_words(body)})", CHECK_ENDPOINT)
    if envelope is None:
        raise _untrusted(f"the answer is not the API's JSON ({_first_words(body)})")
    return read_page(bytes(envelope.data))


def server_time(headers: Mapping[str, str]) -> float | None:
    """The server's clock (seconds since 1970, good to one second) from the ``Date`` header; None where it has none."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _envelope(body: bytes) -> _Envelope | None:
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_envelope(body)
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_envelope(_HALF_CHARACTER.sub(_replaced, body))
    return None


def _replaced(escape: re.Match[bytes]) -> bytes:
    """Replace half a surrogate pair, which no file can hold, by U+FFFD."""
    return rb"\ufffd" if escape["half"] else escape[0]


def _refusal(envelope: _Envelope, headers: Mapping[str, str]) -> Exception:
    told = f"code {envelope.code}: {envelope.msg}, reqId {envelope.request_id}"
    hint = _HINTS.get(envelope.code, "Only the vendor can tell what that code means: give them the reqId.")
    match envelope.code:
        case 1003:
            return CredentialsError(f"the server refused the signature ({told})", hint)
        case 1005:
            return CredentialsError(f"the server does not accept the access key ({told})", hint)
        case code if code == TIMESTAMP_EXPIRED:
            return ClockError(f"the server refused the request's time ({told})", hint)
        case code if code == TOO_FREQUENT:
            return TransientError(told, slow_down=True, retry_after=_retry_after(headers))
        case code if code in _TRANSIENT_CODES:
            return TransientError(told)
    return RefusedError(f"the server refused the request ({told})", hint)


def _untrusted(cause: str) -> TransientError:
    return TransientError(cause, final=UntrustedAnswerError)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; Source: RFC 9110, 10.2.3: a number of seconds, or an HTTP date."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    now = server_time(headers) or datetime.now(UTC).timestamp()
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)


def _first_words(body: bytes) -> str:
    words = " ".join(body[:200].decode("utf-8", "replace").split())
    return f"it begins {words[:60]!r}" if words else "it is empty"
