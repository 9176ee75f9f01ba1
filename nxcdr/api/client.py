"""The client: one signed request for one page, tried until it succeeds or no try is left.

Source: vendor docs, CDR Query (endpoint, headers, body) and API Interface Invocation Convention.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from nxcdr import __version__
from nxcdr.api.answer import ClockError, Page, TransientError, read_answer, server_time
from nxcdr.api.connection import Adapter, Answer, post
from nxcdr.api.faults import faults_of, given_up, raise_own_limits
from nxcdr.api.pacing import Pace, backoff
from nxcdr.api.request import Filters, PageRequest
from nxcdr.api.signing import sign
from nxcdr.errors import NxcdrError, SettingsError

PATH = "/saas/cc/openapi/cdr/page"
TOLERATED_SKEW = 60.0
MOST_IN_FLIGHT = 64
LONGEST_SILENT_WAIT = 5.0  # seconds
SECONDS_BETWEEN_NOTES = 30.0


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask, and as whom. The secret never shows in a repr."""

    base_url: str
    access_key: str
    access_secret: str = field(repr=False)
    algorithm: str = "md5"


@dataclass(slots=True)
class Traffic:
    """What a run has cost so far.

    Attributes:
        requests: Requests sent, all tries.
        retries: Of these, tries after the first.
        refusals: How often the server asked to be asked less often.
        waiting: Requests that wait for their next try now.
        last_fault: What the last failed try failed with.
    """

    requests: int = 0
    retries: int = 0
    refusals: int = 0
    waiting: int = 0
    last_fault: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What one signed request tells of the connection.

    Attributes:
        endpoint: The URL asked.
        latency: Seconds from sending to the whole answer.
        skew: Server's clock minus ours, in seconds, good to about one; None without a Date header.
        tls: The protocol's name, such as ``TLSv1.3``; None without TLS.
    """

    endpoint: str
    latency: float
    skew: float | None
    tls: str | None


class Client:
    """Asks for pages, from any number of threads.

    Args:
        account: Endpoint and credentials.
        filters: What to leave out.
        pace: The run's limiter; None for one that slows down only when the server says so.
        timeout: Seconds to wait for an answer, whole.
        retries: Tries of one request after the first.
        ca_bundle: Certificate authorities to trust instead of the usual ones.
        warn: Told once when the local clock is found off.
        note: Told of waits of more than 5 s, at most once in 30 s.
        trace: Told of each request and answer, with the key shortened and the signature masked.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        account: Account,
        *,
        filters: Filters | None = None,
        pace: Pace | None = None,
        timeout: float = 30.0,
        retries: int = 5,
        ca_bundle: Path | None = None,
        warn: Callable[[str], None] = lambda _: None,
        note: Callable[[str], None] = lambda _: None,
        trace: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.endpoint = account.base_url.rstrip("/") + PATH
        self.pace = pace or Pace(rate=None, concurrency=MOST_IN_FLIGHT)
        self.traffic = Traffic()
        self.filters = filters or Filters()
        self._timeout = timeout
        self._retries = retries
        self._ca_bundle = ca_bundle
        self._warn = warn
        self._note = note
        self._noted_at = -inf
        self._trace = trace
        self._clock = clock
        self._offset = 0.0
        self._lock = threading.Lock()
        self._pool: urllib3.HTTPConnectionPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every wait and give back the connections."""
        self.pace.stop()
        with self._lock:
            if self._pool:
                self._pool.close()

    def page(self, request: PageRequest) -> Page:
        """Ask for one page, as often as the retries allow.

        Raises:
            UnavailableError: No try was answered.
            SettingsError: The certificate authorities to trust are not there.
            UntrustedAnswerError: The answers are not the API's.
            CredentialsError: The server refused the credentials (1003, 1005, HTTP 401 or 403).
            RefusedError: The server refused the request (any other code).
            Stopped: The client was closed meanwhile.
        """
        body = request.body(self.filters)
        attempt = 0
        while True:
            offset = self._offset
            try:
                with self.pace.turn() as sent:
                    try:
                        page = self._try(body, offset)
                    except TransientError as fault:
                        self._note_fault(fault)
                        if fault.slow_down:
                            self.pace.refused(sent, fault.retry_after)
                            self._note_wait(self.pace.blocked_for(), fault)
                        raise
                self.pace.served()
            except _ClockOffError as off:
                self._learn_clock(off, offset)
            except TransientError as fault:
                if attempt >= self._retries:
                    raise given_up(fault, attempt + 1) from fault
                with self._lock:
                    self.traffic.waiting += 1
                try:
                    if not fault.slow_down:
                        seconds = backoff(attempt)
                        self._note_wait(seconds, fault)
                        self.pace.wait(seconds)
                finally:
                    with self._lock:
                        self.traffic.waiting -= 1
                        self.traffic.retries += 1
                attempt += 1
            else:
                return page

    def probe(self, *, start: int = 0, end: int = 1) -> Probe:
        """Make one signed request, once, and tell how it went.

        Raises:
            NxcdrError: As `page`, but after the first try.
        """
        body = PageRequest(start, end, 1, 1).body(self.filters)
        began = time.monotonic()
        skew: float | None = None
        try:
            with self.pace.turn():
                headers = self._headers(body, self._offset)
                answer = self._exchange(body, headers)
            latency = time.monotonic() - began
            seen = server_time(answer.headers)
            # The header counts whole seconds: on average it is half a second old.
            skew = None if seen is None else seen + 0.5 - (self._clock() - latency / 2)
            self._read(answer, headers["sign"])
        except ClockError as error:
            error.skew = skew
            raise
        except TransientError as fault:
            raise given_up(fault, 1) from fault
        return Probe(self.endpoint, latency, skew, answer.tls)

    def _try(self, body: bytes, offset: float) -> Page:
        with self._lock:
            self.traffic.requests += 1
        headers = self._headers(body, offset)
        answer = self._exchange(body, headers)
        try:
            return self._read(answer, headers["sign"])
        except ClockError as error:
            raise _ClockOffError(error, server_time(answer.headers)) from error

    def _read(self, answer: Answer, signature: str) -> Page:
        try:
            return read_answer(answer.status, answer.headers, answer.body)
        except (NxcdrError, TransientError) as error:
            error.message = self._redacted(error.message, signature)
            raise

    def _redacted(self, text: str, signature: str) -> str:
        """The words of a server or gateway, without the secret and the signature that they may repeat."""
        for secret in filter(None, (self.account.access_secret, signature)):
            text = text.replace(secret, "…")
        return text

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._trace:
            self._trace(f"> POST {self.endpoint} {_masked(headers)} {body.decode('utf-8', 'replace')}")
        with faults_of(self.endpoint, self._timeout):
            answer = post(self._connected(), urlsplit(self.endpoint).path, body, headers, self._timeout)
        if self._trace:
            words = self._redacted(answer.body[:300].decode("utf-8", "replace"), headers["sign"])
            self._trace(f"< HTTP {answer.status} {len(answer.body)} bytes {words}")
        return answer

    def _headers(self, body: bytes, offset: float) -> dict[str, str]:
        headers = {
            "accessKey": self.account.access_key,
            "action": "cc",
            "bizType": "8",
            "ts": str(round((self._clock() + offset) * 1000)),
        }
        headers["sign"] = sign(headers, body, self.account.access_secret, algorithm=self.account.algorithm)
        if self.account.algorithm != "md5":
            headers["algorithm"] = self.account.algorithm
        return headers | {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/json",
            "User-Agent": f"nxcdr/{__version__}",
        }

    def reconnect(self) -> None:
        """Use new connections: an old one may have given an answer that belongs to another request."""
        with self._lock:
            self._pool = None

    def _connected(self) -> urllib3.HTTPConnectionPool:
        """The connections, for all threads."""
        with self._lock:
            if self._pool is None:
                with requests.Session() as session:
                    # Plain http is for loopback alone, and must not be shown to a proxy.
                    session.trust_env = urlsplit(self.endpoint).scheme == "https"
                    verify = str(self._ca_bundle) if self._ca_bundle else True
                    found = session.merge_environment_settings(self.endpoint, {}, False, verify, None)
                bundle = Path(DEFAULT_CA_BUNDLE_PATH if found["verify"] is True else str(found["verify"]))
                if not holds_authorities(bundle):
                    raise SettingsError(
                        f"{bundle} is not a file (PEM) or folder of certificate authorities that can be read",
                        "Check the setting ca_bundle, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.",
                    )
                self._pool = Adapter(bundle, MOST_IN_FLIGHT).pool(self.endpoint, found["proxies"])
            return self._pool

    def _learn_clock(self, off: _ClockOffError, used: float) -> None:
        """Adopt the server's clock, once, and only over TLS or loopback, where nobody can have changed it."""
        with self._lock:
            if self._offset != used:
                return  # another thread has learnt it meanwhile: sign again
            skew = None if off.server_time is None else off.server_time + 0.5 - self._clock()
            if used or skew is None or abs(skew) <= TOLERATED_SKEW - 1 or not self._clock_is_trusted():
                raise off.error
            self._offset = skew
        ahead = "behind" if skew > 0 else "ahead of"
        self._warn(
            f"this machine's clock is {abs(skew):.0f} s {ahead} the server's; using the server's time for this run"
        )

    def _clock_is_trusted(self) -> bool:
        url = urlsplit(self.endpoint)
        return url.scheme == "https" or is_loopback(url.hostname or "")

    def _note_wait(self, seconds: float, fault: TransientError) -> None:
        with self._lock:
            now = time.monotonic()
            if seconds <= LONGEST_SILENT_WAIT or now - self._noted_at < SECONDS_BETWEEN_NOTES:
                return
            self._noted_at = now
        self._note(f"waiting {seconds:.0f} s before the next request: {fault.message}")

    def _note_fault(self, fault: TransientError) -> None:
        with self._lock:
            self.traffic.last_fault = fault.message
            self.traffic.refusals += fault.slow_down
        if self._trace:
            self._trace(f"< {fault.message}")


class _ClockOffError(Exception):
    def __init__(self, error: ClockError, server_time: float | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.server_time = server_time


def holds_authorities(bundle: Path) -> bool:
    """Whether certificates can be read there: a file in PEM, or a folder."""
    try:
        return bundle.is_dir() or b"-----BEGIN " in bundle.read_bytes()
    except OSError as error:
        raise_own_limits(error)
        return False
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _masked(headers: Mapping[str, str]) -> str:
    shown = {**headers, "accessKey": headers["accessKey"][:4] + "…", "sign": "…"}
    return " ".join(f"{name}:{value}" for name, value in shown.items())
