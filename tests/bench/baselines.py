"""What the export is measured against: loops over the API that prove nothing, each run as a program of its own.

    python tests/bench/baselines.py bare URL FILE       what most scripts do
    python tests/bench/baselines.py floor URL FILE      about the least that one core can do

Both read one day by page number, with a signature for each request, and write the values as they came to CSV.
"""

from __future__ import annotations

import csv
import http.client
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nxcdr.api.signing import sign
from nxcdr.sandbox import DEFAULT_ACCESS_KEY, DEFAULT_ACCESS_SECRET, PATH

START, END = 1690387200, 1690473600  # 2023-07-27 in Asia/Hong_Kong
SIZE = 100

Rows = list[dict[str, Any]]


def bare(url: str, file: Path) -> None:
    """One ``requests.Session``, page after page, ``csv.DictWriter``."""
    import requests

    with requests.Session() as session, file.open("w", newline="", encoding="utf-8") as out:
        writer: csv.DictWriter[str] | None = None

        def ask(page: int) -> Rows:
            body = json.dumps({"startTime": START, "endTime": END, "page": page, "size": SIZE}).encode()
            answer = session.post(url + PATH, data=body, headers=_headers(body), timeout=30)
            rows: Rows = answer.json()["data"]
            return rows

        for rows in _pages(ask):
            if writer is None:
                writer = csv.DictWriter(out, fieldnames=list(rows[0]))
                writer.writeheader()
            writer.writerows(rows)


def floor(url: str, file: Path) -> None:
    """One kept-alive ``http.client`` connection, ``orjson``, ``csv.writer``."""
    import orjson

    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def ask(page: int) -> Rows:
        body = orjson.dumps({"startTime": START, "endTime": END, "page": page, "size": SIZE})
        connection.request("POST", PATH, body, _headers(body))
        rows: Rows = orjson.loads(connection.getresponse().read())["data"]
        return rows

    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for number, rows in enumerate(_pages(ask)):
            if not number:
                writer.writerow(rows[0])
            writer.writerows(row.values() for row in rows)


def _pages(ask: Callable[[int], Rows]) -> Any:
    page = 1
    while rows := ask(page):
        yield rows
        if len(rows) < SIZE:
            return
        page += 1


def _headers(body: bytes) -> dict[str, str]:
    headers = {"accessKey": DEFAULT_ACCESS_KEY, "action": "cc", "bizType": "8", "ts": str(int(time.time() * 1000))}
    return {**headers, "sign": sign(headers, body, DEFAULT_ACCESS_SECRET), "Content-Type": "application/json"}


if __name__ == "__main__":
    name, url, file = sys.argv[1:]
    {"bare": bare, "floor": floor}[name](url, Path(file))
