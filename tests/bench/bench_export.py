"""Measurements of the export, by hand: ``python tests/bench/bench_export.py [NAME…] [--runs N]``.

Each run is a process of its own, against a sandbox in another; what is compared runs in turn, and medians are
compared. Only the ratios mean anything on another machine. Names: wire, latency, offset, memory, start, raw, limit,
resume.
"""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nxcdr.sandbox import Misbehaviour, Sandbox, dense_calls
from tests.bench.baselines import END, START

ROOT = Path(__file__).parents[2]
BASELINES = str(ROOT / "tests" / "bench" / "baselines.py")
DAY = "2023-07-27"

Command = Sequence[str]


class Server:
    """A sandbox in a process of its own."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    def forget(self) -> int:
        """Requests since the last time this was asked."""
        self._pipe.send(True)
        count: int = self._pipe.recv()
        return count


def _serve(count: int, misbehaviour: Mapping[str, Any], pipe: Connection) -> None:
    with Sandbox(dense_calls(count, START, END), misbehaviour=Misbehaviour(**misbehaviour)) as sandbox:
        pipe.send(sandbox.base_url)
        while pipe.recv():
            pipe.send(len(sandbox.requests))
            sandbox.requests.clear()


@contextmanager
def served(count: int, **misbehaviour: Any) -> Iterator[Server]:
    """A day of so many calls, served."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(count, misbehaviour, theirs))
    process.start()
    try:
        yield Server(ours.recv(), ours)
    finally:
        ours.send(False)
        process.join()


def export(server: Server, *options: str, suffix: str = "csv") -> list[str]:
    """The command that exports the day; FILE stands for a new file."""
    del server
    return [sys.executable, "-m", "nxcdr", "-q", "export", DAY, "-o", f"FILE.{suffix}", *options]


def baseline(name: str, server: Server) -> list[str]:
    """The command that runs a baseline."""
    return [sys.executable, BASELINES, name, server.url, "FILE.csv"]


