"""Many calls in a short period, for tests and measurements."""

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
    """Believable calls that begin at random times of a period, each with a callId of its own.

    Args:
        count: Number of calls.
        start: Start of the period, epoch seconds; no call begins before it.
        end: End of the period, epoch seconds; all calls begin before it, some end after it.
        seed: The same arguments give the same calls.
        weights: Relative density in slices of equal length; for the hours of a day, 24 of them: 0 for an hour without
            calls, 50 for one with 50 times the calls of an hour of 1.

    Returns:
        Records ascending by startTime.

    Raises:
        ValueError: The period is empty, a weight is negative, or all weights are 0.
    """
    if end <= start or min(weights) < 0 or not any(weights):
        raise ValueError("an empty period, a negative weight, or nothing but weights of 0")
    rng = Random(seed)  # noqa: S311 - simulated data, not a secret
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
