"""The right calls, each once, the same bytes: under every order, end rule, concurrency and fault."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nxcdr.api.client import Account, Client
from nxcdr.api.pacing import Pace
from nxcdr.export import Job, plan_units, run
from nxcdr.fetch.whole import Progress
from nxcdr.sandbox import Fault, Misbehaviour, Request, Sandbox
from nxcdr.timerange import TimeRange
from tests.harness import (
    DAY,
    END,
    START,
    ZONE,
    Call,
    Program,
    Serve,
    csv_rows_of,
    in_order,
    json_lines_of,
    some_calls,
)
from tests.listeners import Relay

ORDERS = ("descending", "ascending", "shuffled", "ended", "tied")
END_RULES = ("inclusive", "inclusive_second", "exclusive")
QUICK_FAULTS = (
    Fault.RESET,
    Fault.ERROR,
    Fault.BAD_GATEWAY,
    Fault.CODE_99,
    Fault.NOT_JSON,
    Fault.EMPTY,
    Fault.TRUNCATED,
    Fault.HTML,
)


def tricky_calls() -> list[Call]:
    """Calls on the seams, many in one millisecond, equal ids with different content, and a busy hour."""
    calls = some_calls(350) + some_calls(900, START + 36000, START + 39600, seed=8)
    seam = calls[0]
    calls += [{**seam, "startTime": second * 1000} for second in (START, START + 43200, END - 1)]
    calls += [{**seam, "callId": f"same-{n % 40}", "caller": str(n), "startTime": START * 1000 + 5} for n in range(150)]
    return calls


@pytest.fixture(scope="module")
def truth() -> list[Call]:
    """What every export of the day must hold."""
    return in_order(tricky_calls())


@pytest.mark.parametrize("concurrency", ["1", "7"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("end", END_RULES)
def test_the_file_holds_every_call_once_in_order_whatever_the_server_s_order_and_end_rule(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call], order: str, end: str, concurrency: str
) -> None:
    beyond = {**truth[0], "startTime": END * 1000, "callId": "tomorrow"}
    serve([*truth, beyond], order=order, end=end)
    outcome = nxcdr("export", DAY, "-o", "x.jsonl", "--raw", "--concurrency", concurrency)
    if order in {"tied", "unstable"} and outcome.code:  # a millisecond has more than a page, in another order each time
        assert (outcome.code, (here / "x.jsonl").exists()) == (5, False)
    else:
        assert json_lines_of(here / "x.jsonl") == truth


@pytest.mark.parametrize("end", END_RULES)
@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
def test_two_adjacent_days_apart_hold_together_what_both_days_hold(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call], order: str, end: str
) -> None:
    second = [{**call, "startTime": call["startTime"] + 86_400_000, "taskId": "2"} for call in truth]
    serve(truth + second, order=order, end=end)
    assert nxcdr("export", "2023-07-27..2023-07-28", "-o", "both.csv").code == 0
    assert nxcdr("export", "2023-07-27..2023-07-28", "--split", "day", "-o", "{date}.csv").code == 0
    header, *rows = (here / "both.csv").read_bytes().splitlines(keepends=True)
    apart = [(here / f"{day}.csv").read_bytes().splitlines(keepends=True) for day in ("2023-07-27", "2023-07-28")]
    assert [one[0] for one in apart] == [header, header]
    assert apart[0][1:] + apart[1][1:] == rows
    assert len(rows) == 2 * len(truth)


@pytest.mark.parametrize("fault", [*QUICK_FAULTS, Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.SILENCE])
def test_one_answer_in_ten_failing_changes_nothing(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call], fault: Fault
) -> None:
    sandbox = serve(truth, faults=(fault,), fault_every=10)
    outcome = nxcdr("export", DAY, "-o", "x.jsonl", "--raw", "--timeout", "0.5")
    assert outcome.code == 0
    assert json_lines_of(here / "x.jsonl") == truth
    assert any(request.outcome == fault for request in sandbox.requests)
    assert "further try" in outcome.err


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"page_cap": 37},
        {"clock_skew": 0.5, "order": "ascending", "page_cap": 50},
        {"limit": 20, "limit_answer": "429"},
        {"limit": 20, "limit_answer": "2206"},
    ],
    ids=str,
)
def test_page_caps_and_limits_change_nothing(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call], misbehaviour: dict[str, Any]
) -> None:
    serve(truth, **misbehaviour)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    assert json_lines_of(here / "x.jsonl") == truth


def test_calls_that_arrive_while_pages_are_read_cost_no_older_call(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call]
) -> None:
    def arrival(number: int) -> Call:
        return {**truth[number], "callId": f"new-{number}", "startTime": END * 1000 - 1 - number}

    serve(truth, arrivals=arrival, arrive_every=9)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    found = json_lines_of(here / "x.jsonl")
    assert [call for call in found if not call["callId"].startswith("new-")] == truth
    ids = [call["callId"] for call in found if call["callId"].startswith("new-")]
    assert len(ids) == len(set(ids))


def test_calls_without_a_start_time_come_first_and_once(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = in_order(some_calls(2500))
    serve(calls, missing_fields=("startTime",), missing_every=50)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    found = json_lines_of(here / "x.jsonl")
    without = [call for call in found if "startTime" not in call]
    assert 0 < len(without) < 100
    assert found[: len(without)] == without
    kept = {call["callId"] for call in without}
    assert found[len(without) :] == [call for call in calls if call["callId"] not in kept]
    assert {call["callId"] for call in found} == {call["callId"] for call in calls}
    assert len(found) == len(calls)


def test_texts_that_are_hardly_text_survive_the_putting_in_order(serve: Serve, nxcdr: Program, here: Path) -> None:
    calls = some_calls(150)
    serve(calls, hostile=True, missing_fields=("startTime",), missing_every=9)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    assert len(json_lines_of(here / "x.jsonl")) == 150
    assert nxcdr("export", DAY, "-o", "x.csv").code == 0
    assert (here / "x.csv").read_bytes().count(b"lone surrogate") > 10


@pytest.mark.parametrize("switch", [{"stuck_at_page": 1}, {"stuck_at_page": 2}], ids=str)
def test_a_server_that_does_not_page_is_exit_5_and_no_file(
    serve: Serve, nxcdr: Program, here: Path, switch: dict[str, Any]
) -> None:
    one_second = some_calls(700, START, START + 1)
    serve(one_second, **switch)
    outcome = nxcdr("export", DAY, "-o", "x.csv", "--retries", "0")
    assert outcome.code == 5
    assert not (here / "x.csv").exists()
    assert outcome.out == ""


@pytest.mark.parametrize("count", [700, 5000])
def test_a_server_that_shuffles_each_answer_is_exit_5_or_every_call_is_proved(
    serve: Serve, nxcdr: Program, here: Path, count: int
) -> None:
    one_second = in_order(some_calls(count, START, START + 1))
    serve(one_second, order="unstable")
    outcome = nxcdr("export", DAY, "-o", "x.jsonl", "--raw")
    if outcome.code == 0:
        assert json_lines_of(here / "x.jsonl") == one_second
    else:
        assert (outcome.code, (here / "x.jsonl").exists()) == (5, False)
        assert "no listing can be proved" in outcome.err


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
@pytest.mark.parametrize("field", ["other", "totalCustomerPrice"])
@pytest.mark.parametrize("number", ["9" * 5000, "1e" + "9" * 21], ids=["thousands of digits", "beyond any exponent"])
def test_a_number_that_no_program_holds_is_exit_5_and_no_file(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, field: str, number: str
) -> None:
    record = f'{{"callId":"a","startTime":{START}000,"{field}":{number}}}'

    def one_call(connection: socket.socket) -> None:
        asked = b""
        while b'"size"' not in asked:
            asked += connection.recv(65536)
        data = record if b'"page":1,' in asked else ""
        body = f'{{"reqId":"x","code":0,"msg":"ok","data":[{data}]}}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall((head + body).encode())

    serve()
    with Relay(one_call) as server:
        monkeypatch.setenv("NXCDR_BASE_URL", f"http://127.0.0.1:{server.port}")
        outcome = nxcdr("export", DAY, "-o", f"x.{suffix}")
    assert (outcome.code, list(here.iterdir())) == (5, [])
    assert "a record can't be read" in outcome.err


@pytest.mark.parametrize("shape", ["data_null", "data_object", "rows_as_text", "code_as_text", "no_data", "no_code"])
def test_an_answer_of_the_wrong_shape_is_exit_5_and_no_file(
    serve: Serve, nxcdr: Program, here: Path, shape: str
) -> None:
    serve(some_calls(5), shape=shape)
    outcome = nxcdr("export", DAY, "-o", "x.csv", "--retries", "0")
    assert outcome.code == 5, outcome.err
    assert list(here.iterdir()) == []


def test_when_every_answer_fails_the_error_names_the_window_and_the_last_cause(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve(some_calls(5), faults=(Fault.BAD_GATEWAY,), fault_every=1)
    outcome = nxcdr("export", DAY, "-o", "x.csv", "--retries", "1")
    assert outcome.code == 5
    assert "HTTP 502" in outcome.err
    assert "2023-07-26T16:00:00Z to 2023-07-27T16:00:00Z" in outcome.err
    assert "2 tries" in outcome.err
    assert list(here.iterdir()) == []


def test_pages_that_become_shorter_while_they_are_read_cost_no_call(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call]
) -> None:
    sandbox = serve(truth)
    fetched = sandbox.requests

    class Shrinking(list[Request]):
        def append(self, request: Request) -> None:
            super().append(request)
            if len(self) == 8:
                sandbox.misbehaviour = Misbehaviour(page_cap=50)

    sandbox.requests = Shrinking(fetched)
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw", "--concurrency", "2").code == 0
    assert json_lines_of(here / "x.jsonl") == truth


def test_a_wrong_secret_is_exit_3_naming_1003_and_leaves_nothing(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(some_calls(5))
    monkeypatch.setenv("NXCDR_ACCESS_SECRET", "wrong")
    outcome = nxcdr("export", DAY, "-o", "x.csv")
    assert outcome.code == 3
    assert "1003" in outcome.err
    assert list(here.iterdir()) == []


def test_a_clock_five_minutes_off_is_healed_with_a_warning(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(250), clock_skew=300)
    outcome = nxcdr("export", DAY, "-o", "x.csv")
    assert outcome.code == 0
    assert "clock is 300 s" in outcome.err
    assert len(csv_rows_of(here / "x.csv")) == 250


def test_a_server_that_is_away_is_exit_5(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve().stop()
    outcome = nxcdr("export", DAY, "-o", "x.csv", "--retries", "0")
    assert outcome.code == 5
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("columns", [(), ("--columns", "callId,startTime")], ids=["documented", "chosen"])
def test_fields_nobody_documented_are_kept_in_json_lines_and_warned_of_once_in_csv(
    serve: Serve, nxcdr: Program, here: Path, columns: tuple[str, ...]
) -> None:
    serve(some_calls(450), extra_fields={"sentiment": {"score": 1}, "aaa": 123456789012345678901})
    outcome = nxcdr("export", DAY, "-o", "x.csv", *columns)
    assert outcome.err.count("fields that CSV leaves out: aaa, sentiment") == (0 if columns else 1)
    assert "sentiment" not in (here / "x.csv").read_text()
    assert "warning" not in nxcdr("export", DAY, "-o", "x.jsonl").err
    found = json_lines_of(here / "x.jsonl")
    assert all(call["sentiment"] == {"score": 1} and call["aaa"] == 123456789012345678901 for call in found)
    assert list(found[0])[-2:] == ["aaa", "sentiment"]


def exported(sandbox: Sandbox, concurrency: int, start: int = START, end: int = END) -> bytes:
    """What the real export function writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.jsonl")
        span = TimeRange(start, end, ZoneInfo(ZONE), "a day")
        job = Job(span, ("here", "me"), "main", output=str(path), raw=True, concurrency=concurrency, now=END + 99_999)
        account = Account(sandbox.base_url, sandbox.access_key, sandbox.access_secret)
        with Client(account, pace=Pace(rate=None, concurrency=concurrency), timeout=0.5) as client:
            list(run(job, plan_units(job), client, Progress(), warn=lambda _: None))
        assert list(Path(folder).iterdir()) == [path]
        return path.read_bytes()


