"""What can be asked for: one page of the calls of a window, filtered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nxcdr.api.fields import LARGEST_PAGE

_DIRECTION_CODES = {"inbound": 1, "outbound": 2, "aicc": 3}
_ANSWERED_CODES = {False: 1, True: 2}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which calls to ask for; a filter that is None lets all through.

    Attributes:
        answered: True for answered calls only, False for missed ones.
        direction: ``inbound``, ``outbound`` or ``aicc``.
        agent: Agent account, exact; or several, whose calls are wanted.
        caller: Calling number, exact.
        callee: Called number, exact.
        call_id: Call id, exact.
        order_id: Order id, exact (the later edition of the API only).
    """

    answered: bool | None = None
    direction: str | None = None
    agent: str | tuple[str, ...] | None = None
    caller: str | None = None
    callee: str | None = None
    call_id: str | None = None
    order_id: str | None = None

    @property
    def agents(self) -> Sequence[str | None]:
        """The agent accounts to ask for, one after the other: the server takes but one. None stands for all."""
        return (self.agent,) if self.agent is None or isinstance(self.agent, str) else self.agent

    def fields(self, agent: str | None = None) -> dict[str, int | str]:
        """The request's fields. Source: vendor docs, CDR Query, Body Parameters (not the response's numbering).

        Args:
            agent: Which of several agents; None for the one.
        """
        fields = {
            "answered": None if self.answered is None else _ANSWERED_CODES[self.answered],
            "direction": None if self.direction is None else _DIRECTION_CODES[self.direction],
            "name": agent or self.agents[0],
            "caller": self.caller,
            "callee": self.callee,
            "callId": self.call_id,
            "orderId": self.order_id,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page of one window: start and end in seconds since 1970, both asked for; page from 1; size 1 to 100.

    If the filters name several agents, a request is for one of them.
    """

    start: int
    end: int
    page: int = 1
    size: int = LARGEST_PAGE
    agent: str | None = None

    def body(self, filters: Filters) -> bytes:
        """The request's JSON text. Serialised once: these bytes are signed, and these bytes are sent."""
        fields = filters.fields(self.agent)
        filtered = "".join(f',"{name}":{json.dumps(value, ensure_ascii=False)}' for name, value in fields.items())
        return b'{"startTime":%d,"endTime":%d%b,"page":%d,"size":%d}' % (
            self.start,
            self.end,
            filtered.encode("utf-8", "surrogateescape"),
            self.page,
            self.size,
        )
