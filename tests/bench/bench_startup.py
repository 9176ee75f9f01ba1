"""Measurements of what a user waits for before anything is asked of a server: ``python -m tests.bench.bench_startup``.

Starting the program, against importing typer alone, and Tab in each shell that is there.
"""

from __future__ import annotations

import compileall
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.completions.test_tab import SETUP, Terminal

ROUNDS = 30
LINES = {
    "nxcdr ": ("query", "verify"),
    "nxcdr export --": ("--skip-existing",),
    "nxcdr query --direction ": ("inbound", "aicc"),
    "nxcdr query --columns agentN": ("agentName", "agentNickName"),
    "nxcdr query past ": ("hour",),
    "nxcdr verify ": ("other.txt",),
}


def seconds(*arguments: str) -> float:
    """One run of Python with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def startup() -> None:
    """The program against typer; turn by turn, so that what slows the machine slows all of them."""
    runs = {
        "python -c pass": ("-c", "pass"),
        "import typer": ("-c", "import typer"),
        "nxcdr --version": ("-m", "nxcdr", "--version"),
        "nxcdr --help": ("-m", "nxcdr", "--help"),
        "nxcdr query --help": ("-m", "nxcdr", "query", "--help"),
    }
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, arguments in runs.items():
            took[name].append(seconds(*arguments))
    least = min(took["import typer"])
    for name, times in took.items():
        print(
            f"start: {name:<20} best {min(times) * 1000:5.0f} ms, median {statistics.median(times) * 1000:5.0f} ms, "
            f"{min(times) / least:.2f} x import typer" + (" (target 1.30)" if name == "nxcdr --version" else "")
        )


def tab() -> None:
    """Tab where it is static, in each shell."""
    for shell in filter(shutil.which, SETUP):
        with tempfile.TemporaryDirectory() as home:
            terminal = Terminal(shell, Path(home))
            for line, words in LINES.items():
                times = [terminal.seconds(line, *words) for _ in range(ROUNDS)]
                print(
                    f"tab: {shell:<4} {line + '<Tab>':<34} median {statistics.median(times) * 1000:4.1f} ms, "
                    f"worst {max(times) * 1000:4.1f} ms (target 50)"
                )
            terminal.close()


if __name__ == "__main__":
    compileall.compile_dir(Path(__file__).parents[2] / "nxcdr", quiet=1)  # as it is where it was installed
    startup()
    tab()
