"""How many requests an export costs, by hand: ``python tests/bench/bench_requests.py [--calls N]``.

Counted, not timed: the plan and its threads against the sandbox's calls in memory. Each line tells the requests as a
ratio to rows / 100, and the deepest page number asked for.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Sequence
from typing import Any

from nxcdr.fetch.read import Windows, spans

from nxcdr.api.answer import Page, read_page
from nxcdr.api.client import PageRequest
from nxcdr.fetch.plan import Plan
from nxcdr.sandbox import Misbehaviour, dense_calls
from nxcdr.sandbox.checks import Query
from nxcdr.sandbox.ledger import Ledger
from nxcdr.sandbox.misbehaviour import page_slice
from tests.bench.baselines import END, START

DAY = 86400
BUSY_HOUR = [1] * 10 + [50] + [1] * 13
OFFICE = [0] * 8 + [3, 6, 8, 8, 5, 7, 8, 8, 6, 4] + [0] * 6
MONTH = list(itertools.chain.from_iterable(OFFICE if day % 7 < 5 else [0] * 24 for day in range(30)))
SHAPES: dict[str, tuple[int, Sequence[float]]] = {
    "a day": (1, [1]),
    "a day, one hour 50-fold": (1, BUSY_HOUR),
    "a month, nights and weekends empty": (30, MONTH),
}


def requests(
    calls: Sequence[dict[str, Any]], end: int, order: Any, concurrency: int, carry: Carry = Carry.ALL
) -> tuple[int, int]:
    """Requests for all calls until ``end``, and the deepest page number."""
    rules = Misbehaviour(order=order)
    ledger = Ledger(calls, None)
    asked: list[PageRequest] = []

    def ask(request: PageRequest) -> Page:
        time.sleep(0.0005)  # or one thread would do all
        with ledger.lock:
            asked.append(request)
            query = Query(request.start, request.end, request.size, request.page, ())
            picked = ledger.pick(query, rules, 0)[page_slice(request.page, request.size, rules)]
            return read_page(b"[" + b",".join(ledger.rows[at].text for at in picked) + b"]")

    reading = Windows(Plan(spans(START, end, 31), carry=carry), ask, concurrency=concurrency)
    if (found := sum(window.count for window in reading)) != len(calls):
        raise SystemExit(f"{found} calls instead of {len(calls)}")
    return len(asked), max(request.page for request in asked)


def main() -> None:
    """Print all lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    count = parser.parse_args().calls
    for (name, (days, weights)), carry in itertools.product(SHAPES.items(), (Carry.ALL, Carry.NOTHING)):
        end = START + days * (END - START)
        calls = dense_calls(count, START, end, weights=weights)
        for order in ("descending", "ascending", "shuffled", "ended"):
            found = {at: requests(calls, end, order, at, carry) for at in (1, 4, 16)}
            told = ", ".join(
                f"{at} at once {asked * 100 / count:.3f} (page {deep})" for at, (asked, deep) in found.items()
            )
            print(f"{name}, {order}{', nothing kept' * (carry is Carry.NOTHING)}: {told}", flush=True)
    for few in (0, 1, 60, 99, 100, 101):
        calls = dense_calls(few, START, END)
        asked = [requests(calls, END, order, 4)[0] for order in ("descending", "ascending", "shuffled")]
        print(f"{few} calls of a day, descending, ascending, shuffled: {asked} requests")


if __name__ == "__main__":
    main()
