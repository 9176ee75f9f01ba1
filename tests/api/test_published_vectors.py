"""The signature, pinned by what the vendor published."""

from __future__ import annotations

import hashlib

import pytest

from nxcdr.api.signing import sign

HEADERS = {"accessKey": "fme2na3kdi3ki", "ts": "1655710885431", "bizType": "1", "action": "send"}
SECRET = "abciiiko2k3"
SIGNED = "accessKey=fme2na3kdi3ki&action=send&bizType=1&ts=1655710885431"


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        ('{"name":"牛小信","id":10001}', "87c3560d3331ae23f1021e2025722354"),
        ('{"id":10001,"name":"牛小信"}', "7750759da06333f20d0640be09355e34"),
        ('{"id": 10001, "name": "牛小信"}', "d0c24a9886c629330d7f3f2056c65bc2"),
    ],
)
def test_the_published_vectors_come_out(body: str, signature: str) -> None:
    assert sign(HEADERS, body.encode(), SECRET) == signature


def test_an_empty_body_leaves_its_part_out() -> None:
    expected = hashlib.md5(f"{SIGNED}&accessSecret={SECRET}".encode()).hexdigest()
    assert sign(HEADERS, b"", SECRET) == expected


def test_sha256_signs_the_same_string() -> None:
    expected = hashlib.sha256(f"{SIGNED}&body={{}}&accessSecret={SECRET}".encode()).hexdigest()
    assert sign(HEADERS, b"{}", SECRET, algorithm="sha256") == expected


def test_the_order_of_headers_and_the_unsigned_ones_do_not_matter() -> None:
    shuffled = dict(reversed(HEADERS.items())) | {"algorithm": "md5", "sign": "x"}
    assert sign(shuffled, b"{}", SECRET) == sign(HEADERS, b"{}", SECRET)
