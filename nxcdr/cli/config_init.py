# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""``nxcdr config init``: a profile in a minute, checked before it is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nxcdr.cli.config_check import examine
from nxcdr.cli.config_inputs import (
    ask,
    ask_secret,
    config_path,
    on_terminal,
    overriding,
    usual_profile,
)
from nxcdr.cli.console import console, visible
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.errors import NxcdrError, SettingsError, UsageError
from nxcdr.settings import (
    DEFAULT_PROFILE,
    KEYS,
    REGIONS,
    SANDBOX,
    ConfigFile,
    check_place,
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


_SHORTEST_PLACE = 4
_PLACES = {"global": "the usual one", "hk": "Hong Kong, Asia-Pacific", "amer": "Americas", "idn": "Indonesia"}
_SECRETS = ("access_secret", "access_secret_command")


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
    check_place(path)
    file = read_file(path)
    console.note("Enter takes what stands in brackets; Ctrl-C leaves everything as it is.")
    name = _profile(profile, file)
    before = dict(file.profile(name)) if name in file.profiles else {}
    if before:
        console.note(f"Profile {name} is there already: your answers replace its values.")
    for variable in overriding(["region", "base_url", "access_key", "access_secret", "timezone"]):
        console.warn(f"{variable} is set in the environment and goes before your answer")
    values, lines = _checked(name, before)
    changed = {key: value for key, value in values.items() if value != before.get(key)}
    write_profile(path, name, changed | dict.fromkeys(before.keys() - values.keys()))
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
    usual = usual_profile(file)
    return ask("Profile", default=DEFAULT_PROFILE if usual == SANDBOX else usual, check=check)


def _checked(name: str, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Ask and check until the server accepts the answers, or the user wants them as they are.

    Returns:
        The profile's keys and values, and what the check tells.

    Raises:
        NxcdrError: The check failed, and nothing is to be written.
    """
    while True:
        before = _answers(before)
        try:
            return dict(before), examine(draft(name, before, os.environ))
        except NxcdrError as error:
            console.warn(f"the check failed: {error.message}")
            console.note(error.hint)
            match ask("Answer again, write it all the same, or quit? a/w/q", default="a", check=_one_of("a", "w", "q")):
                case "w":
                    return dict(before), []
                case "q":
                    error.hint = "Nothing was written."
                    raise


def _answers(before: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what a profile needs; what it has already is the default, and what is not asked for stays."""
    console.note("Regions:")
    for region, url in REGIONS.items():
        console.note(f"  {region:<8} {_PLACES[region]:<25} {url}")
    endpoint = ask("Region", default=str(before.get("base_url") or before.get("region", "global")), check=_endpoint)
    answers = {
        **{key: value for key, value in before.items() if key not in {"region", "base_url"}},
        **_endpoint(endpoint),
        "access_key": _ask_for("access_key", "Access key", before.get("access_key")),
    }
    has_secret = any(key in before for key in _SECRETS)
    if secret := ask_secret("Access secret", may_keep=has_secret):
        answers |= {"access_secret": secret}
        answers.pop("access_secret_command", None)
    return answers | {"timezone": _ask_for("timezone", "Time zone", before.get("timezone") or _zone_here())}


def _endpoint(answer: str) -> dict[str, str]:
    """The setting that an answer to the region's question means: a region by its name or place, or any base URL.

    Raises:
        SettingsError: It is neither.
    """
    if "://" in answer:
        return {"base_url": value_of(KEYS["base_url"], answer, "answer", from_text=True)}
    word = answer.lower().replace(" ", "")
    named = [
        region
        for region, place in _PLACES.items()
        if word == region or (len(word) >= _SHORTEST_PLACE and place.lower().replace(" ", "").startswith(word))
    ]
    return {"region": value_of(KEYS["region"], named[0] if named else answer, "answer", from_text=True)}


def _one_of(*letters: str) -> Callable[[str], None]:
    def check(answer: str) -> None:
        if answer not in letters:
            raise SettingsError(f"please answer {', '.join(letters)}")

    return check


def _ask_for(key: str, question: str, default: object) -> str:
    check = partial(value_of, KEYS[key], source="answer", from_text=True)
    return ask(question, default=None if default is None else str(default), check=check)


def _zone_here() -> str | None:
    try:
        return machine_timezone(os.environ)
    except SettingsError:
        return None  # rules without a name: it must be typed
