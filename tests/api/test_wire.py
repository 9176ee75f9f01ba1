"""The wire itself: TLS with a private authority, proxies, and who may set the clock."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nxcdr.api.client import Account, Client
from nxcdr.api.pacing import Pace
from nxcdr.api.request import PageRequest
from nxcdr.errors import RefusedError, SettingsError, UnavailableError
from nxcdr.sandbox import DOCUMENTED_CALLS, Misbehaviour, Sandbox
from tests.listeners import Proxy, Relay, server_context, unwrapping

WHOLE = PageRequest(1690387200, 1690473600)


class Wire:
    """A sandbox behind TLS, and clients that ask it."""

    def __init__(self, authority: Path, stack: ExitStack) -> None:
        self.sandbox = stack.enter_context(Sandbox(list(DOCUMENTED_CALLS)))
        self.context = server_context(authority)
        self.relay = Relay(unwrapping(self.context, int(self.sandbox.base_url.rpartition(":")[2])))
        stack.callback(self.relay.close)
        self._stack = stack

    def client(self, *, host: str = "localhost", ca_bundle: Path | None = None) -> Client:
        account = Account(f"https://{host}:{self.relay.port}", self.sandbox.access_key, self.sandbox.access_secret)
        pace = Pace(rate=None, concurrency=1)
        return self._stack.enter_context(Client(account, pace=pace, retries=0, timeout=5, ca_bundle=ca_bundle))


@pytest.fixture
def wire(authority: Path) -> Iterator[Wire]:
    with ExitStack() as stack:
        yield Wire(authority, stack)


@pytest.fixture
def proxy(wire: Wire) -> Iterator[Proxy]:
    proxy = Proxy(wire.relay.port)
    yield proxy
    proxy.relay.close()


def test_an_unknown_authority_is_not_trusted(wire: Wire) -> None:
    with pytest.raises(UnavailableError, match="certificate verify failed") as caught:
        wire.client().page(WHOLE)
    assert "ca_bundle" in caught.value.hint
    assert not wire.sandbox.requests


def test_the_usual_authorities_are_certifis_whether_or_not_the_machine_has_its_own(
    wire: Wire, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))  # where OpenSSL looks for the machine's
    with pytest.raises(UnavailableError, match="certificate verify failed"):
        wire.client().page(WHOLE)


def test_a_private_authority_is_trusted_where_the_setting_names_it(wire: Wire, authority: Path) -> None:
    client = wire.client(ca_bundle=authority)
    assert len(client.page(WHOLE)) == 2
    assert client.probe().tls == "TLSv1.3"


def test_a_private_authority_is_trusted_where_the_environment_names_it(
    wire: Wire, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    assert len(wire.client().page(WHOLE)) == 2


def test_an_authority_that_is_not_there_is_told_at_once(wire: Wire, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.pem"):
        wire.client(ca_bundle=tmp_path / "nowhere.pem").page(WHOLE)


def test_a_certificate_for_another_name_is_not_trusted(wire: Wire, authority: Path) -> None:
    with pytest.raises(UnavailableError, match=r"IP address mismatch|not valid for"):
        wire.client(host="127.0.0.1", ca_bundle=authority).page(WHOLE)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_a_protocol_older_than_tls_1_2_is_refused(wire: Wire, authority: Path) -> None:
    wire.context.set_ciphers("ALL:@SECLEVEL=0")
    wire.context.minimum_version = ssl.TLSVersion.TLSv1
    wire.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(UnavailableError, match=r"(?i)protocol"):
        wire.client(ca_bundle=authority).page(WHOLE)


def test_tls_1_2_will_do(wire: Wire, authority: Path) -> None:
    wire.context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert wire.client(ca_bundle=authority).probe().tls == "TLSv1.2"


def test_a_proxy_is_used_and_sees_neither_key_nor_body(
    wire: Wire, proxy: Proxy, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.relay.port}")
    assert len(wire.client(ca_bundle=authority).page(WHOLE)) == 2
    [asked] = proxy.asked
    assert asked.startswith(f"CONNECT localhost:{wire.relay.port} HTTP/1.")
    assert "Proxy-Authorization: Basic dXNlcjp3b3Jk" in asked
    assert wire.sandbox.access_key not in asked
    assert "proxy-authorization" not in wire.sandbox.requests[0].headers


def test_no_proxy_keeps_a_host_away_from_the_proxy(
    wire: Wire, proxy: Proxy, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert len(wire.client(ca_bundle=authority).page(WHOLE)) == 2
    assert proxy.asked == []


def test_plain_http_on_loopback_never_goes_through_a_proxy(
    wire: Wire, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    account = Account(wire.sandbox.base_url, wire.sandbox.access_key, wire.sandbox.access_secret)
    with Client(account, pace=Pace(rate=None, concurrency=1)) as client:
        assert len(client.page(WHOLE)) == 2
    assert proxy.asked == []


def test_a_proxy_that_is_away_is_told(
    wire: Wire, proxy: Proxy, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.relay.port}")
    proxy.relay.close()
    with pytest.raises(UnavailableError):
        wire.client(ca_bundle=authority).page(WHOLE)


def test_the_servers_clock_is_taken_over_tls(wire: Wire, authority: Path) -> None:
    wire.sandbox.misbehaviour = Misbehaviour(clock_skew=300)
    assert len(wire.client(ca_bundle=authority).page(WHOLE)) == 2


def test_the_servers_clock_is_not_taken_where_others_could_have_changed_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sandbox.misbehaviour = Misbehaviour(clock_skew=300)
    port = wire.sandbox.base_url.rpartition(":")[2]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real("127.0.0.1" if host == "elsewhere.example" else host, *rest, **more),
    )
    account = Account(f"http://elsewhere.example:{port}", wire.sandbox.access_key, wire.sandbox.access_secret)
    with Client(account, pace=Pace(rate=None, concurrency=1)) as client, pytest.raises(RefusedError, match="1004"):
        client.page(WHOLE)
