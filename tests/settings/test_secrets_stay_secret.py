"""The secret and valid signatures must not appear in output, files, state or the process list."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from nxcdr.api.client import Account, Client
from nxcdr.sandbox import Fault, Sandbox
from tests.harness import DAY, Program, Serve, some_calls
from tests.listeners import Relay, received

HUSH = "hush-5ecret/ä+="
Spawn = Callable[..., subprocess.Popen[bytes]]


def told(texts: Iterable[str | bytes], sandbox: Sandbox | None, secret: str = HUSH) -> list[str]:
    """Return the secret and the signatures sent, as far as they appear in these texts."""
    signs = [request.headers["sign"] for request in sandbox.requests if "sign" in request.headers] if sandbox else []
    kept = [text if isinstance(text, bytes) else text.encode() for text in texts]
    return [word for word in (secret, *signs) if any(word.encode() in text for text in kept)]


def all_files(folder: Path) -> list[bytes]:
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError, IsADirectoryError):  # a running export removes files
            found.append(path.read_bytes())
    return found


@pytest.fixture
def account(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sandbox]:
    """A sandbox with a secret that can be searched for."""

    def account(count: int = 300, **misbehaviour: object) -> Sandbox:
        sandbox = serve(some_calls(count), **misbehaviour)
        sandbox.access_key, sandbox.access_secret = "key-of-many-letters", HUSH
        monkeypatch.setenv("NXCDR_ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("NXCDR_ACCESS_SECRET", HUSH)
        return sandbox

    return account


@pytest.mark.parametrize(
    "argv",
    [
        ("query", DAY),
        ("query", DAY, "--format", "json"),
        ("stats", DAY),
        ("export", DAY, "-o", "calls.csv.gz", "--receipt", "--json"),
        ("config", "check"),
        ("config", "show"),
        ("config", "show", "--json"),
        ("config", "get", "access_secret"),
    ],
    ids=" ".join,
)
def test_no_command_shows_the_secret_even_with_vv(
    account: Callable[..., Sandbox], nxcdr: Program, argv: tuple[str, ...]
) -> None:
    sandbox = account()
    done = nxcdr("-vv", *argv)
    assert done.code == 0
    assert told([done.out, done.err, *all_files(Path())], sandbox) == []


def test_vv_shows_requests_and_answers_with_the_key_shortened(account: Callable[..., Sandbox], nxcdr: Program) -> None:
    sandbox = account()
    done = nxcdr("-vv", "query", DAY)
    asked = [line for line in done.err.splitlines() if line.startswith("> POST ")]
    answered = [line for line in done.err.splitlines() if line.startswith("< HTTP 200 ")]
    assert len(asked) == len(answered) == len(sandbox.requests)
    assert all("accessKey:key-… " in line and " sign:… " in line for line in asked)
    assert sandbox.access_key not in done.err
    assert '"startTime":1690387200' in asked[0]
    assert '"msg":"Request succeeded"' in answered[0]


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"refuse": 1003},
        {"refuse": 7777},
        {"faults": (Fault.RESET,), "fault_every": 1},
        {"faults": (Fault.HTML,), "fault_every": 1},
        {"faults": (Fault.GZIP_BOMB,), "fault_every": 1},
        {"clock_skew": 300, "refuse": 1004},
    ],
    ids=str,
)
def test_no_error_or_traceback_shows_the_secret(
    account: Callable[..., Sandbox], nxcdr: Program, misbehaviour: dict[str, object]
) -> None:
    sandbox = account(**misbehaviour)
    for argv in (("export", DAY, "-o", "x.csv", "--retries", "0"), ("config", "check")):
        done = nxcdr("-vv", *argv)
        assert done.code in {3, 4, 5}
        assert "Traceback" in done.err
        assert told([done.out, done.err, *all_files(Path())], sandbox) == []


def test_a_crash_does_not_show_the_secret(account: Callable[..., Sandbox], nxcdr: Program) -> None:
    sandbox = account()
    done = nxcdr("-vv", "export", DAY, "-o", "nul\0.csv")  # an unexpected error: no shell can pass a NUL
    assert done.code == 1
    assert "Traceback" in done.err
    assert told([done.out, done.err], sandbox) == []


def test_an_answer_that_echoes_the_request_does_not_show_the_signature(
    here: Path, nxcdr: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here.is_dir()

    def echo(connection: socket.socket) -> None:
        head = received(connection)
        seen.append(head)
        connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n" % len(head) + head)

    seen: list[bytes] = []
    with Relay(echo) as server:
        monkeypatch.setenv("NXCDR_BASE_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("NXCDR_ACCESS_KEY", "key")
        monkeypatch.setenv("NXCDR_ACCESS_SECRET", HUSH)
        done = nxcdr("-vv", "query", DAY)
    (head,) = seen
    (sign,) = (line.partition(b": ")[2].decode() for line in head.split(b"\r\n") if line.startswith(b"sign: "))
    assert done.code == 4
    assert "sign: …" in done.err
    assert sign not in done.err


def test_state_of_a_killed_run_and_receipt_do_not_hold_the_secret(
    account: Callable[..., Sandbox], spawn: Spawn, nxcdr: Program, here: Path
) -> None:
    sandbox = account(2000, latency=0.05)
    process = spawn("-vv", "export", DAY, "-o", "x.jsonl", "--receipt", "--concurrency", "2")
    deadline = time.monotonic() + 20
    while not any(b"startTime" in content for content in all_files(here)) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=20)
    state = all_files(here)
    assert any(b"startTime" in content for content in state)
    assert told([out, err, *state], sandbox) == []
    assert nxcdr("export", DAY, "-o", "x.jsonl", "--receipt").code == 0
    assert (here / "x.jsonl.receipt.json").exists()
    assert told(all_files(here), sandbox) == []


def processes_from(pid: int) -> dict[int, tuple[bytes, bytes]]:
    """Return arguments and environment of a process and its descendants."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            texts = ((folder / "cmdline").read_bytes(), (folder / "environ").read_bytes())
        except (OSError, ValueError):  # it has ended
            continue
        if int(folder.name) == pid or parent == pid or parent in found:
            found[int(folder.name)] = texts
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("kept", ["file", "command"])
def test_the_process_list_does_not_show_the_secret(
    account: Callable[..., Sandbox],
    spawn: Spawn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nxcdr: Program,
    kept: str,
) -> None:
    sandbox = account(50, latency=0.5)
    monkeypatch.delenv("NXCDR_ACCESS_SECRET")
    (tmp_path / "kept").write_text(HUSH + "\n", encoding="utf-8")
    if kept == "command":
        # The command waits, so that the process list can be read before it prints the secret.
        code = "from pathlib import Path; import time; time.sleep(0.3); "
        code += f"print(Path('{tmp_path}/kept').read_text(), end='')"
        assert nxcdr("config", "set", "access_secret_command", f'{sys.executable} -c "{code}"').code == 0
    else:
        command = [sys.executable, "-m", "nxcdr", "config", "set", "access_secret"]
        with (tmp_path / "kept").open("rb") as stdin:
            subprocess.run(command, stdin=stdin, check=True, capture_output=True)
    process = spawn("query", DAY)
    seen: dict[int, set[tuple[bytes, bytes]]] = {}
    while process.poll() is None:
        for pid, texts in processes_from(process.pid).items():
            seen.setdefault(pid, set()).add(texts)
        time.sleep(0.02)
    assert process.returncode == 0
    assert len(seen) >= (2 if kept == "command" else 1)
    assert told([text for texts in seen.values() for pair in texts for text in pair], sandbox) == []


def test_the_repr_of_account_and_client_does_not_show_the_secret(account: Callable[..., Sandbox]) -> None:
    sandbox = account()
    held = Account(sandbox.base_url, sandbox.access_key, HUSH)
    with Client(held) as client:
        assert told([repr(held), str(held), repr(client), f"{client.account}"], sandbox) == []


def test_a_secret_given_as_an_argument_is_not_shown_in_the_error(nxcdr: Program, here: Path) -> None:
    for argv in (
        ("config", "set", "access_secret", HUSH),
        ("config", "set", "access_secret", "one", HUSH),
        ("config", "set", f"access_secret={HUSH}"),
        ("config", "set", f"acces_secret={HUSH}"),
        ("query", f"--access-secret={HUSH}"),
        ("query", f"--secret={HUSH}"),
        ("query", "--access-secret", HUSH),
    ):
        done = nxcdr("-vv", *argv)
        assert done.code == 2
        assert told([done.out, done.err, *all_files(here)], None) == []
    assert os.environ.get("NXCDR_ACCESS_SECRET") is None
