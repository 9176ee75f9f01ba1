"""What differs between two files, whatever their rows and their order."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nxcdr.archive.differences import Changes, counted, differences

Row = dict[str, Any]
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.decimals(allow_nan=False, allow_infinity=False, places=3))
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "startTime": st.sampled_from([None, "", 1, 2, "2023-07-27T00:00:00.000+08:00"]),
            "callId": st.sampled_from([None, "a", "b"]),
            "totalCustomerPrice": NUMBERS,
            "other": st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
        },
    ),
    max_size=12,
)


def frozen(row: Row) -> str:
    return repr(sorted((name, str(value)) for name, value in row.items()))


@given(ROWS, ROWS)
def test_taking_the_differences_away_from_one_gives_the_other(old: list[Row], new: list[Row]) -> None:
    found = list(differences(old, new))
    rows = Counter(map(frozen, old))
    rows.subtract(frozen(difference.old) for difference in found if difference.old is not None)
    rows.update(frozen(difference.new) for difference in found if difference.new is not None)
    assert +rows == Counter(map(frozen, new))
    assert all(difference.old != difference.new for difference in found)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_difference(rows: list[Row], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    assert list(differences(rows, shuffled)) == []


def test_a_call_is_known_by_its_id_and_its_start_and_its_legs_are_told_apart() -> None:
    first, second = ({"callId": "a", "startTime": 1, "caller": caller, "price": 0} for caller in "12")
    old = [first, second, {"callId": "a", "startTime": 2, "price": 0}]
    new = [first, second | {"price": 5}, {"callId": "b", "startTime": 2, "price": 0}]
    found = list(differences(old, new))
    assert [(difference.kind, difference.fields) for difference in found] == [
        ("changed", {"price": (0, 5)}),
        ("vanished", {}),
        ("added", {}),
    ]
    assert counted(found) == Changes(added=1, changed=1, vanished=1)


def test_numbers_stay_as_they_are() -> None:
    (difference,) = differences([{"callId": "a", "x": Decimal("0.035")}], [{"callId": "a", "x": 10**30}])
    assert difference.fields == {"x": (Decimal("0.035"), 10**30)}


def test_changes_add_up_and_are_told_in_words() -> None:
    assert str(Changes(1, 2, 3) + Changes(2000, 0, 0)) == "+2,001 calls, 2 changed, 3 vanished"
    assert (str(Changes(1)), str(Changes()), bool(Changes())) == ("+1 call", "no change", False)
