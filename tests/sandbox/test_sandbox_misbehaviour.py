"""The order and selection of calls, changed records, wrong types, and refusals."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from nxcdr.api.fields import FIELDS, Kind
from nxcdr.sandbox import DOCUMENTED_CALLS, HOSTILE_TEXTS, Misbehaviour, Record, Sandbox, dense_calls

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
def test_rows_come_in_the_chosen_order(ask: Ask, order: Any, key: Callable[[Record], int]) -> None:
    assert rows(ask, Misbehaviour(order=order)) == sorted(CALLS, key=key)


def test_a_shuffled_listing_is_complete_and_the_same_each_time(ask: Ask) -> None:
    first, again = (rows(ask, Misbehaviour(order="shuffled")) for _ in range(2))
    assert first == again
    assert first not in (CALLS, NEWEST_FIRST)
    assert sorted(first, key=lambda call: call["startTime"]) == CALLS


def test_an_unstable_order_is_another_one_in_each_answer(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(order="unstable")) as sandbox:
        first, second = (ask(sandbox, **RANGE)["data"] for _ in range(2))
    assert first != second
    assert sorted(first, key=str) == sorted(second, key=str) == sorted(CALLS, key=str)


def test_calls_of_one_second_can_have_another_order_on_each_page_number(ask: Ask) -> None:
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
def test_the_end_can_belong_to_the_range_or_not(ask: Ask, end: Any, found: list[int] | None) -> None:
    starts = [999, 1000, 1999, 2000, 2001, 2999, 3000]
    misbehaviour = Misbehaviour(end=end, order="ascending")
    with Sandbox([call(start, 9000, str(start)) for start in starts], misbehaviour=misbehaviour) as sandbox:
        rows = ask(sandbox, startTime=1, endTime=2)["data"]
        none = ask(sandbox, startTime=5, endTime=5)["data"]
    assert [row["startTime"] for row in rows] == (found or [1000, 1999, 2000, 2001, 2999])
    assert none == []


@pytest.mark.parametrize(("filter_by", "found"), [("start", "bc"), ("end", "ab"), ("overlap", "abcd")])
def test_the_range_can_select_calls_by_start_end_or_overlap(ask: Ask, filter_by: Any, found: str) -> None:
    calls = [call(5, 2500, "a"), call(2100, 2200, "b"), call(2400, 9000, "c"), call(7, 9000, "d"), call(9, 99, "e")]
    with Sandbox(calls, misbehaviour=Misbehaviour(filter_by=filter_by)) as sandbox:
        rows = ask(sandbox, startTime=2, endTime=3)["data"]
    assert sorted(row["callId"] for row in rows) == list(found)


@pytest.mark.parametrize("end", ["inclusive", "exclusive"])
def test_the_range_can_select_calls_by_a_creation_time_that_no_record_shows(ask: Ask, end: Any) -> None:
    calls = [call(1_000_000, 1_010_000 + 137 * n, f"{n:02d}") for n in range(50)]
    with Sandbox(calls, misbehaviour=Misbehaviour(filter_by="created", end=end)) as sandbox:
        found = [
            (second, row)
            for second in range(1005, 1025)
            for row in ask(sandbox, startTime=second, endTime=second + 1)["data"]
        ]
    delays = {second - row["endTime"] // 1000 for second, row in found}
    assert sorted(row["callId"] for _, row in found) == [row["callId"] for row in calls]
    assert delays >= {1, 2, 3, 4}
    assert delays <= {1, 2, 3, 4, 5}
    assert all("createdTime" not in row for _, row in found)


def test_a_created_time_in_the_record_is_used_for_the_range_and_the_order(ask: Ask) -> None:
    created = {"b": 2100, "a": 2999, "x": 3001, "c": 2000}
    calls = [call(5, 9000, name) | {"createdTime": time} for name, time in created.items()]
    with Sandbox(calls, misbehaviour=Misbehaviour(filter_by="created", order="created")) as sandbox:
        assert [row["callId"] for row in ask(sandbox, startTime=2, endTime=3)["data"]] == ["a", "b", "c"]


def test_records_can_have_extra_fields_and_lack_documented_ones(ask: Ask) -> None:
    misbehaviour = Misbehaviour(extra_fields={"mood": {"now": 1}}, missing_fields={"intent"}, missing_every=2)
    served = rows(ask, misbehaviour)
    assert all(row["mood"] == {"now": 1} for row in served)
    assert 3 < sum("intent" not in row for row in served) < 22
    whole = [row | {"mood": {"now": 1}} for row in NEWEST_FIRST]
    assert [true | row for true, row in zip(whole, served, strict=True)] == whole
    assert rows(ask, misbehaviour) == served


def test_every_record_can_lack_a_field(ask: Ask) -> None:
    served = rows(ask, Misbehaviour(missing_fields=("callId", "endTime")))
    assert not any({"callId", "endTime"} & set(row) for row in served)


def test_every_text_can_be_hostile_and_is_the_same_each_time(ask: Ask) -> None:
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
def test_an_answer_can_have_wrong_types(ask: Ask, shape: Any, changed: dict[str, Any]) -> None:
    right = {"code": 0, "msg": "Request succeeded", "data": NEWEST_FIRST[:1]}
    with Sandbox(CALLS, misbehaviour=Misbehaviour(shape=shape)) as sandbox:
        answer = ask(sandbox, **RANGE, size=1)
    del answer["reqId"]
    assert answer == {name: value for name, value in (right | changed).items() if value is not ...}


def test_rows_can_be_texts(ask: Ask) -> None:
    served = rows(ask, Misbehaviour(shape="rows_as_text"))
    assert [json.loads(row) for row in served] == NEWEST_FIRST


@pytest.mark.parametrize("code", [88, 99, 1002, 1003, 1005, 2206, 41000, 7777])
def test_every_request_can_be_refused(ask: Ask, code: int) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(refuse=code)) as sandbox:
        answer = ask(sandbox, **RANGE)
    assert (answer["code"], answer["data"]) == (code, {})
    assert answer["msg"]


@pytest.mark.parametrize(("skew", "code"), [(300, 1004), (-300, 1004), (30, 0)])
def test_a_skewed_clock_affects_the_check_of_ts_and_the_date_header(send: Send, skew: int, code: int) -> None:
    with Sandbox(CALLS, now=lambda: 5000.0, misbehaviour=Misbehaviour(clock_skew=skew)) as sandbox:
        _, headers, body = send(sandbox, {**RANGE, "size": 1, "page": 1}, at=5000)
        healed = send(sandbox, {**RANGE, "size": 1, "page": 1}, at=5000 + skew)[2]
    assert json.loads(body)["code"] == code
    assert json.loads(healed)["code"] == 0
    assert parsedate_to_datetime(headers["Date"]).timestamp() == 5000 + skew


def test_misbehaviour_can_change_while_it_runs(ask: Ask) -> None:
    with Sandbox(CALLS, misbehaviour=Misbehaviour(refuse=99)) as sandbox:
        before = ask(sandbox, **RANGE)["code"]
        sandbox.misbehaviour = Misbehaviour()
        assert (before, ask(sandbox, **RANGE)["code"]) == (99, 0)
