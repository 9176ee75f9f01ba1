"""How many requests an export costs, by hand: ``python -m tests.bench.bench_requests [--calls N]``.

Counted, not timed: the plan against a server in memory. Each line tells the requests as a ratio to rows / 100, and the
deepest page number asked for.
"""

from __future__ import annotations

import argparse

from nxcdr.fetch.plan import Plan
from tests.fetch.server import Order, Server, carry_out, some_rows
from tests.fetch.test_requests import DAY, SHAPES
from tests.harness import START

ORDERS: tuple[Order, ...] = ("descending", "ascending", "shuffled")


def main() -> None:
    """Print all lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    count = parser.parse_args().calls
    for name, (days, weights) in SHAPES.items():
        end = START + days * DAY
        listed = some_rows(count, START, end, weights=weights)
        for order in ORDERS:
            told = []
            for at_once in (1, 4, 16):
                server = Server(listed, order)
                asked = carry_out(Plan([(START, end)]), server, in_flight=at_once).requests
                deepest = max(request.page for request in server.asked)
                told.append(f"{at_once} at once {asked * 100 / count:.3f} (page {deepest})")
            print(f"{name}, {order}: {', '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
