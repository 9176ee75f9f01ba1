"""Uploads that fail, and stores that refuse: nothing half is there, the work is kept, and no secret is shown."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nxcdr.output.places import existing
from nxcdr.sandbox import Request
from tests.harness import DAY, Outcome, Program, Serve, some_calls
from tests.listeners import Relay, answering
from tests.places.conftest import skip_unless_there
from tests.places.stores import Faulty, Store, know, sftp_url

Spawn = Callable[..., subprocess.Popen[bytes]]
Way = tuple[Store, Faulty, str]
KEPT = "What is done is kept: run the same command again to resume."
MANY = 4000  # calls, more than a megabyte


@pytest.fixture(params=["s3", "sftp"])
def way(request: pytest.FixtureRequest, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """A store, what lies on the way to it, and the beginning of the URL that leads through that."""
    skip_unless_there(request.param)
    assert not cache.exists()
    if request.param == "s3":
        store: Store = request.getfixturevalue("bucket")
        faulty = Faulty(urlsplit(os.environ["AWS_ENDPOINT_URL"]).port or 0)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{faulty.port}")
        url = store.url
    else:
        store = request.getfixturevalue("shared")
        port, folder, home = request.getfixturevalue("sshd")
        faulty = Faulty(port)
        know(folder, home, faulty.port)
        url = store.url.replace(f":{port}/", f":{faulty.port}/")
    with closing(faulty.relay):
        yield store, faulty, url


def in_a_process(spawn: Spawn, *argv: str) -> Outcome:
    """Run the program as users do: what a package logs where nobody has set logging up is on stderr."""
    process = spawn(*argv)
    out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out.decode(), err.decode())


def one_error(outcome: Outcome) -> list[str]:
    """The error's lines, which are all that is there but the range."""
    lines = [line for line in outcome.err.splitlines() if not line.startswith(("range:", "  "))]
    assert lines[0].startswith("nxcdr: error: "), outcome.err
    assert len(lines) <= 2, outcome.err
    return lines


@pytest.mark.parametrize("there", [False, True], ids=["new", "replaced"])
def test_an_upload_that_is_cut_is_exit_6_and_the_next_run_uploads_without_a_request(
    serve: Serve, nxcdr: Program, spawn: Spawn, way: Way, *, there: bool
) -> None:
    store, faulty, url = way
    sandbox = serve(some_calls(MANY))
    if there:
        store.write("x.csv", b"old")
        store.write("x.csv.receipt.json", b"{}")
    command = ("export", DAY, "-o", f"{url}x.csv", "--receipt", "--overwrite")
    faulty.most = 300_000
    outcome = in_a_process(spawn, *command)
    assert outcome.code == 6
    assert f"{url}x.csv can't be written" in one_error(outcome)[0]
    assert one_error(outcome)[1].endswith(KEPT)
    seen = [name for name in store.names() if not name.startswith(".")]
    assert seen == (["x.csv"] if there else ["x.csv.receipt.json"])  # a file's own receipt, or none
    if there:
        assert store.read("x.csv") == b"old"
    faulty.most = None
    sandbox.requests.clear()
    outcome = nxcdr(*command)
    assert (outcome.code, sandbox.requests) == (0, []), outcome.err
    assert "resumed" in outcome.err
    assert store.names() == ["x.csv", "x.csv.receipt.json"]
    assert nxcdr("verify", f"{url}x.csv").code == 0


def test_killed_in_its_upload_nothing_half_is_there_and_the_next_run_uploads_without_a_request(
    serve: Serve, nxcdr: Program, spawn: Spawn, way: Way, cache: Path
) -> None:
    store, faulty, url = way
    sandbox = serve(some_calls(MANY))
    faulty.most = 300_000
    faulty.released.clear()
    process = spawn("export", DAY, "-o", f"{url}x.csv")
    assert faulty.reached.wait(60)
    process.kill()
    process.wait()
    faulty.released.set()
    assert "x.csv" not in store.names()
    assert len(list(cache.glob("*.x.csv.nxcdr"))) == 1
    faulty.most = None
    sandbox.requests.clear()
    outcome = nxcdr("export", DAY, "-o", f"{url}x.csv")
    assert (outcome.code, sandbox.requests, store.names()) == (0, [], ["x.csv"]), outcome.err
    assert store.read("x.csv").count(b"\n") == MANY + 1
    assert list(cache.iterdir()) == []


