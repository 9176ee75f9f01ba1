"""Values as a table shows them, such as durations as m:ss, and their totals."""

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
    """A value as text on one line that is safe to print; empty for None."""
    if value is None:
        return ""
    return visible(value if isinstance(value, str) else json_text(value).decode("utf-8", "replace"))


def number(value: Any) -> int | Decimal | None:
    """The value if it is a number that can be added up exactly; None for anything else.

    A number of 10**12 or more, or with more than 12 decimal places, is no duration and no price.
    """
    if type(value) is int:
        return value if abs(value) < _LARGEST else None
    if type(value) is not Decimal or not value.is_finite() or abs(value) >= _LARGEST:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent >= _SMALLEST_DIGIT else None


def duration(seconds: Any) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on; empty for 0; a negative number, or anything else, as it is."""
    known = number(seconds)
    if known is None or known < 0:
        return shown(seconds)
    return clock(known) if known else ""


def clock(seconds: float | Decimal) -> str:
    """Seconds as ``m:ss``, or ``h:mm:ss`` from an hour on."""
    whole = round(seconds)
    minutes, rest = divmod(abs(whole), 60)
    hours, minutes = divmod(minutes, 60)
    return "-" * (whole < 0) + (f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}")


def price(value: Any) -> str:
    """A price with at least three decimal places, so that the points line up; anything but a number as it is."""
    known = number(value)
    if known is None:
        return shown(value)
    exponent = Decimal(known).as_tuple().exponent
    return f"{known:,}" if isinstance(exponent, int) and exponent < -_PRICE_DIGITS else f"{known:,.{_PRICE_DIGITS}f}"


def moment(milliseconds: Any, zone: ZoneInfo) -> datetime | None:
    """A time field, milliseconds since 1970, in the zone; None for 0 (never) and for anything that is no time."""
    if type(milliseconds) is not int or milliseconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(milliseconds // 1000, zone).replace(microsecond=milliseconds % 1000 * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def share(part: int, whole: int) -> str:
    """A part of a whole, as ``82.4 %``; a dash if the whole is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


@dataclass(slots=True)
class Totals:
    """The totals below a table.

    Attributes:
        calls: How many calls.
        answered: How many of them were answered.
        talk: Talk time of all calls, in seconds.
        cost: Exact sum of their prices.
    """

    calls: int = 0
    answered: int = 0
    talk: int | Decimal = 0
    cost: Decimal = Decimal(0)

    def add(self, records: Iterable[Record]) -> None:
        """Count more calls."""
        for record in records:
            self.calls += 1
            self.answered += record.get("answered") is True
            self.talk += number(record.get("callDuration")) or 0
            self.cost += number(record.get("totalCustomerPrice")) or 0

    def __str__(self) -> str:
        plural = "" if self.calls == 1 else "s"
        return (
            f"{self.calls:,} call{plural}, {share(self.answered, self.calls)} answered, "
            f"talk {clock(self.talk)}, cost {price(self.cost)}"
        )
