"""``nxcdr sandbox``, as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from nxcdr.sandbox import Sandbox


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The running command, and what it says to export."""
    command = [sys.executable, "-m", "nxcdr", "sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            yield process, dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        finally:
            process.kill()


def answer_of(script: str, exports: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(["sh", "-c", script], env=os.environ | exports, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("md5sum")), reason="needs curl and md5sum")
def test_the_curl_request_that_is_shown_works_as_printed() -> None:
    with serving("-v") as (process, exports):
        assert process.stderr is not None
        shown = ""
        while '-d "$body"' not in shown:
            shown += process.stderr.readline()
        script = shown.partition("without nxcdr:")[2]
        answer = answer_of(script, exports)
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=10)[1]
    assert (answer["code"], len(answer["data"])) == (0, 3)
    assert "200 code 0, served, 3 rows" in rest
    assert exports["NXCDR_ACCESS_SECRET"] not in rest


def test_ctrl_c_ends_it_quietly_and_leaves_nothing_on_stdout_but_the_exports() -> None:
    with serving("--quiet") as (process, exports):
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert list(exports) == ["NXCDR_BASE_URL", "NXCDR_ACCESS_KEY", "NXCDR_ACCESS_SECRET"]
    assert exports["NXCDR_BASE_URL"].startswith("http://127.0.0.1:")
    assert (process.returncode, output, errors) == (0, "", "")


def test_sigterm_ends_it_with_exit_code_143() -> None:
    with serving() as (process, _):
        process.terminate()
        process.communicate(timeout=10)
    assert process.returncode == 143


def test_a_port_that_is_taken_is_a_usage_error() -> None:
    with Sandbox() as other:
        port = other.base_url.rpartition(":")[2]
        command = [sys.executable, "-m", "nxcdr", "sandbox", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port} can't be used: Address already in use" in done.stderr
    assert "--port" in done.stderr.splitlines()[1]


def test_a_fault_rate_of_1_fails_every_request() -> None:
    with serving("--fault-rate", "1") as (process, exports):
        address = exports["NXCDR_BASE_URL"]
        ask = f"import urllib.request as u; u.urlopen('{address}')"
        done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert "502: Bad Gateway" in done.stderr


def test_a_cut_rate_drops_calls_from_pages() -> None:
    with serving("--cut-rate", "1", "-v") as (process, exports):
        found = [sys.executable, "-m", "nxcdr", "query", "yesterday", "--retries", "0", "--timeout", "5"]
        subprocess.run(found, env=os.environ | exports, capture_output=True, timeout=60, check=False)
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=10)[1]
    assert "200 code 0, cut, " in errors