def test_a_server_that_is_gone_is_exit_6_before_the_first_request(serve: Serve, spawn: Spawn, way: Way) -> None:
    _, faulty, url = way
    sandbox = serve(some_calls(3))
    faulty.relay.close()
    outcome = in_a_process(spawn, "export", DAY, "-o", f"{url}x.csv")
    assert (outcome.code, outcome.out, sandbox.requests) == (6, "", [])
    assert "can't be" in one_error(outcome)[0]


def test_a_server_that_goes_while_calls_are_fetched_is_exit_6_and_the_work_is_kept(
    serve: Serve, nxcdr: Program, spawn: Spawn, way: Way
) -> None:
    store, faulty, url = way
    sandbox = serve(some_calls(250))

    def cut(_: Request) -> None:
        faulty.most = 0

    sandbox._observe = cut
    outcome = in_a_process(spawn, "export", DAY, "-o", f"{url}x.csv")
    assert (outcome.code, store.names()) == (6, []), outcome.err
    assert one_error(outcome)[1].endswith(KEPT)
    sandbox._observe, faulty.most = None, None
    sandbox.requests.clear()
    assert nxcdr("export", DAY, "-o", f"{url}x.csv").code == 0
    assert (sandbox.requests, store.names()) == ([], ["x.csv"])


def test_a_bucket_or_folder_that_is_missing_is_exit_6_before_the_first_request(
    serve: Serve, nxcdr: Program, way: Way
) -> None:
    _, _, url = way
    sandbox = serve(some_calls(3))
    missing = "s3://nowhere" if url.startswith("s3") else f"{url}nowhere"
    outcome = nxcdr("export", DAY, "-o", f"{missing}/x.csv")
    assert (outcome.code, outcome.out, sandbox.requests) == (6, "", [])
    assert one_error(outcome) == [
        f"nxcdr: error: {missing} does not exist",
        "Make it first, or choose another place with -o.",
    ]


