# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr config``: show, change and check the settings."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from nxcdr import settings as config
from nxcdr.cli.config_check import check
from nxcdr.cli.config_init import init
from nxcdr.cli.console import console, visible, write_text
from nxcdr.cli.help import Command, Group
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.cli.prompts import ask, ask_secret, on_terminal, read_line, warn_if_odd
from nxcdr.errors import SettingsError, UsageError
from nxcdr.settings import keyring as system_keyring

DEFAULT_PROFILE_KEY = "default_profile"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Keyring = Annotated[bool, typer.Option("--keyring", help="Use the system keyring, not the file.")]
KeyName = Annotated[str, typer.Argument(metavar="KEY", help="A setting, or default_profile.")]

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None)


@app.callback()
def config_(*, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config init
      nxcdr config show
      nxcdr config check --profile sandbox

    Manage profiles and credentials. A profile names an account, its server and its time zone. Profiles are kept in a
    file that only you can read.
    """


app.command("init", cls=Command, short_help="Set up a profile, step by step.")(init)
app.command("check", cls=Command, short_help="Check the settings with one request.")(check)


@app.command("show", cls=Command, short_help="Show all settings and their sources.")
def show(*, profile: Profile = None, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config show
      nxcdr config show --json
      nxcdr config show -p sandbox

    Show every setting, its value and where that comes from: a flag, the environment, the profile or the default.
    The secret is masked, and neither its command nor the keyring is asked for it.
    """
    settings = config.load(profile=profile, flags={}, env=os.environ)
    for warning in settings.warnings:
        console.warn(warning)
    rows: list[tuple[str, object, str]] = [("profile", settings.profile, settings.sources["profile"])]
    rows += [(name, _shown(settings, name), settings.sources[name]) for name in config.KEYS]
    if as_json:
        _print_json({name: {"value": value, "source": source} for name, value, source in rows})
        return
    texts = [(name, "-" if value is None else str(value), source) for name, value, source in rows]
    if sys.stdout.isatty():
        _print_table(texts, ("setting", "value", "source"))
        return
    for row in texts:
        _print_row(row)


@app.command("get", cls=Command, short_help="Print the value of a setting.")
def get(key: KeyName, *, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config get base_url
      nxcdr config get timezone
      nxcdr config get concurrency -p sandbox

    Print the value that a command would use. The secret is masked. A setting without a value is an error (exit 2).
    """
    if key == DEFAULT_PROFILE_KEY:
        value: object = config.read_file(config.location(os.environ)).default_profile
    else:
        config.key_named(key)
        settings = config.load(profile=profile, flags={}, env=os.environ)
        value = _shown(settings, key)
    if value is None:
        raise SettingsError(f"{key} is not set", f"Set it with `nxcdr config set {key}`.")
    _print(str(value))


# Extra arguments are refused here: Typer would repeat them, and they may be a part of the secret.
@app.command("set", cls=Command, short_help="Change a setting.", context_settings={"allow_extra_args": True})
def set_(
    key: KeyName,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its value; asked for if left out.")] = None,
    *,
    context: typer.Context,
    profile: Profile = None,
    keyring: Keyring = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr config set timezone Asia/Hong_Kong
      nxcdr config set access_secret < secret.txt
      nxcdr config set -p second access_secret_command 'pass show nxcloud'

    Change a setting of a profile, which is added if it is missing. A missing VALUE is asked for, or read from stdin if
    that is not a terminal. Secrets are never taken as an argument, since other users can see arguments.
    """
    if "=" in key:
        raise _joined(key.partition("=")[0])
    spec = None if key == DEFAULT_PROFILE_KEY else config.key_named(key)
    if value is not None:
        value = _argument(key, spec, [value, *context.args])
    if keyring:
        _check_keyring(key)
    # Checked before the user is asked for anything.
    path = config.config_path(os.environ)
    config.check_place(path)
    name = None if spec is None else _profile_to_change(path, profile)
    source = "command line" if value is not None else "answer" if on_terminal() else "stdin"
    if value is None:
        value = read_line(key) if not on_terminal() else ask_secret(key) if spec and spec.secret else ask(key)
    if spec is None or name is None:
        config.write_default(path, value)
        console.note(f"set default_profile to {value} in {path}")
    else:
        _store(path, name, spec, config.value_of(spec, value, source, from_text=True), keyring=keyring)


@app.command("unset", cls=Command, short_help="Remove a setting.")
def unset(
    key: KeyName,
    *,
    profile: Profile = None,
    keyring: Keyring = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr config set rate 2
      nxcdr config unset rate
      nxcdr config unset default_profile

    Remove a setting of a profile from the file, so that the default applies again.
    """
    path = config.config_path(os.environ)
    if key == DEFAULT_PROFILE_KEY:
        config.write_default(path, None)
        console.note(f"removed {key} from {path}")
        return
    if keyring:
        _check_keyring(key)
    name = _profile_to_change(path, profile)
    removed = system_keyring.remove(name, key) if keyring else config.remove_key(path, name, key)
    console.note(f"removed {key} of profile {name}" if removed else f"{key} of profile {name} was not set")


@app.command("path", cls=Command, short_help="Print the configuration file's path.")
def path_(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config path
      nxcdr config set rate 2 && cat "$(nxcdr config path)"
      NXCDR_CONFIG=team.toml nxcdr config path

    Print where the configuration file is, or would be.
    """
    _print(str(config.config_path(os.environ)))


@app.command("profiles", cls=Command, short_help="List the profiles.")
def profiles(*, profile: Profile = None, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config profiles
      nxcdr config profiles --json
      nxcdr config profiles --json | grep '"name"'

    List the profiles; the one that is used when none is named has a star.
    """
    file = config.read_file(config.location(os.environ))
    names = [*file.profiles, *({config.SANDBOX} - file.profiles.keys())]
    if profile not in {None, *names}:
        file.profile(str(profile), "flag --profile")
    used = profile or config.usual_profile(os.environ, file)
    if as_json:
        _print_json([{"name": name, "default": name == used, "built_in": name == config.SANDBOX} for name in names])
        return
    rows = [("*" if name == used else " ", name, "(built in)" if name == config.SANDBOX else "") for name in names]
    if sys.stdout.isatty():
        _print_table(rows)
        return
    for row in rows:
        _print(" ".join(row).rstrip())


def _argument(key: str, spec: config.Key | None, words: list[str]) -> str:
    """Return the VALUE that was given on the command line.

    Raises:
        UsageError: It is a secret, or more than one word.
    """
    if spec and spec.secret:
        raise UsageError(f"{key} is not taken from the command line, where others can see it", _type_it(key))
    if len(words) > 1:
        raise UsageError(
            f"{key} takes one value, not {len(words)}",
            f"Quote it: nxcdr config set {key} {shlex.quote(' '.join(words))}",
        )
    if key == "ca_bundle" and words[0]:
        return str(Path(words[0]).expanduser().absolute())  # the file is used from every folder
    return words[0]


def _joined(name: str) -> UsageError:
    """Return the error for KEY=VALUE, without the value: it may be the secret."""
    key = None if name == DEFAULT_PROFILE_KEY else config.key_named(name)
    remedy = _type_it(name) if key and key.secret else f"Write: nxcdr config set {name} VALUE"
    return UsageError(f"{name!r} is joined to its value by =", remedy)


def _type_it(key: str) -> str:
    return f"Run `nxcdr config set {key}` and type it, or send it to stdin."


def _check_keyring(key: str) -> None:
    if key == DEFAULT_PROFILE_KEY or not config.key_named(key).secret:
        raise UsageError("--keyring is for access_secret and mask_key only", "Leave it out.")


def _profile_to_change(path: Path, profile: str | None) -> str:
    name, _ = config.profile_name(profile, os.environ, config.read_file(path))
    if name == config.SANDBOX:
        raise SettingsError("the profile sandbox is built in and can't be changed", "Name another with --profile.")
    return name


def _store(path: Path, name: str, key: config.Key, value: Any, *, keyring: bool) -> None:
    """Store a checked value, and show what it replaces and what overrides it."""
    if key.secret:
        warn_if_odd(value)
    if keyring:
        system_keyring.store(name, key.name, value)
    removed = config.write_key(path, name, key.name, None if keyring else value)
    console.note(f"set {key.name} of profile {name} in {'the system keyring' if keyring else path}")
    for other in removed:
        console.note(f"removed {other} of profile {name} from the file")
    for variable in config.overriding([key.name], os.environ):
        console.warn(f"{variable} is set in the environment and overrides it")
    if key.name == "region" and config.read_file(path).has(name, "base_url"):
        console.warn(f"base_url overrides it; to use the region: nxcdr config unset -p {name} base_url")


def _shown(settings: config.Settings, key: str) -> object:
    """Return a value as text or number, masked if it is secret; None if it is not set."""
    if key == "access_secret" and settings.access_secret_command:
        return config.MASK
    value: object = getattr(settings, key)
    return str(value) if isinstance(value, Path | config.Secret) else value if value != "" else None


def _print(line: str) -> None:
    write_text(visible(line) + "\n")


def _print_row(row: Sequence[str]) -> None:
    write_text("\t".join(map(visible, row)) + "\n")


def _print_table(rows: Sequence[Sequence[str]], headings: Sequence[str] = ()) -> None:
    """Print rows on a terminal."""
    from nxcdr.output.screen import aligned, drawn, terminal_width

    write_text(drawn([aligned([list(map(visible, row)) for row in rows], headings)], terminal_width()))


def _print_json(document: object) -> None:
    import json

    write_text(json.dumps(document, ensure_ascii=sys.stdout.encoding.lower() != "utf-8", indent=2) + "\n")
