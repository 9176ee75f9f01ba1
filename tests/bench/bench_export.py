"""Measurements of the export, by hand: ``python tests/bench/bench_export.py [memory|speed|latency]…``.

The sandbox runs in a process of its own, and so does each run that is measured. Ratios are printed, with their targets.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import requests

from nxcdr.api.signing import sign
from nxcdr.sandbox import PATH, Misbehaviour, Sandbox, dense_calls

ROOT = Path(__file__).parents[2]
START, END = 1690387200, 1690473600
DAY = "2023-07-27"


def serve(count: int, latency: float, pipe: Connection) -> None:
    """Hold calls until told to end; tell how many requests came."""
    with Sandbox(dense_calls(count, START, END), misbehaviour=Misbehaviour(latency=latency)) as sandbox:
        pipe.send(sandbox.base_url)
        while pipe.recv():
            pipe.send(len(sandbox.requests))
            sandbox.requests.clear()


@contextmanager
def sandbox(count: int, latency: float = 0) -> Iterator[tuple[str, Connection]]:
    """A sandbox in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(count, latency, theirs))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(False)
        process.join()


def export(url: str, *options: str) -> tuple[float, float]:
    """Run the program; its seconds and its peak memory in MB."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NXCDR_BASE_URL": url,
        "NXCDR_ACCESS_KEY": "sandbox",
        "NXCDR_ACCESS_SECRET": "sandbox-secret",
        "NXCDR_TIMEZONE": "Asia/Hong_Kong",
        "NXCDR_CONFIG": "/dev/null/none",
    }
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nxcdr", "-q", "export", DAY, "-o", f"{folder}/x.csv", *options]
        began = time.monotonic()
        process = subprocess.Popen(command, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"the export failed: {status}")
        return time.monotonic() - began, usage.ru_maxrss / 1024


def bare_loop(url: str) -> float:
    """Seconds of the least that could be done: one session, page after page of minutes, straight into a CSV file."""
    began = time.monotonic()
    with requests.Session() as session, tempfile.TemporaryFile("w", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for start in range(START, END, 600):
            page = 1
            while True:
                body = json.dumps({"startTime": start, "endTime": start + 599, "page": page, "size": 100}).encode()
                headers = {"accessKey": "sandbox", "action": "cc", "bizType": "8", "ts": str(int(time.time() * 1000))}
                headers["sign"] = sign(headers, body, "sandbox-secret")
                rows = session.post(url + PATH, data=body, headers=headers, timeout=30).json()["data"]
                if rows and writer is None:
                    writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                    writer.writeheader()
                if writer:
                    writer.writerows(rows)
                if len(rows) < 100:
                    break
                page += 1
    return time.monotonic() - began


def memory() -> None:
    """Peak memory of 20,000 and of 400,000 rows."""
    peaks = []
    for count in (20_000, 400_000):
        with sandbox(count) as (url, _):
            seconds, peak = export(url)
        peaks.append(peak)
        print(f"memory: {count:,} rows: {peak:.1f} MB (target 60), {seconds:.1f} s, {count / seconds:,.0f} rows/s")
    print(f"memory: ratio {peaks[1] / peaks[0]:.2f} (target 1.20)")


def speed() -> None:
    """Against a bare loop, without latency: the cost of our own work."""
    with sandbox(200_000) as (url, _):
        ours, _ = export(url)
        bare = bare_loop(url)
    print(f"speed: 200,000 calls: {ours:.1f} s, a bare loop {bare:.1f} s: ratio {ours / bare:.2f}")


def latency() -> None:
    """With 50 ms of latency, at the default and at 16 requests in flight."""
    with sandbox(20_000, 0.05) as (url, pipe):
        for concurrency in (4, 16):
            seconds, _ = export(url, "--concurrency", str(concurrency))
            pipe.send(True)
            count = pipe.recv()
            least = count * 0.05 / concurrency
            print(
                f"latency: 20,000 rows, {count} requests, {concurrency} in flight: {seconds:.2f} s, "
                f"{seconds / least:.2f} x requests x 50 ms / {concurrency} (target 1.5 at 16)"
            )


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["memory", "speed", "latency"]
    print(f"this script itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for name in chosen:
        {"memory": memory, "speed": speed, "latency": latency}[name]()
