"""The sandbox: a server that checks what the vendor checks, answers its codes, and errs where it is told to."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self

from nxcdr.sandbox.answers import Answer, Headers, faulty, http_error, page_answer, refusal
from nxcdr.sandbox.calls import day_calls
from nxcdr.sandbox.checks import Query, VendorError, check_body, check_headers, parse_body
from nxcdr.sandbox.exchange import Exchange
from nxcdr.sandbox.ledger import CallSource, Ledger, Record, encode
from nxcdr.sandbox.listener import Listener
from nxcdr.sandbox.misbehaviour import Misbehaviour, altered, alters_records, goes_wrong, page_slice

PATH = "/saas/cc/openapi/cdr/page"
DEFAULT_ACCESS_KEY = "sandbox"
DEFAULT_ACCESS_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but the sandbox

_LOG_LENGTH = 200_000


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and what became of it.

    Attributes:
        number: The first request is 0.
        received: When, on the sandbox's monotonic clock, seconds.
        method: HTTP's.
        path: As asked for, with any query string.
        headers: By lower-case name.
        body: The JSON object asked with; None where it was none.
        outcome: ``served``, ``refused`` (a vendor code), ``limited``, ``http`` (404, 405), or the fault's value.
        status: HTTP's; 0 where no answer was sent.
        code: The vendor's, where the answer had one.
        rows: Records served.
    """

    number: int
    received: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    outcome: str
    status: int
    code: int | None
    rows: int


