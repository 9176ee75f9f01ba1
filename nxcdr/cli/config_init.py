# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr config init``: a profile in a minute, checked before it is written."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from nxcdr.cli.config_check import examine
from nxcdr.cli.config_inputs import (
    ask,
    ask_secret,
    config_path,
    confirm,
    on_terminal,
    overriding,
    usual_profile,
)
from nxcdr.cli.console import console, visible
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.errors import NxcdrError, SettingsError, UsageError
from nxcdr.settings import (
    KEYS,
    REGIONS,
    SANDBOX,
    ConfigFile,
    draft,
    machine_timezone,
    profile_name,
    read_file,
    value_of,
    write_profile,
)

_DO_THE_SAME = (
    "These do the same: nxcdr config set access_key KEY; nxcdr config set access_secret < FILE; "
    "nxcdr config set region REGION; nxcdr config set timezone ZONE; nxcdr config check"
)


def init(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config init
      nxcdr config init -p second
      NXCDR_CONFIG=team.toml nxcdr config init

    Ask for region, access key, secret and time zone, check them with one signed request, and write them to the file.
    Needs a terminal; scripts use `nxcdr config set`.
    """
    if not on_terminal():
        raise UsageError("config init asks questions, and stdin is no terminal", _DO_THE_SAME)
    path = config_path()
    file = read_file(path)
    name = _profile(profile, file)
    answers = _answers(name, file)
    for variable in overriding([*answers, "base_url"]):
        console.warn(f"{variable} is set in the environment and goes before your answer")
    try:
        lines = examine(draft(name, answers, os.environ))
    except NxcdrError as error:
        console.warn(f"the check failed: {error.message}. {error.hint}")
        if not confirm("Write the profile all the same?"):
            error.hint = "Nothing was written."
            raise
        lines = []
    _write(path, name, answers)
    for line in lines:
        console.note(visible(line))
    option = "" if usual_profile(read_file(path)) == name else f" --profile {name}"
    console.note(f"Wrote profile {name} to {path}\nTry next: nxcdr query{option} yesterday")


def _profile(requested: str | None, file: ConfigFile) -> str:
    def check(name: str) -> str:
        profile_name(name, os.environ, file)
        if name == SANDBOX:
            raise SettingsError("the profile sandbox is built in and needs no set-up", "Choose another name.")
        return name

    if requested is not None:
        return check(requested)
    return ask("Profile", default=usual_profile(file), check=check)


def _answers(name: str, file: ConfigFile) -> dict[str, str]:
    """Ask for what a profile needs; what it has already is the default."""
    before = file.profile(name) if name in file.profiles else {}
    if before:
        console.note(f"Profile {name} is there already: your answers replace its values.")
    console.note("Regions:")
    for region, url in REGIONS.items():
        console.note(f"  {region:<8} {url}")
    return {
        "region": _ask_for("region", "Region", str(before.get("region", "global"))),
        "access_key": _ask_for("access_key", "Access key", before.get("access_key")),
        "access_secret": ask_secret("Access secret"),
        "timezone": _ask_for("timezone", "Time zone", before.get("timezone") or _zone_here()),
    }


def _ask_for(key: str, question: str, default: object) -> str:
    check = partial(value_of, KEYS[key], source="answer", from_text=True)
    return ask(question, default=None if default is None else str(default), check=check)


def _zone_here() -> str | None:
    try:
        return machine_timezone(os.environ)
    except SettingsError:
        return None  # rules without a name: it must be typed


def _write(path: Path, name: str, answers: dict[str, str]) -> None:
    # A base_url or command of before would go before the answers.
    write_profile(path, name, answers | {"base_url": None, "access_secret_command": None})
