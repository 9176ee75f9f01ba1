# ruff: noqa: D415 - a command's docstring is its help, which begins with examples
"""The program: one Typer application, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from nxcdr import __version__
from nxcdr.cli.clock import clock as program_clock
from nxcdr.cli.commands import COMMANDS, Program
from nxcdr.cli.console import abandon, console, stdout_error
from nxcdr.cli.options import Quiet, Verbose
from nxcdr.cli.parameters import usage_error
from nxcdr.errors import ExitCode, Interrupted, NxcdrError, OutputError, exit_code

app = typer.Typer(
    name="nxcdr",
    cls=Program,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DASHED_RANGE = re.compile(r"-[0-9]+[a-z]", re.IGNORECASE)
_TRACEBACKS = 2
_SAME_SIGNAL = 1.0  # seconds
_TOO_MANY_FILES = {errno.EMFILE, errno.ENFILE}
_OF_STDOUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def _print_version(value: bool) -> None:
    if value:
        print(f"nxcdr {__version__}")
        raise typer.Exit


def _install_completion(value: bool) -> None:
    if value:
        from nxcdr.cli.install import install_completion

        for line in install_completion(os.environ):
            print(line)
        raise typer.Exit


@app.callback()
def nxcdr(
    *,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
    install: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=_install_completion,
            is_eager=True,
            help="Install shell completion and man page.",
        ),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Examples:

      nxcdr config init
      nxcdr query yesterday --missed --profile sandbox
      nxcdr export last 7 days --split day --skip-existing --profile sandbox

    Query and export NXCLOUD call records: every call of a range, exactly once.

    The profile sandbox needs no account: it is a local test API with calls of its own. Leave --profile out for your
    own calls.
    """


def main(argv: Sequence[str] | None = None, *, clock: Callable[[], float] = time.time) -> int:
    """Run the program.

    Args:
        argv: The arguments without the program's name; None for the process's own.
        clock: Seconds since 1970: what the program takes for the present.

    Returns:
        The exit code.
    """
    program_clock.source = clock
    with _interruptible():
        return _run([_protected(word) for word in (sys.argv[1:] if argv is None else argv)])


def _run(arguments: list[str]) -> int:
    console.verbosity = 0
    try:
        code = typer.main.get_command(app).main(args=arguments, prog_name="nxcdr", standalone_mode=False)
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer makes the one of the other
            return _reader_left()
        raise
    except typer.TyperException as error:
        known = usage_error(error, next((word for word in arguments if word in COMMANDS), ""))
        console.fail(known.message, known.hint)
        return exit_code(known)
    except Interrupted as stop:
        console.fail(f"stopped by {signal.Signals(stop.signum).name}", stop.hint)
        return exit_code(stop)
    except Exception as error:  # noqa: BLE001 - the last resort: any error ends in two lines, not in forty
        if console.verbosity >= _TRACEBACKS:
            import traceback

            console.trace(traceback.format_exc().rstrip("\n"))
        told = error if isinstance(error, NxcdrError) else _explained(error)
        console.fail(told.message, told.hint)
        return exit_code(told)


def _reader_left() -> ExitCode:
    """Discard the rest of stdout: the reader has what it wanted, which is no failure."""
    abandon(sys.stdout)
    return ExitCode.DONE


def _explained(error: Exception) -> NxcdrError:
    """Say what an error means that no command has explained: trouble of the system, or else a defect."""
    text = str(error)
    # Python raises a SystemError where it could not even make the error.
    out_of_memory = isinstance(error, (MemoryError, SystemError)) or (
        isinstance(error, OSError) and error.errno == errno.ENOMEM
    )
    if out_of_memory or "can't start new thread" in text or "failed to map segment" in text:
        return NxcdrError("memory ran out", "Free some, raise the limit (`ulimit -v`), or ask for a shorter range.")
    if isinstance(error, OSError) and error.errno in _TOO_MANY_FILES:
        return OutputError("too many files are open", "Raise the limit, for example: ulimit -n 256")
    if isinstance(error, OSError) and error.filename is None and error.errno in _OF_STDOUT:
        return stdout_error(error)
    if isinstance(error, FileNotFoundError) and error.filename is None:  # from os.getcwd()
        return OutputError("the current folder does not exist any more", "Change to another, and run it again.")
    return NxcdrError(f"a defect of nxcdr: {type(error).__name__}: {text}", "Please report it; -vv shows where.")


def _protected(word: str) -> str:
    """Put a space before a range such as -2h, which would be taken for an option."""
    return " " + word if _DASHED_RANGE.match(word) else word


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `Interrupted`; a second one ends the process at once.

    One that follows within a second counts as the same: `timeout` and systemd signal both the process and its group.
    """
    first: list[float] = []

    def stop(signum: int, _frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Interrupted(signum)
        if time.monotonic() - first[0] > _SAME_SIGNAL:
            signal.signal(signum, signal.SIG_DFL)
            signal.raise_signal(signum)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
