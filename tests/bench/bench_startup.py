"""Measure start-up, one short query, and Tab: ``python -m tests.bench.bench_startup``.

The program is compared with importing the packages it needs; Tab is measured in each shell that is installed.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nxcdr.sandbox import Sandbox
from tests.completions.test_tab import SETUP, Terminal
from tests.harness import DAY, ZONE, some_calls

ROUNDS = 30
# Each run, the imports it is compared with, and the target.
RUNS: dict[str, tuple[tuple[str, ...], str, float]] = {
    "nxcdr --version": (("--version",), "import typer", 1.3),
    "nxcdr --help": (("--help",), "import typer", 1.3),
    "nxcdr query --help": (("query", "--help"), "import typer", 1.5),
    "nxcdr query, one page": (("query", DAY), "import requests, rich.table", 2.0),
}
LINES = {
    "nxcdr ": ("query", "verify"),
    "nxcdr export --": ("--skip-existing",),
    "nxcdr query --direction ": ("inbound", "aicc"),
    "nxcdr query --columns agentN": ("agentName", "agentNickName"),
    "nxcdr query past ": ("hour",),
    "nxcdr verify ": ("other.txt",),
}


def seconds(*arguments: str) -> float:
    """Time one run of Python with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def startup() -> None:
    """Compare the program with its imports; in turns, so that a busy machine slows both."""
    took: dict[str, list[float]] = {name: [] for name in [*RUNS, *(imports for _, imports, _ in RUNS.values())]}
    for _ in range(ROUNDS):
        for name, times in took.items():
            arguments = ("-m", "nxcdr", *RUNS[name][0]) if name in RUNS else ("-c", name)
            times.append(seconds(*arguments))
    for name, (_, imports, target) in RUNS.items():
        best, median = min(took[name]), statistics.median(took[name])
        print(
            f"start: {name:<22} best {best * 1000:4.0f} ms, median {median * 1000:4.0f} ms, "
            f"{best / min(took[imports]):.2f} x {imports!r} (target {target})"
        )


def tab() -> None:
    """Time Tab in each shell."""
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


def main() -> None:
    """Run all measurements."""
    compileall.compile_dir(Path(__file__).parents[2] / "nxcdr", quiet=1)  # as after an installation
    with Sandbox(some_calls(50)) as sandbox:
        os.environ |= {
            "NXCDR_CONFIG": os.devnull,
            "NXCDR_BASE_URL": sandbox.base_url,
            "NXCDR_ACCESS_KEY": sandbox.access_key,
            "NXCDR_ACCESS_SECRET": sandbox.access_secret,
            "NXCDR_TIMEZONE": ZONE,
        }
        startup()
    tab()


if __name__ == "__main__":
    main()
