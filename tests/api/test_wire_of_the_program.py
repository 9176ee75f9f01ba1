"""The wire, through the whole program: a private authority, a real proxy, TLS, redirects, and answers without end."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nxcdr import __version__
from nxcdr.sandbox import Fault, Misbehaviour, Sandbox
from tests.harness import DAY, Program, Serve, json_lines_of, some_calls
from tests.listeners import Proxy, Relay, server_context, unwrapping

CALLS = some_calls(250)
SAVE = ("export", DAY, "-o", "calls.jsonl")
LARGEST = 96  # MiB that the program may use; about 45 of them are Python's and its libraries'


class Secured:
    """A sandbox behind TLS, which the environment points at; and ways to it."""

    def __init__(self, sandbox: Sandbox, context: ssl.SSLContext, port: int) -> None:
        self.sandbox = sandbox
        self.context = context
        self.port = port


@pytest.fixture
def secured(serve: Serve, authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secured]:
    sandbox = serve(CALLS)
    context = server_context(authority)
    with Relay(unwrapping(context, int(sandbox.base_url.rpartition(":")[2]))) as relay:
        monkeypatch.setenv("NXCDR_BASE_URL", f"https://localhost:{relay.port}")
        monkeypatch.setenv("NXCDR_RETRIES", "0")
        yield Secured(sandbox, context, relay.port)


@pytest.fixture
def proxy(secured: Secured) -> Iterator[Proxy]:
    with ExitStack() as stack:
        proxy = Proxy(secured.port)
        stack.callback(proxy.relay.close)
        yield proxy


def real(*argv: str) -> subprocess.CompletedProcess[str]:
    """Runs the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "nxcdr", *argv], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def trusting(nxcdr: Program, authority: Path, secured: Secured) -> None:
    """The private authority is named in the file."""
    assert secured.port
    assert nxcdr("config", "set", "ca_bundle", authority).code == 0


@pytest.mark.usefixtures("trusting")
def test_a_private_authority_named_in_the_file_is_trusted(secured: Secured, here: Path) -> None:
    done = real(*SAVE)
    assert done.returncode == 0, done.stderr
    assert len(json_lines_of(here / "calls.jsonl")) == len(CALLS)
    assert all(request.headers["user-agent"] == f"nxcdr/{__version__}" for request in secured.sandbox.requests)


