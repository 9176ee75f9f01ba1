"""How values are spelt in CSV and JSON lines, and what keeps a spreadsheet from running them."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api.answer import decode_records
from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.formats import Shape, comma_separated, json_lines
from nxcdr.output.text import json_text

ZONE = ZoneInfo("Asia/Hong_Kong")
TEXTS = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


def cell(value: Any, *, excel: bool = False, raw: bool = False) -> str:
    """What a CSV reader finds where this value was written."""
    shape = Shape(None if raw else ZONE, ("other", "callId"), excel)
    text = comma_separated.lines(shape)([{"other": value, "callId": "x"}]).decode()
    ((found, other),) = csv.reader(io.StringIO(text, newline=""))
    assert other == "x"
    return found


@pytest.mark.parametrize(
    "payload",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("https://example.com?x="&A1,"click")',
        '=IMPORTXML("https://example.com","//a")',
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "+1+1",
        "+cmd|' /C calc'!A0",
        "-1+1",
        "-2+3+cmd|' /C calc'!A0",
        "-cmd",
        "+",
        "-",
        "--1",
        "+A1",
        "-@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\t",
        "=",
        "@",
        "+1\n=1+1",
        "+852 35757580;=1+1",
        "+٣",
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(payload: str) -> None:
    assert cell(payload) == cell(payload, excel=True) == "'" + payload
    assert cell(payload, raw=True) == payload


@pytest.mark.parametrize(
    "value",
    [
        "+85235757580",
        "+852 3575 7580",
        "+1 (202) 555-0100",
        "+1-202-555-0100",
        "-5",
        "-5.25",
        "+.5",
        "-1,5",
        "-1e6",
        "+1.5E-3",
        "85235757580",
        "0085235757580",
        "a=b",
        " =1+1",
        "1-2",
        "'",
        "",
        "客户",
        "#1",
        "*9",
    ],
)
def test_numbers_phone_numbers_and_plain_text_are_never_changed(value: str) -> None:
    assert cell(value) == cell(value, raw=True) == value


@pytest.mark.parametrize(("value", "text"), [(-5, "-5"), (Decimal("-0.035"), "-0.035"), (0, "0"), (-1.5, "-1.5")])
def test_a_number_is_never_guarded(value: Any, text: str) -> None:
    assert cell(value) == cell(value, excel=True) == text


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("1690442498901234", True),
        ("852357575801", True),
        ("007", True),
        ("+85235757580", True),
        ("+1 202 555 0100", True),
        ("12E5", True),
        ("1,2,3", True),
        ("1/2", True),
        ("85235757580", False),
        ("42", False),
        ("63b09b9a163616c6c009cb326", False),
        ("张伟 Wei", False),
        ("2023-07-27T15:21:32.841+08:00", False),
        (1234567890123456, True),
        (-1234567890123456, True),
        (123456789012345, False),
        (Decimal("0.035"), False),
        (True, False),
    ],
)
def test_excel_gets_as_text_what_it_would_spoil(value: Any, kept: bool) -> None:
    plain = value if isinstance(value, str) else json_text(value).decode()
    assert cell(value, excel=True) == (f'="{plain}"' if kept else plain)


def test_csv_for_excel_has_a_byte_order_mark_and_crlf_and_other_csv_has_neither() -> None:
    excel, plain = Shape(ZONE, excel=True), Shape(ZONE)
    assert comma_separated.header(excel) == ("\ufeff" + ",".join(FIELD_NAMES) + "\r\n").encode()
    assert comma_separated.lines(excel)([{}]).endswith(b"\r\n")
    written = comma_separated.header(plain) + comma_separated.lines(plain)([{}])
    assert written == (",".join(FIELD_NAMES) + "\n" + "," * 27 + "\n").encode()


@given(TEXTS)
def test_any_text_comes_back_from_csv_as_it_was_or_guarded(text: str) -> None:
    text = text.replace("\0", "\ufffd")
    assert cell(text, raw=True) == text
    assert cell(text).removeprefix("'") in (text, text.removeprefix("'"))
    assert not cell(text).startswith(("=", "@", "\t", "\r"))


@given(st.lists(TEXTS, max_size=5))
def test_a_column_alone_has_a_line_for_each_record(texts: list[str]) -> None:
    texts = [text.replace("\0", "\ufffd") for text in texts]
    text = comma_separated.lines(Shape(None, ("other",)))([{"other": text} for text in texts]).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[text] for text in texts]


@given(JSON)
def test_any_json_value_comes_back_from_json_lines_as_it_was(value: Any) -> None:
    line = json_lines.lines(Shape())([{"other": value}])
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"other": value}


def test_numbers_keep_every_digit() -> None:
    text = b'{"callId":123456789012345678901234567890,"totalCustomerPrice":0.10000000000000000000001,"x":1.10}'
    (record,) = decode_records([text])
    assert json_lines.lines(Shape())([record]) == text + b"\n"
    assert comma_separated.lines(Shape(None, ("callId", "totalCustomerPrice")))([record]) == (
        b"123456789012345678901234567890,0.10000000000000000000001\n"
    )


def test_records_that_are_equal_read_alike_whatever_the_order_of_their_fields() -> None:
    one = {"zz": 1, "callId": "a", "agentName": None, "aa": 2}
    lines = json_lines.lines(Shape())
    assert lines([one]) == lines([dict(reversed(one.items()))]) == b'{"agentName":null,"callId":"a","aa":2,"zz":1}\n'


def test_chosen_columns_come_in_their_order_and_are_null_where_missing() -> None:
    record = {"callId": "a", "answered": True, "x": 1}
    assert json_lines.lines(Shape(None, ("caller", "callId")))([record]) == b'{"caller":null,"callId":"a"}\n'
    shape = Shape(None, ("caller", "answered", "callId"))
    assert (
        comma_separated.header(shape) + comma_separated.lines(shape)([record]) == b"caller,answered,callId\n,true,a\n"
    )


def test_what_is_no_plain_value_is_a_cell_of_json() -> None:
    assert cell({"a": [1, None, True]}) == '{"a":[1,null,true]}'
    assert cell(value=False) == "false"


def test_nul_is_replaced_in_csv_for_many_programs_stop_there() -> None:
    assert cell("a\0b") == cell("a\0b", raw=True) == "a\ufffdb"


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\u0085"])
def test_line_ends_of_unicode_are_escaped_in_json_lines(end: str) -> None:
    line = json_lines.lines(Shape())([{"other": f"a{end}b"}]).decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"other": f"a{end}b"}


@pytest.mark.parametrize("mark", "\uff1d\uff0b\uff0d\uff20")
def test_fullwidth_marks_are_guarded_too(mark: str) -> None:
    assert cell(f"{mark}1+1") == f"'{mark}1+1"
