"""How many requests an export costs, by hand: ``python -m tests.bench.bench_requests [--calls N]``.

Counted, not timed: the plan against a server in memory. Each line tells the requests as a ratio to rows / 100, and the
deepest page number asked for.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Sequence

from nxcdr.fetch.plan import Plan, Turn
from tests.fetch.test_plan import Row, Server
from tests.harness import END, START

HOUR = 3600
BUSY_HOUR = [1] * 10 + [50] + [1] * 13
OFFICE = [0] * 8 + [3, 6, 8, 8, 5, 7, 8, 8, 6, 4] + [0] * 6
MONTH = list(itertools.chain.from_iterable(OFFICE if day % 7 < 5 else [0] * 24 for day in range(30)))
SHAPES: dict[str, Sequence[int]] = {
    "a day": [1] * 24,
    "a day, one hour 50-fold": BUSY_HOUR,
    "a month, nights and weekends empty": MONTH,
}


def rows(count: int, weights: Sequence[int]) -> list[Row]:
    """Rows spread over hours by their weights."""
    chance = random.Random(1)
    hours = chance.choices(range(len(weights)), weights, k=count)
    return [((START + hour * HOUR) * 1000 + chance.randrange(HOUR * 1000), f"c{n}") for n, hour in enumerate(hours)]


def requests(server: Server, end: int, workers: int) -> tuple[int, int]:
    """Requests for all rows until ``end``, and the deepest page number."""
    plan = Plan([(START, end)])
    out: list[Turn] = []
    while not plan.done:
        while len(out) < workers and (turn := plan.next()):
            out.append(turn)
        turn = out.pop(0)
        plan.answer(turn, server(turn.request))
    return len(server.asked), max(request.page for request in server.asked)


def main() -> None:
    """Print all lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    count = parser.parse_args().calls
    for name, weights in SHAPES.items():
        for order in ("descending", "ascending", "shuffled"):
            listed = rows(count, weights)
            found = {at: requests(Server(listed, order), START + len(weights) * HOUR, at) for at in (1, 4, 16)}
            told = ", ".join(f"{at} at once {n * 100 / count:.3f} (page {deep})" for at, (n, deep) in found.items())
            print(f"{name}, {order}: {told}", flush=True)
    for few in (0, 1, 60, 99, 100, 101):
        asked = [requests(Server(rows(few, [1] * 24), order), END, 4)[0] for order in ("descending", "shuffled")]
        print(f"{few} calls of a day, descending, shuffled: {asked} requests")


if __name__ == "__main__":
    main()
