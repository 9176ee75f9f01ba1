from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nxcdr.errors import SettingsError
from nxcdr.settings import REGIONS, Settings, credentials, load, timezone_name

Write = Callable[[str], dict[str, str]]

MAIN = """
default_profile = "main"
[profiles.main]
access_key = "k-main"
access_secret = "s-main"
region = "hk"
timezone = "Asia/Hong_Kong"
rate = 2
[profiles.second]
access_key = "k-second"
base_url = "https://second.example/prefix/"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the configuration file and gives the environment that names it."""

    def write(text: str) -> dict[str, str]:
        path = tmp_path / "config.toml"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return {"NXCDR_CONFIG": str(path), "TZ": "Europe/Paris"}

    return write


def test_defaults_are_as_documented() -> None:
    settings = load(profile=None, flags={}, env={"TZ": "Europe/Paris"})
    assert settings.profile == "main"
    assert settings.access_key is None
    assert (settings.base_url, settings.region) == (REGIONS["global"], "global")
    assert settings.timezone == "Europe/Paris"
    assert settings.algorithm == "md5"
    assert (settings.concurrency, settings.rate, settings.timeout, settings.retries) == (4, None, 30.0, 5)
    assert (settings.max_span_days, settings.settle, settings.ca_bundle) == (31, 60, None)
    assert settings.sources["concurrency"] == "default"
    assert settings.sources["access_key"] == "not set"


def test_flag_wins_over_environment_over_profile_over_default(write: Write) -> None:
    env = write(MAIN)

    def rate(flags: dict[str, object], more: dict[str, str]) -> tuple[float | None, str]:
        settings = load(profile=None, flags=flags, env=env | more)
        return settings.rate, settings.sources["rate"]

    assert rate({"rate": 7.5}, {"NXCDR_RATE": "5"}) == (7.5, "flag --rate")
    assert rate({"rate": None}, {"NXCDR_RATE": "5"}) == (5.0, "environment NXCDR_RATE")
    assert rate({}, {}) == (2.0, "profile main")
    assert rate({}, {"NXCDR_PROFILE": "second"}) == (None, "default")


def test_every_value_has_its_source(write: Write) -> None:
    settings = load(profile=None, flags={"timezone": "UTC"}, env=write(MAIN) | {"NXCDR_ALGORITHM": "sha256"})
    assert settings.sources["timezone"] == "flag --tz"
    assert settings.sources["algorithm"] == "environment NXCDR_ALGORITHM"
    assert settings.sources["access_key"] == settings.sources["access_secret"] == "profile main"
    assert settings.sources["base_url"] == "region hk"
    assert settings.sources["profile"] == "default_profile of the file"
    assert "s-main" not in str(settings)


def test_an_empty_variable_is_not_set(write: Write) -> None:
    env = write(MAIN) | {"NXCDR_RATE": "", "NXCDR_PROFILE": "", "NXCDR_ACCESS_KEY": "", "NXCDR_TIMEZONE": ""}
    settings = load(profile=None, flags={}, env=env)
    assert (settings.rate, settings.profile, settings.access_key) == (2.0, "main", "k-main")


@pytest.mark.parametrize(
    ("profile", "more", "expected"),
    [
        ("main", {}, (REGIONS["hk"], "hk")),
        ("second", {}, ("https://second.example/prefix", "")),
        ("second", {"NXCDR_REGION": "idn"}, (REGIONS["idn"], "idn")),
        ("main", {"NXCDR_BASE_URL": "https://other.example"}, ("https://other.example", "")),
        ("main", {"NXCDR_BASE_URL": "https://b.example", "NXCDR_REGION": "idn"}, ("https://b.example", "")),
    ],
)
def test_base_url_wins_over_region_of_the_same_level_only(
    write: Write, profile: str, more: dict[str, str], expected: tuple[str, str]
) -> None:
    settings = load(profile=profile, flags={}, env=write(MAIN) | more)
    assert (settings.base_url, settings.region) == expected


def test_a_single_profile_is_used_and_several_without_default_are_an_error(write: Write) -> None:
    assert load(profile=None, flags={}, env=write('[profiles.a]\nregion = "hk"')).profile == "a"
    env = write('[profiles.a]\nregion = "hk"\n[profiles.b]\n')
    with pytest.raises(SettingsError, match="several profiles and no default_profile: a, b"):
        load(profile=None, flags={}, env=env)
    assert load(profile="b", flags={}, env=env).profile == "b"


