"""The figures of a set of calls, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nxcdr.api.answer import Record
from nxcdr.output.shown import number
from nxcdr.output.values import queue_seconds

_INBOUND = 0
_ABANDONED = 1103  # Source: vendor docs, CDR Query, the example response

DEFINITIONS: dict[str, str] = {
    "calls": "records; a call that was transferred has one for each leg",
    "answered": "calls that were answered, in any direction",
    "missed": "calls that were not",
    "answer_rate": "answered / calls",
    "queued": "inbound calls that entered the queue (inQueueTime is set)",
    "abandoned": "calls whose caller hung up in the queue (hangupCode 1103)",
    "service_level": "queued calls answered within {seconds:g} s of entering the queue / queued calls",
    "average_speed_of_answer": "mean seconds from entering the queue to the answer, of the queued calls answered",
    "average_talk": "mean talk time (callDuration) of the calls answered, in seconds",
    "total_talk": "sum of talk time (callDuration), in seconds",
    "cost": "exact sum of totalCustomerPrice, in the account's currency",
}


def definition(name: str, service_seconds: float) -> str:
    """What a figure means, for this service level."""
    return DEFINITIONS[name].format(seconds=service_seconds)


@dataclass(slots=True)
class Figures:
    """Sums over calls, from which every figure follows; fixed in size.

    A field that is missing or of another type than documented counts as nothing: its call is still a call.

    Attributes:
        calls: Records.
        answered: Answered ones.
        missed: Those for certain not answered.
        queued: Inbound ones that entered the queue.
        abandoned: Those given up in the queue.
        in_time: Queued ones answered within the service level's time.
        picked_up: Queued ones whose wait for the answer is known.
        waited: Milliseconds these waited, in all.
        talked: Answered ones with a talk time.
        talk: Seconds of talk of these.
        other_talk: Seconds of talk of the rest: nothing, on an honest server.
        cost: Exact sum.
    """

    calls: int = 0
    answered: int = 0
    missed: int = 0
    queued: int = 0
    abandoned: int = 0
    in_time: int = 0
    picked_up: int = 0
    waited: int = 0
    talked: int = 0
    talk: int | Decimal = 0
    other_talk: int | Decimal = 0
    cost: Decimal = Decimal(0)

    def add(self, call: Record, service_seconds: float) -> None:
        """Count one more call; ``service_seconds`` must be the same for all."""
        answered = call.get("answered") is True
        talk = number(call.get("callDuration"))
        self.calls += 1
        self.answered += answered
        self.missed += call.get("answered") is False
        self.abandoned += call.get("hangupCode") == _ABANDONED
        if answered and talk is not None:
            self.talked += 1
            self.talk += talk
        else:
            self.other_talk += talk or 0
        self.cost += number(call.get("totalCustomerPrice")) or 0
        if is_queued(call):
            self.queued += 1
            wait = answer_wait(call) if answered else None
            if wait is not None:
                self.picked_up += 1
                self.waited += wait
                self.in_time += wait <= service_seconds * 1000

    def values(self) -> dict[str, Any]:
        """Every figure of `DEFINITIONS`; None for the share or mean of nothing. Shares to 6, means to 3 digits."""
        return {
            "calls": self.calls,
            "answered": self.answered,
            "missed": self.missed,
            "answer_rate": _ratio(self.answered, self.calls, 6),
            "queued": self.queued,
            "abandoned": self.abandoned,
            "service_level": _ratio(self.in_time, self.queued, 6),
            "average_speed_of_answer": _ratio(self.waited, self.picked_up * 1000, 3),
            "average_talk": _ratio(self.talk, self.talked, 3),
            "total_talk": self.talk + self.other_talk,
            "cost": self.cost,
        }


def is_queued(call: Record) -> bool:
    """Whether a call was offered to the agents: inbound, and it entered the queue."""
    entered = call.get("inQueueTime")
    return call.get("direction") == _INBOUND and type(entered) is int and entered > 0


def answer_wait(call: Record) -> int | None:
    """Milliseconds from entering the queue to the answer; the queue's duration where the two times don't tell."""
    entered, answered = call.get("inQueueTime"), call.get("answerTime")
    if type(entered) is int and type(answered) is int and 0 < entered <= answered:
        return answered - entered
    waited = number(queue_seconds(call))
    return None if waited is None or waited < 0 else int(waited * 1000)


def _ratio(part: int | Decimal, whole: int, digits: int) -> float | None:
    return round(float(part / whole), digits) if whole else None
