"""The sandbox: a server that checks requests as the vendor does, and misbehaves as told."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from nxcdr.sandbox.answers import Answer, http_error, page_answer, refusal, with_secrets
from nxcdr.sandbox.calls import day_calls
from nxcdr.sandbox.checks import VendorError, check_body, check_headers, parse_body
from nxcdr.sandbox.exchange import Exchange
from nxcdr.sandbox.gateway import Gateway
from nxcdr.sandbox.ledger import CallSource, Ledger, Record
from nxcdr.sandbox.listener import Listener
from nxcdr.sandbox.misbehaviour import Misbehaviour, kept_rows
from nxcdr.sandbox.pages import Pages

PATH = "/saas/cc/openapi/cdr/page"
DEFAULT_ACCESS_KEY = "sandbox"
DEFAULT_ACCESS_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but the sandbox

_LOG_LENGTH = 200_000


@dataclass(frozen=True, slots=True)
class Request:
    """A request and its outcome.

    Attributes:
        number: The first request is 0.
        received: When it arrived, seconds of the sandbox's monotonic clock.
        method: HTTP method.
        path: As requested, with any query string.
        headers: By lower-case name.
        body: Its JSON object; None if the body was anything else.
        outcome: ``served``, ``cut`` (a page that lacks rows), ``refused`` (a vendor code), ``limited``, ``http`` (404,
            405), or the fault's value.
        status: HTTP status; 0 if no answer was sent.
        code: Vendor code, if the answer had one.
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

    ``add``, ``replace`` and ``remove`` change its calls while it runs; with ``at``, once its clock has reached a time.
    So a rehearsal of many nights can have calls that are listed hours after their end, and fields that are filled in
    later::

        sandbox.add(call | {"totalCustomerPrice": 0}, at=call["endTime"] / 1000 + 5 * 3600)
        sandbox.replace(call | {"totalCustomerPrice": 0}, call, at=call["endTime"] / 1000 + 30 * 3600)

    Args:
        calls: The calls it holds, all listed from the beginning, equal ones each; or a function from a day of UTC+08:00
            to the calls that begin on it, each listed once it has ended. None is ``day_calls``: believable calls of the
            last 800 days.
        port: 0 is any free one.
        access_key: Of its only account.
        access_secret: Of its only account.
        misbehaviour: What it does wrong; may be replaced while it runs.
        now: Its clock, epoch seconds.
        monotonic: Seconds, for the request limit and the log.
        observe: Called with each request as it is answered, in the connection's thread.

    Attributes:
        requests: The requests in the order of their answers, each recorded before its answer is sent. At 200,000, the
            older half is dropped. May be cleared.
        max_in_flight: The most requests at once between arrival and answer.
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
        self._pages = Pages(self._ledger)
        self._listener: Listener | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # of what follows, and of the log
        self._gateway = Gateway(self._request_id, now)
        self._arrived = self._in_flight = 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Begin to listen, unless it does already.

        Raises:
            OSError: The port can't be used.
        """
        if self._listener is None:
            self._stopping.clear()
            self._listener = Listener(self._port, self._respond)
        return self

    def stop(self) -> None:
        """Close every connection, answered or not, unless it has been stopped already."""
        self._stopping.set()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``, while it runs."""
        if self._listener is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def calls(self) -> list[Record]:
        """The calls listed now, ascending by startTime; of a function's calls, those of the days requested so far.

        Set it to replace all of them, and whatever is scheduled.
        """
        with self._ledger.lock:
            self._ledger.catch_up(self._now())
            return [row.record for row in self._ledger.rows]

    @calls.setter
    def calls(self, calls: Sequence[Record]) -> None:
        self._ledger.replace(calls)

    def add(self, record: Record, *, at: float | None = None) -> None:
        """List one more call.

        Args:
            record: The call.
            at: When, epoch seconds of the sandbox's clock; None: now.
        """
        self._do(at, partial(self._ledger.add, record))

    def replace(self, old: Record, new: Record, *, at: float | None = None) -> None:
        """List another version of a call instead of the old one.

        Args:
            old: The call as it is listed by then.
            new: The call as it is listed from then on.
            at: When, epoch seconds of the sandbox's clock; None: now.

        Raises:
            ValueError: No call equal to ``old`` is listed. With ``at``, the request that finds this out gets no answer.
        """
        self._do(at, partial(self._ledger.change, old, new))

    def remove(self, call: Record, *, at: float | None = None) -> None:
        """List a call no more.

        Args:
            call: The call as it is listed by then.
            at: When, epoch seconds of the sandbox's clock; None: now.

        Raises:
            ValueError: No equal call is listed. With ``at``, the request that finds this out gets no answer.
        """
        self._do(at, partial(self._ledger.remove, call))

    def _do(self, at: float | None, action: Callable[[], None]) -> None:
        if at is None:
            action()
        else:
            self._ledger.schedule(at, action)

    def _respond(self, exchange: Exchange, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        rules = self.misbehaviour
        received = self._monotonic()
        fields = parse_body(body)
        with self._lock:
            number, self._arrived = self._arrived, self._arrived + 1
            self._in_flight += 1
            self.max_in_flight = max(self.max_in_flight, self._in_flight)
            answer, fault = self._gateway.answer(number, received, rules)
        try:
            self._wait(fields, rules)
            answer = answer or self._answer(number, (method, path), headers, (body, fields), rules)
        finally:
            with self._lock:
                self._in_flight -= 1
        if fault is not None:
            answer = replace(answer, outcome=fault, fault=fault)
        if rules.echo_secret and answer.code:
            answer = with_secrets(answer, headers.get("sign", ""), self.access_secret)
        self._note(
            Request(
                number, received, method, path, headers, fields, answer.outcome, answer.status, answer.code, answer.rows
            )
        )
        exchange.now, exchange.rules = self._clock(rules), rules
        exchange.send(answer)

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
            rows = self._pages.page(check_body(fields, rules.first_page), rules, self._now())
        except VendorError as error:
            return refusal(self._request_id(number), error)
        kept = kept_rows(rows, number, rules)
        answer = page_answer(self._request_id(number), kept, rules.shape)
        return answer if kept is rows else replace(answer, outcome="cut")

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
