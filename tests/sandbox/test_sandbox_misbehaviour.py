"""Each way to answer wrongly with calls, shown over real sockets."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.fields import FIELDS, Kind
from nxcdr.sandbox import DOCUMENTED_CALLS, HOSTILE_TEXTS, Misbehaviour, Record, Sandbox, dense_calls
from nxcdr.sandbox.checks import Query
from nxcdr.sandbox.ledger import Ledger
from nxcdr.sandbox.misbehaviour import page_slice

Ask = Callable[..., dict[str, Any]]
Send = Callable[..., tuple[int, http.client.HTTPMessage, bytes]]

CALLS = dense_calls(25, 1000, 2000)
NEWEST_FIRST = CALLS[::-1]
RANGE = {"startTime": 1000, "endTime": 2000}


def call(start_ms: int, end_ms: int, name: str = "x") -> Record:
    return DOCUMENTED_CALLS[0] | {"startTime": start_ms, "endTime": end_ms, "callId": name}


def pages(ask: Ask, misbehaviour: Misbehaviour, *, count: int = 3, size: int = 10) -> list[list[Any]]:
    with Sandbox(CALLS, misbehaviour=misbehaviour) as sandbox:
        return [ask(sandbox, **RANGE, size=size, page=n)["data"] for n in range(1, count + 1)]


def rows(ask: Ask, misbehaviour: Misbehaviour) -> list[Any]:
    return [row for page in pages(ask, misbehaviour) for row in page]


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("descending", lambda call: -call["startTime"]),
        ("ascending", lambda call: call["startTime"]),
        ("ended", lambda call: -call["endTime"]),
    ],
)
def test_rows_come_in_the_order_asked_of_the_server(ask: Ask, order: Any, key: Callable[[Record], int]) -> None:
    assert rows(ask, Misbehaviour(order=order)) == sorted(CALLS, key=key)


def test_a_shuffle_is_the_same_each_time_and_loses_nothing(ask: Ask) -> None:
    first, again = (rows(ask, Misbehaviour(order="shuffled")) for _ in range(2))
    assert first == again
    assert first not in (CALLS, NEWEST_FIRST)
    assert sorted(first, key=lambda call: call["startTime"]) == CALLS


def test_an_unstable_order_differs_from_request_to_request(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(order="unstable")) as sandbox:
        first, second = (ask(sandbox, **RANGE)["data"] for _ in range(2))
    assert first != second
    assert sorted(first, key=str) == sorted(second, key=str) == sorted(CALLS, key=str)


def test_ties_of_a_second_may_be_broken_otherwise_on_each_page_but_always_so(ask: Ask) -> None:
    calls = [call(2000 + n, 9000, f"{n:02d}") for n in range(40)] + [call(1000, 9000, "older")]
    with Sandbox(calls, misbehaviour=Misbehaviour(order="tied")) as sandbox:
        shown = [
            [row["callId"] for row in ask(sandbox, startTime=0, endTime=9, size=20, page=page)["data"]]
            for page in (1, 2, 3, 1)
        ]
    assert shown[0] == shown[3]
    assert shown[2] == ["older"]
    assert not set(shown[0]).isdisjoint(shown[1])


@pytest.mark.parametrize(
    ("end", "found"), [("inclusive", [1000, 1999, 2000]), ("exclusive", [1000, 1999]), ("inclusive_second", None)]
)
def test_the_end_is_in_the_range_or_not(ask: Ask, end: Any, found: list[int] | None) -> None:
    starts = [999, 1000, 1999, 2000, 2001, 2999, 3000]
    misbehaviour = Misbehaviour(end=end, order="ascending")
    with Sandbox([call(start, 9000, str(start)) for start in starts], misbehaviour=misbehaviour) as sandbox:
        rows = ask(sandbox, startTime=1, endTime=2)["data"]
        none = ask(sandbox, startTime=5, endTime=5)["data"]
    assert [row["startTime"] for row in rows] == (found or [1000, 1999, 2000, 2001, 2999])
    assert none == []


@pytest.mark.parametrize(
    ("filter_by", "found"), [("start", "bc"), ("end", "ab"), ("overlap", "abcd"), ("created", "bcf")]
)
def test_the_range_holds_calls_by_start_end_overlap_or_creation(ask: Ask, filter_by: Any, found: str) -> None:
    calls = [call(5, 2500, "a"), call(2100, 2200, "b"), call(2400, 9000, "c"), call(7, 9000, "d"), call(9, 99, "e")]
    calls.append({**call(9500, 9900, "f"), "createdTime": 2600})
    with Sandbox(calls, misbehaviour=Misbehaviour(filter_by=filter_by)) as sandbox:
        rows = ask(sandbox, startTime=2, endTime=3)["data"]
    assert sorted(row["callId"] for row in rows) == list(found)


def test_a_page_may_be_capped_and_nothing_is_lost(ask: Ask) -> None:
    capped = pages(ask, Misbehaviour(page_cap=4), count=7)
    assert [len(page) for page in capped] == [4, 4, 4, 4, 4, 4, 1]
    assert [row for page in capped for row in page] == NEWEST_FIRST


def test_a_page_may_be_capped_with_the_rows_between_never_served(ask: Ask) -> None:
    capped = pages(ask, Misbehaviour(page_cap=4, page_cap_offset="size"))
    assert capped == [NEWEST_FIRST[0:4], NEWEST_FIRST[10:14], NEWEST_FIRST[20:24]]


def test_the_page_number_may_be_ignored(ask: Ask) -> None:
    assert pages(ask, Misbehaviour(stuck_at_page=1)) == [NEWEST_FIRST[:10]] * 3


def test_page_two_may_repeat_for_ever(ask: Ask) -> None:
    stuck = pages(ask, Misbehaviour(stuck_at_page=2), count=4)
    assert stuck == [NEWEST_FIRST[:10], *[NEWEST_FIRST[10:20]] * 3]


def test_a_page_may_begin_with_the_last_rows_of_the_one_before(ask: Ask) -> None:
    first, second, third = pages(ask, Misbehaviour(repeats=3))
    assert second[:3] == first[-3:]
    assert third[:3] == second[-3:]
    assert [row for n, row in enumerate(first + second + third) if n not in (10, 11, 12, 20, 21, 22)] == NEWEST_FIRST[
        :24
    ]


def test_calls_may_arrive_while_pages_are_read(ask: Ask) -> None:
    new = [call(1_999_999, 2_000_000, "newest"), call(1_000_000, 2_000_000, "oldest")]
    first, second, third = pages(ask, Misbehaviour(arrivals=new))
    assert second[0] == first[-1]
    assert [row["callId"] for row in (first + second + third)].count("newest") == 0
    assert third[-1]["callId"] == "oldest"


def test_a_function_may_make_the_calls_that_arrive(ask: Ask) -> None:
    arriving = Misbehaviour(arrivals=lambda n: call(1_999_999, 2_000_000, f"new {n}"), arrive_every=2)
    with Sandbox(CALLS, misbehaviour=arriving) as sandbox:
        for _ in range(5):
            ask(sandbox, **RANGE)
        assert [row["callId"] for row in sandbox.calls[25:]] == ["new 0", "new 1"]


def test_calls_may_vanish_while_pages_are_read(ask: Ask) -> None:
    first, second, _ = pages(ask, Misbehaviour(vanish_every=1))
    assert first == NEWEST_FIRST[:10]
    assert second == NEWEST_FIRST[11:21]


def test_records_may_have_extra_fields_and_lack_documented_ones(ask: Ask) -> None:
    misbehaviour = Misbehaviour(extra_fields={"mood": {"now": 1}}, missing_fields={"intent"}, missing_every=2)
    served = rows(ask, misbehaviour)
    assert all(row["mood"] == {"now": 1} for row in served)
    assert 3 < sum("intent" not in row for row in served) < 22
    whole = [row | {"mood": {"now": 1}} for row in NEWEST_FIRST]
    assert [true | row for true, row in zip(whole, served, strict=True)] == whole
    assert rows(ask, misbehaviour) == served


def test_every_record_may_lack_a_field(ask: Ask) -> None:
    served = rows(ask, Misbehaviour(missing_fields=("callId", "endTime")))
    assert not any({"callId", "endTime"} & set(row) for row in served)


def test_every_text_may_be_hostile_and_is_the_same_each_time(ask: Ask) -> None:
    served, again = (rows(ask, Misbehaviour(hostile=True)) for _ in range(2))
    names = {field.name for field in FIELDS if field.kind is Kind.TEXT}
    assert served == again
    assert {row[name] for row in served for name in names} == set(HOSTILE_TEXTS)
    assert [row["startTime"] for row in served] == [row["startTime"] for row in NEWEST_FIRST]


def test_filters_see_the_true_record_of_a_hostile_one(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(hostile=True)) as sandbox:
        rows = ask(sandbox, **RANGE, callId=CALLS[4]["callId"])["data"]
    assert [row["startTime"] for row in rows] == [CALLS[4]["startTime"]]


@pytest.mark.parametrize(
    ("shape", "changed"),
    [
        ("data_null", {"data": None}),
        ("data_object", {"data": {}}),
        ("code_as_text", {"code": "0"}),
        ("no_data", {"data": ...}),
        ("no_code", {"code": ...}),
    ],
)
def test_an_answer_may_have_the_wrong_types(ask: Ask, shape: Any, changed: dict[str, Any]) -> None:
    right = {"code": 0, "msg": "Request succeeded", "data": NEWEST_FIRST[:1]}
    with Sandbox(CALLS, misbehaviour=Misbehaviour(shape=shape)) as sandbox:
        answer = ask(sandbox, **RANGE, size=1)
    del answer["reqId"]
    assert answer == {name: value for name, value in (right | changed).items() if value is not ...}


def test_rows_may_be_texts(ask: Ask) -> None:
    served = rows(ask, Misbehaviour(shape="rows_as_text"))
    assert [json.loads(row) for row in served] == NEWEST_FIRST


@pytest.mark.parametrize("code", [88, 99, 1002, 1003, 1005, 2206, 41000, 7777])
def test_every_request_may_be_refused(ask: Ask, code: int) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(refuse=code)) as sandbox:
        answer = ask(sandbox, **RANGE)
    assert (answer["code"], answer["data"]) == (code, {})
    assert answer["msg"]


@pytest.mark.parametrize(("skew", "code"), [(300, 1004), (-300, 1004), (30, 0)])
def test_a_skewed_clock_shows_in_the_check_and_in_the_date(send: Send, skew: int, code: int) -> None:
    with Sandbox(CALLS, now=lambda: 5000.0, misbehaviour=Misbehaviour(clock_skew=skew)) as sandbox:
        _, headers, body = send(sandbox, {**RANGE, "size": 1, "page": 1}, at=5000)
        healed = send(sandbox, {**RANGE, "size": 1, "page": 1}, at=5000 + skew)[2]
    assert json.loads(body)["code"] == code
    assert json.loads(healed)["code"] == 0
    assert parsedate_to_datetime(headers["Date"]).timestamp() == 5000 + skew


def test_misbehaviour_may_change_while_it_runs(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(refuse=99)) as sandbox:
        before = ask(sandbox, **RANGE)["code"]
        sandbox.misbehaviour = Misbehaviour()
        assert (before, ask(sandbox, **RANGE)["code"]) == (99, 0)


@given(
    count=st.integers(0, 60),
    size=st.integers(1, 30),
    rules=st.builds(
        Misbehaviour,
        order=st.sampled_from(["descending", "ascending", "shuffled", "ended"]),
        end=st.sampled_from(["inclusive", "inclusive_second", "exclusive"]),
        filter_by=st.sampled_from(["start", "end", "overlap"]),
        page_cap=st.none() | st.integers(1, 20),
        repeats=st.integers(0, 5),
    ),
)
@settings(max_examples=150)
def test_pages_read_to_the_end_hold_every_call_whatever_the_server_does(
    count: int, size: int, rules: Misbehaviour
) -> None:
    picked = Ledger(dense_calls(count, 1000, 1100), None).pick(Query(0, 99_999, size, 1, ()), rules, 0.0)
    read: set[int] = set()
    page = 1
    while found := picked[page_slice(page, size, rules)]:
        read |= set(found)
        page += 1
    assert read == set(range(count))
