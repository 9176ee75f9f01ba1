"""A server without a network: pages of a sandbox's ledger, and a count of the requests."""

from __future__ import annotations

from collections.abc import Iterable

from nxcdr.api.answer import Page, read_page
from nxcdr.api.client import PageRequest
from nxcdr.sandbox import Misbehaviour
from nxcdr.sandbox.checks import Query
from nxcdr.sandbox.ledger import Ledger
from nxcdr.sandbox.misbehaviour import page_slice
from tests.harness import Call


class Listed:
    """Answers requests from calls, as a sandbox with these rules does.

    Attributes:
        calls: What is listed.
        requests: What was asked; may be cleared.
    """

    def __init__(self, calls: Iterable[Call], rules: Misbehaviour | None = None) -> None:
        self.calls = list(calls)
        self.requests: list[PageRequest] = []
        self._rules = rules or Misbehaviour()
        self._ledger = Ledger(self.calls, None)

    def add(self, call: Call) -> None:
        self.calls.append(call)
        self._ledger.add(call)

    def replace(self, call: Call, by: Call) -> None:
        self.calls[self.calls.index(call)] = by
        self._ledger.replace(self.calls)

    def ask(self, request: PageRequest) -> Page:
        self.requests.append(request)
        query = Query(request.start, request.end, request.size, request.page, ())
        picked = self._ledger.pick(query, self._rules, 0)[page_slice(request.page, request.size, self._rules)]
        return read_page(b"[" + b",".join(self._ledger.rows[at].text for at in picked) + b"]")

    def newest(self, start: int, end: int) -> list[Call]:
        """The calls that begin in a range, newest first."""
        found = [call for call in self.calls if start * 1000 <= call["startTime"] < end * 1000]
        return sorted(found, key=lambda call: (call["startTime"], call["callId"]), reverse=True)


def call(begins: int, lasts: int, name: str) -> Call:
    """A call that begins at a millisecond and lasts some."""
    return {"callId": name, "startTime": begins, "endTime": begins + lasts}
