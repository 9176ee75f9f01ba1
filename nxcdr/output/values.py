"""A record's values as people read them: times in a zone, words for numbers, seconds for the vendor's milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nxcdr.api.answer import Record
from nxcdr.api.fields import DIRECTIONS, FIELD_NAMES, FIELDS, HANGUP_BY, Kind

Decode = Callable[[Record], Record]
Columns = dict[str, Sequence[Any]]
"""The values of some records by field, each in the order of the records; None where a record has no such field."""

_DOCUMENTED = frozenset(FIELD_NAMES)

# Looked up five times for each call: formatting them takes twice as long.
_SECONDS = tuple(f"{second:02d}." for second in range(60))
_MILLISECONDS = tuple(f"{millisecond:03d}" for millisecond in range(1000))


class Times:
    """Milliseconds since 1970 as ISO 8601 with milliseconds and UTC offset, in a zone.

    Offsets change on whole minutes, so a minute's text is made once: a call's six times mostly share theirs.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._minutes: dict[int, tuple[str, str]] = {}

    def text(self, milliseconds: Any) -> Any:
        """``2023-07-27T15:21:32.841+08:00``; None for 0 or None; anything that is no time passes through unchanged."""
        if type(milliseconds) is not int:
            return milliseconds
        if not milliseconds:
            return None
        try:
            before, after = self._minutes[milliseconds // 60_000]
        except KeyError:
            return self._first_of_its_minute(milliseconds) if milliseconds > 0 else milliseconds
        return f"{before}{_SECONDS[milliseconds // 1000 % 60]}{_MILLISECONDS[milliseconds % 1000]}{after}"

    def _first_of_its_minute(self, milliseconds: int) -> str | int:
        try:
            text = self._moment(milliseconds).isoformat(timespec="milliseconds")
        except (ValueError, OverflowError, OSError):  # in the zone, it lies beyond the year 9999
            return milliseconds
        minute = milliseconds // 60_000
        if not self._moment(minute * 60_000).second:  # or it is an offset of before standard time, with seconds
            if len(self._minutes) > 20_000:  # noqa: PLR2004 - about two weeks of minutes, or 4 MB
                self._minutes.clear()
            self._minutes[minute] = text[:17], text[23:]
        return text

    def _moment(self, milliseconds: int) -> datetime:
        # Not by adding: that would forget which of the two hours is meant where the clocks are put back.
        moment = datetime.fromtimestamp(milliseconds // 1000, self._zone)
        return moment.replace(microsecond=milliseconds % 1000 * 1000)


def decoder(zone: ZoneInfo) -> Decode:
    """A function that decodes one record; fields it does not know, and values it can't explain, pass unchanged."""
    return decoder_with(Times(zone).text)


def decoder_with(times: Callable[[Any], Any]) -> Decode:
    """The same, with another function for times, which takes milliseconds since 1970 or anything else."""
    decoders = _decoders(times)

    def decode(record: Record) -> Record:
        values = dict(record)
        for name, decoded in decoders.items():
            if name in record:
                values[name] = decoded(record[name])
        if "queueDuration" in record:
            values["queueDuration"] = queue_seconds(record)
        return values

    return decode


def column_decoder_with(times: Callable[[Any], Any]) -> Callable[[Columns], Columns]:
    """The same for records by column, which is faster; the columns of all documented fields must be there."""
    decoders = _decoders(times)

    def decode(columns: Columns) -> Columns:
        decoded = {name: list(map(decode, columns[name])) for name, decode in decoders.items()}
        queue = (columns[name] for name in ("queueDuration", "inQueueTime", "outQueueTime"))
        return columns | decoded | {"queueDuration": list(map(seconds_of, *queue))}

    return decode


def _decoders(times: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    """How to decode each field's values; the time in the queue takes more than one value."""
    by_kind = {Kind.TIME: times, Kind.DIRECTION: _words(DIRECTIONS), Kind.HANGUP_BY: _words(HANGUP_BY)}
    return {field.name: by_kind[field.kind] for field in FIELDS if field.kind in by_kind}


def _words(words: Mapping[int, str]) -> Callable[[Any], Any]:
    return lambda value: words.get(value, value) if type(value) is int else value


def queue_seconds(record: Record) -> Any:
    """Time in the queue in seconds, whichever unit the vendor used for this call; see `seconds_of`."""
    return seconds_of(record.get("queueDuration"), record.get("inQueueTime"), record.get("outQueueTime"))


def seconds_of(duration: Any, entered: Any, left: Any) -> Any:
    """The queue's duration in seconds.

    It is taken for milliseconds only if it is positive, both queue times are present and in order, and it is nearer to
    the milliseconds between them than to the seconds; otherwise it is returned as it is.

    Source: vendor docs, CDR Query, the two records of the example response: documented in seconds, the unanswered call
    has milliseconds.

    Args:
        duration: ``queueDuration``.
        entered: ``inQueueTime``, milliseconds since 1970.
        left: ``outQueueTime``, milliseconds since 1970.
    """
    if type(duration) is not int or type(entered) is not int or type(left) is not int:
        return duration
    if duration <= 0 or not 0 < entered <= left:
        return duration
    apart = left - entered
    if abs(duration * 1000 - apart) <= abs(duration - apart):
        return duration
    seconds = Decimal(duration) / 1000
    return int(seconds) if seconds == seconds.to_integral_value() else seconds


def undocumented(records: Iterable[Record]) -> set[str]:
    """The names of fields that the vendor has not documented."""
    return set[str]().union(*records) - _DOCUMENTED
