"""Believable calls of a contact centre in Hong Kong; a day always has the same ones.

They are the same on every machine and Python version: randomness comes only from ``Random.random``, whose sequence
Python promises to keep, and only sums and products are computed from it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import TypeVar

from nxcdr.api.fields import FIELDS, Kind
from nxcdr.sandbox.ledger import ZONE_OFFSET, Record

_T = TypeVar("_T")
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_PRICE_PER_MINUTE = 0.035
_SUNDAY = 6
_ROBOT_TALK = 40  # seconds, at most, before an agent takes over

# Relative number of calls by hour of the day: fewer at lunchtime and in the evening, few at night.
_HOURS = tuple(accumulate((4, 2, 2, 1, 1, 2, 6, 18, 45, 80, 95, 88, 55, 62, 84, 90, 82, 66, 40, 28, 22, 16, 10, 6)))
# Fewest and most calls by weekday, Monday first.
_VOLUME = ((400, 580), (360, 520), (350, 510), (340, 500), (320, 480), (90, 150), (40, 80))

_AGENTS: tuple[tuple[str, str | None], ...] = (
    ("NX094450006901", "陈美玲"),
    ("NX094450006902", "Carmen Wong"),
    ("NX094450006903", "李伟"),
    ("NX094450006904", "José Álvarez"),
    ("NX094450006905", "王芳"),
    ("NX094450006906", "Siti Rahmawati"),
    ("NX094450006907", "黄志强 Ken"),
    ("NX094450006908", "Budi Santoso"),
    ("NX094450006909", "張嘉欣"),
    ("NX094450006910", "Ana Lucía Rojas"),
    ("NX094450006911", "Priya Nair"),
    ("NX094450006912", None),  # an agent without a nickname
)
_HOTLINES = ("85235757580", "85235757568", "85235757569", "6531585200")
# Country code and first digits, and how many digits follow.
_COUNTRIES = (
    *(("8529", 7), ("8526", 7), ("8525", 7), ("852213", 5)) * 3,
    *(("86138", 8), ("86159", 8), ("86186", 8)) * 2,
    ("659", 7),
    ("62812", 8),
    ("6012", 7),
    ("5255", 8),
    ("569", 8),
    ("55119", 8),
    ("1415", 7),
    ("447700", 6),
)
_CUSTOMERS = 6000
_NOTES = (
    "客户要求下午回电",
    "VIP",
    "source=app;ref=8841",
    "second call today",
    "Réclamation facture",
    '{"lead":"spring"}',
)

# hangupBy, hangupCode, callStatus, hangupReason. Only 1001 and 1103 are documented; the others are plausible.
_Ending = tuple[int, int, str, str]
_BY_AGENT: _Ending = (0, 1001, "Normal termination", "Agent hung up")
_BY_USER: _Ending = (1, 1001, "Normal termination", "User hung up")
_ABANDONED: _Ending = (1, 1103, "Missed call", "User abandoned the queue")
_QUEUE_TIMEOUT: _Ending = (2, 1104, "Missed call", "Queue timed out")
_AGENT_NO_ANSWER: _Ending = (2, 1105, "Missed call", "Agent did not answer")
_VOICEMAIL: _Ending = (1, 1106, "Voicemail", "User left a message")
_IN_MENU: _Ending = (1, 1102, "Missed call", "User hung up in the menu")
_NO_ANSWER: _Ending = (2, 1201, "No answer", "User did not answer")
_BUSY: _Ending = (1, 1202, "Busy", "User busy")
_REJECTED: _Ending = (1, 1203, "Rejected", "User rejected the call")
_NOT_IN_SERVICE: _Ending = (2, 1204, "Failed", "Number not in service")

_MISSED_INBOUND = (
    *(_ABANDONED,) * 9,
    *(_QUEUE_TIMEOUT,) * 3,
    *(_AGENT_NO_ANSWER,) * 3,
    *(_VOICEMAIL,) * 2,
    *(_IN_MENU,) * 3,
)
_MISSED_OUTBOUND = (*(_NO_ANSWER,) * 10, *(_BUSY,) * 5, *(_REJECTED,) * 3, *(_NOT_IN_SERVICE,) * 2)

_EMPTY: dict[Kind, object] = {Kind.TEXT: None, Kind.FLAG: False}
_BLANK: Record = {field.name: _EMPTY.get(field.kind, 0) for field in FIELDS} | {"orderId": "", "taskId": ""}


def day_calls(day: date) -> list[Record]:
    """All calls that begin on a day of UTC+08:00, ascending by startTime.

    About 300 to 600 on a working day. The last of them is long and ends on the day after.

    Args:
        day: Any day; the same day always has the same calls.

    Returns:
        Records with all documented fields in the documented order, each a new dict.
    """
    rng = Random(f"calls of {day.isoformat()}")  # noqa: S311 - simulated data, not a secret
    midnight = ((day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 - ZONE_OFFSET) * 1000
    least, most = _VOLUME[day.weekday()]
    begins = sorted(midnight + _time_of_day(rng) for _ in range(least + int(rng.random() * (most - least))))
    calls: list[Record] = []
    for n, start in enumerate(begins):
        calls += _call(rng, day, start, _call_id(start, n))
    overnight = midnight + _DAY_MS - 1 - int(rng.random() * 600_000)
    calls += _inbound(rng, overnight, _call_id(overnight, len(begins)), talk=1500 + int(rng.random() * 4000))
    return sorted(
        (call for call in calls if call["startTime"] < midnight + _DAY_MS), key=lambda call: call["startTime"]
    )


def _call(rng: Random, day: date, start: int, call_id: str) -> list[Record]:
    if _happens(rng, 0.6):
        return _inbound(rng, start, call_id, talk=_talk(rng) if _happens(rng, 0.82) else None)
    if _happens(rng, 0.7) or day.weekday() == _SUNDAY:
        return [_outbound(rng, start, call_id)]
    return [_campaign(rng, day, start, call_id)]


def _inbound(rng: Random, start: int, call_id: str, *, talk: int | None) -> list[Record]:
    """An inbound call and, if it is transferred, its second leg.

    Args:
        rng: Source of randomness.
        start: Epoch milliseconds.
        call_id: Of both legs.
        talk: Seconds; None if nobody answers.
    """
    keys = _pick(rng, ("1", "2", "3", "2,1", "1,4", "9,0,0,1")) if _happens(rng, 0.45) else None
    queued = start + 20 + int(rng.random() * 40) + (4000 * len(keys) if keys else 0)
    wait = 2000 + int(_small(rng) * 150_000)
    ring = _second(start)
    call = _BLANK | {
        "callee": _pick(rng, _HOTLINES),
        "caller": _customer(rng),
        "callId": call_id,
        "startTime": start,
        "ringTime": ring,
        "dtmfKeys": keys,
        "orderId": _order(rng, start),
        "other": _note(rng),
        "totalCustomerPrice": _price(wait // 1000),
    }
    if talk is not None:
        answer = _second(queued + wait)
        call |= {"inQueueTime": queued, "outQueueTime": answer, "queueDuration": (answer - queued) // 1000}
        call |= _answered(rng, call, answer, talk)
        return [call, *_transferred(rng, call)]
    ending = _pick(rng, _MISSED_INBOUND)
    if ending is _IN_MENU:
        end = queued + 900
    else:
        left = _second(queued + wait)
        end = left + 100 + int(rng.random() * 1400) + (15_000 if ending is _VOICEMAIL else 0)
        # The vendor's quirk: milliseconds for calls nobody answered.
        call |= {"inQueueTime": queued, "outQueueTime": left, "queueDuration": left - queued}
    if ending is _VOICEMAIL:
        call["leaveMsgUrl"] = f"https://recordings.example.com/voicemail/{call_id}.mp3"
    return [call | _ended(ending) | {"endTime": end, "ringDuration": (end - ring) // 1000}]


def _outbound(rng: Random, start: int, call_id: str) -> Record:
    ring = _second(start)
    rang = 4 + int(rng.random() * 30)
    agent, nickname = _pick(rng, _AGENTS)
    call = _BLANK | {
        "agentName": agent,
        "agentNickName": nickname,
        "callee": _customer(rng),
        "caller": _pick(rng, _HOTLINES),
        "callId": call_id,
        "direction": 1,
        "startTime": start,
        "ringTime": ring,
        "orderId": _order(rng, start),
        "other": _note(rng),
    }
    if _happens(rng, 0.62):
        return call | _answered(rng, call, ring + rang * 1000, _talk(rng))
    end = ring + rang * 1000 + int(rng.random() * 1000)
    return call | _ended(_pick(rng, _MISSED_OUTBOUND)) | {"endTime": end, "ringDuration": rang}


def _campaign(rng: Random, day: date, start: int, call_id: str) -> Record:
    """A call of an automatic campaign: a robot talks, and some answered calls are queued for an agent."""
    call = _outbound(rng, start, call_id) | {"direction": 2, "taskId": f"T{day:%Y%m%d}0{1 + int(rng.random() * 3)}"}
    if call["answered"]:
        call["intent"] = _pick(rng, ("A", "B", "C", "D", ""))
        call["dtmfKeys"] = _pick(rng, (None, None, "1", "2"))
    if call["answered"] and call["intent"] == "A" and call["callDuration"] > _ROBOT_TALK:
        queued = call["answerTime"] + 15_000 + int(rng.random() * 900)
        left = _second(queued + 3000 + int(_small(rng) * 15_000))
        return call | {"inQueueTime": queued, "outQueueTime": left, "queueDuration": (left - queued) // 1000}
    return call | {"agentName": None, "agentNickName": None}


def _answered(rng: Random, call: Record, answer: int, talk: int) -> Record:
    """The fields of an answered call; a call without an agent gets one."""
    end = answer + talk * 1000 - int(rng.random() * 1000)
    agent, nickname = (call["agentName"], call["agentNickName"]) if call["agentName"] else _pick(rng, _AGENTS)
    return _ended(_BY_AGENT if _happens(rng, 0.35) else _BY_USER) | {
        "agentName": agent,
        "agentNickName": nickname,
        "answered": True,
        "answerTime": answer,
        "callDuration": talk,
        "endTime": end,
        "recordUrl": f"https://recordings.example.com/{call['callId']}.mp3",
        "ringDuration": (answer - call["ringTime"]) // 1000,
        "totalCustomerPrice": _price(talk),
    }


def _transferred(rng: Random, first: Record) -> list[Record]:
    """For some calls, a second leg with the same callId that begins when the first ends."""
    if not _happens(rng, 0.04):
        return []
    start = first["endTime"] + 5
    leg = first | {"agentName": None, "startTime": start, "ringTime": _second(start), "dtmfKeys": None}
    leg |= {"inQueueTime": 0, "outQueueTime": 0, "queueDuration": 0}
    return [leg | _answered(rng, leg, _second(start) + 4000, 20 + int(rng.random() * 300))]


def _ended(ending: _Ending) -> Record:
    return dict(zip(("hangupBy", "hangupCode", "callStatus", "hangupReason"), ending, strict=True))


def _time_of_day(rng: Random) -> int:
    return bisect(_HOURS, rng.random() * _HOURS[-1]) * _HOUR_MS + int(rng.random() * _HOUR_MS)


def _talk(rng: Random) -> int:
    """Talk time in seconds: mostly minutes; hours for one call in 250."""
    if _happens(rng, 0.004):
        return 3600 + int(rng.random() * 7200)
    return 5 + int(_small(rng) * 1400)


def _happens(rng: Random, share: float) -> bool:
    return rng.random() < share


def _small(rng: Random) -> float:
    """From 0 to 1, mostly near 0."""
    u = rng.random()
    return u * u * u


def _customer(rng: Random) -> str:
    """A phone number; some customers call often."""
    customer = int(rng.random() * rng.random() * _CUSTOMERS)
    prefix, digits = _COUNTRIES[customer % len(_COUNTRIES)]
    return f"{prefix}{customer * 2_654_435_761 % 10**digits:0{digits}d}"


def _order(rng: Random, start: int) -> str:
    return f"SO{start // _DAY_MS}-{int(rng.random() * 10_000):05d}" if _happens(rng, 0.2) else ""


def _note(rng: Random) -> str | None:
    return _pick(rng, _NOTES) if _happens(rng, 0.1) else None


def _price(seconds: int) -> float:
    return round(_PRICE_PER_MINUTE * max(1, -(-seconds // 60)), 3)


def _call_id(start: int, n: int) -> str:
    return f"{start // 1000:08x}163616c6c{n:08x}"


def _second(ms: int) -> int:
    return ms // 1000 * 1000


def _pick(rng: Random, values: Sequence[_T]) -> _T:
    return values[int(rng.random() * len(values))]
