"""Where pages begin, how many rows they have, and which ones are missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Record, Sandbox, dense_calls
from nxcdr.sandbox.checks import Query
from nxcdr.sandbox.ledger import Ledger
from nxcdr.sandbox.misbehaviour import page_slice

Ask = Callable[..., dict[str, Any]]

CALLS = dense_calls(25, 1000, 2000)
NEWEST_FIRST = CALLS[::-1]
RANGE = {"startTime": 1000, "endTime": 2000}


def pages(ask: Ask, misbehaviour: Misbehaviour, *, count: int = 3, size: int = 10) -> list[list[Any]]:
    with Sandbox(CALLS, misbehaviour=misbehaviour) as sandbox:
        return [ask(sandbox, **RANGE, size=size, page=n)["data"] for n in range(1, count + 1)]


def test_pages_can_be_capped_without_losing_rows(ask: Ask) -> None:
    capped = pages(ask, Misbehaviour(page_cap=4), count=7)
    assert [len(page) for page in capped] == [4, 4, 4, 4, 4, 4, 1]
    assert [row for page in capped for row in page] == NEWEST_FIRST


def test_pages_can_be_capped_with_rows_lost_between_them(ask: Ask) -> None:
    capped = pages(ask, Misbehaviour(page_cap=4, page_cap_offset="size"))
    assert capped == [NEWEST_FIRST[0:4], NEWEST_FIRST[10:14], NEWEST_FIRST[20:24]]


def test_the_page_number_can_be_ignored(ask: Ask) -> None:
    assert pages(ask, Misbehaviour(stuck_at_page=1)) == [NEWEST_FIRST[:10]] * 3


def test_page_2_can_be_repeated_for_ever(ask: Ask) -> None:
    stuck = pages(ask, Misbehaviour(stuck_at_page=2), count=4)
    assert stuck == [NEWEST_FIRST[:10], *[NEWEST_FIRST[10:20]] * 3]


def test_a_page_can_begin_with_the_last_rows_of_the_one_before(ask: Ask) -> None:
    first, second, third = pages(ask, Misbehaviour(repeats=3))
    assert second[:3] == first[-3:]
    assert third[:3] == second[-3:]
    assert [row for n, row in enumerate(first + second + third) if n not in (10, 11, 12, 20, 21, 22)] == NEWEST_FIRST[
        :24
    ]


def test_pages_can_be_numbered_from_0(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(first_page=0)) as sandbox:
        numbered = {n: ask(sandbox, **RANGE, size=10, page=n)["data"] for n in range(4)}
        assert ask(sandbox, **RANGE, size=10, page=-1)["code"] == 1002
    assert numbered == {0: NEWEST_FIRST[:10], 1: NEWEST_FIRST[10:20], 2: NEWEST_FIRST[20:], 3: []}


@pytest.mark.parametrize("rules", [{"page_cap": 5}, {"stuck_at_page": 0}, {"depth_limit": 5}, {"repeats": 1}], ids=str)
def test_paging_options_work_with_pages_numbered_from_0(ask: Ask, rules: dict[str, Any]) -> None:
    expected = pages(ask, Misbehaviour(**rules | {"stuck_at_page": 1 if "stuck_at_page" in rules else None}), size=5)
    with Sandbox(CALLS, misbehaviour=Misbehaviour(**rules, first_page=0)) as sandbox:
        assert [ask(sandbox, **RANGE, size=5, page=n)["data"] for n in range(3)] == expected


def test_deep_pages_can_be_empty(ask: Ask) -> None:
    assert pages(ask, Misbehaviour(depth_limit=20)) == [NEWEST_FIRST[:10], NEWEST_FIRST[10:20], []]
    assert pages(ask, Misbehaviour(depth_limit=19)) == [NEWEST_FIRST[:10], [], []]


def test_deep_pages_can_be_refused(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(depth_limit=20, depth_answer=99)) as sandbox:
        assert [ask(sandbox, **RANGE, size=10, page=n)["code"] for n in (1, 2, 3)] == [0, 0, 99]
        assert ask(sandbox, **RANGE, size=1, page=20)["data"] == [NEWEST_FIRST[19]]


def cut_pages(ask: Ask, rate: float, seed: int, count: int = 100) -> list[list[Record]]:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(cut_rate=rate, seed=seed)) as sandbox:
        found = [ask(sandbox, **RANGE, size=20)["data"] for _ in range(count)]
        whole = [len(rows) == 20 for rows in found]
        assert [request.outcome for request in sandbox.requests] == ["served" if ok else "cut" for ok in whole]
        assert [request.rows for request in sandbox.requests] == [len(rows) for rows in found]
    return found


def test_a_share_of_pages_can_lack_rows_and_others_are_whole(ask: Ask) -> None:
    found = cut_pages(ask, 0.3, 1)
    assert found == cut_pages(ask, 0.3, 1) != cut_pages(ask, 0.3, 2)
    assert 15 < sum(len(rows) < 20 for rows in found) < 45
    assert all(rows == NEWEST_FIRST[:20] for rows in found if len(rows) == 20)


def test_half_of_the_cut_pages_lack_their_last_rows_and_half_random_ones(ask: Ask) -> None:
    found = cut_pages(ask, 1, 3)
    assert all(len(rows) < 20 for rows in found)
    assert [] in found
    assert {len(rows) for rows in found} >= set(range(1, 15))
    places = [[NEWEST_FIRST.index(row) for row in rows] for rows in found]
    assert all(rows == sorted(rows) for rows in places)
    assert 30 < sum(rows == list(range(len(rows))) for rows in places) < 75


def test_cut_pages_lose_nothing_for_later_requests(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(cut_rate=1)) as sandbox:
        ask(sandbox, **RANGE)
        sandbox.misbehaviour = Misbehaviour()
        assert ask(sandbox, **RANGE)["data"] == NEWEST_FIRST


@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled", "ended", "created"])
def test_one_second_can_hold_thousands_of_calls_beyond_page_50(ask: Ask, order: Any) -> None:
    calls = dense_calls(5_030, 1000, 1001)
    with Sandbox(calls, misbehaviour=Misbehaviour(order=order)) as sandbox:
        read = [ask(sandbox, startTime=1000, endTime=1001, page=n)["data"] for n in range(1, 53)]
    assert [len(rows) for rows in read[-3:]] == [100, 30, 0]
    assert sorted((row for rows in read for row in rows), key=lambda row: row["callId"]) == calls


def test_equal_calls_are_each_listed(ask: Ask) -> None:
    day = {"startTime": 1690387200, "endTime": 1690473600}
    with Sandbox([DOCUMENTED_CALLS[0]] * 250) as sandbox:
        assert [len(ask(sandbox, **day, page=n)["data"]) for n in (1, 2, 3, 4)] == [100, 100, 50, 0]
        sandbox.remove(DOCUMENTED_CALLS[0])
        assert len(ask(sandbox, **day, page=3)["data"]) == 49
        assert sandbox.calls == [DOCUMENTED_CALLS[0]] * 249


@given(
    count=st.integers(0, 60),
    size=st.integers(1, 30),
    rules=st.builds(
        Misbehaviour,
        order=st.sampled_from(["descending", "ascending", "shuffled", "ended", "created"]),
        end=st.sampled_from(["inclusive", "inclusive_second", "exclusive"]),
        filter_by=st.sampled_from(["start", "end", "overlap", "created"]),
        first_page=st.integers(0, 2),
        page_cap=st.none() | st.integers(1, 20),
        repeats=st.integers(0, 5),
    ),
)
@settings(max_examples=150)
def test_all_pages_together_hold_every_call(count: int, size: int, rules: Misbehaviour) -> None:
    picked = Ledger(dense_calls(count, 1000, 1100), None).pick(Query(0, 99_999, size, 1, ()), rules, 0.0)
    read: set[int] = set()
    page = rules.first_page
    while found := picked[page_slice(page, size, rules)]:
        read |= set(found)
        page += 1
    assert read == set(range(count))