def environment(server: Server | None) -> dict[str, str]:
    """What a program that asks the server runs in."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NXCDR_BASE_URL": server.url if server else "",
        "NXCDR_ACCESS_KEY": "sandbox",
        "NXCDR_ACCESS_SECRET": "sandbox-secret",
        "NXCDR_TIMEZONE": "Asia/Hong_Kong",
        "NXCDR_CONFIG": "/dev/null/none",
    }


def run(server: Server | None, command: Command) -> tuple[float, float]:
    """Run a program: its seconds, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        words = [word.replace("FILE", f"{folder}/x") for word in command]
        began = time.monotonic()
        process = subprocess.Popen(words, env=environment(server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = status
        if status:
            raise SystemExit(f"failed with {status}: {' '.join(words)}")
        return seconds, usage.ru_maxrss / 1024


def medians(server: Server | None, commands: Mapping[str, Command], runs: int) -> dict[str, float]:
    """Median seconds of each command, run in turn so that the machine's moods meet all of them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            seconds[name].append(run(server, command)[0])
    return {name: statistics.median(found) for name, found in seconds.items()}


def told(what: str, ratio: float, target: float, detail: str) -> None:
    """Print one line of results."""
    print(
        f"{what:<58} {ratio:5.2f} x  ({'at least' if target < 0 else 'at most'} {abs(target):g})  {detail}", flush=True
    )


def wire(runs: int) -> None:
    """200,000 calls without latency: the cost of our own work."""
    with served(200_000) as server:
        found = medians(
            server, {"ours": export(server), "bare": baseline("bare", server), "floor": baseline("floor", server)}, runs
        )
    detail = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found.items())
    told("200,000 calls, decoded CSV / bare loop", found["ours"] / found["bare"], 1.0, detail)
    told("200,000 calls, decoded CSV / one-core floor", found["ours"] / found["floor"], 1.0, detail)


def latency(runs: int) -> None:
    """20,000 calls, each answer 50 ms away."""
    with served(20_000, latency=0.05) as server:
        found = medians(server, {"ours": export(server), "bare": baseline("bare", server)}, runs)
        server.forget()
        sixteen = medians(server, {"sixteen": export(server, "--concurrency", "16")}, runs)["sixteen"]
        requests = server.forget() / runs
    detail = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found.items())
    told("50 ms, 20,000 calls: bare loop / default", found["bare"] / found["ours"], -3.4, detail)
    ideal = requests * 0.05 / 16
    told("50 ms, 20,000 calls, 16 in flight / ideal", sixteen / ideal, 1.7, f"{sixteen:.2f} s, {requests:.0f} requests")


def offset(runs: int) -> None:
    """Pages that cost 100 microseconds for each page number, as an SQL OFFSET does."""
    # The bare loop's time grows with the square of the pages: with 200,000 calls it would take four minutes.
    for name, count in (("ours", 200_000), ("bare", 40_000)):
        seconds = []
        for cost in (0.0, 0.0001):
            with served(count, page_cost=cost) as server:
                command = export(server) if name == "ours" else baseline("bare", server)
                seconds.append(medians(server, {name: command}, runs)[name])
        detail = f"{seconds[0]:.2f} s, then {seconds[1]:.2f} s"
        ratio = seconds[1] / seconds[0]
        told(f"{count:,} calls, page number x 100 us / without: {name}", ratio, 1.2 if name == "ours" else -1.2, detail)


def memory(_: int) -> None:
    """Peak memory."""
    peaks = {}
    for count in (20_000, 400_000):
        with served(count) as server:
            peaks[count] = run(server, export(server))[1]
    told("peak memory, 400,000 / 20,000 calls", peaks[400_000] / peaks[20_000], 1.2, f"{peaks[20_000]:.1f} MB")
    told("peak memory, 400,000 calls / 64 MB", peaks[400_000] / 64, 1.0, f"{peaks[400_000]:.1f} MB")


def start(runs: int) -> None:
    """An export and a query of one page, and the version, against what Python's imports alone take."""
    with served(60) as server:
        query = [sys.executable, "-m", "nxcdr", "query", DAY, "-f", "table"]
        imports = [sys.executable, "-c", "import requests, rich.table"]
        needed = [sys.executable, "-c", "import requests, typer"]
        commands = {"query": query, "imports": imports, "export": export(server), "needed": needed}
        found = medians(server, commands, 5 * runs)
    version = [sys.executable, "-m", "nxcdr", "--version"]
    found |= medians(None, {"version": version, "typer": [sys.executable, "-c", "import typer"]}, 5 * runs)
    told(
        "query of one page / import requests, rich.table",
        found["query"] / found["imports"],
        2.0,
        f"{found['query']:.3f} s",
    )
    told(
        "export of one page / import requests, typer",
        found["export"] / found["needed"],
        1.6,
        f"{found['export']:.3f} s",
    )
    told("--version / import typer", found["version"] / found["typer"], 1.3, f"{found['version']:.3f} s")


def raw(runs: int) -> None:
    """JSON lines as they came, against decoded CSV."""
    with served(200_000) as server:
        lines = export(server, "--raw", suffix="jsonl")
        found = medians(server, {"jsonl": lines, "csv": export(server)}, runs)
    told("200,000 calls, raw JSON lines / decoded CSV", found["jsonl"] / found["csv"], 0.7, f"{found['jsonl']:.2f} s")


def limit(_: int) -> None:
    """A server that allows 20 requests a second, and refuses the others."""
    with served(20_000, limit=20) as server:
        seconds, _peak = run(server, export(server))
        requests = server.forget()
    served_ones = 20_000 / 100
    told("limit of 20/s: requests / rows / 100", requests / served_ones, 1.2, f"{requests} requests in {seconds:.1f} s")


def resume(_: int) -> None:
    """An export killed half way, and the one that resumes it: their requests against those of one run."""
    for count, most in ((20_000, 1.25), (200_000, 1.05)):
        with served(count, latency=0.01) as server, tempfile.TemporaryDirectory() as folder:
            once = requests_of(server, Path(folder) / "once.csv")
            killed = requests_of(server, Path(folder) / "twice.csv", kill_after=once // 2)
            rest = requests_of(server, Path(folder) / "twice.csv")
            same = (Path(folder) / "once.csv").read_bytes() == (Path(folder) / "twice.csv").read_bytes()
        told(
            f"{count:,} calls, killed half way and resumed / one run",
            (killed + rest) / once,
            most,
            f"{killed} + {rest} requests instead of {once}, {'the same' if same else 'OTHER'} bytes",
        )


def requests_of(server: Server, file: Path, kill_after: int | None = None) -> int:
    """The requests of an export to a file, which is killed (-9) after so many."""
    server.forget()
    command = [word.replace("FILE.csv", str(file)) for word in export(server)]
    process = subprocess.Popen(command, env=environment(server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asked = 0
    while kill_after is not None and asked < kill_after:
        time.sleep(0.01)
        asked += server.forget()
    if kill_after is not None:
        process.kill()
    process.wait()
    return asked + server.forget()


MEASUREMENTS = {
    "wire": wire,
    "latency": latency,
    "offset": offset,
    "memory": memory,
    "start": start,
    "raw": raw,
    "limit": limit,
    "resume": resume,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], metavar="NAME")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    compileall.compile_dir(ROOT / "nxcdr", quiet=1)  # as it is where it was installed
    for name in chosen.names or MEASUREMENTS:
        MEASUREMENTS[name](chosen.runs)
