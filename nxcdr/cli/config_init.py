# ruff: noqa: ARG001 - quiet and verbose act by their callbacks
# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""``nxcdr config init``: set up a profile, and check it before it is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from nxcdr import settings as config
from nxcdr.cli.config_check import examine
from nxcdr.cli.console import console, visible
from nxcdr.cli.options import Profile, Quiet, Verbose
from nxcdr.cli.prompts import ask, ask_secret, on_terminal, warn_if_odd
from nxcdr.errors import NxcdrError, SettingsError, UsageError
from nxcdr.settings import KEYS, REGIONS, SANDBOX, value_of

_WITHOUT_TERMINAL = (
    "Do the same with: nxcdr config set access_key KEY; nxcdr config set access_secret < FILE; "
    "nxcdr config set region REGION; nxcdr config set timezone ZONE; nxcdr config check"
)
_ASKED = ("region", "base_url", "access_key", "access_secret", "timezone")
_PLACES = {"global": "the usual one", "hk": "Hong Kong, Asia-Pacific", "amer": "Americas", "idn": "Indonesia"}
_SHORTEST_PLACE = 4  # letters of a place that name its region


def init(*, profile: Profile = None, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Examples:

      nxcdr config init
      nxcdr config init -p second
      NXCDR_CONFIG=team.toml nxcdr config init

    Ask for region, access key, access secret and time zone, check them with one signed request, and write them to the
    file. Needs a terminal; in a script, use `nxcdr config set`.
    """
    if not on_terminal():
        raise UsageError("config init asks questions, and stdin is not a terminal", _WITHOUT_TERMINAL)
    path = config.config_path(os.environ)
    config.check_place(path)
    file = config.read_file(path)
    console.note("Enter accepts the value in brackets; Ctrl-C stops without changes.")
    name = _profile(profile, file)
    before = dict(file.profile(name)) if name in file.profiles else {}
    if before:
        console.note(f"Profile {name} exists: your answers replace its values.")
    for variable in config.overriding(_ASKED, os.environ):
        console.warn(f"{variable} is set in the environment and overrides your answer")
    values, lines = _checked(name, before)
    changed = {key: value for key, value in values.items() if value != before.get(key)}
    config.write_profile(path, name, changed | dict.fromkeys(before.keys() - values.keys()))
    for line in lines:
        console.note(visible(line))
    option = "" if config.usual_profile(os.environ, config.read_file(path)) == name else f" --profile {name}"
    console.note(f"Wrote profile {name} to {path}\nTry next: nxcdr query{option} yesterday")


def _profile(requested: str | None, file: config.ConfigFile) -> str:
    def check(name: str) -> str:
        config.profile_name(name, os.environ, file)
        if name == SANDBOX:
            raise SettingsError("the profile sandbox is built in and needs no setup", "Choose another name.")
        return name

    if requested is not None:
        return check(requested)
    usual = config.usual_profile(os.environ, file)
    return ask("Profile", default=config.DEFAULT_PROFILE if usual == SANDBOX else usual, check=check)


def _checked(name: str, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Ask and check until the server accepts the answers, or the user wants to write them anyway.

    Returns:
        The profile's keys and values, and the report of the check.

    Raises:
        NxcdrError: The check failed, and nothing is to be written.
    """
    while True:
        before = _answers(before)
        try:
            return dict(before), examine(config.draft(name, before, os.environ))
        except NxcdrError as error:
            console.warn(f"the check failed: {error.message}")
            console.note(error.hint)
            match ask("Answer again, write it anyway, or quit? a/w/q", default="a", check=_letter):
                case "w":
                    return dict(before), []
                case "q":
                    error.hint = "Nothing was written."
                    raise


def _answers(before: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what a profile needs; its present values are the defaults, and its other keys stay."""
    console.note("Regions:")
    for region, url in REGIONS.items():
        console.note(f"  {region:<8} {_PLACES[region]:<25} {url}")
    endpoint = ask("Region", default=str(before.get("base_url") or before.get("region", "global")), check=_endpoint)
    answers = {key: value for key, value in before.items() if key not in {"region", "base_url"}} | _endpoint(endpoint)
    answers["access_key"] = _ask_for("access_key", "Access key", before.get("access_key"))
    has_secret = bool({"access_secret", "access_secret_command"} & before.keys())
    if secret := ask_secret("Access secret", may_keep=has_secret):
        warn_if_odd(config.Secret(secret))
        answers["access_secret"] = secret
        answers.pop("access_secret_command", None)
    return answers | {"timezone": _ask_for("timezone", "Time zone", before.get("timezone") or _machine_timezone())}


def _endpoint(answer: str) -> dict[str, str]:
    """Return the setting that answers the question for the region: a region, by its name or place, or a base URL.

    Raises:
        SettingsError: It is neither.
    """
    if "://" in answer:
        return {"base_url": value_of(KEYS["base_url"], answer, "answer", from_text=True)}
    word = answer.lower().replace(" ", "")
    for region, place in _PLACES.items():
        if len(word) >= _SHORTEST_PLACE and place.lower().replace(" ", "").startswith(word):
            word = region
    return {"region": value_of(KEYS["region"], word, "answer", from_text=True)}


def _letter(answer: str) -> None:
    if answer not in {"a", "w", "q"}:
        raise SettingsError("please answer a, w or q")


def _ask_for(key: str, question: str, default: object) -> str:
    check = partial(value_of, KEYS[key], source="answer", from_text=True)
    return ask(question, default=None if default is None else str(default), check=check)


def _machine_timezone() -> str | None:
    try:
        return config.machine_timezone(os.environ)
    except SettingsError:
        return None  # TZ has rules without a name
