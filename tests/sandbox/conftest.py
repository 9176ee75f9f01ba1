"""A client that signs as the vendor asks, and does what it is told otherwise."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from nxcdr.api.signing import sign
from nxcdr.sandbox import PATH, Sandbox

Reply = tuple[int, http.client.HTTPMessage, bytes]


def _send(
    sandbox: Sandbox,
    body: dict[str, Any] | bytes,
    *,
    method: str = "POST",
    path: str = PATH,
    secret: str | None = None,
    at: float | None = None,
    headers: dict[str, str | None] | None = None,
) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {
        "accessKey": sandbox.access_key,
        "action": "cc",
        "bizType": "8",
        "ts": str(int((time.time() if at is None else at) * 1000)),
    }
    signature = sign(signed, content, secret or sandbox.access_secret)
    given = {**signed, "sign": signature, **(headers or {})}
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, content, {name: value for name, value in given.items() if value is not None})
        with connection.getresponse() as response:
            return response.status, response.headers, response.read()
    finally:
        connection.close()


@pytest.fixture
def send() -> Callable[..., Reply]:
    """``send(sandbox, body, …)`` gives status, headers and bytes."""
    return _send


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    """``ask(sandbox, startTime=…, …)`` gives the answer's JSON; page 1 of 100 where nothing else is said."""

    def ask(sandbox: Sandbox, *, at: float | None = None, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(_send(sandbox, {"size": 100, "page": 1, **body}, at=at)[2])
        return answer

    return ask
