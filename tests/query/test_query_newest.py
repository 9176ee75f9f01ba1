"""Which requests the newest calls cost, and that they are the newest whatever the server does."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from nxcdr.api.client import Account, Client
from nxcdr.newest import Manner, Watched, newest
from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import DAY, END, START, Call, Program, Serve, in_order, some_calls
from tests.query.test_query_output import rows_of

MANNER = Manner(concurrency=2)


def asking(sandbox: Sandbox) -> Client:
    return Client(Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret), retries=0)


def ids(records: list[Call]) -> list[str]:
    return [record["callId"] for record in records]


def test_a_full_first_page_in_order_is_all_that_fifty_calls_need(serve: Serve, nxcdr: Program) -> None:
    sandbox = serve(some_calls(1000))
    assert nxcdr("query", DAY).code == 0
    assert len(sandbox.requests) == 1


def test_a_short_first_page_is_proved_to_be_the_last(serve: Serve, nxcdr: Program) -> None:
    sandbox = serve(some_calls(60))
    assert nxcdr("query", DAY).code == 0
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    "rules",
    [
        {"order": "ascending"},
        {"order": "shuffled"},
        {"order": "ended"},
        {"page_cap": 30},
        {"filter_by": "overlap"},
        {"end": "exclusive"},
        {"order": "ascending", "page_cap": 40},
    ],
    ids=str,
)
@pytest.mark.parametrize("limit", [50, 120])
def test_the_newest_are_the_newest_whatever_the_order(
    serve: Serve, nxcdr: Program, rules: dict[str, Any], limit: int
) -> None:
    calls = in_order(some_calls(700))
    serve(calls, **rules)
    outcome = nxcdr("query", DAY, "-f", "json", "-n", str(limit))
    assert [row["callId"] for row in rows_of(outcome.out, "json")] == ids(calls[: -limit - 1 : -1])


def test_the_first_rows_come_after_the_first_page() -> None:
    calls = in_order(some_calls(700))
    with Sandbox(calls) as sandbox, asking(sandbox) as client:
        batches = newest(client.page, START, END, limit=0, manner=MANNER)
        first = next(batches)
        assert len(sandbox.requests) == 1
        assert ids(first) == ids(calls[:-100:-1])
        rest = [record for batch in batches for record in batch]
    assert ids(first + rest) == ids(calls[::-1])


def test_calls_of_one_millisecond_are_given_once_each() -> None:
    calls = [{**call, "startTime": START * 1000 + at // 150} for at, call in enumerate(some_calls(400))]
    with Sandbox(calls) as sandbox, asking(sandbox) as client:
        found = [record for batch in newest(client.page, START, END, limit=0, manner=MANNER) for record in batch]
    assert sorted(ids(found)) == sorted(ids(calls))


@pytest.mark.parametrize("count", [0, 30, 100, 500])
def test_a_look_costs_one_request_when_nothing_is_new(count: int) -> None:
    calls = in_order(some_calls(count))
    with Sandbox(calls) as sandbox, asking(sandbox) as client:
        watched = Watched(client.page, 50)
        assert watched.look(START, END, MANNER)
        sandbox.requests.clear()
        assert not watched.look(START, END, MANNER)
        assert len(sandbox.requests) == 1
        assert ids(watched.records) == ids(calls[::-1][:50])
        assert watched.more is (count > 50)
        assert not watched.new


@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
@pytest.mark.parametrize("count", [10, 300])
def test_a_look_finds_and_marks_what_came_meanwhile(order: Any, count: int) -> None:
    calls = in_order(some_calls(count + 1))
    late = calls.pop(-4)  # it ended last, but began before others
    with Sandbox(calls, misbehaviour=Misbehaviour(order=order)) as sandbox, asking(sandbox) as client:
        watched = Watched(client.page, 50)
        watched.look(START, END, MANNER)
        sandbox.add(late)
        assert watched.look(START, END, MANNER)
        assert watched.new == {3}
        assert watched.records[3]["callId"] == late["callId"]
        watched.look(START, END, MANNER)
        assert watched.new == {3}


def test_no_more_is_read_than_is_taken() -> None:
    with Sandbox(some_calls(2000)) as sandbox, asking(sandbox) as client:
        batches = newest(client.page, START, END, limit=150, manner=MANNER)
        assert sum(map(len, islice(batches, 2))) >= 150
        batches.close()
        assert len(sandbox.requests) <= 4
