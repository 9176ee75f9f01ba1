# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr config``: look at, change and check the settings."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nxcdr import settings as config
from nxcdr.cli.config_check import check
from nxcdr.cli.config_init import init
from nxcdr.cli.config_inputs import (
    ask,
    ask_secret,
    config_path,
    on_terminal,
    overriding,
    read_line,
    usual_profile,
)
from nxcdr.cli.console import console, visible, write_text
from nxcdr.cli.help import Command, Group
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.errors import SettingsError, UsageError

DEFAULT_PROFILE_KEY = "default_profile"

# One of them at most is in the file.
_SECRETS = ("access_secret", "access_secret_command")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Keyring = Annotated[bool, typer.Option("--keyring", help="Keep access_secret in the system keyring, not the file.")]
FromKeyring = Annotated[bool, typer.Option("--keyring", help="Remove access_secret from the system keyring.")]
KeyName = Annotated[str, typer.Argument(metavar="KEY", help="A setting, or default_profile.")]

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None)


@app.callback()
def config_(*, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config init
      nxcdr config show
      nxcdr config check --profile sandbox

    Set up profiles and credentials, and check them. A profile says whose calls, where to ask for them, and in which
    time zone; a file holds them, which only you can read.
    """


app.command("init", cls=Command, short_help="Set up a profile, step by step.")(init)
app.command("check", cls=Command, short_help="Make one signed request, and tell what is wrong.")(check)


@app.command("show", cls=Command, short_help="Show every setting and where it comes from.")
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


@app.command("get", cls=Command, short_help="Print one setting's value.")
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


# What is too much is told here, since Typer would repeat it: it may be a part of the secret.
@app.command(
    "set", cls=Command, short_help="Change one setting in the file.", context_settings={"allow_extra_args": True}
)
def set_(
    key: KeyName,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Asked for, or read from stdin.")] = None,
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

    Change one setting of a profile, which is made where it is missing. A missing VALUE is asked for, or read from
    stdin when that is no terminal; the secret is taken in no other way, since arguments can be seen by others.
    """
    if "=" in key:
        raise _joined(key.partition("=")[0])
    spec = None if key == DEFAULT_PROFILE_KEY else config.key_named(key)
    secret = spec is not None and spec.secret
    if secret and value is not None:
        raise UsageError(f"{key} is not taken from the command line, where others can see it", _type_it(key))
    if value is not None and context.args:
        raise UsageError(
            f"{key} takes one value, not {1 + len(context.args)}",
            f"Quote it: nxcdr config set {key} {shlex.quote(' '.join([value, *context.args]))}",
        )
    if key == "ca_bundle" and value:
        value = str(Path(value).expanduser().absolute())  # the file holds for every folder
    if keyring and not secret:
        raise UsageError("--keyring is for access_secret alone", "Leave it out.")
    # Where it goes is settled first: nobody types a secret for nothing.
    path = config_path()
    config.check_place(path)
    name = None if spec is None else _profile_to_change(path, profile)
    source = "command line" if value is not None else "answer" if on_terminal() else "stdin"
    if value is None:
        value = read_line(key) if not on_terminal() else ask_secret(key) if secret else ask(key)
    if spec is None or name is None:
        _set_default(path, value)
    else:
        _set(path, name, spec, config.value_of(spec, value, source, from_text=True), keyring=keyring)


@app.command("unset", cls=Command, short_help="Remove one setting from the file.")
def unset(
    key: KeyName,
    *,
    profile: Profile = None,
    keyring: FromKeyring = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr config set rate 2
      nxcdr config unset rate
      nxcdr config unset default_profile

    Remove one setting of a profile from the file, so that the default applies again.
    """
    path = config_path()
    if key == DEFAULT_PROFILE_KEY:
        config.write_default(path, None)
        console.note(f"removed {key} from {path}")
        return
    if keyring and not config.key_named(key).secret:
        raise UsageError("--keyring is for access_secret alone", "Leave it out.")
    name = _profile_to_change(path, profile)
    there = config.forget_in_keyring(name) if keyring else _remove(path, name, key)
    console.note(f"removed {key} of profile {name}" if there else f"{key} of profile {name} was not set")


@app.command("path", cls=Command, short_help="Print the configuration file's path.")
def path_(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config path
      nxcdr config set rate 2 && cat "$(nxcdr config path)"
      NXCDR_CONFIG=team.toml nxcdr config path

    Print where the configuration file is, or would be.
    """
    _print(str(config_path()))


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
    used = profile or usual_profile(file)
    if as_json:
        _print_json([{"name": name, "default": name == used, "built_in": name == config.SANDBOX} for name in names])
        return
    rows = [("*" if name == used else " ", name, "(built in)" if name == config.SANDBOX else "") for name in names]
    if sys.stdout.isatty():
        _print_table(rows)
        return
    for row in rows:
        _print(" ".join(row).rstrip())


def _joined(name: str) -> UsageError:
    """The error for KEY=VALUE, which does not repeat the value: it may be the secret."""
    key = None if name == DEFAULT_PROFILE_KEY else config.key_named(name)
    remedy = _type_it(name) if key and key.secret else f"Write: nxcdr config set {name} VALUE"
    return UsageError(f"{name!r} is joined to its value by =", remedy)


def _type_it(key: str) -> str:
    return f"Run `nxcdr config set {key}` and type it, or send it to stdin."


def _profile_to_change(path: Path, profile: str | None) -> str:
    name, _ = config.profile_name(profile, os.environ, config.read_file(path))
    if name == config.SANDBOX:
        raise SettingsError("the profile sandbox is built in and can't be changed", "Name another with --profile.")
    return name


def _set(path: Path, name: str, key: config.Key, value: str | float | Path, *, keyring: bool) -> None:
    """Keep a checked value, and tell what it replaces and what hides it."""
    stored = str(value) if isinstance(value, Path) else value
    rivals = _SECRETS if key.name in _SECRETS else ()
    changes = dict.fromkeys(rivals) | ({} if keyring else {key.name: stored})
    if keyring:
        config.store_in_keyring(name, config.Secret(str(value)))
    removed = config.write_profile(path, name, changes)
    console.note(f"set {key.name} of profile {name} in {'the system keyring' if keyring else path}")
    for rival in removed:
        console.note(f"removed {rival} of profile {name} from the file: a secret comes from one place")
    for variable in overriding([key.name]):
        console.warn(f"{variable} is set in the environment and goes before it")
    if key.name == "region" and _is_in_file(path, name, "base_url"):
        console.warn(f"base_url goes before it; to use the region: nxcdr config unset -p {name} base_url")


def _remove(path: Path, name: str, key: str) -> bool:
    """Remove a key from a profile, also one that is unknown: that is how a misspelt one is got rid of."""
    if not _is_in_file(path, name, key):
        config.key_named(key)
        config.read_file(path).profile(name)
    return bool(config.write_profile(path, name, {key: None}))


def _is_in_file(path: Path, name: str, key: str) -> bool:
    table = config.read_file(path).profiles.get(name)
    return isinstance(table, dict) and key in table


def _set_default(path: Path, name: str) -> None:
    if name != config.SANDBOX:
        config.read_file(path).profile(name, "command line")
    config.write_default(path, name)
    console.note(f"set default_profile to {name} in {path}")


def _shown(settings: config.Settings, key: str) -> object:
    """A value as it may be seen: text or number; None where it is not set."""
    source = settings.secret_source
    if key == "access_secret":
        return config.MASK if source.given or source.command else None
    if key == "access_secret_command":
        return source.command or None
    value: object = getattr(settings, key)
    return str(value) if isinstance(value, Path) else value if value != "" else None


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
