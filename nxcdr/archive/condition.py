"""The condition of a file: whether it can be whole, and whether it was written late enough to hold every call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from nxcdr.archive.units import Unit
from nxcdr.output.files import cannot_read
from nxcdr.output.places import Found, Place
from nxcdr.output.reading import DamagedError, check_end, has_end
from nxcdr.output.receipt import Receipt, faults, read_receipt


class State(StrEnum):
    """The conditions, the worst first."""

    MISSING = "missing"
    DAMAGED = "damaged"
    EARLY = "early"
    NO_RECEIPT = "no_receipt"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a file.

    Attributes:
        state: The worst that is true of it.
        reason: Why it is damaged or was written too early; empty for any other state.
        receipt: Its receipt, if it has one that fits.
    """

    state: State
    reason: str = ""
    receipt: Receipt | None = None


def condition_of(unit: Unit, *, settle: int, zone: ZoneInfo) -> Condition:
    """Look at a file.

    The time in a receipt takes precedence over the file's own.

    Args:
        unit: The file.
        settle: Seconds after which a call is taken to be in the records.
        zone: For times in the reason.

    Raises:
        OutputError: It can't be read.
    """
    place = unit.place
    found = place.found() if place else None
    if place is None or found is None:
        return Condition(State.MISSING)
    try:
        receipt = read_receipt(place)
        reason = _damage(unit, place, found, receipt)
        if reason:
            return Condition(State.DAMAGED, reason)
        written = (receipt.finished if receipt else None) or found.modified
    except DamagedError as error:
        return Condition(State.DAMAGED, str(error))
    except OSError as error:
        raise cannot_read(error.filename or place.name, error) from error
    too_early = written is not None and written.timestamp() < unit.end + settle
    if too_early or (receipt and not receipt.settled):
        when = f" {written.astimezone(zone):%Y-%m-%d %H:%M}," if written else ""
        return Condition(State.EARLY, f"written{when} before its calls had settled", receipt)
    return Condition(State.WHOLE if receipt else State.NO_RECEIPT, receipt=receipt)


def _damage(unit: Unit, place: Place, there: Found, receipt: Receipt | None) -> str:
    """Why a file can't be whole; empty if it can.

    Raises:
        DamagedError: It has no end.
    """
    empty = not there.size
    if receipt is None:
        if not empty and has_end(unit.format, compressed=unit.compressed):
            with place.fetched() as path:
                check_end(path, unit.format, compressed=unit.compressed)
        return "it is empty" if empty else ""
    found = faults(receipt, there.size, place.digest())
    if found:
        return "it is empty" if empty else f"its receipt does not fit: {found[0]}"
    if receipt.range and not receipt.range.start <= unit.start < unit.end <= receipt.range.end:
        return "its receipt is of another range"
    return ""