@pytest.mark.parametrize("source", ["flag --profile", "environment NXCDR_PROFILE"])
def test_an_unknown_profile_is_an_error_that_suggests_the_nearest(write: Write, source: str) -> None:
    env = write(MAIN) | ({"NXCDR_PROFILE": "mian"} if "environment" in source else {})
    with pytest.raises(SettingsError, match=f"no profile 'mian' .{source}.") as caught:
        load(profile=None if "environment" in source else "mian", flags={}, env=env)
    assert "Did you mean main?" in caught.value.hint
    assert "main, second, sandbox" in caught.value.hint


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "x" * 65, "a\x1b[31m"])
def test_a_profile_name_must_be_a_plain_word(name: str) -> None:
    with pytest.raises(SettingsError, match="plain word"):
        load(profile=name, flags={}, env={})


BAD = [
    ("NXCDR_CONCURRENCY", "0"),
    ("NXCDR_CONCURRENCY", "65"),
    ("NXCDR_CONCURRENCY", "four"),
    ("NXCDR_CONCURRENCY", "1_0"),
    ("NXCDR_CONCURRENCY", "4.5"),
    ("NXCDR_RETRIES", "-1"),
    ("NXCDR_RETRIES", "101"),
    ("NXCDR_RETRIES", "9" * 5000),
    ("NXCDR_RATE", "0"),
    ("NXCDR_RATE", "-2"),
    ("NXCDR_RATE", "nan"),
    ("NXCDR_RATE", "inf"),
    ("NXCDR_TIMEOUT", "0"),
    ("NXCDR_TIMEOUT", "30s"),
    ("NXCDR_REGION", "HK"),
    ("NXCDR_ALGORITHM", "sha1"),
    ("NXCDR_TIMEZONE", "Asia/Hongkong"),
    ("NXCDR_TIMEZONE", "../../etc/passwd"),
    ("NXCDR_TIMEZONE", "Asia"),
    ("NXCDR_ACCESS_KEY", "a b"),
    ("NXCDR_ACCESS_KEY", "key\n"),
    ("NXCDR_ACCESS_KEY", "钥匙"),
    ("NXCDR_BASE_URL", "api.example"),
    ("NXCDR_BASE_URL", "http://api.example"),
    ("NXCDR_BASE_URL", "ftp://localhost"),
    ("NXCDR_BASE_URL", "https://"),
    ("NXCDR_BASE_URL", "https://user@api.example"),
    ("NXCDR_BASE_URL", "https://api.example?x=1"),
    ("NXCDR_BASE_URL", "https://api.example#x"),
    ("NXCDR_BASE_URL", "https://api.example:99999"),
    ("NXCDR_BASE_URL", "https://api.example:port"),
    ("NXCDR_BASE_URL", "https://[::1"),
    ("NXCDR_BASE_URL", "https://a\\b.example"),
    ("NXCDR_BASE_URL", "https://api.example /x"),
    ("NXCDR_BASE_URL", "http://localhost.example"),
    ("NXCDR_BASE_URL", "http://2130706433"),
    ("NXCDR_BASE_URL", "http://128.0.0.1"),
]


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_an_invalid_value_is_an_error_with_key_value_and_source(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile=None, flags={}, env={variable: value})
    message = caught.value.message
    assert message.startswith(f"{variable.removeprefix('NXCDR_').lower()} must be ")
    assert message.endswith(f"(environment {variable})")
    assert len(message) < 250


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example",
        "https://api.example:8443/a/prefix",
        "http://127.0.0.1:8765",
        "http://127.9.9.9/x",
        "http://[::1]:8765",
        "http://localhost:1",
    ],
)
def test_a_base_url_must_be_https_or_on_loopback_and_loses_its_last_slash(url: str) -> None:
    assert load(profile=None, flags={}, env={"NXCDR_BASE_URL": url + "/"}).base_url == url


def test_the_vendors_whole_endpoint_url_is_accepted_as_base_url() -> None:
    for url in ("https://api.example/saas/cc/openapi/cdr/page", "https://api.example/saas/cc/openapi/cdr/page/"):
        assert load(profile=None, flags={}, env={"NXCDR_BASE_URL": url}).base_url == "https://api.example"


