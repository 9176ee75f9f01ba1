"""Values as people read them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.values import Times, decoder, queue_seconds, undocumented
from nxcdr.sandbox import DOCUMENTED_CALLS


@pytest.mark.parametrize(
    ("zone", "milliseconds", "text"),
    [
        ("Asia/Hong_Kong", 1690442492841, "2023-07-27T15:21:32.841+08:00"),
        ("UTC", 1, "1970-01-01T00:00:00.001+00:00"),
        ("Asia/Kathmandu", 1690442492841, "2023-07-27T13:06:32.841+05:45"),
        ("Europe/Berlin", 1698541199999, "2023-10-29T02:59:59.999+02:00"),
        ("Europe/Berlin", 1698541200000, "2023-10-29T02:00:00.000+01:00"),
        ("UTC", 253402300799999, "9999-12-31T23:59:59.999+00:00"),
        ("Africa/Monrovia", 10_000_000, "1970-01-01T02:02:10.000-00:44:30"),
    ],
)
def test_a_time_is_iso_8601_with_milliseconds_and_offset_in_the_zone(zone: str, milliseconds: int, text: str) -> None:
    assert Times(ZoneInfo(zone)).text(milliseconds) == text


@pytest.mark.parametrize(
    ("value", "decoded"),
    [(0, None), (None, None), (-5, -5), ("soon", "soon"), (1.5, 1.5), (True, True), (10**18, 10**18), (False, False)],
)
def test_never_is_nothing_and_what_is_no_time_stays_as_it_is(value: Any, decoded: Any) -> None:
    found = Times(ZoneInfo("UTC")).text(value)
    assert found is decoded or found == decoded


@given(st.integers(1, 253402300799999), st.sampled_from(["UTC", "Asia/Hong_Kong", "America/New_York", "Asia/Kolkata"]))
def test_a_decoded_time_is_the_same_moment(milliseconds: int, zone: str) -> None:
    text = Times(ZoneInfo(zone)).text(milliseconds)
    if text == milliseconds:
        assert milliseconds > 253402214400000  # the zone's own last day lies beyond the calendar's end
        return
    moment = datetime.fromisoformat(text)
    assert round(moment.timestamp() * 1000) == milliseconds


def test_a_time_beyond_the_zone_s_calendar_stays_as_it_is() -> None:
    never = 253402300799000  # 9999-12-31T23:59:59Z, which some systems write for a time that does not come
    assert Times(ZoneInfo("Asia/Hong_Kong")).text(never) == never
    assert Times(ZoneInfo("America/New_York")).text(never) == "9999-12-31T18:59:59.000-05:00"


@pytest.mark.parametrize(
    ("duration", "entered", "left", "seconds"),
    [
        (5139, 1690442492861, 1690442498000, Decimal("5.139")),
        (6, 1690423237744, 1690423244000, 6),
        (5000, 1_000, 6_000, 5),
        (0, 1_000, 1_000, 0),
        (0, 1_000, 1_400, 0),
        (300, 1_000, 1_300, Decimal("0.3")),
        (5139, 0, 1690442498000, 5139),
        (5139, 1690442492861, 0, 5139),
        (5139, None, None, 5139),
        (5139, 6_000, 1_000, 5139),
        ("5", 1, 2, "5"),
        (-3, 1_000, 1_004, -3),
        (-3, 1_000, 4_000, -3),
        (None, 1, 2, None),
    ],
)
def test_the_queue_times_tell_the_unit_of_the_queue_duration(
    duration: Any, entered: Any, left: Any, seconds: Any
) -> None:
    assert queue_seconds({"queueDuration": duration, "inQueueTime": entered, "outQueueTime": left}) == seconds


def test_words_stand_for_the_vendor_s_numbers_and_anything_unknown_passes_unchanged() -> None:
    decode = decoder(ZoneInfo("UTC"))
    assert decode({"direction": 0, "hangupBy": 2}) == {"direction": "inbound", "hangupBy": "unknown"}
    assert decode({"direction": 2, "hangupBy": 0}) == {"direction": "aicc", "hangupBy": "agent"}
    odd = {"direction": 7, "hangupBy": "me", "startTime": "x", "queueDuration": {}, "answered": 1, "new": [0]}
    assert decode(odd) == odd
    assert decode({"direction": True, "hangupBy": None}) == {"direction": True, "hangupBy": None}
    assert decode({}) == {}


def test_the_record_itself_is_not_changed() -> None:
    before = [dict(call) for call in DOCUMENTED_CALLS]
    for call in DOCUMENTED_CALLS:
        decoder(ZoneInfo("UTC"))(dict(call))
    assert before == [dict(call) for call in DOCUMENTED_CALLS]


def test_undocumented_fields_are_found_in_any_record() -> None:
    whole = dict.fromkeys(FIELD_NAMES)
    assert undocumented([whole, {}, {"callId": 1}]) == set()
    assert undocumented([whole, {**whole, "b": 1}, {"a": 1}]) == {"a", "b"}
    swapped = {**whole, "c": 1}
    del swapped["callId"]
    assert undocumented([swapped]) == {"c"}
