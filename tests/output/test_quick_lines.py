"""The quick way to lines gives the same bytes as the plain one, whatever a server sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api.answer import Page, ReadPage, Record, list_of, read_page
from nxcdr.api.fields import FIELD_NAMES, FIELDS, Kind
from nxcdr.output.formats import Format, comma_separated, json_lines
from nxcdr.output.quick import quick_csv, quick_json_lines
from nxcdr.output.values import Times, decoder
from nxcdr.sandbox import DOCUMENTED_CALLS, HOSTILE_TEXTS, dense_calls

ZONE = ZoneInfo("Europe/Dublin")
COLUMNS = ("other", "startTime", "totalCustomerPrice")

_TEXTS = st.one_of(
    st.none(), st.sampled_from([*HOSTILE_TEXTS, "", "1,4", "+85212345678", "-5", "null"]), st.text(max_size=5)
).map(lambda text: None if text is None else text.encode("utf-8", "replace").decode())
_TIMES = st.one_of(st.sampled_from([None, 0]), st.integers(1_500_000_000_000, 1_800_000_000_000), st.integers())
_USUAL: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: _TEXTS,
    Kind.FLAG: st.sampled_from([True, False, None]),
    Kind.TIME: _TIMES,
    Kind.DIRECTION: st.integers(0, 3) | st.none(),
    Kind.HANGUP_BY: st.integers(0, 3) | st.none(),
    Kind.NUMBER: st.integers() | st.decimals(-99, 99, places=3) | st.none(),
}
_ANYTHING = st.one_of(
    st.sampled_from(["1.10", "NaN", "Infinity", "0"]),
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**63, 2**70),
    st.floats(-1e9, 1e9),
    _TEXTS,
    st.just([1, {}]),
)
USUAL = st.fixed_dictionaries({field.name: _USUAL.get(field.kind, st.integers(0, 9999)) for field in FIELDS})
ODD = st.builds(
    lambda record, changes, missing: {k: v for k, v in {**record, **changes}.items() if k not in missing},
    USUAL,
    st.dictionaries(st.sampled_from([*FIELD_NAMES, "newField"]), _ANYTHING, max_size=2),
    st.sets(st.sampled_from(FIELD_NAMES), max_size=2),
)


def pages_of(records: Sequence[Record]) -> list[bytes]:
    texts = [msgspec.json.encode(record) if _fits(record) else json.dumps(record).encode() for record in records]
    return [list_of(texts[at : at + 100]) for at in range(0, len(texts), 100)]


def _fits(record: Record) -> bool:
    return all(abs(value) < 2**63 for value in record.values() if isinstance(value, int))


def both(raw: bool) -> list[tuple[Format, ReadPage]]:
    decode, times = (None, None) if raw else (decoder(ZONE), Times(ZONE))
    every, some = comma_separated(decode, None), comma_separated(decode, COLUMNS)
    lines = json_lines(decode, None)
    return [
        (every, quick_csv(every.each, times, None)),
        (some, quick_csv(some.each, times, COLUMNS)),
        (lines, quick_json_lines(lines.each, times)),
    ]


@pytest.mark.parametrize("raw", [False, True])
@given(st.lists(st.one_of(USUAL, USUAL, ODD), max_size=4))
def test_any_records_make_the_same_bytes_quickly_and_plainly(raw: bool, records: list[Record]) -> None:
    for text in pages_of([_plain_numbers(record) for record in records]):
        for plain, read in both(raw):
            assert_same(read(text), plain, read_page(text))


@pytest.mark.parametrize("raw", [False, True])
def test_many_believable_calls_make_the_same_bytes(raw: bool) -> None:
    calls = [*dense_calls(750, 1690387200, 1690473600), *DOCUMENTED_CALLS, *dense_calls(20, 1698541200, 1698548400)]
    for text in pages_of(calls):
        for plain, read in both(raw):
            assert_same(read(text), plain, read_page(text))


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(
    "number",
    [
        *(
            "0",
            "7",
            "-7",
            "-0",
            "9" * 20,
            "9" * 4200,
            "0.28",
            "1.50",
            "-0.5",
            "-0.0",
            "0.000001",
            "0.0000010",
            "0.0000001",
        ),
        *("0.0000000", "12.0000001", "1e2", "1E+2", "1.5e-9", "null", "true", '"7"', '""', '"0.5"', "[7]", "{}"),
    ],
)
def test_a_number_however_it_is_written_makes_the_same_bytes(number: str, raw: bool) -> None:
    usual = msgspec.json.encode(DOCUMENTED_CALLS[0])
    odd = json.dumps({**DOCUMENTED_CALLS[0], "totalCustomerPrice": 99887}).replace("99887", number).encode()
    text = list_of([usual, odd, usual])
    for plain, read in both(raw):
        assert_same(read(text), plain, read_page(text))


@pytest.mark.parametrize("raw", [False, True])
def test_lines_that_several_threads_want_are_made_once(raw: bool) -> None:
    (text,) = pages_of(dense_calls(100, 1690387200, 1690473600))
    for plain, read in both(raw):
        page = read(text)
        with ThreadPoolExecutor(8) as threads:
            made = [*threads.map(_made, [page] * 8)]
        assert all(lines is made[0] for lines in made)
        assert b"".join(made[0]) == plain.lines(page.records())


def test_white_space_and_the_order_of_fields_do_not_show() -> None:
    record = DOCUMENTED_CALLS[0]
    shuffled = json.dumps([dict(reversed(record.items()))], indent=1).encode()
    for _, read in both(raw=True):
        assert read(shuffled).lines == read(msgspec.json.encode([record])).lines


def assert_same(page: Page, plain: Format, expected: Page) -> None:
    assert (page.text, page.times, page.ends) == (expected.text, expected.times, expected.ends)
    assert list(page.lines) == [plain.lines([record]) for record in expected.records()]
    assert b"".join(page.lines) == plain.lines(expected.records())


def _made(page: Page) -> Sequence[bytes]:
    return page.make_lines()


def _plain_numbers(record: Record) -> Record:
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in record.items()}