def test_a_private_authority_named_in_the_environment_is_trusted(
    secured: Secured, here: Path, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = real(*SAVE)
    assert (refused.returncode, refused.stdout) == (5, "")
    assert "certificate verify failed" in refused.stderr
    assert "the setting ca_bundle" in refused.stderr
    assert not secured.sandbox.requests
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    assert real(*SAVE).returncode == 0
    assert len(json_lines_of(here / "calls.jsonl")) == len(CALLS)


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_an_export_goes_through_the_proxy_which_sees_nothing_of_it(
    secured: Secured, proxy: Proxy, here: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, f"http://user:pass-word@127.0.0.1:{proxy.relay.port}")
    done = real("-vv", *SAVE)
    assert done.returncode == 0, done.stderr
    assert len(json_lines_of(here / "calls.jsonl")) == len(CALLS)
    assert proxy.asked
    assert all(asked.startswith(f"CONNECT localhost:{secured.port} ") for asked in proxy.asked)
    assert secured.sandbox.access_key not in "".join(proxy.asked)
    assert "pass-word" not in done.stderr


@pytest.mark.usefixtures("trusting")
def test_no_proxy_goes_round_the_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    monkeypatch.setenv("NO_PROXY", "example.com,localhost")
    assert real(*SAVE).returncode == 0
    assert proxy.asked == []


@pytest.mark.usefixtures("trusting")
def test_a_check_tells_of_tls_and_of_the_proxy_that_is_used(
    nxcdr: Program, proxy: Proxy, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass-word@127.0.0.1:{proxy.relay.port}")
    done = nxcdr("config", "check")
    assert f"TLS         TLSv1.3, certificate verified by {authority}\n" in done.out
    assert "proxy       the one that HTTPS_PROXY names\n" in done.out
    assert "pass-word" not in done.out + done.err
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert "proxy" not in nxcdr("config", "check").out


@pytest.mark.usefixtures("trusting")
def test_a_check_says_what_is_most_likely_wrong_with_the_wire(
    nxcdr: Program, secured: Secured, proxy: Proxy, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_cause() -> str:
        done = nxcdr("config", "check")
        assert (done.code, done.out) == (5, "")
        return done.err.splitlines()[-1].partition("; or else")[0]

    monkeypatch.setenv("NXCDR_BASE_URL", f"https://127.0.0.1:{secured.port}")
    assert "base_url names another server" in first_cause()
    monkeypatch.setenv("NXCDR_BASE_URL", secured.sandbox.base_url.replace("http:", "https:"))
    assert "what listens there does not speak TLS 1.2 or newer" in first_cause()
    monkeypatch.setenv("NXCDR_BASE_URL", f"https://localhost:{secured.port}")
    nxcdr("config", "set", "ca_bundle", authority.with_name("server.pem"))
    assert "server.pem lacks the server's certificate authority" in first_cause()
    nxcdr("config", "unset", "ca_bundle")
    assert "a proxy or firewall opens TLS" in first_cause()
    proxy.relay.close()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    assert "nothing listens where HTTPS_PROXY says a proxy is" in first_cause()


@pytest.mark.usefixtures("trusting")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_server_that_has_nothing_newer_than_tls_1_1_is_refused_at_once(secured: Secured, nxcdr: Program) -> None:
    secured.context.set_ciphers("ALL:@SECLEVEL=0")
    secured.context.minimum_version = ssl.TLSVersion.TLSv1
    secured.context.maximum_version = ssl.TLSVersion.TLSv1_1
    done = nxcdr(*SAVE, "--retries", "5")
    assert (done.code, done.out) == (5, "")
    assert "no secure connection" in done.err
    assert "TLS 1.2 or newer is needed" in done.err
    assert not secured.sandbox.requests


def test_a_redirect_is_refused_and_not_followed(serve: Serve, nxcdr: Program) -> None:
    sandbox = serve(CALLS, faults=(Fault.REDIRECT,), fault_every=1)
    done = nxcdr(*SAVE)
    assert (done.code, done.out) == (5, "")
    assert "redirects are not followed" in done.err
    assert {request.path for request in sandbox.requests} == {"/saas/cc/openapi/cdr/page"}


def test_plain_http_is_for_loopback_alone(nxcdr: Program, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here.is_dir()
    monkeypatch.setenv("NXCDR_BASE_URL", "http://10.0.0.1")
    done = nxcdr(*SAVE)
    assert done.code == 2
    assert "http on loopback only" in done.err


@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux counts")
@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.ENDLESS, Fault.GZIP_BOMB])
def test_an_answer_without_end_is_refused_in_bounded_memory(serve: Serve, fault: Fault, here: Path) -> None:
    serve(CALLS, faults=(fault,), fault_every=1)
    measure = (
        "import sys; from nxcdr.cli.app import main; from pathlib import Path; code = main(sys.argv[1:]);"
        "print(Path('/proc/self/status').read_text()); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, *SAVE, "--concurrency", "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "the answer is larger than 8 MiB; refused" in done.stderr
    (used,) = re.findall(r"VmHWM:\s*(\d+) kB", done.stdout)
    assert int(used) / 1024 < LARGEST
    assert list(here.iterdir()) == []


def test_the_servers_clock_is_for_this_run_only(serve: Serve, nxcdr: Program, here: Path) -> None:
    sandbox = serve(CALLS)
    sandbox.misbehaviour = Misbehaviour(clock_skew=-3600)
    for name in ("one.jsonl", "two.jsonl"):
        sandbox.requests.clear()
        done = nxcdr("export", DAY, "-o", name)
        assert done.code == 0
        assert re.search(r"clock is 3(599|600|601) s ahead of the server's; using the server's time", done.err)
        assert [request.code for request in sandbox.requests].count(1004) >= 1
    assert sorted(path.name for path in here.iterdir()) == ["one.jsonl", "two.jsonl"]
