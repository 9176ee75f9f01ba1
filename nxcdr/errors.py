"""The errors that the program reports, and the one table of exit codes.

    NxcdrError
    ├── UsageError              an option, an argument
    │   ├── RangeError          a range phrase
    │   └── SettingsError       a setting, a profile, the configuration file
    ├── CredentialsError        none, or the server refused them
    ├── RefusedError            the server refused the request
    ├── UnavailableError        network or server unavailable, after all retries
    ├── UntrustedAnswerError    the server's answers can't be proved complete
    ├── OutputError             a file can't be written, or exists
    │   ├── InUseError          it is being written by another run
    │   └── StoreError          a store that files go to is not there, or refuses
    └── DifferenceError         a check found a difference
    Interrupted                 SIGINT or SIGTERM (a BaseException: no handler of errors catches it)

An error's text says what is wrong; its ``hint`` says what to do.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable
from enum import IntEnum

LONGEST_NAP = 0.5  # s; the main thread never waits longer at once, so that it soon answers a signal


class ExitCode(IntEnum):
    """The exit codes. Scripts rely on these numbers."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    CREDENTIALS = 3
    REFUSED = 4
    UNAVAILABLE = 5
    FILE = 6
    DIFFERENCE = 7
    SIGINT = 128 + signal.SIGINT
    SIGTERM = 128 + signal.SIGTERM


class NxcdrError(Exception):
    """Base of the errors that are reported in one or two lines instead of a traceback.

    Args:
        message: What is wrong, as a sentence without a full stop.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(NxcdrError):
    """An option or argument can't be used as given."""


class RangeError(UsageError):
    """A range phrase is not understood, or means no time."""


class SettingsError(UsageError):
    """A setting, profile or configuration file can't be used."""


class CredentialsError(NxcdrError):
    """There are no credentials, or the server refused them (codes 1003 and 1005)."""


class RefusedError(NxcdrError):
    """The server understood the request and refused it (any other code)."""


class UnavailableError(NxcdrError):
    """The network or the server did not answer, after all retries."""


class UntrustedAnswerError(NxcdrError):
    """The server's answers can't be proved complete."""


class OutputError(NxcdrError):
    """A file can't be written, or exists already."""


class InUseError(OutputError):
    """A file is being written by another run."""


class StoreError(OutputError):
    """An object store or a file server is not there, or does not do what it is asked."""


class DifferenceError(NxcdrError):
    """A check found a difference."""


class Interrupted(BaseException):
    """The process was asked to stop.

    Args:
        signum: ``signal.SIGINT`` or ``signal.SIGTERM``.

    Attributes:
        hint: How to resume; set on the way up by whoever knows.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
        self.hint = ""


_EXIT_CODES: dict[type[BaseException], ExitCode] = {
    UsageError: ExitCode.USAGE,
    CredentialsError: ExitCode.CREDENTIALS,
    RefusedError: ExitCode.REFUSED,
    UnavailableError: ExitCode.UNAVAILABLE,
    UntrustedAnswerError: ExitCode.UNAVAILABLE,
    OutputError: ExitCode.FILE,
    DifferenceError: ExitCode.DIFFERENCE,
}


_WORST_FIRST = (
    ExitCode.DEFECT,
    ExitCode.USAGE,
    ExitCode.CREDENTIALS,
    ExitCode.REFUSED,
    ExitCode.FILE,
    ExitCode.UNAVAILABLE,
)


def worst(errors: Iterable[BaseException]) -> ExitCode:
    """Return the exit code of several errors: of the one that a person must see to, before one that may pass."""
    return min(map(exit_code, errors), key=_WORST_FIRST.index, default=ExitCode.DONE)


def exit_code(error: BaseException) -> ExitCode:
    """Return the process's exit code for an error; one that is not in the table is a defect of ours."""
    if isinstance(error, Interrupted):
        return ExitCode(128 + error.signum)
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), ExitCode.DEFECT)
