from __future__ import annotations

from pathlib import Path

import pytest

from nxcdr.errors import SettingsError
from nxcdr.settings import machine_timezone


def zone(tmp_path: Path, *, tz: str = "", link: str = "", text: str = "") -> str:
    localtime, timezone = tmp_path / "localtime", tmp_path / "timezone"
    if link:
        localtime.symlink_to(link)
    if text:
        timezone.write_text(text, encoding="utf-8")
    return machine_timezone({"TZ": tz}, localtime=localtime, timezone=timezone)


def test_variable_wins_over_localtime_over_timezone_file(tmp_path: Path) -> None:
    assert zone(tmp_path, text="Asia/Tokyo\n") == "Asia/Tokyo"
    assert zone(tmp_path, link="/usr/share/zoneinfo/Asia/Hong_Kong") == "Asia/Hong_Kong"
    assert zone(tmp_path, tz="Europe/Paris") == "Europe/Paris"


@pytest.mark.parametrize(
    ("tz", "expected"),
    [
        (":Europe/Paris", "Europe/Paris"),
        ("/usr/share/zoneinfo/Europe/Paris", "Europe/Paris"),
        ("EST5EDT", "EST5EDT"),
        ("HKT-8", "Etc/GMT-8"),
        ("<+08>-08:00", "Etc/GMT-8"),
        ("PET5", "Etc/GMT+5"),
    ],
)
def test_every_form_of_the_variable_is_understood(tmp_path: Path, tz: str, expected: str) -> None:
    assert zone(tmp_path, tz=tz) == expected


def test_rules_that_match_no_zone_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="environment TZ"):
        zone(tmp_path, tz="CET-1CEST,M3.5.0,M10.5.0/3")


@pytest.mark.parametrize(("link", "text"), [("", ""), ("/somewhere/else", "what is this?"), ("loop", "")])
def test_a_machine_without_a_zone_is_in_utc(tmp_path: Path, link: str, text: str) -> None:
    assert zone(tmp_path, link=link, text=text) == "UTC"