def test_no_credentials_for_s3_is_exit_6_before_the_first_request(
    serve: Serve, spawn: Spawn, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_there("s3")
    url = request.getfixturevalue("bucket").url
    sandbox = serve(some_calls(3))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = in_a_process(spawn, "export", DAY, "-o", f"{url}x.csv")
    assert (outcome.code, sandbox.requests) == (6, [])
    assert "AWS_PROFILE" in one_error(outcome)[1]


def test_refused_credentials_are_exit_6_before_the_first_request(
    serve: Serve, spawn: Spawn, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_there("s3")
    assert not cache.exists()
    sandbox = serve(some_calls(3))
    with closing(
        Relay(answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    ) as refusing:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{refusing.port}")
        outcome = in_a_process(spawn, "export", DAY, "-o", "s3://calls/x.csv")
    assert (outcome.code, sandbox.requests) == (6, [])
    assert one_error(outcome) == [
        "nxcdr: error: s3://calls/x.csv can't be looked at: Forbidden",
        "Credentials are found as by the AWS CLI, for example with AWS_PROFILE.",
    ]


def test_a_server_of_sftp_that_does_not_let_us_in_is_exit_6_and_shows_no_password(
    serve: Serve, nxcdr: Program, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_unless_there("sftp")
    port, folder, _ = request.getfixturevalue("sshd")
    request.getfixturevalue("cache")
    sandbox = serve(some_calls(3))
    monkeypatch.setenv("HOME", str(tmp_path))
    url = sftp_url(port, "hunter2")
    outcome = nxcdr("-v", "export", DAY, "-o", f"{url}/tmp/x.csv")
    assert (outcome.code, sandbox.requests) == (6, [])
    assert "~/.ssh/known_hosts" in one_error(outcome)[0]
    (tmp_path / ".ssh").mkdir()
    know(folder, tmp_path, port)
    outcome = nxcdr("-v", "export", DAY, "-o", f"{url}/tmp/x.csv")
    assert (outcome.code, sandbox.requests) == (6, [])
    assert "SSH agent" in one_error(outcome)[1]
    assert "hunter2" not in outcome.err


@pytest.mark.parametrize("password", ["hunter2", "hunter2@home", "hunter2:x", "hunter2/x"])
def test_a_password_in_a_url_is_never_shown(
    serve: Serve, nxcdr: Program, request: pytest.FixtureRequest, password: str
) -> None:
    skip_unless_there("sftp")
    folder = request.getfixturevalue("shared").folder
    serve(some_calls(3))
    url = f"{sftp_url(request.getfixturevalue('sshd')[0], password)}{folder}"
    said = [
        nxcdr("-vv", *words)
        for words in (
            ("export", DAY, "-o", f"{url}/x.csv", "--receipt", "--json"),
            ("export", DAY, "-o", f"{url}/x.csv", "--receipt"),
            ("export", DAY, "-o", f"{url}/y.csv", "--dry-run"),
            ("export", DAY, "-o", f"{url}/"),
            ("export", DAY, "-o", f"{url}/x"),
            ("export", DAY, "-o", f"{url}/{{week}}.csv"),
            ("export", DAY, "-o", f"{url}/{{date.csv"),
            ("export", DAY, "-o", f"{url}/nowhere/x.csv"),
            ("export", DAY, "-o", f"{url}/x.csv", "--split", "hour"),
            ("status", f"{url}/{{date}}.csv"),
            ("status", f"{url}/{{date}}.csv", DAY),
            ("status", f"{url}/{{date}}.csv", DAY, "--json"),
            ("verify", f"{url}/x.csv"),
            ("verify", f"{url}/y.csv", "--json"),
            ("reconcile", f"{url}/x.csv", "--json", "--details"),
        )
    ]
    assert [outcome.err for outcome in said if "hunter2" in outcome.err + outcome.out] == []
    assert 1 not in {outcome.code for outcome in said}
    if "/" not in password:
        assert (said[0].code, json.loads(said[0].out)["files"][0]["path"]) == (
            0,
            f"{url.replace(':' + password, '')}/x.csv",
        )
    assert not any(b"hunter2" in path.read_bytes() for path in folder.iterdir())


def test_a_second_run_on_the_same_url_is_refused(serve: Serve, nxcdr: Program, store: Store) -> None:
    found: list[Outcome] = []
    sandbox = serve(some_calls(250))

    def second(_: Request) -> None:
        sandbox._observe = None
        command = [sys.executable, "-m", "nxcdr", "export", DAY, "-o", f"{store.url}x.csv"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found.append(Outcome(done.returncode, done.stdout, done.stderr))

    sandbox._observe = second
    if store.url.startswith("memory"):
        pytest.skip("a process has a memory of its own")
    assert nxcdr("export", DAY, "-o", f"{store.url}x.csv").code == 0
    assert (found[0].code, one_error(found[0])[0]) == (6, "nxcdr: error: another run is writing x.csv")


@pytest.mark.parametrize(
    ("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("sftp", "paramiko"), ("az", "adlfs")]
)
def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(
    serve: Serve, nxcdr: Program, cache: Path, scheme: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not cache.exists()
    sandbox = serve(some_calls(3))
    monkeypatch.setattr("nxcdr.output.places.store.find_spec", lambda _: None)
    outcome = nxcdr("export", DAY, "-o", f"{scheme}://bucket/x.csv")
    assert (outcome.code, sandbox.requests) == (2, [])
    assert one_error(outcome) == [
        f"nxcdr: error: {scheme}:// needs the package {package}, which is not installed",
        f"Install it with: pip install 'nxcdr[remote]' {package}",
    ]


@pytest.mark.parametrize("url", ["nothing://x/y.csv", "s3://bucket.csv", "file:///nowhere/../x.csv"])
def test_a_url_that_names_nothing_is_a_usage_error(serve: Serve, nxcdr: Program, store: Store, url: str) -> None:
    sandbox = serve(some_calls(3))
    assert store.url
    outcome = nxcdr("export", DAY, "-o", url)
    assert (outcome.code, sandbox.requests) == (2, []), outcome.err


def test_a_place_works_in_another_process(serve: Serve, nxcdr: Program, way: Way) -> None:
    _, _, url = way
    serve(some_calls(3))
    assert nxcdr("export", DAY, "-o", f"{url}x.csv").code == 0
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer).found().size)"
    sent = pickle.dumps(next(existing([f"{url}x.csv"])))
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)
    assert int(done.stdout) > 0


def test_signals_and_threads_do_not_keep_the_process(serve: Serve, spawn: Spawn, way: Way) -> None:
    _, faulty, url = way
    serve(some_calls(MANY))
    faulty.most = 300_000
    faulty.released.clear()
    process = spawn("export", DAY, "-o", f"{url}x.csv")
    assert faulty.reached.wait(60)
    threading.Timer(0.1, process.terminate).start()
    _, err = process.communicate(timeout=20)
    faulty.released.set()
    assert process.returncode == 143
    assert err.decode().splitlines()[-1] == "What is done is kept: run the same command again to resume."
    assert b"Traceback" not in err
