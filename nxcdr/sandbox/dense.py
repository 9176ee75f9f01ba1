"""Many calls in little time: for measurements, and for tests of what many calls do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from random import Random

from nxcdr.sandbox.calls import day_calls
from nxcdr.sandbox.ledger import Record

_TIMES = ("answerTime", "endTime", "inQueueTime", "outQueueTime", "ringTime", "startTime")


def dense_calls(count: int, start: int, end: int, seed: int = 0, *, weights: Sequence[float] = (1.0,)) -> list[Record]:
    """Calls that begin at random in a period: believable, each with a callId of its own.

    Args:
        count: How many.
        start: Epoch seconds; no call begins before.
        end: Epoch seconds; all calls begin before, some end after.
        seed: The same arguments give the same calls.
        weights: The density over the period, in slices of equal length: 24 of them for the hours of a day, say, with 0
            for the empty ones and 50 for one that has 50 times the traffic of a 1.

    Returns:
        Records ascending by startTime.

    Raises:
        ValueError: The period is empty, or a weight is negative or all of them are 0.
    """
    if end <= start or min(weights) < 0 or not any(weights):
        raise ValueError("an empty period, a negative weight, or nothing but weights of 0")
    rng = Random(seed)  # noqa: S311 - a play, not a secret
    patterns = day_calls(date(2024, 5, 20))
    bounds = list(accumulate(weights, initial=0.0))
    slice_ms = (end - start) * 1000 / len(weights)
    last_ms = end * 1000 - 1
    calls: list[Record] = []
    for n, position in enumerate(sorted(rng.random() * bounds[-1] for _ in range(count))):
        at = bisect_right(bounds, position) - 1
        share = (position - bounds[at]) / weights[at]
        call = patterns[(n * 7919 + seed) % len(patterns)].copy()
        shift = min(last_ms, start * 1000 + int((at + share) * slice_ms)) - call["startTime"]
        for name in _TIMES:
            if call[name]:
                call[name] += shift
        call["callId"] = f"{seed & 0xFFFFFFFF:08x}d{n:016x}"
        calls.append(call)
    return calls
