# ruff: noqa: D415 - a command's docstring is its help, and that begins with examples
"""The program: one Typer application, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, BinaryIO, NoReturn, cast

import typer

from nxcdr import __version__
from nxcdr.cli.clock import clock as program_clock
from nxcdr.cli.coercion import without_pydantic
from nxcdr.cli.commands import PLACES, Program
from nxcdr.cli.console import abandon_stdout, console
from nxcdr.cli.options import Quiet, Verbose
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
_SAME_WISH = 1.0  # seconds
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
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    install: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=_install_completion,
            is_eager=True,
            help="Let bash, zsh and fish complete nxcdr; man too.",
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

    The profile sandbox needs no account: it is a local stand-in with calls of its own. Leave --profile out for your
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
        command = without_pydantic(typer.main.get_command(app))
        code = command.main(args=arguments, prog_name="nxcdr", standalone_mode=False)
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except NxcdrError as error:
        _trace()
        console.fail(error.message, error.hint)
        return exit_code(error)
    except typer.TyperException as error:
        console.fail(error.format_message().replace(": Value error, ", ": "), f"Try: {_help(error, arguments)}")
        return ExitCode.USAGE
    except Interrupted as stop:
        console.fail(f"stopped by {signal.Signals(stop.signum).name}", stop.hint)
        return exit_code(stop)
    except (BrokenPipeError, SystemExit):  # Typer makes a SystemExit of the first, and of nothing else
        # The reader has what it wanted: no failure.
        abandon_stdout()
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the last resort: a defect is told in one line, not in forty
        _trace()
        return _unforeseen(error)


def _unforeseen(error: Exception) -> ExitCode:
    """Report what no command reports: trouble with stdout or the current folder, or else a defect."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _OF_STDOUT:
        abandon_stdout()
        console.fail(f"stdout can't be written: {error.strerror}", "Make room, or send it elsewhere.")
        return ExitCode.FILE
    if isinstance(error, FileNotFoundError) and error.filename is None:  # asked where it is
        console.fail("the current folder is not there any more", "Go to another, and run the command again.")
        return ExitCode.FILE
    console.fail(f"a defect of nxcdr: {type(error).__name__}: {error}", "Please report it; -vv shows where.")
    return ExitCode.DEFECT


def _trace() -> None:
    if console.verbosity >= _TRACEBACKS:
        import traceback

        traceback.print_exc()


def _protected(word: str) -> str:
    """A range such as -2h is no option: a space before it keeps it from being taken for one."""
    return " " + word if _DASHED_RANGE.match(word) else word


def _help(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """The help that belongs to an error; not all of them know where they happened."""
    at = getattr(getattr(error, "ctx", None), "command_path", "")
    command = next((word for word in arguments if word in PLACES), "")
    return f"{at or f'nxcdr {command}'.strip()} --help"


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM end the run in order, and what it then has to say is said; a second one ends it at once.

    What comes within a second of the first is the same wish: `timeout` and systemd signal a process and its group.
    """
    first: list[float] = []

    def stop(signum: int, _frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Interrupted(signum)
        if time.monotonic() - first[0] > _SAME_WISH:
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


class _Closed(io.RawIOBase):
    """Stdout that the caller has closed: what is written fails, instead of being lost."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> NoReturn:
        raise OutputError("stdout is closed", "Leave it open, or write the calls to a file with -o.")


def mend_standard_streams() -> None:
    """Where the caller has closed one, no file of ours shall take its place; and odd characters don't end a run."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest that is free: this one
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(cast("BinaryIO", _Closed()), encoding="utf-8", write_through=True)
    elif isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
