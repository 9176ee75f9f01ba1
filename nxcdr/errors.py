"""Every error the program can report, and the one table of exit codes.

    NxcdrError
    ├── UsageError              an option, an argument
    │   ├── RangeError          a range phrase
    │   └── SettingsError       a setting, a profile, the configuration file
    ├── CredentialsError        none, or the server refused them
    ├── RefusedError            the server refused the request
    ├── UnavailableError        network or server, after every try
    ├── UntrustedAnswerError    the server answers in a way that proves nothing
    ├── OutputError             a file can't be written, exists, or is being written
    └── DifferenceError         a check found a difference
    Interrupted                 SIGINT or SIGTERM (a BaseException: nothing may swallow it)

An error's text is what is wrong; its ``hint`` is what to do about it.
"""

from __future__ import annotations

import signal
from enum import IntEnum

LONGEST_NAP = 0.5  # s; a signal that comes just before the main thread falls asleep is answered when it wakes


class ExitCode(IntEnum):
    """What the process tells its caller. Scripts rely on these numbers."""

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
    """Base of every error that is reported in one or two lines instead of a traceback.

    Args:
        message: What is wrong, as a sentence without a full stop.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(NxcdrError):
    """An option or argument that can't be used as given."""


class RangeError(UsageError):
    """A range phrase that is not wholly understood, or means no time at all."""


class SettingsError(UsageError):
    """A setting, profile or configuration file that can't be used."""


class CredentialsError(NxcdrError):
    """No credentials, or the server refused them (codes 1003 and 1005)."""


class RefusedError(NxcdrError):
    """The server understood the request and refused it (any other code)."""


class UnavailableError(NxcdrError):
    """The network or the server did not answer, after every try."""


class UntrustedAnswerError(NxcdrError):
    """The server answers in a way that can't be proved complete."""


class OutputError(NxcdrError):
    """A file can't be written, exists already, or is being written by another run."""


class DifferenceError(NxcdrError):
    """A check found a difference."""


class Interrupted(BaseException):
    """The process was asked to stop.

    Args:
        signum: ``signal.SIGINT`` or ``signal.SIGTERM``.

    Attributes:
        hint: How to go on; filled in on the way up by whoever knows.
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


def exit_code(error: BaseException) -> ExitCode:
    """The process's exit code for an error; whatever is not in the table is a defect of ours."""
    if isinstance(error, Interrupted):
        return ExitCode(128 + error.signum)
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), ExitCode.DEFECT)
