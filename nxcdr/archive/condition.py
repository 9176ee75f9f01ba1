"""The condition of a file: whether it can be whole, and whether it was written late enough to hold every call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from nxcdr.archive.units import Unit
from nxcdr.output.files import cannot_read
from nxcdr.output.reading import DamagedError, check_end
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

    What a receipt says of a file goes before the file's time.

    Args:
        unit: The file.
        settle: Seconds after which a call is taken to be in the records.
        zone: For times in the reason.

    Raises:
        OutputError: It can't be read.
    """
    path = unit.path
    if path is None or not path.exists():
        return Condition(State.MISSING)
    try:
        receipt = read_receipt(path)
        reason = _damage(unit, path, receipt)
        if reason:
            return Condition(State.DAMAGED, reason)
        finished = receipt.finished if receipt else None
        written = finished or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except DamagedError as error:
        return Condition(State.DAMAGED, str(error))
    except OSError as error:
        raise cannot_read(Path(error.filename or path), error) from error
    if written.timestamp() < unit.end + settle or (receipt and not receipt.settled):
        return Condition(
            State.EARLY, f"written {written.astimezone(zone):%Y-%m-%d %H:%M}, before its calls had settled", receipt
        )
    return Condition(State.WHOLE if receipt else State.NO_RECEIPT, receipt=receipt)


def _damage(unit: Unit, path: Path, receipt: Receipt | None) -> str:
    """Why a file can't be whole; empty if it can.

    Raises:
        DamagedError: It has no end.
    """
    empty = not path.stat().st_size
    if receipt is None:
        if not empty:
            check_end(path, unit.format, compressed=unit.compressed)
        return "it is empty" if empty else ""
    found = faults(path, receipt)
    if found:
        return "it is empty" if empty else f"its receipt does not fit: {found[0]}"
    if receipt.range and not receipt.range.start <= unit.start < unit.end <= receipt.range.end:
        return "its receipt is of another range"
    return ""
