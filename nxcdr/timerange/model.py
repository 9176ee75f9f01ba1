"""The range itself, and its days, hours and months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from nxcdr.timerange.civil import DAY, boundary, clock_text, floor, local_at, shift

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open range of time, ``[start, end)``, in a time zone.

    Attributes:
        start: The first second of the range, in epoch seconds.
        end: The first second after the range, in epoch seconds; later than ``start``.
        zone: The time zone of its days, hours and months.
        phrase: What was typed.
        choices: A sentence for each choice made in reading the phrase.
    """

    start: int
    end: int
    zone: ZoneInfo
    phrase: str
    choices: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """Its length: elapsed seconds."""
        return self.end - self.start

    @property
    def start_at(self) -> datetime:
        """The start, in the zone."""
        return datetime.fromtimestamp(self.start, self.zone)

    @property
    def end_at(self) -> datetime:
        """The end, in the zone."""
        return datetime.fromtimestamp(self.end, self.zone)

    @property
    def offsets(self) -> str:
        """The UTC offset at the start, and at the end if it differs: ``UTC+08:00``, ``UTC+01:00 to UTC+02:00``."""
        return " to ".join(dict.fromkeys((_offset(self.start_at), _offset(self.end_at))))

    @property
    def length(self) -> str:
        """Its length in words, in calendar days and hours: ``1 day (23 hours)``, ``90 minutes``."""
        first, after = local_at(self.start, self.zone), local_at(self.end, self.zone)
        count = (after - first).days
        if self.seconds <= 2 * _DAY and (count < 1 or floor(first, "day") != first):
            return _hours(self.seconds)
        rest = self.end - max(boundary(first + count * DAY, self.zone), self.start)
        exactly = "" if count * _DAY + rest == self.seconds else f" ({_hours(self.seconds)})"
        return " ".join(filter(None, (_counted(count, "day"), _hours(rest)))) + exactly

    def describe(self) -> str:
        """Describe it in one line: ``2023-07-27 00:00 to 2023-07-28 00:00 Asia/Hong_Kong (UTC+08:00), 1 day``."""
        return f"{_moment(self.start_at)} to {_moment(self.end_at)} {self.zone.key} ({self.offsets}), {self.length}"


def days(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Split a range into the days of its zone.

    Yields:
        Adjacent half-open intervals in epoch seconds; the first and the last are clipped to the range. A day that the
        zone skipped is left out.
    """
    return _split(span, "day")


def hours(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Split a range into the hours that clocks show in its zone, like `days`.

    An hour that occurs twice is one interval of two hours, and an hour that the clocks skip is left out, so that the
    date and hour of each interval are unique.
    """
    return _split(span, "hour")


def months(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Split a range into the months of its zone, like `days`."""
    return _split(span, "month")


def _split(span: TimeRange, unit: str) -> Iterator[tuple[int, int]]:
    edge = span.start
    local = floor(local_at(span.start, span.zone), unit)
    while edge < span.end:
        local = shift(local, unit, 1)
        cut = min(boundary(local, span.zone), span.end)
        if cut > edge:
            yield edge, cut
            edge = cut


def _moment(moment: datetime) -> str:
    return f"{moment.date()} {clock_text(moment)}"


def _offset(moment: datetime) -> str:
    return "UTC" + moment.isoformat()[19:]


def _hours(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    parts = ((hour, "hour"), (minute, "minute"), (second, "second"))
    return " ".join(_counted(count, unit) for count, unit in parts if count)


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" + ("" if count == 1 else "s")