@given(
    count=st.integers(0, 700),
    crowd=st.integers(0, 250),
    seed=st.integers(0, 9),
    concurrency=st.integers(1, 8),
    order=st.sampled_from(ORDERS[:-1]),
    end=st.sampled_from(END_RULES),
    page_cap=st.sampled_from([None, None, 30, 99]),
    faults=st.lists(st.sampled_from(QUICK_FAULTS), min_size=1, unique=True),
    fault_at=st.sets(st.integers(0, 12), max_size=2),
    limited=st.booleans(),
)
@settings(max_examples=12)
def test_whatever_a_server_does_wrong_at_once_the_bytes_are_the_same(
    count: int,
    crowd: int,
    seed: int,
    concurrency: int,
    order: Any,
    end: Any,
    page_cap: int | None,
    faults: list[Fault],
    fault_at: set[int],
    limited: bool,
) -> None:
    calls = some_calls(count, seed=seed) + some_calls(crowd, START + 7, START + 8, seed=seed + 1)
    with Sandbox(calls) as honest:
        expected = exported(honest, 1)
    assert len(expected.splitlines()) == len(calls)
    misbehaviour = Misbehaviour(
        order=order,
        end=end,
        page_cap=page_cap,
        faults=faults,
        fault_at=fault_at,
        limit=40 if limited else None,
        retry_after="seconds",
        seed=seed,
    )
    with Sandbox(calls, misbehaviour=misbehaviour) as sandbox:
        assert exported(sandbox, concurrency) == expected


def test_same_bytes_for_every_concurrency_and_order_also_compressed(
    serve: Serve, nxcdr: Program, here: Path, truth: list[Call]
) -> None:
    found = set()
    for order, concurrency in (("descending", 1), ("ascending", 3), ("shuffled", 16)):
        serve(truth, order=order)
        name = f"{order}.csv.gz"
        assert nxcdr("export", DAY, "-o", name, "--concurrency", str(concurrency)).code == 0
        found.add((here / name).read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize(("cap", "count"), [(50, 60), (30, 100), (99, 100), (1, 20)])
def test_a_cap_of_pages_that_are_counted_by_the_asked_size_loses_no_call(
    serve: Serve, nxcdr: Program, here: Path, cap: int, count: int
) -> None:
    calls = some_calls(count)
    serve(calls, page_cap=cap, page_cap_offset="size")
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--raw").code == 0
    assert json_lines_of(here / "x.jsonl") == in_order(calls)
