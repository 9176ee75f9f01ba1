"""The figures of a set of calls, and their definitions."""

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
    """The definition of a figure, for a service level of so many seconds."""
    return DEFINITIONS[name].format(seconds=service_seconds)


@dataclass(slots=True)
class Figures:
    """Sums from which every figure is computed; their size does not grow with the calls.

    A field that is missing or not of its documented type adds nothing; the call itself is counted.

    Attributes:
        calls: Number of records.
        answered: Answered calls.
        missed: Calls whose record says that nobody answered.
        queued: Inbound calls that entered the queue.
        abandoned: Calls whose caller hung up in the queue.
        in_time: Queued calls answered within the time of the service level.
        picked_up: Queued calls that were answered after a known wait.
        waited: Sum of these waits, in milliseconds.
        talked: Answered calls with a talk time.
        talk: Talk time of these, in seconds.
        other_talk: Talk time of all other calls, in seconds; usually 0.
        cost: Exact sum of the prices.
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
        """Count a call; ``service_seconds`` must be the same for all calls."""
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
        """Every figure of `DEFINITIONS`, shares with 6 decimal places, means with 3; None for those of no calls."""
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
    """Whether a call is inbound and entered the queue."""
    entered = call.get("inQueueTime")
    return call.get("direction") == _INBOUND and type(entered) is int and entered > 0


def answer_wait(call: Record) -> int | None:
    """Milliseconds from entering the queue to the answer; the queue's duration if one of the times is missing."""
    entered, answered = call.get("inQueueTime"), call.get("answerTime")
    if type(entered) is int and type(answered) is int and 0 < entered <= answered:
        return answered - entered
    waited = number(queue_seconds(call))
    return None if waited is None or waited < 0 else int(waited * 1000)


def _ratio(part: int | Decimal, whole: int, digits: int) -> float | None:
    return round(float(part / whole), digits) if whole else None
