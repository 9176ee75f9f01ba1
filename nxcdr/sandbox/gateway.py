"""The gateway in front of the sandbox: the request limit, faults, and refusals of every request."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from email.utils import formatdate

from nxcdr.sandbox.answers import Answer, Headers, faulty, http_error, refusal
from nxcdr.sandbox.checks import VendorError
from nxcdr.sandbox.misbehaviour import SECOND_ANSWERS, Fault, Misbehaviour, meets_fault


class Gateway:
    """Answers the requests that the API itself does not get to see. Not thread-safe.

    Args:
        request_id: From a request's number to the ``reqId`` of its answer.
        now: Epoch seconds.
    """

    def __init__(self, request_id: Callable[[int], str], now: Callable[[], float]) -> None:
        self._request_id = request_id
        self._now = now
        self._let_through: deque[float] = deque()
        self._faults = 0

    def answer(self, number: int, received: float, rules: Misbehaviour) -> tuple[Answer | None, Fault | None]:
        """The gateway's answer, if it gives one; and the fault that the answer meets while it is sent.

        Args:
            number: The request's.
            received: When it arrived, monotonic seconds.
            rules: What goes wrong.
        """
        if rules.limit is not None:
            while self._let_through and self._let_through[0] <= received - rules.limit_period:
                self._let_through.popleft()
            if len(self._let_through) >= rules.limit:
                oldest = self._let_through[0] if self._let_through else received
                return self._limited(number, oldest + rules.limit_period - received, rules), None
            self._let_through.append(received)
        fault = None
        if rules.faults and meets_fault(number, rules):
            fault = rules.faults[self._faults % len(rules.faults)]
            self._faults += 1
            if fault not in SECOND_ANSWERS:
                return faulty(self._request_id(number), fault, self._retry_after(1, rules)), None
        if rules.refuse is not None:
            return refusal(self._request_id(number), VendorError(rules.refuse)), fault
        return None, fault

    def _limited(self, number: int, wait: float, rules: Misbehaviour) -> Answer:
        if rules.limit_answer == "2206":
            return refusal(self._request_id(number), VendorError(2206), "limited")
        return http_error(int(rules.limit_answer), self._retry_after(wait, rules), "limited")

    def _retry_after(self, seconds: float, rules: Misbehaviour) -> Headers:
        wait = math.ceil(seconds) if rules.retry_after_s is None else rules.retry_after_s
        match rules.retry_after:
            case "none":
                return ()
            case "seconds":
                return (("Retry-After", str(wait)),)
            case "date":
                when = math.ceil(self._now() + rules.clock_skew) + wait
                return (("Retry-After", formatdate(when, usegmt=True)),)
