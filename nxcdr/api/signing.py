"""The signature every request carries.

Source: vendor docs, API Interface Invocation Convention, Signature; SHA-256 from the newer help page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

ALGORITHMS = ("md5", "sha256")

_UNSIGNED_HEADERS = frozenset({"sign", "algorithm"})


def sign(headers: Mapping[str, str], body: bytes, access_secret: str, *, algorithm: str = "md5") -> str:
    """Sign a request.

    ``hex(digest("accessKey=…&action=…&bizType=…&ts=…" + "&body=" + body + "&accessSecret=" + secret))``; the
    ``&body=`` part is left out when the body is empty.

    Args:
        headers: The vendor's common headers (accessKey, action, bizType, ts); ``sign`` and ``algorithm`` are ignored.
        body: The very bytes that are sent.
        access_secret: The account's secret.
        algorithm: ``md5`` or ``sha256``.

    Returns:
        Lower-case hexadecimal digits: 32 for MD5, 64 for SHA-256.
    """
    pairs = (f"{name}={headers[name]}" for name in sorted(headers) if name not in _UNSIGNED_HEADERS)
    digest = hashlib.new(algorithm, "&".join(pairs).encode(), usedforsecurity=False)
    if body:
        digest.update(b"&body=" + body)
    digest.update(f"&accessSecret={access_secret}".encode())
    return digest.hexdigest()
