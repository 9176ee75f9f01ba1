"""The range itself, and its tiling by the zone's calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from nxcdr.timerange.civil import DAY, boundary, clock_text, floor, local_at, shift

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open range of time, ``[start, end)``, in a zone.

    Attributes:
        start: Epoch seconds; the first second of the range.
        end: Epoch seconds, after ``start``; the first second after the range.
        zone: The zone whose days, hours and months it is told in.
        phrase: What was typed.
        choices: A sentence for each choice that was made in understanding the phrase.
    """

    start: int
    end: int
    zone: ZoneInfo
    phrase: str
    choices: tuple[str, ...] = ()

    @property
    def seconds(self) -> int:
        """Its length, in seconds that pass."""
        return self.end - self.start

    @property
    def start_at(self) -> datetime:
        """The start, aware, in the zone."""
        return datetime.fromtimestamp(self.start, self.zone)

    @property
    def end_at(self) -> datetime:
        """The end, aware, in the zone."""
        return datetime.fromtimestamp(self.end, self.zone)

    @property
    def offsets(self) -> str:
        """The UTC offset, or both where they differ: ``UTC+08:00``, ``UTC+01:00 to UTC+02:00``."""
        return " to ".join(dict.fromkeys((_offset(self.start_at), _offset(self.end_at))))

    @property
    def length(self) -> str:
        """Its length in words: calendar days where it has some, and hours: ``1 day (23 hours)``, ``90 minutes``."""
        first, after = local_at(self.start, self.zone), local_at(self.end, self.zone)
        count = (after - first).days
        if self.seconds <= 2 * _DAY and (count < 1 or floor(first, "day") != first):
            return _hours(self.seconds)
        rest = self.end - max(boundary(first + count * DAY, self.zone), self.start)
        exactly = "" if count * _DAY + rest == self.seconds else f" ({_hours(self.seconds)})"
        return " ".join(filter(None, (_counted(count, "day"), _hours(rest)))) + exactly

    def describe(self) -> str:
        """One line: ``2023-07-27 00:00 to 2023-07-28 00:00 Asia/Hong_Kong (UTC+08:00), 1 day``."""
        return f"{_moment(self.start_at)} to {_moment(self.end_at)} {self.zone.key} ({self.offsets}), {self.length}"


def days(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Tile a range by the days of its zone, whatever their length.

    Yields:
        Half-open pairs of epoch seconds that touch; the first and the last are clipped to the range. A day that the
        zone skipped yields nothing.
    """
    return _tiles(span, "day")


def hours(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Tile a range by the hours that clocks show in its zone; like `days`.

    An hour that comes twice is one tile of two hours, and one the clocks skip yields nothing: each tile has a name
    (its date and hour) of its own.
    """
    return _tiles(span, "hour")


def months(span: TimeRange) -> Iterator[tuple[int, int]]:
    """Tile a range by the months of its zone; like `days`."""
    return _tiles(span, "month")


def _tiles(span: TimeRange, unit: str) -> Iterator[tuple[int, int]]:
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
