"""Which requests the newest calls cost, and that they are the newest whatever the server does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from functools import cache
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.answer import Page
from nxcdr.api.client import Account, Client, PageRequest
from nxcdr.errors import UntrustedAnswerError
from nxcdr.newest import Manner, newest
from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import DAY, END, START, Call, Program, Serve, in_order, some_calls
from tests.query.listed import Listed, call
from tests.query.test_query_output import rows_of

MANNER = Manner(concurrency=2)
ORDERS = ("descending", "ascending", "shuffled", "ended")


@cache
def many(count: int) -> tuple[Call, ...]:
    return tuple(in_order(some_calls(count)))


def asking(sandbox: Sandbox) -> Client:
    return Client(Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret), retries=0)


def ids(records: Sequence[Call]) -> list[str]:
    return [record["callId"] for record in records]


def taken(listed: Listed, limit: int, manner: Manner = MANNER, end: int = END) -> list[Call]:
    """As many of the newest calls as are wanted, and no page more than they need."""
    found: list[Call] = []
    for batch in newest(listed.ask, START, end, limit=limit, manner=manner):
        found += batch
        if limit and len(found) >= limit:
            break
    return found[: limit or None]


@pytest.mark.parametrize(
    ("count", "order", "most"),
    [
        (30, "descending", 2),
        (60, "descending", 1),
        (60, "ascending", 2),
        (60, "shuffled", 2),
        (5_000, "descending", 1),
        (5_000, "ascending", 2),
        (5_000, "shuffled", 8),
        (5_000, "ended", 1),
        (50_000, "descending", 1),
        (50_000, "ascending", 2),
        (50_000, "shuffled", 10),
        (50_000, "ended", 4),
    ],
)
def test_fifty_calls_cost_few_pages_from_the_newest_end_whatever_the_order(
    serve: Serve, nxcdr: Program, count: int, order: str, most: int
) -> None:
    calls = many(count)
    sandbox = serve(calls, order=order)
    outcome = nxcdr("query", DAY, "-f", "json")
    assert [row["callId"] for row in rows_of(outcome.out, "json")] == ids(calls[:-51:-1])
    assert len(sandbox.requests) <= most
    assert ("there are more" in outcome.err) is (count > 50)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [2_000, 20_000])
def test_of_a_day_that_is_not_over_the_newest_cost_few_pages_too(count: int, order: Any) -> None:
    noon = START + 12 * 3600
    listed = Listed(some_calls(count, end=noon), Misbehaviour(order=order))
    assert ids(taken(listed, 50, Manner(now=noon))) == ids(listed.newest(START, END)[:50])
    assert len(listed.requests) <= 8


@pytest.mark.parametrize("order", ORDERS)
def test_of_a_day_that_ended_early_the_newest_cost_not_many_pages(order: Any) -> None:
    listed = Listed(some_calls(3_000, end=START + 6 * 3600), Misbehaviour(order=order))
    assert ids(taken(listed, 50)) == ids(listed.newest(START, END)[:50])
    assert len(listed.requests) <= 20


@pytest.mark.parametrize(("order", "most"), [("descending", 6), ("ascending", 10), ("shuffled", 15), ("ended", 7)])
def test_a_higher_limit_costs_little_more_than_its_pages(order: Any, most: int) -> None:
    listed = Listed(some_calls(5_000), Misbehaviour(order=order))
    assert ids(taken(listed, 500)) == ids(listed.newest(START, END)[:500])
    assert len(listed.requests) <= most


@pytest.mark.parametrize("order", ORDERS)
def test_all_calls_cost_about_their_pages_whatever_the_order(order: Any) -> None:
    listed = Listed(some_calls(3_000, end=START + 12 * 3600), Misbehaviour(order=order))
    assert ids(taken(listed, 0)) == ids(listed.newest(START, END))
    assert len(listed.requests) <= 80


@pytest.mark.parametrize(
    "rules",
    [
        {"order": "ascending"},
        {"order": "shuffled"},
        {"order": "ended"},
        {"order": "unstable"},
        {"page_cap": 30},
        {"filter_by": "overlap"},
        {"end": "exclusive"},
        {"end": "inclusive_second"},
        {"order": "ascending", "page_cap": 40},
        {"repeats": 1},
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


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    clumps=st.lists(st.tuples(st.integers(0, 86399), st.integers(1, 40_000), st.integers(1, 250)), max_size=3),
    order=st.sampled_from(ORDERS),
    end=st.sampled_from(["inclusive", "inclusive_second", "exclusive"]),
    filter_by=st.sampled_from(["start", "overlap"]),
    page_cap=st.sampled_from([None, None, 20, 50]),
    limit=st.sampled_from([1, 50, 100, 333, 10**6]),
    now=st.sampled_from([None, START + 3600, END]),
)
def test_every_call_comes_once_newest_first(
    seed: int,
    clumps: list[tuple[int, int, int]],
    order: Any,
    end: Any,
    filter_by: Any,
    page_cap: int | None,
    limit: int,
    now: int | None,
) -> None:
    chance = random.Random(seed)
    calls = [
        call(min(END * 1000 - 1, (START + at) * 1000 + chance.randrange(width * 1000)), chance.randrange(900_000), name)
        for clump, (at, width, count) in enumerate(clumps)
        for name in (f"{clump}/{n:03d}" for n in range(count))
    ]
    listed = Listed(calls, Misbehaviour(order=order, end=end, filter_by=filter_by, page_cap=page_cap))
    assert ids(taken(listed, limit, Manner(now=now))) == ids(listed.newest(START, END)[:limit])


def test_calls_that_a_server_lists_by_their_end_come_in_the_order_of_their_start() -> None:
    listed = Listed(some_calls(3_000), Misbehaviour(filter_by="end"))
    within = [call for call in listed.newest(START, END) if call["endTime"] <= END * 1000]
    assert ids(taken(listed, 1_000)) == ids(within[:1_000])


@pytest.mark.parametrize("limit", [0, 5_000])
@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
def test_calls_that_a_server_lists_before_they_start_come_once_or_it_says_so(limit: int, order: Any) -> None:
    chance = random.Random(5)
    calls = [
        {**call, "createdTime": call["startTime"] - chance.randrange(30_000)}
        for call in some_calls(3_000, START + 30, START + 3_600)
    ]
    listed = Listed(calls, Misbehaviour(filter_by="created", order=order))
    with nullcontext() if limit else suppress(UntrustedAnswerError):  # which says that some were given already
        # Newest first, but for what was listed elsewhere.
        assert sorted(ids(taken(listed, limit))) == sorted(ids(calls))


def test_many_calls_in_one_second_are_given_once_each() -> None:
    calls = [{**call, "startTime": START * 1000 + at // 150} for at, call in enumerate(some_calls(400))]
    for order in ORDERS:
        listed = Listed(calls, Misbehaviour(order=order))  # type: ignore[arg-type]  # mypy widens the tuple
        for limit in (0, 1_000):
            assert sorted(ids(taken(listed, limit))) == sorted(ids(calls))


def test_a_long_range_is_asked_for_in_spans_the_newest_first() -> None:
    spread = [call((START + at * 86400) * 1000, 5, str(at)) for at in range(0, 400, 7)]
    listed = Listed(spread)
    assert ids(taken(listed, 10, end=START + 400 * 86400)) == [call["callId"] for call in spread[:-11:-1]]
    assert all(request.end - request.start <= 31 * 86400 for request in listed.requests)
    assert len(listed.requests) <= 6


def test_the_first_rows_come_after_the_first_page() -> None:
    calls = in_order(some_calls(700))
    for limit in (0, 50, 500):
        with Sandbox(calls) as sandbox, asking(sandbox) as client:
            batches = newest(client.page, START, END, limit=limit, manner=MANNER)
            first = next(batches)
            assert len(sandbox.requests) == 1
            assert ids(first) == ids(calls[:-100:-1])
            rest = [record for batch in batches for record in batch]
        assert ids(first + rest) == ids(calls[::-1])


def test_no_more_is_read_than_is_taken() -> None:
    with Sandbox(some_calls(2000)) as sandbox, asking(sandbox) as client:
        batches = newest(client.page, START, END, limit=150, manner=MANNER)
        assert sum(map(len, islice(batches, 2))) >= 150
        batches.close()
        assert len(sandbox.requests) == 2


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_a_server_that_ignores_the_page_number_is_not_believed(order: Any) -> None:
    listed = Listed(some_calls(60), Misbehaviour(order=order, stuck_at_page=1))
    with pytest.raises(UntrustedAnswerError, match="ignores the page number"):
        taken(listed, 50)


def test_a_server_that_sends_more_than_was_asked_for_is_not_believed() -> None:
    page = Listed(some_calls(100)).ask(PageRequest(START, END))
    longer = Page(page.text[:-1] + b"," + page.text[1:], page.times * 2, page.ends * 2)
    with pytest.raises(UntrustedAnswerError, match="200 rows"):
        list(newest(lambda _: longer, START, END, limit=500, manner=MANNER))
