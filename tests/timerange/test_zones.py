"""Time zones by name."""

from __future__ import annotations

import pytest

from nxcdr.errors import UsageError
from nxcdr.timerange import zone_named


@pytest.mark.parametrize("name", ["Asia/Hong_Kong", "UTC", "Europe/Berlin", "Etc/GMT-8"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert zone_named(name).key == name


def test_z_is_utc() -> None:
    assert zone_named("Z").key == "UTC"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../x",
        "/etc/passwd",
        "Asia/../../etc/passwd",
        "Asia",
        "right/UTC",
        "posix/UTC",
        "HKT",
        "+08:00",
        "a\0b",
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no time zone is known"):
        zone_named(name)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Asia/Hong_Kon", "Asia/Hong_Kong"),
        ("asia/hong_kong", "Asia/Hong_Kong"),
        ("hong kong", "Asia/Hong_Kong"),
        ("Berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("utc", "UTC"),
    ],
)
def test_similar_names_are_suggested(name: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        zone_named(name)
    assert near in caught.value.hint
