"""The record's documented fields, and the numbers the vendor uses for words.

Source: vendor docs, CDR Query, Response Parameters and the example response (whose order is the order here).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a field's value is, and so how it is decoded."""

    TEXT = "text"
    FLAG = "true or false"
    TIME = "milliseconds since 1970, 0 = never"
    SECONDS = "seconds"
    QUEUE_SECONDS = "seconds; milliseconds for some calls"
    DIRECTION = "0 inbound, 1 outbound, 2 aicc"
    HANGUP_BY = "0 agent, 1 user, 2 unknown"
    NUMBER = "number"

    @property
    def type(self) -> str:
        """The type of the decoded value: string, boolean, number, or time (ISO 8601)."""
        return _TYPES_AND_UNITS[self][0]

    @property
    def unit(self) -> str:
        """The unit of the decoded value: ``s``, or ``ms`` for the precision of a time; empty for none."""
        return _TYPES_AND_UNITS[self][1]


_TYPES_AND_UNITS = {
    Kind.TEXT: ("string", ""),
    Kind.FLAG: ("boolean", ""),
    Kind.TIME: ("time", "ms"),
    Kind.SECONDS: ("number", "s"),
    Kind.QUEUE_SECONDS: ("number", "s"),
    Kind.DIRECTION: ("string", ""),
    Kind.HANGUP_BY: ("string", ""),
    Kind.NUMBER: ("number", ""),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One documented field of a record."""

    name: str
    kind: Kind
    meaning: str


FIELDS: tuple[Field, ...] = (
    Field("agentName", Kind.TEXT, "agent account"),
    Field("agentNickName", Kind.TEXT, "agent nickname"),
    Field("answered", Kind.FLAG, "whether the call was answered"),
    Field("answerTime", Kind.TIME, "when it was connected"),
    Field("callDuration", Kind.SECONDS, "talk time"),
    Field("callee", Kind.TEXT, "number called"),
    Field("caller", Kind.TEXT, "number calling"),
    Field("callId", Kind.TEXT, "call id"),
    Field("direction", Kind.DIRECTION, "inbound, outbound, or aicc (automatic campaign)"),
    Field("dtmfKeys", Kind.TEXT, "keys pressed, comma-separated"),
    Field("endTime", Kind.TIME, "when it ended"),
    Field("hangupBy", Kind.HANGUP_BY, "who hung up"),
    Field("hangupCode", Kind.NUMBER, "the vendor's code, e.g. 1001 normal, 1103 abandoned in queue"),
    Field("callStatus", Kind.TEXT, "outcome"),
    Field("hangupReason", Kind.TEXT, "why it ended"),
    Field("inQueueTime", Kind.TIME, "when it entered the queue"),
    Field("leaveMsgUrl", Kind.TEXT, "voicemail"),
    Field("orderId", Kind.TEXT, "order id"),
    Field("other", Kind.TEXT, "text passed through from whoever placed the call"),
    Field("intent", Kind.TEXT, "intent"),
    Field("outQueueTime", Kind.TIME, "when it left the queue"),
    Field("queueDuration", Kind.QUEUE_SECONDS, "time in the queue"),
    Field("recordUrl", Kind.TEXT, "recording"),
    Field("ringDuration", Kind.SECONDS, "time ringing"),
    Field("ringTime", Kind.TIME, "when it began to ring"),
    Field("startTime", Kind.TIME, "when the call began"),
    Field("taskId", Kind.TEXT, "campaign task id"),
    Field("totalCustomerPrice", Kind.NUMBER, "cost"),
)

LARGEST_PAGE = 100
"""Most records in one answer. Source: vendor docs, CDR Query, Body Parameters."""

FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)

# A record's numbers. Requests have a numbering of their own: `api.request.Filters`.
DIRECTIONS: dict[int, str] = {0: "inbound", 1: "outbound", 2: "aicc"}
HANGUP_BY: dict[int, str] = {0: "agent", 1: "user", 2: "unknown"}
