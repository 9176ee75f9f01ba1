"""Every key, with every kind of value it does not take, from every place it can come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxcdr.errors import SettingsError
from nxcdr.settings import KEYS, load

# What each key refuses: as text, and as the file's TOML has it.
REFUSED: dict[str, tuple[list[str], list[str]]] = {
    "access_key": (["a b", "k\n", "钥", "x" * 257], ["''", "12", "true", "['k']"]),
    "access_secret": ([], ["''", "12", "true", "1.5", "['s']"]),
    "access_secret_command": ([], ["''", "'''it's'''", "12", "['pass', 'show']"]),
    "region": (["HK", "eu", " hk"], ["'eu'", "1", "['hk']"]),
    "base_url": (["api.example", "http://api.example", "https://"], ["'x'", "1", "true"]),
    "timezone": (["Mars", "../x", "Asia", "+08:00", "x" * 5000], ["'Mars'", "8", "2023-07-27", "12:00:00"]),
    "algorithm": (["sha1", "MD5"], ["'sha1'", "256"]),
    "concurrency": (["0", "65", "-1", "4.0", "four", "1_0", "٣", "0x4"], ["0", "65", "4.0", "'4'", "true", "10e400"]),
    "rate": (["0", "-1", "1001", "nan", "inf", "2/s"], ["0", "-0.5", "1001", "nan", "inf", "'2'", "false"]),
    "timeout": (["0", "0.09", "3601", "-inf", "30s"], ["0", "3601", "nan", "'30'", "true"]),
    "retries": (["-1", "101", "1.5", "9" * 5000], ["-1", "101", "1.0", "'3'", "true"]),
    "max_span_days": ([], ["0", "367", "-1", "1.5", "'7'", "true"]),
    "settle": ([], ["-1", "10081", "60.0", "'60'", "false"]),
    "mask_key": ([], ["''", "12", "true", "1.5", "['s']"]),
    "ca_bundle": ([], ["'ca.pem'", "'~/ca.pem'", "'/nowhere.pem'", "'/etc/passwd'", '"/a\\u0000b"', "1"]),
}
FLAGS = {"timezone": "--tz", "concurrency": "--concurrency", "rate": "--rate", "timeout": "--timeout"}
FLAGS |= {"retries": "--retries"}

FROM_FILE = [(key, value) for key, (_, values) in REFUSED.items() for value in values]
FROM_ENVIRONMENT = [(key, value) for key, (values, _) in REFUSED.items() for value in values]
FROM_FLAG = [(key, value) for key, value in FROM_ENVIRONMENT if key in FLAGS]


def refused(key: str, source: str, **given: object) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**{"profile": None, "flags": {}, "env": {}, **given})  # type: ignore[arg-type]
    message = caught.value.message
    assert message.startswith(f"{key} must be {KEYS[key].allowed}, not ")
    assert message.endswith(f" ({source})")
    assert len(message) < 250


def test_every_key_has_invalid_values_here() -> None:
    assert REFUSED.keys() == KEYS.keys()
    assert {key for key, (texts, _) in REFUSED.items() if texts} == {
        key.name for key in KEYS.values() if key.in_environment and not key.secret
    }


@pytest.mark.parametrize(("key", "value"), FROM_FILE)
def test_invalid_values_in_the_file_are_errors(tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "c.toml"
    path.touch(mode=0o600)
    path.write_text(f"[profiles.main]\n{key} = {value}\n")
    refused(key, "profile main", env={"NXCDR_CONFIG": str(path)})


@pytest.mark.parametrize(("key", "value"), FROM_ENVIRONMENT)
def test_invalid_values_in_the_environment_are_errors(key: str, value: str) -> None:
    refused(key, f"environment {KEYS[key].variable}", env={KEYS[key].variable: value})


@pytest.mark.parametrize(("key", "value"), FROM_FLAG)
def test_invalid_values_of_flags_are_errors(key: str, value: str) -> None:
    refused(key, f"flag {FLAGS[key]}", flags={key: value})
