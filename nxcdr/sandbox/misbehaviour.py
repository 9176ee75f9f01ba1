"""What the sandbox can do wrong on purpose: every switch alone, or all of them together."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from nxcdr.api.fields import FIELDS, Kind


class Fault(StrEnum):
    """One way for an answer to go wrong."""

    TOO_MANY = "429"
    ERROR = "500"
    BAD_GATEWAY = "502"  # with a gateway's HTML page
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    REDIRECT = "redirect"  # 302 to another path of the sandbox, where a request would be logged
    RESET = "reset"  # the connection is torn down with RST, no byte sent
    TRUNCATED = "truncated"  # fewer bytes than Content-Length announces, then the end
    SILENCE = "silence"  # no answer until the client leaves or the sandbox stops
    HTML = "html"  # 200 with a web page
    EMPTY = "empty"  # 200 with no body
    NOT_JSON = "not json"  # 200 with JSON that breaks off, its length announced rightly
    CODE_88 = "code 88"
    CODE_99 = "code 99"
    HUGE = "huge"  # 200 with a body of 1 GiB, announced
    ENDLESS = "endless"  # 200 with a chunked body that never ends
    GZIP_BOMB = "gzip bomb"  # 200 with 1 MiB of gzip that unpacks to 1 GiB


_HOSTILE_FIELDS = tuple(field.name for field in FIELDS if field.kind is Kind.TEXT)

HOSTILE_TEXTS: tuple[str, ...] = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",  # steers a terminal
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


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """How the sandbox departs from a quick, honest server. The defaults are no departure at all.

    Attributes:
        latency: Seconds before each answer.
        page_cost: Seconds more for each page number: page 20 takes ``20 * page_cost``.
        limit: Requests let through in any ``limit_period``; the rest are refused. None: no limit.
        limit_period: Seconds of the sliding window.
        limit_answer: How they are refused: HTTP 429, HTTP 503, or the vendor's code 2206.
        retry_after: The form of Retry-After on 429 and 503, also on those among ``faults``.
        retry_after_s: Its seconds; None: until the window has room again (1 for a fault).
        faults: What goes wrong, taken in turn each time something does.
        fault_every: Every nth request goes wrong, the nth first; 1: all do; 0: none.
        fault_rate: The share of requests that go wrong, 0 to 1, decided by ``seed`` and the request's number.
        fault_at: Numbers of requests that go wrong, the first is 0, as in ``Sandbox.requests``.
        seed: Decides everything that is left to chance.
        clock_skew: Seconds the server's clock is ahead: for the check of ``ts``, and in ``Date``.
        refuse: A vendor code that answers every request.
        order: ``descending`` by start (as documented by example), ``ascending``, ``shuffled`` (by a hash of the record,
            the same each time), ``ended`` (last ended first), ``tied`` (descending by the second, and within one in
            an order that each page number has of its own), or ``unstable`` (another shuffle for each request).
        end: Whether ``endTime`` is in the range: ``inclusive`` (milliseconds against the end's first),
            ``inclusive_second`` (the whole second is in), or ``exclusive``.
        filter_by: The range holds calls that ``start`` in it, ``end`` in it, ``overlap`` it, or were ``created`` in it
            (their ``createdTime``, a field that is documented nowhere; where they lack it, their start).
        page_cap: Rows a page has at most, whatever ``size`` says.
        page_cap_offset: A page begins where pages of the ``cap`` put it, or where pages of the asked ``size`` do (then
            the rows between are never served).
        stuck_at_page: Every page after this one answers as it does: 1 ignores ``page``, 2 repeats page 2 for ever.
        repeats: Rows of the page before with which each page after the first begins; no row is lost.
        arrivals: Calls that are added while pages are read, in turn, each where its startTime puts it; a function is
            given the number of calls that came before.
        arrive_every: One arrives after each so many pages served.
        vanish_every: After each so many pages served, the first row of the page just served vanishes (a gap for
            whoever reads on); 0: none does.
        extra_fields: Added to each record.
        missing_fields: Names dropped from each record chosen by ``missing_every``.
        missing_every: About one record in so many lacks them, the same ones each time; 1: all do.
        hostile: Every text field of every record holds one of ``HOSTILE_TEXTS``. Filters see the true record.
        shape: A successful answer of the wrong type: ``data_null``, ``data_object``, ``rows_as_text``,
            ``code_as_text``, ``no_data``, ``no_code``.
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
    order: Literal["descending", "ascending", "shuffled", "ended", "tied", "unstable"] = "descending"
    end: Literal["inclusive", "inclusive_second", "exclusive"] = "inclusive"
    filter_by: Literal["start", "end", "overlap", "created"] = "start"
    page_cap: int | None = None
    page_cap_offset: Literal["cap", "size"] = "cap"
    stuck_at_page: int | None = None
    repeats: int = 0
    arrivals: Sequence[dict[str, Any]] | Callable[[int], dict[str, Any]] = ()
    arrive_every: int = 1
    vanish_every: int = 0
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    missing_fields: Collection[str] = ()
    missing_every: int = 1
    hostile: bool = False
    shape: Literal["right", "data_null", "data_object", "rows_as_text", "code_as_text", "no_data", "no_code"] = "right"


def goes_wrong(number: int, rules: Misbehaviour) -> bool:
    """Whether the request with this number (the first is 0) meets a fault."""
    if number in rules.fault_at or (rules.fault_every and (number + 1) % rules.fault_every == 0):
        return True
    return rules.fault_rate > 0 and _chance(f"{rules.seed}:{number}") < rules.fault_rate


def page_slice(page: int, size: int, rules: Misbehaviour) -> slice:
    """The part of a selection that one page holds.

    Args:
        page: From 1.
        size: Rows asked for.
        rules: ``page_cap``, ``page_cap_offset``, ``stuck_at_page`` and ``repeats`` matter.
    """
    rows = size if rules.page_cap is None else min(size, rules.page_cap)
    stride = rows if rules.page_cap_offset == "cap" else size
    if rules.stuck_at_page is not None:
        page = min(page, rules.stuck_at_page)
    begin = (page - 1) * max(1, stride - rules.repeats)
    return slice(begin, begin + rows)


def alters_records(rules: Misbehaviour) -> bool:
    """Whether ``altered`` would change any record."""
    return bool(rules.hostile or rules.extra_fields or rules.missing_fields)


def altered(record: Mapping[str, Any], text: bytes, rules: Misbehaviour) -> dict[str, Any]:
    """The record as it is served; the same each time.

    Args:
        record: The true record.
        text: Its JSON, which decides what is left to chance.
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
    """A number in [0, 1) that only the key decides."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest()) / 2**48