def test_a_password_in_a_url_is_not_shown_in_the_error() -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile=None, flags={}, env={"NXCDR_BASE_URL": "https://me:hunter2@api.example"})
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("variable", "value", "suggestion"),
    [("NXCDR_REGION", "hkg", "hk"), ("NXCDR_TIMEZONE", "asia/hongkong", "Asia/Hong_Kong")],
)
def test_a_misspelt_value_suggests_the_nearest(variable: str, value: str, suggestion: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile=None, flags={}, env={variable: value})
    assert caught.value.hint == f"Did you mean {suggestion}?"


@pytest.mark.parametrize(
    "line",
    [
        'rate = "2"',
        "rate = true",
        'retries = "3"',
        "retries = 3.0",
        "access_key = 12",
        "access_secret = 12",
        "timezone = 2023-01-01",
        "settle = -1",
        "max_span_days = 0",
        'ca_bundle = "relative.pem"',
        'ca_bundle = "/nowhere/ca.pem"',
        "access_secret_command = ''",
        '''access_secret_command = "it's"''',
    ],
)
def test_a_value_of_the_wrong_type_or_range_in_the_file_is_an_error(write: Write, line: str) -> None:
    with pytest.raises(SettingsError, match=r"must be .* \(profile main\)"):
        load(profile=None, flags={}, env=write(f"[profiles.main]\n{line}\n"))


def test_a_secret_of_the_wrong_type_is_not_shown(write: Write) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile=None, flags={}, env=write("[profiles.main]\naccess_secret = 987654\n"))
    assert "987654" not in caught.value.message + caught.value.hint


def test_integers_are_accepted_as_floats_and_ca_bundle_is_a_path(write: Write, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    settings = load(profile=None, flags={}, env=write(f'[profiles.main]\ntimeout = 5\nca_bundle = "{bundle}"\n'))
    assert (settings.timeout, type(settings.timeout), settings.ca_bundle) == (5.0, float, bundle)


SANDBOX_ENV = {
    "NXCDR_ACCESS_KEY": "real",
    "NXCDR_ACCESS_SECRET": "real-secret",
    "NXCDR_BASE_URL": "https://real.example",
    "NXCDR_TIMEZONE": "Asia/Tokyo",
    "NXCDR_CONCURRENCY": "2",
    "NXCDR_RATE": "3",
    "NXCDR_TIMEOUT": "4",
    "NXCDR_RETRIES": "1",
}


def sandbox(env: dict[str, str], **flags: object) -> Settings:
    return load(profile="sandbox", flags=flags, env=env)


def test_the_sandbox_ignores_the_account_but_uses_other_settings(write: Write) -> None:
    settings = sandbox(write(MAIN) | SANDBOX_ENV, timeout=9.0)
    assert (settings.profile, settings.base_url, settings.access_key) == ("sandbox", "", None)
    assert settings.access_secret is None
    assert settings.access_secret_command is None
    assert (settings.timezone, settings.concurrency, settings.rate) == ("Asia/Tokyo", 2, 3.0)
    assert (settings.timeout, settings.retries) == (9.0, 1)


def test_a_sandbox_table_in_the_file_is_an_error_if_the_sandbox_is_used(write: Write) -> None:
    env = write(MAIN + "[profiles.sandbox]\nrate = 2\n")
    assert load(profile=None, flags={}, env=env).profile == "main"
    with pytest.raises(SettingsError, match="sandbox is built in"):
        sandbox(env)


def test_the_zone_comes_from_environment_else_profile_else_machine(write: Write) -> None:
    env = write(MAIN)
    assert timezone_name(None, env | {"NXCDR_TIMEZONE": "Asia/Tokyo"}) == "Asia/Tokyo"
    assert timezone_name(None, env) == "Asia/Hong_Kong"
    assert timezone_name("second", env) == "Europe/Paris"
    assert timezone_name(None, {"TZ": "America/Lima"}) == "America/Lima"


def test_the_environment_alone_is_enough_without_home() -> None:
    env = {"NXCDR_ACCESS_KEY": "k", "NXCDR_ACCESS_SECRET": "s"}
    found = credentials(load(profile=None, flags={}, env=env))
    assert (found.access_key, found.access_secret.reveal()) == ("k", "s")
