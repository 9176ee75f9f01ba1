"""Values as people read them in a table: m:ss, short clock times, nothing for nothing; and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.output.text import json_text
from nxcdr.output.visible import visible

_LARGEST = 10**12
_SMALLEST_DIGIT = -12
_PRICE_DIGITS = 3


def shown(value: Any) -> str:
    """A value as harmless text on one line; empty for None."""
    if value is None:
        return ""
    return visible(value if isinstance(value, str) else json_text(value).decode("utf-8", "replace"))


def number(value: Any) -> int | Decimal | None:
    """The value where it is a number one can add up without surprise; None for anything else.

    Beyond a million millions, or 12 digits after the point, it is no duration and no price, and its sum not exact.
    """
    if type(value) is int:
        return value if abs(value) < _LARGEST else None
    if type(value) is not Decimal or not value.is_finite() or abs(value) >= _LARGEST:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= _SMALLEST_DIGIT else None


def duration(seconds: Any) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on; empty for 0; what is no duration as it is."""
    known = number(seconds)
    if known is None or known < 0:
        return shown(seconds)
    return clock(known) if known else ""


def clock(seconds: float | Decimal) -> str:
    """Seconds, at least 0, as ``m:ss`` or ``h:mm:ss``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def price(value: Any) -> str:
    """With three digits after the point, so that points stand below each other; with more where it has more."""
    known = number(value)
    if known is None:
        return shown(value)
    exponent = Decimal(known).as_tuple().exponent
    return f"{known:,}" if isinstance(exponent, int) and exponent < -_PRICE_DIGITS else f"{known:,.{_PRICE_DIGITS}f}"


def moment(milliseconds: Any, zone: ZoneInfo) -> datetime | None:
    """A time field as a moment in the zone; None for never, and for what is no time."""
    if type(milliseconds) is not int or milliseconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(milliseconds // 1000, zone).replace(microsecond=milliseconds % 1000 * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def share(part: int, whole: int) -> str:
    """``82.4 %``; a dash where there is no whole."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


@dataclass(slots=True)
class Totals:
    """What stands under a table.

    Attributes:
        calls: Records.
        answered: Of these, answered ones.
        talk: Seconds, of all.
        cost: Exact sum.
    """

    calls: int = 0
    answered: int = 0
    talk: int | Decimal = 0
    cost: Decimal = Decimal(0)

    def add(self, records: Iterable[Record]) -> None:
        """Count some more."""
        for record in records:
            self.calls += 1
            self.answered += record.get("answered") is True
            self.talk += number(record.get("callDuration")) or 0
            self.cost += number(record.get("totalCustomerPrice")) or 0

    def __str__(self) -> str:
        plural = "" if self.calls == 1 else "s"
        return (
            f"{self.calls:,} call{plural}, {share(self.answered, self.calls)} answered, "
            f"talk {clock(max(0, self.talk))}, cost {price(self.cost)}"
        )
