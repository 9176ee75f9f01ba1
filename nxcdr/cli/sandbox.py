"""``nxcdr sandbox``: serve a local stand-in of the API for other programs."""
# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from nxcdr.cli.console import console
from nxcdr.cli.options import Quiet, Verbose
from nxcdr.errors import LONGEST_NAP, Interrupted, UsageError

if TYPE_CHECKING:
    from nxcdr.sandbox import Request

_CURL = r"""now=$(date +%s) ts=$(date +%s%3N)
body="{\"startTime\":$((now-86400)),\"endTime\":$now,\"size\":3,\"page\":1}"
sign=$(printf %s "accessKey=$NXCDR_ACCESS_KEY&action=cc&bizType=8&ts=$ts&body=$body&accessSecret=$NXCDR_ACCESS_SECRET" |
  md5sum | cut -c1-32)
curl -sS "$NXCDR_BASE_URL{path}" -H 'Content-Type: application/json' -H "accessKey: $NXCDR_ACCESS_KEY" \
  -H "ts: $ts" -H 'bizType: 8' -H 'action: cc' -H "sign: $sign" -d "$body"
"""


def sandbox(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Listen on this port; 0 picks a free one.")
    ] = 8765,
    latency: Annotated[float, typer.Option(min=0, max=3600, metavar="SECONDS", help="Wait before each answer.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Refuse more than N requests a second with HTTP 429.")
    ] = None,
    fault_rate: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Fail this share of requests, e.g. 0.1.")
    ] = 0,
    cut_rate: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Drop calls from this share of pages, e.g. 0.1.")
    ] = 0,
    quiet: Quiet = False,  # noqa: ARG001 - takes effect as it is parsed
    verbose: Verbose = 0,  # noqa: ARG001 - takes effect as it is parsed
) -> None:
    """Examples:

      nxcdr sandbox
      nxcdr sandbox --port 0 --latency 0.05
      nxcdr sandbox --limit 20 --fault-rate 0.1 --cut-rate 0.1 -v

    Serve a local stand-in of the API until Ctrl-C, with more than two years of believable calls up to now.

    Prints the variables that another terminal has to export. With -v each request is shown on stderr.
    For a single command, use --profile sandbox instead.
    """
    from nxcdr.sandbox import PATH, Fault, Misbehaviour, Sandbox

    stand_in = Sandbox(
        port=port,
        observe=lambda request: console.detail(_line(request)),
        misbehaviour=Misbehaviour(
            latency=latency,
            limit=limit,
            retry_after="seconds",
            fault_rate=fault_rate,
            cut_rate=cut_rate,
            faults=(
                Fault.BAD_GATEWAY,
                Fault.RESET,
                Fault.UNAVAILABLE,
                Fault.CODE_99,
                Fault.TRUNCATED,
                Fault.HTML,
                Fault.ERROR,
                Fault.EMPTY,
            ),
        ),
    )
    try:
        stand_in.start()
    except OSError as error:
        raise UsageError(
            f"port {port} can't be used: {error.strerror}", "Choose another with --port; --port 0 is any free one."
        ) from error
    try:
        typer.echo(f"export NXCDR_BASE_URL={stand_in.base_url}")
        typer.echo(f"export NXCDR_ACCESS_KEY={stand_in.access_key}")
        typer.echo(f"export NXCDR_ACCESS_SECRET={stand_in.access_secret}")
        console.note(
            f"The sandbox listens on {stand_in.base_url}; Ctrl-C ends it. "
            "In another terminal, after the lines above:\n\n"
            f"nxcdr query yesterday\n\nor without nxcdr:\n\n{_CURL.replace('{path}', PATH)}"
        )
        while True:
            time.sleep(LONGEST_NAP)
    except Interrupted as stop:
        if stop.signum != signal.SIGINT:  # Ctrl-C is how a server is meant to end
            raise
    finally:
        stand_in.stop()


def _line(request: Request) -> str:
    asked = " ".join(f"{name}={value}" for name, value in (request.body or {}).items())
    answered = request.status or "no answer"
    code = "" if request.code is None else f" code {request.code}"
    return f"{request.method} {request.path} {asked}: {answered}{code}, {request.outcome}, {request.rows} rows"
