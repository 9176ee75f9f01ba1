"""What the sandbox can do wrong on purpose."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Literal

from nxcdr.api.fields import FIELDS, Kind


class Fault(StrEnum):
    """One way for an answer to go wrong."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    REDIRECT = "redirect"  # 302 to another path of the sandbox, where the next request would be seen
    RESET = "reset"  # the connection is closed with RST before any byte is sent
    TRUNCATED = "truncated"  # half of the body, then the connection is closed
    SILENCE = "silence"  # no answer until the client leaves or the sandbox stops
    SECOND_ANSWER = "second answer"  # the right answer, and at once an empty page that nobody asked for
    LATE_SECOND_ANSWER = "late second answer"  # the right answer; an empty page comes first when the next request does
    HTML = "html"  # 200 with a web page
    EMPTY = "empty"  # 200 without a body
    NOT_JSON = "not json"  # 200 with JSON that breaks off; Content-Length is right
    CODE_88 = "code 88"
    CODE_99 = "code 99"
    HUGE = "huge"  # 200 with a body of 1 GiB; Content-Length is right
    ENDLESS = "endless"  # 200 with a chunked body that never ends
    GZIP_BOMB = "gzip bomb"  # 200 with 1 MiB of gzip that unpacks to 1 GiB


_RANDOM_CUTS = 0.5  # the share of cut answers that lack random rows
SECOND_ANSWERS = frozenset({Fault.SECOND_ANSWER, Fault.LATE_SECOND_ANSWER})

_HOSTILE_FIELDS = tuple(field.name for field in FIELDS if field.kind is Kind.TEXT)

HOSTILE_TEXTS: tuple[str, ...] = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",  # moves the cursor and changes colours
    "\x9b31mC1 control",
    "[bold red]markup[/] [link=https://example.com]link[/link] [/unopened]",
    "overwrites\rthis line\r\nand begins another",
    "right\u202eto\u2066left",  # bidi controls
    "NUL\x00inside",
    "zero\u200bwidth\ufeff\u00ad",
    "long " * 1000,
    '=HYPERLINK("https://example.com","=1+1")',
    "@SUM(A1:A9)",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "\t=1+1",
    "quotes \"and, commas\";'too'",
    "\u2028line\u2029paragraph\x85next",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301\u0323 陈美玲",
    "\ud800 lone surrogate",
    " ",
)


