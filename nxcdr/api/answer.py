"""What an HTTP answer means: a page of records, or the error it stands for.

Source: vendor docs, CDR Query, Response Parameters; Common Error Codes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from math import inf
from operator import attrgetter
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
        cause: What happened, as a clause.
        final: The error that this becomes when no try is left.
        slow_down: Whether the server asked to be asked less often.
        retry_after: Seconds it asked to wait; None where it named none.
    """

    def __init__(
        self,
        cause: str,
        *,
        final: type[NxcdrError] = UnavailableError,
        slow_down: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.final = final
        self.slow_down = slow_down
        self.retry_after = retry_after


class ClockError(RefusedError):
    """The server holds our timestamp for expired (code 1004).

    Attributes:
        skew: Server's clock minus ours, in seconds; None where it is not known.
    """

    skew: float | None = None


class _Stub(msgspec.Struct, gc=False):
    """As much of a record as paging needs; the rest is only checked to be JSON."""

    start_time: Any = msgspec.field(name="startTime", default=None)
    end_time: Any = msgspec.field(name="endTime", default=None)


class _Envelope(msgspec.Struct):
    code: int
    msg: Any = ""
    request_id: Any = msgspec.field(name="reqId", default="")
    data: msgspec.Raw = msgspec.Raw(b"null")


_START_OF, _END_OF = attrgetter("start_time"), attrgetter("end_time")
_INTEGER_OR_NONE = frozenset({int, type(None)})

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)

_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_stubs = msgspec.json.Decoder(list[_Stub]).decode
_read_texts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_records = msgspec.json.Decoder(list[Record], float_hook=Decimal).decode


@dataclass(frozen=True)
class Page:
    """One page of records, still as the server's JSON text.

    Attributes:
        text: The JSON list of records.
        times: Each record's startTime in milliseconds since 1970; None where it is missing or no integer.
        ends: Each record's endTime, likewise.
        make_lines: Makes the `lines`, where the page was read for a file.
    """

    text: bytes
    times: tuple[int | None, ...]
    ends: tuple[int | None, ...]
    make_lines: Callable[[], Sequence[bytes]] = tuple

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def lines(self) -> Sequence[bytes]:
        """What each record becomes in a file; made when first wanted."""
        return self.make_lines()

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The first and the last of the times known; infinity and minus infinity where none is."""
        times = [time for time in self.times if time is not None]
        return (min(times), max(times)) if times else (inf, -inf)

    def starts_before(self, time: int) -> bool:
        """Whether any record starts before a time (ms since 1970), or does not tell."""
        return None in self.times or self.bounds[0] < time

    def starts_after(self, time: int) -> bool:
        """Whether any record starts at a time (ms since 1970) or later."""
        return self.bounds[1] >= time

    def between(self, first: float, last: float) -> Sequence[int]:
        """Which records have their time (ms) from the first to before the last."""
        lowest, highest = self.bounds
        if highest < first or lowest >= last:
            return ()
        if first <= lowest and highest < last and None not in self.times:
            return range(len(self))
        return [at for at, time in enumerate(self.times) if time is not None and first <= time < last]

    def by_end(self) -> Page:
        """The same page, where a call's end counts as its time, and its start as its end."""
        return replace(self, times=self.ends, ends=self.times)

    def records(self) -> list[Record]:
        """The records, as `records_of` reads them."""
        return records_of(self.text)

    def texts(self) -> list[bytes]:
        """Each record's own JSON text."""
        return list(map(bytes, self.slices))

    @cached_property
    def slices(self) -> list[msgspec.Raw]:
        """The same without a copy, for joining."""
        return _read_texts(self.text)


ReadPage = Callable[[bytes], Page]
"""From the ``data`` of a successful answer.

Raises `TransientError` as `read_page` does, and `UntrustedAnswerError` where a record can't be read.
"""


def records_of(text: bytes) -> list[Record]:
    """The records of a JSON list; numbers with a fraction are Decimal, so that none changes."""
    try:
        return _read_records(text)
    except (msgspec.DecodeError, ArithmeticError):
        # Half a surrogate pair, escaped: legal to json, refused by msgspec.
        try:
            records: list[Record] = json.loads(text, parse_float=Decimal)
        except (ValueError, ArithmeticError) as error:  # an integer of thousands of digits, an exponent of twenty
            reason = error if isinstance(error, ValueError) else "a number is out of all bounds"
            raise UntrustedAnswerError(f"a record can't be read: {reason}", CHECK_ENDPOINT) from error
        return records


def list_of(texts: Iterable[bytes | msgspec.Raw]) -> bytes:
    """The JSON list of records with these texts."""
    return b"[" + b",".join(texts) + b"]"


def read_page(text: bytes) -> Page:
    """Read the ``data`` of a successful answer.

    Raises:
        TransientError: It is not a list of objects: nothing can be told from it.
    """
    try:
        text.decode()
        stubs = _read_stubs(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _untrusted(f"the answer's data is not a list of records ({_first_words(text)})") from error
    return Page(text, integers(map(_START_OF, stubs)), integers(map(_END_OF, stubs)))


def integers(values: Iterable[Any]) -> tuple[int | None, ...]:
    """The values, None for each that is no integer."""
    given = tuple(values)
    if _INTEGER_OR_NONE.issuperset(map(type, given)):
        return given
    return tuple([value if type(value) is int else None for value in given])


def read_answer(status: int, headers: Mapping[str, str], body: bytes, read: ReadPage = read_page) -> Page:
    """Turn one HTTP answer into a page.

    Args:
        status: The HTTP status.
        headers: The answer's headers (case-insensitive).
        body: The whole body, decoded from any content coding.
        read: Reads the records.

    Raises:
        TransientError: Another try may succeed.
        NxcdrError: The server refused the request.
    """
    if status == HTTPStatus.OK and (page := _plain_page(body, read)) is not None:
        return page
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
    if status != HTTPStatus.OK:
        raise RefusedError(
            f"the server refused the request (HTTP {status}: {_first_words(body)})",
            CHECK_ENDPOINT,
        )
    if envelope is None:
        raise _untrusted(f"the answer is not the API's JSON ({_first_words(body)})")
    return read(bytes(envelope.data))


def server_time(headers: Mapping[str, str]) -> float | None:
    """The server's clock (seconds since 1970, good to one second) from the ``Date`` header; None where it has none."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _plain_page(body: bytes, read: ReadPage) -> Page | None:
    """The page of a success whose records come last, read once; None for any other answer, to be read as a whole.

    What comes before the records makes an envelope, without them, only where they are the envelope's own.
    """
    at = body.find(b'"data":[') + len(b'"data":')
    if not body.endswith(b"]}"):
        return None
    try:
        envelope = _read_envelope(body[:at] + b"null}")
        return read(body[at:-1]) if envelope.code == SUCCESS else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TransientError):
        return None


def _envelope(body: bytes) -> _Envelope | None:
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_envelope(body)
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_envelope(_ESCAPE.sub(_whole_characters, body))
    return None


def _whole_characters(escape: re.Match[bytes]) -> bytes:
    """Half a surrogate pair, as a text cut in the middle of a character ends with, becomes U+FFFD: no file holds it."""
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
