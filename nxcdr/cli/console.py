"""What the user is told beside the data: notes, warnings and errors on stderr; and writing to stdout."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import BinaryIO, NoReturn, TextIO, cast

from nxcdr.errors import OutputError
from nxcdr.output.visible import visible

__all__ = ["Console", "abandon", "console", "prepare_streams", "stdout_error", "visible", "write_data", "write_text"]


_FILES_ARE_COMPLETE = "Make room, or redirect it elsewhere; files that were written are complete."


@dataclass(slots=True)
class Console:
    """Messages on stderr.

    Attributes:
        verbosity: -1 quiet, 0 normal, 1 verbose (``-v``), 2 with HTTP requests and tracebacks (``-vv``).
    """

    verbosity: int = 0

    def note(self, text: str) -> None:
        """Show a message, unless quiet."""
        self._show(text, at_least=0)

    def detail(self, text: str) -> None:
        """Show a message with ``-v``."""
        self._show(text, at_least=1)

    def trace(self, text: str) -> None:
        """Show a message with ``-vv``."""
        self._show(text, at_least=2)

    def warn(self, text: str) -> None:
        """Show a warning, also when quiet: it is about the numbers."""
        self._show(f"nxcdr: warning: {text}", at_least=-1)

    def fail(self, message: str, hint: str) -> None:
        """Show an error: what is wrong, and on a second line what to do."""
        self._show(f"nxcdr: error: {message}" + (f"\n{hint}" if hint else ""), at_least=-1)

    def ask(self, question: str) -> None:
        """Show a question, also when quiet, and stay on its line. On stderr: stdout may be read by a program."""
        self._show(question, at_least=-1, end="")

    def _show(self, text: str, *, at_least: int, end: str = "\n") -> None:
        if self.verbosity >= at_least and sys.stderr is not None:
            try:
                print("\n".join(map(visible, text.split("\n"))), end=end, file=sys.stderr, flush=True)
            except OSError:  # a full or closed stderr must not end an export
                abandon(sys.stderr)


def write_data(data: bytes, *, hint: str = "") -> None:
    """Write to stdout without delay.

    Args:
        data: What to write.
        hint: What to tell the user if it fails, such as that the files are complete all the same.

    Raises:
        OutputError: It can't be written.
        BrokenPipeError: The reader has left; that is no failure.
    """
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_error(error, hint) from error


def write_text(text: str, *, hint: str = "") -> None:
    """Write text to stdout as `write_data`; characters that its encoding lacks become escapes."""
    write_data(text.encode(sys.stdout.encoding, "backslashreplace"), hint=hint)


def stdout_error(error: OSError, hint: str = "") -> OutputError:
    """Give stdout up, and return the error that says so."""
    abandon(sys.stdout)
    return OutputError(f"stdout can't be written: {error.strerror}", hint or _FILES_ARE_COMPLETE)


def abandon(stream: TextIO) -> None:
    """Discard what a stream still holds, and all that follows, so that ending the process raises no error."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


class _Closed(io.RawIOBase):
    """A stdout that was closed by the caller: writing fails instead of being lost."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> NoReturn:
        raise OutputError("stdout is closed", "Leave it open, or write the calls to a file with -o.")


def prepare_streams() -> None:
    """Make closed standard streams safe, and let stdout escape the characters that its encoding lacks.

    A file that is opened later must not get the number of a closed stream.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest free number: this one
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(cast("BinaryIO", _Closed()), encoding="utf-8", write_through=True)
    elif isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


console = Console()