def filled_in(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with a recording's address and a higher price: what a vendor adds to a call later."""
    url = f"https://recordings.example.com/{record.get('callId')}.mp3"
    return {**record, "recordUrl": url, "totalCustomerPrice": round(record.get("totalCustomerPrice", 0) + 0.035, 3)}


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """How the sandbox departs from a fast and correct server. The defaults change nothing; all options combine.

    Attributes:
        latency: Seconds before each answer.
        page_cost: Further seconds for each page number: page 20 takes ``20 * page_cost`` longer.
        limit: The most requests answered in any ``limit_period``; the others are refused. None: no limit.
        limit_period: Length of the sliding window, seconds.
        limit_answer: How requests over the limit are refused: HTTP 429, HTTP 503, or the vendor's code 2206.
        retry_after: The form of the Retry-After header on 429 and 503, also on those among ``faults``.
        retry_after_s: The seconds it gives; None: until the next request is let through (1 for a fault).
        faults: The faults, used in turn.
        fault_every: Every nth request meets a fault, the nth first; 1: all do; 0: none.
        fault_rate: The share of requests that meet a fault, 0 to 1, chosen by ``seed`` and the request's number.
        fault_at: Numbers of requests that meet a fault; the first is 0, as in ``Sandbox.requests``.
        seed: Decides everything that is random.
        clock_skew: Seconds the server's clock is ahead, in the check of ``ts`` and in the ``Date`` header.
        refuse: A vendor code that answers every request.
        echo_secret: Every refusal with a vendor code repeats the request's ``sign`` and the access secret.
        order: ``descending`` by start (as in the documented example), ``ascending``, ``shuffled`` (random, but the same
            in each answer), ``ended`` (last ended first), ``created`` (last created first), ``tied`` (descending by
            the second; within a second, each page number has another order), or ``unstable`` (shuffled anew for each
            answer).
        end: Whether ``endTime`` is in the range: ``inclusive`` (its first millisecond is), ``inclusive_second`` (the
            whole second is), or ``exclusive``.
        filter_by: The range selects calls that ``start`` in it, ``end`` in it, ``overlap`` it, or were ``created`` in
            it. A call is created at its ``createdTime`` (a field that is not documented) or, without one, 1 to 5 s
            after its end.
        first_page: The number of the first page; with 0, page 1 is the second.
        page_cap: The most rows on a page, whatever ``size`` says.
        page_cap_offset: Where page n of capped pages begins: after n - 1 pages of the ``cap``, or of the ``size`` asked
            for (then the rows between are never served).
        depth_limit: The most rows that can be paged through: a page is not served if its number times ``size`` is more.
        depth_answer: What answers instead: ``empty`` (a page without rows), or a vendor code, such as 99.
        stuck_at_page: Every page after this one repeats it: 1 ignores ``page``, 2 repeats page 2 for ever.
        repeats: Each page after the first begins with this many rows of the page before; no row is lost.
        cut_rate: The share of pages that lack some of their rows, or all, 0 to 1: half of them random rows, half the
            last ones. Chosen by ``seed`` and the request's number, so the same page can be whole when asked for again.
        arrivals: Calls added while pages are read, in turn, anywhere in the listing; or a function from the number of
            calls added before to the next one.
        arrive_every: One is added after each so many pages served.
        vanish_every: After each so many pages served, the first row of the page just served is removed; 0: never.
        change_every: After each so many pages served, a random call of the listing just read is changed; 0: never.
        change: From a record to the changed one; by default it fills in ``recordUrl`` and raises the price.
        extra_fields: Added to each record.
        missing_fields: Names removed from each record chosen by ``missing_every``.
        missing_every: About one record in so many lacks them, always the same ones; 1: all do.
        hostile: Every text field of every record holds one of ``HOSTILE_TEXTS``. Filters see the true record.
        shape: A successful answer with wrong types: ``data_null``, ``data_object``, ``rows_as_text``, ``code_as_text``,
            ``no_data``, ``no_code``.
        gzip: Every body is compressed with gzip, whether the request accepts that or not.
        chunked: Every body is sent in chunks.
        informational: Statuses of answers sent before each final one, such as ``(100, 103)``.
        malformed_header: Adds a line without a colon to each answer's headers, as the ``first`` or the ``last``.
    """

    latency: float = 0
    page_cost: float = 0
    limit: int | None = None
    limit_period: float = 1
    limit_answer: Literal["429", "503", "2206"] = "429"
    retry_after: Literal["none", "seconds", "date"] = "none"
    retry_after_s: int | None = None
    faults: Sequence[Fault] = (Fault.UNAVAILABLE,)
    fault_every: int = 0
    fault_rate: float = 0
    fault_at: Collection[int] = ()
    seed: int = 0
    clock_skew: float = 0
    refuse: int | None = None
    echo_secret: bool = False
    order: Literal["descending", "ascending", "shuffled", "ended", "created", "tied", "unstable"] = "descending"
    end: Literal["inclusive", "inclusive_second", "exclusive"] = "inclusive"
    filter_by: Literal["start", "end", "overlap", "created"] = "start"
    first_page: int = 1
    page_cap: int | None = None
    page_cap_offset: Literal["cap", "size"] = "cap"
    depth_limit: int | None = None
    depth_answer: int | Literal["empty"] = "empty"
    stuck_at_page: int | None = None
    repeats: int = 0
    cut_rate: float = 0
    arrivals: Sequence[dict[str, Any]] | Callable[[int], dict[str, Any]] = ()
    arrive_every: int = 1
    vanish_every: int = 0
    change_every: int = 0
    change: Callable[[dict[str, Any]], dict[str, Any]] = filled_in
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    missing_fields: Collection[str] = ()
    missing_every: int = 1
    hostile: bool = False
    shape: Literal["right", "data_null", "data_object", "rows_as_text", "code_as_text", "no_data", "no_code"] = "right"
    gzip: bool = False
    chunked: bool = False
    informational: Sequence[int] = ()
    malformed_header: Literal["none", "first", "last"] = "none"


def meets_fault(number: int, rules: Misbehaviour) -> bool:
    """Whether the request with this number (the first is 0) meets a fault."""
    if number in rules.fault_at or (rules.fault_every and (number + 1) % rules.fault_every == 0):
        return True
    return rules.fault_rate > 0 and _chance(f"{rules.seed}:{number}") < rules.fault_rate


def page_slice(page: int, size: int, rules: Misbehaviour) -> slice:
    """The part of a listing that one page holds.

    Args:
        page: From ``first_page``.
        size: Rows asked for.
        rules: ``first_page``, ``page_cap``, ``page_cap_offset``, ``stuck_at_page`` and ``repeats`` matter.
    """
    rows = size if rules.page_cap is None else min(size, rules.page_cap)
    stride = rows if rules.page_cap_offset == "cap" else size
    if rules.stuck_at_page is not None:
        page = min(page, rules.stuck_at_page)
    begin = max(0, page - rules.first_page) * max(1, stride - rules.repeats)
    return slice(begin, begin + rows)


def too_deep(page: int, size: int, rules: Misbehaviour) -> bool:
    """Whether a page lies beyond ``depth_limit``."""
    return rules.depth_limit is not None and (page - rules.first_page + 1) * size > rules.depth_limit


def kept_rows(rows: list[bytes], number: int, rules: Misbehaviour) -> list[bytes]:
    """The rows that an answer holds: all, or fewer if it is one of ``cut_rate``.

    Args:
        rows: Those it should hold.
        number: The request's.
        rules: ``cut_rate`` and ``seed`` matter.
    """
    if not (rules.cut_rate and rows and _chance(f"cut:{rules.seed}:{number}") < rules.cut_rate):
        return rows
    rng = Random(f"cut:{rules.seed}:{number}")  # noqa: S311 - a simulation, not a secret
    count = int(rng.random() * len(rows))
    if rng.random() < _RANDOM_CUTS:
        return [rows[n] for n in sorted(sorted(range(len(rows)), key=lambda _: rng.random())[:count])]
    return rows[:count]


def alters_records(rules: Misbehaviour) -> bool:
    """Whether ``altered`` would change any record."""
    return bool(rules.hostile or rules.extra_fields or rules.missing_fields)


def altered(record: Mapping[str, Any], text: bytes, rules: Misbehaviour) -> dict[str, Any]:
    """The record as it is served; the same each time.

    Args:
        record: The true record.
        text: Its JSON, which decides what is random.
        rules: ``hostile``, ``extra_fields`` and ``missing_fields`` matter.
    """
    mark = zlib.crc32(text)
    served = dict(record)
    if rules.hostile:
        served |= {name: HOSTILE_TEXTS[(mark + n) % len(HOSTILE_TEXTS)] for n, name in enumerate(_HOSTILE_FIELDS)}
    served |= rules.extra_fields
    if mark % rules.missing_every == 0:
        served = {name: value for name, value in served.items() if name not in rules.missing_fields}
    return served


def _chance(key: str) -> float:
    """A number in [0, 1) that depends on nothing but the key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest()) / 2**48
