"""The program ``nxcdr``, or ``python -m nxcdr``, in a process of its own."""

from __future__ import annotations

import gc
import signal
import sys

_OBJECTS = 100_000  # the program's own, once loaded, are half as many
_LIMITS = "Raise the limits for memory (ulimit -v) and open files (ulimit -n), or install it again."


def run() -> None:
    """Run the program and end the process.

    Garbage is collected rarely, since nearly all that is loaded stays, and not at the end: a short command takes 10 %
    less time.
    """
    gc.set_threshold(_OBJECTS)
    try:
        from nxcdr.cli.app import main
        from nxcdr.cli.console import prepare_streams
    except (ImportError, MemoryError, OSError) as error:
        sys.exit(f"nxcdr: error: the program can't be loaded: {str(error) or 'memory ran out'}\n{_LIMITS}")

    prepare_streams()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)  # after `main`: the work is done, and a signal must not change the code
    code = main()
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    run()
