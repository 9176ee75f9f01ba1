"""A real pseudo-terminal of any size to run the program on."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from select import select

PATIENCE = 20.0  # seconds; no test waits as long unless it fails


class Terminal:
    """The program on a terminal, and all it has shown so far."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self.shown = ""
        self._screen = screen
        self._held = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    def until(self, text: str) -> str:
        """Read on until a text appears after what was read before; what was read."""
        before, deadline = len(self.shown), time.monotonic() + PATIENCE
        while text not in self.shown[before:]:
            assert self._more(), f"ended without {text!r}: {self.shown[before:]}"
            assert time.monotonic() < deadline, f"{text!r} does not come: {self.shown[before:]}"
        return self.shown[before:]

    def rest(self) -> str:
        """All it shows until its end."""
        while self._more():
            pass
        self.process.wait(PATIENCE)
        return self.shown

    def resize(self, columns: int, lines: int) -> None:
        """Give it another size, as a user who pulls at its corner does."""
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._screen, keys.encode())

    def modes(self) -> list[object]:
        """How the terminal treats what is typed: echo, line by line, and so on."""
        return termios.tcgetattr(self._screen)

    def _more(self) -> bool:
        assert select([self._screen], [], [], PATIENCE)[0], f"nothing more after: {self.shown[-2000:]}"
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self._held += self._decode(data)
        whole = len(self._held) - self._held.endswith("\r")  # its line feed may come next
        self.shown += self._held[:whole].replace("\r\n", "\n")
        self._held = self._held[whole:]
        return bool(data)


@contextmanager
def terminal(
    *argv: str, columns: int = 100, lines: int = 40, env: Mapping[str, str] | None = None, typing: bool = True
) -> Iterator[Terminal]:
    """Run the program on a terminal of this size; its stderr is dropped, and stdin empty where nobody is typing."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    unset = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "COLORTERM"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    process = subprocess.Popen(
        [sys.executable, "-m", "nxcdr", *argv],
        stdin=theirs if typing else subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment | {"TERM": "xterm-256color", **(env or {})},
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def screen(*argv: str, columns: int = 100, env: Mapping[str, str] | None = None) -> str:
    """What the program shows on a terminal from its start to its end, with every escape sequence."""
    with terminal(*argv, columns=columns, env=env) as running:
        shown = running.rest()
        assert running.process.returncode == 0
    return shown
