"""Every call of a range as a record, by way of a temporary file: memory does not grow with the range."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from nxcdr.api.answer import Record, records_of
from nxcdr.api.client import Client
from nxcdr.export.job import Job, plan_units
from nxcdr.export.results import Tally
from nxcdr.export.run import run

_AT_ONCE = 500


def records(job: Job, client: Client, tally: Tally, *, warn: Callable[[str], None]) -> Generator[Record, None, None]:
    """Every call of a job's range, exactly once, just as the API returned it, in the order of a file.

    The first comes once the whole range is fetched and proved complete.

    Args:
        job: What to fetch, and how; what it says of files does not matter.
        client: Asks.
        tally: Kept up to date.
        warn: Told what the user should know about the numbers, each thing once.

    Raises:
        NxcdrError: The range can't be fetched whole.
    """
    with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder:
        path = Path(folder) / "calls.jsonl"
        name = str(path).replace("{", "{{").replace("}", "}}")
        job = replace(job, output=name, format="jsonl", raw=True, columns=None, split=None, temporary=True)
        for _ in run(job, plan_units(job), client, tally, warn=warn):
            pass
        with path.open("rb") as file:
            while lines := list(islice(file, _AT_ONCE)):
                yield from records_of(b"[" + b",".join(lines) + b"]")
