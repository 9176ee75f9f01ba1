"""Parquet files: typed, exact, and read alike by other programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.errors import OutputError
from nxcdr.output.formats import FORMATS, Shape
from nxcdr.sandbox import DOCUMENTED_CALLS
from tests.harness import DAY, ZONE, Call, Program, Serve, csv_rows_of, in_order, left_in, some_calls

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

HONG_KONG = ZoneInfo(ZONE)
PARQUET = FORMATS["parquet"]


def written(calls: Sequence[Call], shape: Shape, batch: int = 1000) -> bytes:
    texts = [json.dumps(call).encode() for call in calls]
    file = io.BytesIO()
    PARQUET.write(lambda: (texts[at : at + batch] for at in range(0, len(texts), batch)), file, shape)
    return file.getvalue()


def table_of(calls: Sequence[Call], shape: Shape) -> Any:
    return pq.read_table(io.BytesIO(written(calls, shape)))


def test_each_column_has_the_type_of_its_field(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve(some_calls(30))
    assert nxcdr("export", DAY, "-o", "x.parquet").code == 0
    schema = pq.read_schema(here / "x.parquet")
    time, seconds = pa.timestamp("ms", ZONE), pa.int32()
    typed = {
        **dict.fromkeys(["answerTime", "endTime", "inQueueTime", "outQueueTime", "ringTime", "startTime"], time),
        **dict.fromkeys(["callDuration", "ringDuration"], seconds),
        "queueDuration": pa.decimal128(18, 3),
        "totalCustomerPrice": pa.decimal128(18, 6),
        "answered": pa.bool_(),
    }
    assert schema.names == list(FIELD_NAMES)
    assert {field.name: field.type for field in schema} == {name: typed.get(name, pa.string()) for name in FIELD_NAMES}
    told = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert told["tool"].startswith("nxcdr ")
    assert told["range"] == "2023-07-27T00:00:00+08:00/2023-07-28T00:00:00+08:00"
    assert json.loads(told["meanings"])["startTime"] == "when the call began"
    assert pq.ParquetFile(here / "x.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_values_are_those_of_the_other_formats(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve([*DOCUMENTED_CALLS, *some_calls(50)])
    for name in ("x.parquet", "x.csv"):
        assert nxcdr("export", DAY, "-o", name).code == 0
    with (here / "x.parquet").open("rb") as file:
        rows = list(PARQUET.read(file))
    expected = csv_rows_of(here / "x.csv")
    assert len(rows) == len(expected) == 52
    for row, texts in zip(rows, expected, strict=True):
        for name, value in row.items():
            if isinstance(value, (bool, Decimal)):
                assert value == json.loads(texts[name], parse_float=Decimal)
            else:
                assert ("" if value is None else str(value)) == texts[name], name


def test_the_documented_calls_keep_their_milliseconds_and_their_price() -> None:
    table = table_of(DOCUMENTED_CALLS, Shape(HONG_KONG))
    assert table["queueDuration"].to_pylist() == [Decimal("5.139"), Decimal(6)]
    assert table["totalCustomerPrice"].to_pylist() == [Decimal("0.035")] * 2
    assert table["startTime"].to_pylist()[0] == datetime(2023, 7, 27, 15, 21, 32, 841000, HONG_KONG)
    assert table["answerTime"].to_pylist()[0] is None
    assert table["direction"].to_pylist() == ["inbound"] * 2
    assert table["hangupCode"].to_pylist() == ["1103", "1001"]
    assert table["orderId"].to_pylist() == ["", ""]
    assert table["agentName"].to_pylist() == [None, "NX094450006938"]


def test_raw_values_keep_their_numbers() -> None:
    table = table_of(DOCUMENTED_CALLS, Shape())
    assert table.select(["startTime", "answerTime", "direction", "hangupCode", "queueDuration"]).to_pylist()[0] == {
        "startTime": 1690442492841,
        "answerTime": 0,
        "direction": 0,
        "hangupCode": 1103,
        "queueDuration": 5139,
    }
    assert table["totalCustomerPrice"].to_pylist() == [Decimal("0.035")] * 2


@pytest.mark.parametrize(
    ("prices", "digits", "decimals"),
    [
        (["0.035", "12"], 18, 6),
        (["0.0350000000"], 18, 6),
        (["0.12345678"], 18, 8),
        (["1234567890123.5"], 19, 6),
        (["123456789012345678901234567890.5", "1E-8"], 38, 8),
    ],
)
def test_a_price_column_is_wider_only_where_a_price_needs_it(prices: list[str], digits: int, decimals: int) -> None:
    calls = [{**DOCUMENTED_CALLS[0], "totalCustomerPrice": "PRICE"} for _ in prices]
    texts = [json.dumps(call).replace('"PRICE"', price).encode() for call, price in zip(calls, prices, strict=True)]
    file = io.BytesIO()
    PARQUET.write(lambda: [texts], file, Shape(HONG_KONG))
    column = pq.read_table(io.BytesIO(file.getvalue()))["totalCustomerPrice"]
    assert column.type == pa.decimal128(digits, decimals)
    assert column.to_pylist() == [Decimal(price) for price in prices]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("startTime", "soon"),
        ("startTime", 2**63),
        ("endTime", 1.5),
        ("endTime", False),
        ("callDuration", 2**31),
        ("callDuration", "5"),
        ("callDuration", True),
        ("ringDuration", [1]),
        ("answered", 1),
        ("answered", "yes"),
        ("queueDuration", 0.0001),
        ("totalCustomerPrice", "free"),
        ("totalCustomerPrice", 10**40),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_that_names_its_call_and_field(name: str, value: Any) -> None:
    bad = {**DOCUMENTED_CALLS[0], "callId": "the-bad-one", "inQueueTime": 0, name: value}
    with pytest.raises(OutputError, match=f"call the-bad-one: {name} is ") as raised:
        written([*some_calls(5), bad], Shape(HONG_KONG))
    assert "CSV" in raised.value.hint


def test_a_value_that_does_not_fit_is_exit_code_6_and_leaves_no_file(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve([{**call, "callDuration": "long"} for call in some_calls(1)])
    outcome = nxcdr("export", DAY, "-o", "x.parquet")
    assert (outcome.code, outcome.out) == (6, "")
    assert "callDuration is 'long', which does not fit a column of int32" in outcome.err
    assert not (here / "x.parquet").exists()
    assert nxcdr("export", DAY, "-o", "x.jsonl").code == 0


def test_text_holds_whatever_the_server_sends() -> None:
    odd = {"other": {"a": [1, None]}, "caller": 85235757569, "intent": True, "direction": 7, "hangupBy": "me"}
    (row,) = table_of([{**DOCUMENTED_CALLS[0], **odd}], Shape(HONG_KONG)).to_pylist()
    assert [row[name] for name in odd] == ['{"a":[1,null]}', "85235757569", "true", "7", "me"]


@pytest.mark.parametrize("text", ["", "\0", "\u2028\r\n\t", "=1+1", "😀 陈美玲", '"quoted", \\ _x0041_'])
def test_any_text_comes_back_as_it_was(text: str) -> None:
    (row,) = table_of([{**DOCUMENTED_CALLS[0], "other": text}], Shape(HONG_KONG)).to_pylist()
    assert row["other"] == text


def test_times_that_a_calendar_does_not_hold_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    times = [253402300799000, -1, 10_000_000]
    data = written([{**DOCUMENTED_CALLS[0], "endTime": time} for time in times], Shape(ZoneInfo("Africa/Monrovia")))
    column = pq.read_table(io.BytesIO(data))["endTime"]
    assert column.cast(pa.int64()).to_pylist() == times
    assert [row["endTime"] for row in PARQUET.read(io.BytesIO(data))][2] == "1970-01-01T02:02:10.000-00:44:30"
    assert not capsys.readouterr().err


def test_the_same_calls_make_the_same_bytes_whatever_their_batches() -> None:
    calls = in_order(some_calls(2_500))
    shape = Shape(HONG_KONG)
    assert written(calls, shape) == written(calls, shape, batch=7) == written(calls, shape, batch=2_500)


def test_more_than_a_row_group_comes_back_in_order() -> None:
    calls = in_order(some_calls(21_000))
    data = written(calls, Shape())
    assert [row["callId"] for row in PARQUET.read(io.BytesIO(data))] == [call["callId"] for call in calls]
    assert pq.ParquetFile(io.BytesIO(data)).num_row_groups == 3


def test_no_calls_make_a_file_with_all_columns(serve: Serve, nxcdr: Program, here: Path) -> None:
    serve()
    assert nxcdr("export", DAY, "-o", "x.parquet").code == 0
    assert pq.read_table(here / "x.parquet").shape == (0, len(FIELD_NAMES))


def test_chosen_columns_come_alone_and_undocumented_ones_are_named_once(
    serve: Serve, nxcdr: Program, here: Path
) -> None:
    serve([{**call, "newField": 1} for call in some_calls(3)])
    assert nxcdr("export", DAY, "-o", "x.parquet", "--columns", "callid,startTime").code == 0
    assert pq.read_schema(here / "x.parquet").names == ["callId", "startTime"]
    outcome = nxcdr("export", DAY, "-o", "y.parquet")
    assert outcome.err.count("newField") == 1
    assert "PARQUET leaves out" in outcome.err


def test_parquet_goes_to_stdout_and_is_never_gzipped(serve: Serve, spawn: Any, nxcdr: Program, here: Path) -> None:
    serve(some_calls(20))
    out, _ = spawn("export", DAY, "-o", "-", "-f", "parquet").communicate()
    assert nxcdr("export", DAY, "-o", "x.parquet").code == 0
    assert out == (here / "x.parquet").read_bytes()
    outcome = nxcdr("export", DAY, "-o", "x.parquet.gz")
    assert outcome.code == 2
    assert "compressed already" in outcome.err
    assert left_in(here) == ["x.parquet"]


def test_a_file_without_its_end_is_found_out() -> None:
    data = written(some_calls(100), Shape(HONG_KONG))
    with pytest.raises(ValueError, match=r"."):
        list(PARQUET.read(io.BytesIO(data[:-20])))


def test_other_programs_agree_on_rows_price_and_times(serve: Serve, nxcdr: Program, here: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    calls = some_calls(3_000)
    serve(calls)
    assert nxcdr("export", DAY, "-o", "x.parquet").code == 0
    price = sum(Decimal(str(call["totalCustomerPrice"])) for call in calls)
    times = sum(call["startTime"] for call in calls)
    never = sum(not call["answerTime"] for call in calls)
    expected = (len(calls), price, times, never)

    query = "count(*), sum(totalCustomerPrice), sum(epoch_ms(startTime)), count(*) filter (answerTime is null)"
    assert duckdb.sql(f"select {query} from 'x.parquet'").fetchall() == [expected]

    frame = pandas.read_parquet(here / "x.parquet")
    assert (
        len(frame),
        frame.totalCustomerPrice.sum(),
        frame.startTime.astype("int64").sum(),
        frame.answerTime.isna().sum(),
    ) == expected
    assert str(frame.startTime.dt.tz) == ZONE

    table = polars.read_parquet("x.parquet")
    assert (
        table.select(
            polars.len(),
            polars.col("totalCustomerPrice").sum(),
            polars.col("startTime").dt.timestamp("ms").sum().alias("times"),
            polars.col("answerTime").is_null().sum().alias("never"),
        ).row(0)
        == expected
    )


class _WithoutArrow:
    """Finds every package but one."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        return None if name == "pyarrow" else PathFinder.find_spec(name, path, target)


def test_without_pyarrow_the_extra_is_named_before_any_request(
    serve: Serve, nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = serve(some_calls(1))
    monkeypatch.delitem(sys.modules, "pyarrow")
    monkeypatch.setattr(sys, "meta_path", [BuiltinImporter, FrozenImporter, _WithoutArrow])
    outcome = nxcdr("export", DAY, "-o", "x.parquet")
    assert outcome.code == 2
    assert "pip install 'nxcdr[parquet]'" in outcome.err
    assert not sandbox.requests
    assert left_in(here) == []