class Sandbox:
    """A local stand-in of the vendor's API on 127.0.0.1; a context manager, or ``start`` and ``stop``.

    Args:
        calls: The calls it holds, all listed at once; or a function from a day of UTC+08:00 to the calls that begin on
            it, each listed once it has ended. None is ``day_calls``: believable calls of the last 800 days.
        port: 0 is any free one.
        access_key: The one account there is.
        access_secret: Its secret.
        misbehaviour: What it does wrong; may be replaced while it runs.
        now: Epoch seconds.
        monotonic: Seconds, for the request limit and the log.
        observe: Called with each request as it is answered, in its connection's thread.

    Attributes:
        requests: What was asked, in the order of the answers; the oldest half is dropped at 200,000. A request is here
            before its answer is sent. May be cleared.
        max_in_flight: The most requests there were at once between arrival and answer.
    """

    def __init__(
        self,
        calls: Sequence[Record] | CallSource | None = None,
        *,
        port: int = 0,
        access_key: str = DEFAULT_ACCESS_KEY,
        access_secret: str = DEFAULT_ACCESS_SECRET,
        misbehaviour: Misbehaviour = Misbehaviour(),  # noqa: B008 - frozen
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        observe: Callable[[Request], None] | None = None,
    ) -> None:
        self.access_key = access_key
        self.access_secret = access_secret
        self.misbehaviour = misbehaviour
        self.requests: list[Request] = []
        self.max_in_flight = 0
        self._port = port
        self._now = now
        self._monotonic = monotonic
        self._observe = observe
        if calls is None or callable(calls):
            self._ledger = Ledger((), calls or day_calls, seed=misbehaviour.seed)
        else:
            self._ledger = Ledger(calls, None, seed=misbehaviour.seed)
        self._listener: Listener | None = None
        self._stopping = threading.Event()
        self._pages = self._added = 0  # under the ledger's lock
        self._lock = threading.Lock()  # of what follows, and of the log
        self._arrived = self._in_flight = self._failed = 0
        self._let_through: deque[float] = deque()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen, and answer; nothing more where it runs already.

        Raises:
            OSError: The port can't be had.
        """
        if self._listener is None:
            self._stopping.clear()
            self._listener = Listener(self._port, self._respond)
        return self

    def stop(self) -> None:
        """End every connection, answered or not; nothing where it doesn't run."""
        self._stopping.set()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    @property
    def base_url(self) -> str:
        """Where it listens, while it does: ``http://127.0.0.1:PORT``."""
        if self._listener is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def calls(self) -> list[Record]:
        """The calls listed, ascending by startTime; of a function's, those asked for so far. Set it to replace all."""
        with self._ledger.lock:
            return [row.record for row in self._ledger.rows]

    @calls.setter
    def calls(self, calls: Sequence[Record]) -> None:
        self._ledger.replace(calls)

    def add(self, record: Record) -> None:
        """List one more call."""
        self._ledger.add(record)

    def remove(self, call: Record) -> None:
        """List a call no more.

        Raises:
            ValueError: No equal call is listed.
        """
        self._ledger.remove(call)

    def _respond(self, exchange: Exchange, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        rules = self.misbehaviour
        received = self._monotonic()
        fields = parse_body(body)
        with self._lock:
            number, self._arrived = self._arrived, self._arrived + 1
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
            answer = self._met_with(number, received, rules)
        try:
            self._wait(fields, rules)
            answer = answer or self._answer(number, (method, path), headers, (body, fields), rules)
        finally:
            with self._lock:
                self._in_flight -= 1
        self._note(
            Request(
                number, received, method, path, headers, fields, answer.outcome, answer.status, answer.code, answer.rows
            )
        )
        exchange.now = self._clock(rules)
        exchange.send(answer)

    def _met_with(self, number: int, received: float, rules: Misbehaviour) -> Answer | None:
        """The limit, fault or refusal that a request meets before anybody reads it."""
        if rules.limit is not None:
            while self._let_through and self._let_through[0] <= received - rules.limit_period:
                self._let_through.popleft()
            if len(self._let_through) >= rules.limit:
                oldest = self._let_through[0] if self._let_through else received
                return self._limited(number, oldest + rules.limit_period - received, rules)
            self._let_through.append(received)
        if rules.faults and goes_wrong(number, rules):
            fault = rules.faults[self._failed % len(rules.faults)]
            self._failed += 1
            return faulty(self._request_id(number), fault, self._retry_after(1, rules))
        if rules.refuse is not None:
            return refusal(self._request_id(number), VendorError(rules.refuse))
        return None

    def _limited(self, number: int, room_in: float, rules: Misbehaviour) -> Answer:
        if rules.limit_answer == "2206":
            return refusal(self._request_id(number), VendorError(2206), "limited")
        return http_error(int(rules.limit_answer), self._retry_after(room_in, rules), "limited")

    def _retry_after(self, seconds: float, rules: Misbehaviour) -> Headers:
        wait = math.ceil(seconds) if rules.retry_after_s is None else rules.retry_after_s
        match rules.retry_after:
            case "none":
                return ()
            case "seconds":
                return (("Retry-After", str(wait)),)
            case "date":
                return (("Retry-After", formatdate(math.ceil(self._clock(rules)) + wait, usegmt=True)),)

    def _wait(self, fields: Mapping[str, Any] | None, rules: Misbehaviour) -> None:
        page = (fields or {}).get("page")
        wait = rules.latency + (rules.page_cost * page if isinstance(page, int) else 0)
        if wait > 0:
            self._stopping.wait(wait)

    def _answer(
        self,
        number: int,
        target: tuple[str, str],
        headers: Mapping[str, str],
        content: tuple[bytes, dict[str, Any] | None],
        rules: Misbehaviour,
    ) -> Answer:
        method, path = target
        body, fields = content
        if path.partition("?")[0] != PATH:
            return http_error(404)
        if method != "POST":
            return http_error(405, (("Allow", "POST"),))
        try:
            check_headers(
                headers,
                body,
                access_key=self.access_key,
                access_secret=self.access_secret,
                now_ms=int(self._clock(rules) * 1000),
            )
            return page_answer(self._request_id(number), self._page(check_body(fields), rules), rules.shape)
        except VendorError as error:
            return refusal(self._request_id(number), error)

    def _page(self, query: Query, rules: Misbehaviour) -> list[bytes]:
        """The page's records; then what happens between pages happens."""
        ledger = self._ledger
        with ledger.lock:
            picked = ledger.pick(query, rules, self._now())[page_slice(query.page, query.size, rules)]
            rows = [ledger.rows[n] for n in picked]
            if alters_records(rules):
                page = [encode(altered(row.record, row.text, rules)) for row in rows]
            else:
                page = [row.text for row in rows]
            self._pages += 1
            if rules.vanish_every and rows and self._pages % rules.vanish_every == 0:
                ledger.remove(rows[0].record)
            if self._pages % rules.arrive_every == 0:
                self._arrive(rules)
        return page

    def _arrive(self, rules: Misbehaviour) -> None:
        if callable(rules.arrivals):
            self._ledger.add(rules.arrivals(self._added))
            self._added += 1
        elif self._added < len(rules.arrivals):
            self._ledger.add(rules.arrivals[self._added])
            self._added += 1

    def _note(self, request: Request) -> None:
        with self._lock:
            if len(self.requests) >= _LOG_LENGTH:
                del self.requests[: _LOG_LENGTH // 2]
            self.requests.append(request)
        if self._observe is not None:
            self._observe(request)

    def _clock(self, rules: Misbehaviour) -> float:
        return self._now() + rules.clock_skew

    def _request_id(self, number: int) -> str:
        return hashlib.blake2b(f"{self.access_key}/{number}".encode(), digest_size=16).hexdigest()
