"""The newest calls: which they are, and how many requests they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nxcdr.api.client import Account, Client
from nxcdr.errors import UntrustedAnswerError
from nxcdr.fetch.newest import Watch, newest
from nxcdr.fetch.whole import Options
from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import END, START, Call, in_order, some_calls

ORDERS = ("descending", "ascending", "shuffled", "ended")
Found = list[str]


@pytest.fixture
def ask() -> Callable[..., tuple[Found, int]]:
    """The callIds of the newest calls, and the requests they took."""

    def ask(calls: list[Call], limit: int, end: int = END, **misbehaviour: Any) -> tuple[Found, int]:
        with (
            Sandbox(calls, misbehaviour=Misbehaviour(**misbehaviour)) as sandbox,
            Client(Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret)) as client,
        ):
            batches = newest(START, end, client, Options(), limit=limit)
            return [record["callId"] for batch in batches for record in batch], len(sandbox.requests)

    return ask


def ids(calls: list[Call]) -> Found:
    return [call["callId"] for call in reversed(in_order(calls))]


def test_fifty_calls_of_a_server_that_lists_the_newest_first_take_one_request(ask: Any) -> None:
    calls = some_calls(5000)
    assert ask(calls, 50) == (ids(calls)[:51], 1)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("count", "limit"), [(0, 50), (1, 50), (60, 50), (100, 100), (2500, 50), (2500, 250)])
def test_the_newest_are_the_newest_whatever_the_order(ask: Any, order: str, count: int, limit: int) -> None:
    calls = some_calls(count)
    found, requests = ask(calls, limit, order=order)
    assert found == ids(calls)[: limit + 1]
    assert requests <= 1.4 * count / 100 + 4


@pytest.mark.parametrize("order", ORDERS)
def test_all_calls_come_newest_first(ask: Any, order: str) -> None:
    calls = some_calls(2500)
    assert ask(calls, 0, order=order)[0] == ids(calls)


def test_more_than_a_page_takes_little_more_than_its_pages(ask: Any) -> None:
    calls = some_calls(20_000)
    found, requests = ask(calls, 500)
    assert found == ids(calls)[:501]
    assert requests <= 14


@pytest.mark.parametrize("filter_by", ["end", "created", "overlap"])
def test_calls_selected_by_another_time_come_in_the_order_of_their_start(ask: Any, filter_by: str) -> None:
    calls = some_calls(400)
    found, _ = ask(calls, 0, filter_by=filter_by)
    at = {call_id: place for place, call_id in enumerate(ids(calls))}
    assert [at[call_id] for call_id in found] == sorted(at[call_id] for call_id in found)
    assert len(found) > 350


def test_a_server_that_ignores_the_page_number_is_not_believed(ask: Any) -> None:
    with pytest.raises(UntrustedAnswerError):
        ask(some_calls(500, START, START + 1), 0, stuck_at_page=1)


def test_looking_again_marks_what_came_meanwhile() -> None:
    calls = in_order(some_calls(300))
    late = calls.pop(-4)
    with (
        Sandbox(calls) as sandbox,
        Client(Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret)) as client,
    ):
        watch = Watch(client, 50)
        watch.look(START, END, Options())
        assert (len(watch.records), watch.more, watch.new) == (50, True, frozenset())
        sandbox.add(late)
        for _ in range(2):
            sandbox.requests.clear()
            watch.look(START, END, Options())
            assert watch.new == {3}
            assert watch.records[3]["callId"] == late["callId"]
            assert len(sandbox.requests) == 1
        changed = {**late, "recordUrl": "https://example.com/late.mp3"}
        sandbox.replace(late, changed)
        watch.look(START, END, Options())
        assert watch.records[3]["recordUrl"] == changed["recordUrl"]
