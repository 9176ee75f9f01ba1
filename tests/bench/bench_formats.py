"""Size, processor time and peak memory of an export in each format: ``python -m tests.bench.bench_formats [CALLS]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nxcdr.output import FORMAT_MODULES
from tests.bench.bench_export import DAY, served

NAMES = [*(f"x.{name}" for name in FORMAT_MODULES), "x.csv.gz"]


def measure(calls: int) -> None:
    """Export a day of so many calls in each format, and print what it takes."""
    with served(calls) as server, tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "NXCDR_BASE_URL": server.url,
            "NXCDR_ACCESS_KEY": "sandbox",
            "NXCDR_ACCESS_SECRET": "sandbox-secret",
            "NXCDR_TIMEZONE": "Asia/Hong_Kong",
            "NXCDR_CONFIG": "/dev/null/none",
        }
        for name in NAMES:
            path = Path(folder) / name
            process = subprocess.Popen(
                [sys.executable, "-m", "nxcdr", "-q", "export", DAY, "-o", str(path)], env=environment
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            seconds = usage.ru_utime + usage.ru_stime
            size = path.stat().st_size / 1e6
            print(
                f"{name:<10} {size:7.1f} MB  {seconds:6.1f} s  {usage.ru_maxrss / 1024:6.1f} MB",
                flush=True,
            )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000)
