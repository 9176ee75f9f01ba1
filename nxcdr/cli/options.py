"""Options that several commands share."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from nxcdr.cli.console import console
from nxcdr.errors import UsageError

if TYPE_CHECKING:
    from nxcdr.api.request import Filters
    from nxcdr.output.mask import Mask
    from nxcdr.settings import Settings


def _set_quiet(value: bool) -> None:
    if value:
        console.verbosity = -1


def _set_verbose(value: int) -> None:
    if value:
        console.verbosity = value


class Direction(StrEnum):
    """The directions of a call."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    AICC = "aicc"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", callback=_set_quiet, help="Show only errors and warnings.")]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        callback=_set_verbose,
        help="Show details; -vv also shows HTTP requests.",
    ),
]
Phrase = Annotated[list[str] | None, typer.Argument(metavar="RANGE", help="Time range; see nxcdr range.")]
Zone = Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="Time zone, e.g. Asia/Hong_Kong.")]
Profile = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="NAME", help="Use a profile; sandbox needs no account.")
]
Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="NAME", help="Use a profile, several, or a pattern; sandbox is built in."),
]
From = Annotated[
    str | None, typer.Option("--from", "--since", metavar="PHRASE", help="Start of the range, instead of RANGE.")
]
To = Annotated[
    str | None, typer.Option("--to", "--until", metavar="PHRASE", help="End of the range, instead of RANGE.")
]


_FIRST = ("phrase", "start", "end", "zone", "profile")  # in the help


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options that `query`, `export` and `stats` share."""

    phrase: Phrase = None
    start: From = None
    end: To = None
    zone: Zone = None
    profile: Profile = None
    answered: Annotated[bool, typer.Option("--answered", help="Select answered calls only.")] = False
    missed: Annotated[bool, typer.Option("--missed", help="Select missed calls only.")] = False
    direction: Annotated[Direction | None, typer.Option("--direction", help="Filter by direction.")] = None
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="ACCOUNT", help="Filter by agent account or nickname.")
    ] = None
    caller: Annotated[str | None, typer.Option("--caller", metavar="NUMBER", help="Filter by calling number.")] = None
    callee: Annotated[str | None, typer.Option("--callee", metavar="NUMBER", help="Filter by called number.")] = None
    call_id: Annotated[str | None, typer.Option("--call-id", metavar="ID", help="Filter by call id.")] = None
    order_id: Annotated[str | None, typer.Option("--order-id", metavar="ID", help="Filter by order id.")] = None
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="A,B,C", help="Choose fields, or all; see nxcdr fields.")
    ] = None
    mask: Annotated[
        str | None, typer.Option("--mask", metavar="A,B,C", help="Replace these fields by keyed pseudonyms.")
    ] = None
    raw: Annotated[bool, typer.Option("--raw", help="Keep values as the API returned them.")] = False
    # Numbers stay text here: settings check them, the same way for flags and environment.
    concurrency: Annotated[
        str | None, typer.Option("--concurrency", metavar="N", help="Send N requests at once (default 4).")
    ] = None
    rate: Annotated[str | None, typer.Option("--rate", metavar="R", help="Send at most R requests per second.")] = None
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="S", help="Wait S seconds for an answer (default 30).")
    ] = None
    retries: Annotated[
        str | None, typer.Option("--retries", metavar="N", help="Retry a request N times (default 5).")
    ] = None
    quiet: Quiet = False
    verbose: Verbose = 0

    def settings(self) -> Settings:
        """Return the settings of the run, including these options; show what is wrong with the file as warnings."""
        from nxcdr.settings import load

        return _warned([load(profile=self.profile, flags=self._flags(), env=os.environ)])[0]

    def settings_of(self, profiles: Sequence[str]) -> list[Settings]:
        """Return the settings of several profiles, by names and patterns, as `settings` does for one."""
        from nxcdr.settings import load_several

        return _warned(load_several(profiles, flags=self._flags(), env=os.environ))

    def _flags(self) -> dict[str, object]:
        """Return the options that are settings."""
        return {
            "timezone": self.zone,
            "concurrency": self.concurrency,
            "rate": self.rate,
            "timeout": self.timeout,
            "retries": self.retries,
        }

    def masking(self, settings: Settings) -> Mask | None:
        """What ``--mask`` says to replace, and the key for it; None without.

        Raises:
            UsageError: A name is no field.
            SettingsError: There is no key.
        """
        from nxcdr.output.columns import columns_named

        return mask_of(columns_named(self.mask), settings)

    def filters(self) -> Filters:
        """Return the filters that the server applies.

        Raises:
            UsageError: They contradict each other, or one is empty or a pattern.
        """
        from nxcdr.api.request import Filters
        from nxcdr.cli.filters import exact, number

        if self.answered and self.missed:
            raise UsageError("--answered and --missed exclude each other", "Use one of them, or neither for all calls.")
        return Filters(
            answered=True if self.answered else False if self.missed else None,
            direction=self.direction.value if self.direction else None,
            agent=exact("--agent", self.agent),
            caller=number("--caller", self.caller),
            callee=number("--callee", self.callee),
            call_id=exact("--call-id", self.call_id),
            order_id=exact("--order-id", self.order_id),
        )


def _warned(several: list[Settings]) -> list[Settings]:
    """Show what is wrong with the file of these settings, each thing once."""
    for warning in dict.fromkeys(warning for settings in several for warning in settings.warnings):
        console.warn(warning)
    return several


def mask_of(fields: tuple[str, ...] | None, settings: Settings) -> Mask | None:
    """What replaces fields by pseudonyms; None where no fields are to be replaced.

    Raises:
        SettingsError: There is no key.
    """
    if not fields:
        return None
    from nxcdr.output.mask import Mask
    from nxcdr.settings.lookup import mask_key

    return Mask(fields, mask_key(settings).reveal().encode())


def with_asked(command: Callable[..., None], *, without: Collection[str] = ()) -> Callable[..., None]:
    """Give a command the options of `Asked`, which it receives as its parameter ``asked``.

    Args:
        command: The command.
        without: Fields of `Asked` that it does not have; they keep their defaults.
    """
    hints = get_type_hints(Asked, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(Asked)
        if field.name not in without
    ]
    own = [
        parameter for name, parameter in inspect.signature(command, eval_str=True).parameters.items() if name != "asked"
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        asked = Asked(**{parameter.name: given.pop(parameter.name) for parameter in shared})
        command(asked=asked, **given)

    first = [parameter for parameter in shared if parameter.name in _FIRST]
    parameters = [*first, *own, *(parameter for parameter in shared if parameter not in first)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions take it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    del run.__wrapped__  # or its signature would be looked up instead
    return run
