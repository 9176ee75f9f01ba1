"""Environments, configuration files and places that can't be used."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bad_input.case import ASK, DAY, SAVE, Case

EXPORT = ("export", DAY, "-o")


def env(variable: str, value: str, wrong: str, remedy: str = "", also: Mapping[str, str] | None = None) -> Case:
    return Case(
        f"environment: {variable}={value[:20]}", ASK, 2, wrong, remedy or wrong, {variable: value, **(also or {})}
    )


def config(name: str, content: str | bytes, wrong: str, remedy: str, **more: object) -> Case:
    fields: dict[str, object] = {"argv": ASK, "code": 2} | more
    return Case(f"setting: {name}", wrong=wrong, remedy=remedy, config=content, **fields)  # type: ignore[arg-type]


def main_profile(name: str, line: str, wrong: str, remedy: str = "", code: int = 2) -> Case:
    text = f"[profiles.main]\naccess_key = 'k'\naccess_secret_command = 'echo s'\n{line}\n"
    only_here = {"NXCDR_RETRIES": "", "NXCDR_ACCESS_SECRET": ""}
    return config(name, text, wrong, remedy or wrong, code=code, env=only_here)


def command(name: str, text: str, wrong: str, remedy: str, code: int = 3) -> Case:
    line = f'[profiles.main]\naccess_key = "k"\naccess_secret_command = "{text}"\n'
    return config(f"a command, {name}", line, wrong, remedy, code=code, env={"NXCDR_ACCESS_SECRET": ""})


ENVIRONMENT: tuple[Case, ...] = (
    env("NXCDR_CONCURRENCY", "four", "concurrency must be a whole number from 1 to 64, not 'four'", "_CONCURRENCY"),
    env("NXCDR_RATE", "-1", "rate must be", "(environment NXCDR_RATE)"),
    env("NXCDR_TIMEOUT", "30s", "timeout must be a number of seconds", "(environment NXCDR_TIMEOUT)"),
    env("NXCDR_RETRIES", "9" * 5000, "retries must be", "(environment NXCDR_RETRIES)"),
    env("NXCDR_REGION", "HK", "region must be one of global, hk, amer", "Did you mean hk?", {"NXCDR_BASE_URL": ""}),
    env("NXCDR_ALGORITHM", "sha1", "algorithm must be one of md5, sha256", "Did you mean sha256?"),
    env("NXCDR_TIMEZONE", "Hongkong time", "timezone must be", "Did you mean Hongkong?"),
    env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", "no time zone is known by", "NXCDR_TIMEZONE"),
    env("NXCDR_ACCESS_KEY", "k\nX-Evil: 1", "access_key must be printable ASCII", "(environment NXCDR_ACCESS_KEY)"),
    env("NXCDR_BASE_URL", "http://api.example", "base_url must be an https URL", "(environment NXCDR_BASE_URL)"),
    env("NXCDR_BASE_URL", "https://user:hush@api.example", "base_url must be", "(environment NXCDR_BASE_URL)"),
    env("NXCDR_BASE_URL", "https://a..b", "base_url must be", "(environment NXCDR_BASE_URL)"),
    env("NXCDR_PROFILE", "../x", "a profile's name must be a plain word", "letters, digits"),
    env("NXCDR_PROFILE", "nobody", "there is no profile 'nobody' (environment NXCDR_PROFILE)", "nxcdr config init"),
    env("NXCDR_CONFIG", "/proc/self/mem", "/proc/self/mem can't be read", "NXCDR_CONFIG names another file"),
    env("NXCDR_CONFIG", "/", "Is a directory", "NXCDR_CONFIG names another file"),
    env("NXCDR_CONFIG", "/dev/zero", "larger than 1 MiB", "not a configuration file"),
    Case("environment: no HOME to write to", ("config", "set", "rate", "2"), 2, "HOME is not set", "Set NXCDR_CONFIG",
         {"NXCDR_CONFIG": "", "XDG_CONFIG_HOME": "", "HOME": ""}),
    Case("environment: no place to write to", ("config", "set", "rate", "2"), 6, "can't be written", "NXCDR_CONFIG",
         {"NXCDR_CONFIG": "/proc/nxcdr/config.toml"}),
    Case("environment: no access key", ASK, 3, "no access key for profile main", "nxcdr config init",
         {"NXCDR_ACCESS_KEY": ""}),
    Case("environment: no secret", ASK, 3, "no access secret for profile main", "NXCDR_ACCESS_SECRET",
         {"NXCDR_ACCESS_SECRET": ""}),
    Case("environment: a secret that is not text", ASK, 2, "must be a text (UTF-8)", "locale",
         {"NXCDR_ACCESS_SECRET": "\udcff"}),
    Case("environment: a proxy that is none", ASK, 2, "the proxy", "http://HOST:PORT",
         {"HTTPS_PROXY": "http://u:hush@[::1", "NXCDR_BASE_URL": "https://localhost:9"}),
    Case("environment: a proxy that is away", ASK, 5, "Connection refused", "nxcdr config check",
         {"HTTPS_PROXY": "http://u:hush@127.0.0.1:9", "NXCDR_BASE_URL": "https://localhost:9"}),
    Case("environment: authorities that are not there", ASK, 2, "/nowhere.pem", "REQUESTS_CA_BUNDLE",
         {"REQUESTS_CA_BUNDLE": "/nowhere.pem", "NXCDR_BASE_URL": "https://localhost:9"}),
    Case("environment: authorities that are none", ASK, 2, "/etc/passwd is not a file (PEM)", "REQUESTS_CA_BUNDLE",
         {"REQUESTS_CA_BUNDLE": "/etc/passwd", "NXCDR_BASE_URL": "https://localhost:9"}),
    Case("environment: a server that is away", ASK, 5, "can't be reached", "nxcdr config check"),
)  # fmt: skip

SETTINGS: tuple[Case, ...] = (
    config("no TOML", "[profiles.main\nrate = 2\n", "line 1, column 15", "Correct that line"),
    config("a value missing", "[profiles.main]\nrate =\n", "line 2, column 7", "Correct that line"),
    config("a key twice", "[profiles.main]\nrate = 2\nrate = 3\n", "line 3, column 9", "Correct that line"),
    config("no text", b"\xff\xfe[\x00p\x00", "not UTF-8 text (at line 1, column 1)", "Save it as UTF-8"),
    config("endless nesting", "a = " + "[" * 100_000, "not valid TOML", "Correct"),
    config("too large", b"#" * (2 << 20), "larger than 1 MiB", "not a configuration file"),
    config("an unknown key", "[profiles.main]\nreigon = 'hk'\n", "line 2: unknown key 'reigon'", "you mean region?"),
    config("a key at the top", "region = 'hk'\n", "line 1: region belongs to a profile", "[profiles.main]"),
    config("a table misspelt", "[profile.main]\n", "unknown key 'profile'", "Did you mean profiles?"),
    config("profiles that are none", "profiles = 3\n", "profiles must be a table", "[profiles.main]"),
    config("a profile that is none", "[profiles]\nmain = 3\n", "profiles.main must be a table", "[profiles.main]"),
    config("a default that is no name", "default_profile = 3\n", "must be a text", 'default_profile = "main"'),
    config("a default of no profile", "default_profile = 'x'\n", "there is no profile 'x'", "nxcdr config init"),
    config("several and no default", "[profiles.a]\n[profiles.b]\n", "several profiles", "--profile"),
    config("a name that is no word", "[profiles.'../a']\n", "must be a plain word", "letters, digits"),
    config("written by others", "", "can be written by others (mode 0666)", "chmod 600", mode=0o666),
    config("broken, and to be changed", "a = \n", "line 1, column 5", "Correct", argv=("config", "set", "rate", "2")),
    main_profile("a number as text", 'rate = "2"', "rate must be", "(profile main)"),
    main_profile("a fraction for a count", "retries = 3.5", "retries must be", "(profile main)"),
    main_profile("a truth for a number", "concurrency = true", "concurrency must be", "(profile main)"),
    main_profile("minutes below 0", "settle = -1", "settle must be", "(profile main)"),
    main_profile("a span of a century", "max_span_days = 36500", "max_span_days must be", "(profile main)"),
    main_profile("a secret that is no text", "access_secret = 12", "must be a text (UTF-8)", "not what is given"),
    main_profile("two secrets", "access_secret = 'x'", "both access_secret and access_secret_command", "config unset"),
    main_profile("authorities that are not there", "ca_bundle = '/nowhere.pem'", "ca_bundle must be", "(profile main)"),
    main_profile("authorities that are none", "ca_bundle = '/etc/passwd'", "ca_bundle must be", "(profile main)"),
    command("half a quote", "pass 'show", "access_secret_command must be", "quoted as in a shell", code=2),
    command("no such program", "/nowhere/pass show", "can't be run: No such file", "full path"),
    command("one that fails", "sh -c 'echo hush; exit 3'", "failed with exit status 3", "Run it by hand"),
    command("one that says nothing", "true", "prints nothing", "Run it by hand"),
    command("one that says too much", "printf 'hush\\nuser: me\\n'", "more than one line", "head -n 1"),
    Case("setting: none on stdin", ("config", "set", "access_secret"), 2, "and there is none", "Send the value alone"),
    Case("setting: two lines on stdin", ("config", "set", "access_secret"), 2, "more than one", "Send the value alone",
         stdin="hush\nhush\n"),
    Case("setting: not set", ("config", "get", "ca_bundle"), 2, "ca_bundle is not set", "nxcdr config set ca_bundle"),
    Case("setting: to unset, of nobody", ("config", "unset", "rate"), 2, "no profile 'main'", "nxcdr config init"),
)  # fmt: skip

FILES: tuple[Case, ...] = (
    Case("file: there already", SAVE, 6, "calls.csv exists already", "--overwrite", files={"calls.csv": b"mine"}),
    Case("file: one of several there", (*EXPORT, "{date}.csv", "--split", "day"), 6, "exists already",
         "--skip-existing",         files={f"{DAY}.csv": b"mine"}),
    Case("file: a folder", (*EXPORT, "calls.csv"), 6, "calls.csv is a folder", "Name a file", folders=("calls.csv",)),
    Case("file: in no folder", (*EXPORT, "no/where/calls.csv"), 6, "does not exist", "mkdir -p"),
    Case("file: in a file", (*EXPORT, "a/calls.csv"), 6, "does not exist", "mkdir -p", files={"a": b""}),
    Case("file: of a name too long", (*EXPORT, "x" * 250 + ".csv"), 6, "too long", "Choose a shorter"),
    Case("file: a full disk", (*EXPORT, "/dev/full", "--format", "csv"), 5, "can't be reached", "config check"),
    Case("file: where none can be", (*EXPORT, "/proc/calls.csv"), 6, "/proc", "-o"),
    Case("file: another's work", SAVE, 6, "calls.csv can't be written", "-o", files={".calls.csv.nxcdr": b"mine"}),
    Case("file: to verify, not there", ("verify", "calls.csv"), 2, "calls.csv is not a file", "--receipt"),
    Case("file: to verify, without a receipt", ("verify", "calls.csv"), 2, "no receipt", "--receipt",
         files={"calls.csv": b"a\n"}),
    Case("file: to verify, with a receipt that is none", ("verify", "calls.csv"), 2, "not a receipt that can be read",
         "Export again",
         files={"calls.csv": b"a\n", "calls.csv.receipt.json": b"[1]"}),
    Case("file: to verify, a changed one", ("verify", "calls.csv"), 7, "differs from its receipt", "--overwrite",
         files={"calls.csv": b"a\n", "calls.csv.receipt.json":
                b'{"schema":1,"rows":1,"file":{"bytes":9,"sha256":"x","format":"csv"},"account":"a","endpoint":"e",'
                b'"range":{"start":0,"end":1,"zone":"UTC"},"settled":true,"finished":"2023-07-28T03:15:00+00:00"}'}),
)  # fmt: skip
