"""What the user is told beside the data: notes and warnings on stderr, as loud as asked."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from nxcdr.errors import OutputError
from nxcdr.output.visible import visible

__all__ = ["Console", "abandon_stdout", "console", "visible", "write_data", "write_text"]


@dataclass(slots=True)
class Console:
    """How loud this run is.

    Attributes:
        verbosity: -1 quiet, 0 normal, 1 verbose (``-v``), 2 with requests, answers and tracebacks (``-vv``).
    """

    verbosity: int = 0

    def note(self, text: str) -> None:
        """Say something on stderr, unless quiet."""
        self._say(text, at_least=0)

    def detail(self, text: str) -> None:
        """Say something on stderr with ``-v``."""
        self._say(text, at_least=1)

    def trace(self, text: str) -> None:
        """Say something on stderr with ``-vv``."""
        self._say(text, at_least=2)

    def warn(self, text: str) -> None:
        """Warn on stderr; also when quiet, for a warning is about the numbers."""
        self._say(f"nxcdr: warning: {text}", at_least=-1)

    def fail(self, message: str, hint: str) -> None:
        """Report an error: what is wrong, and on a second line what to do."""
        self._say(f"nxcdr: error: {message}" + (f"\n{hint}" if hint else ""), at_least=-1)

    def _say(self, text: str, *, at_least: int) -> None:
        if self.verbosity >= at_least and sys.stderr is not None:
            print("\n".join(map(visible, text.split("\n"))), file=sys.stderr, flush=True)


def write_data(data: bytes) -> None:
    """Write to stdout, at once.

    Raises:
        OutputError: It can't be written (but a reader that left is a BrokenPipeError, and no failure).
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_stdout()
        raise OutputError(f"stdout can't be written: {error.strerror}") from error


def abandon_stdout() -> None:
    """What is still buffered goes nowhere, quietly, when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_text(text: str) -> None:
    """Write to a terminal, at once; what its encoding lacks as escapes.

    Raises:
        OutputError: As `write_data`.
    """
    write_data(text.encode(sys.stdout.encoding, "backslashreplace"))


console = Console()
