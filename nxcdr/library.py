"""The engine for notebooks and pipelines: every call of a range, exactly once, as Python values. Prints nothing."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nxcdr.api.answer import Record, records_of
from nxcdr.api.client import Client
from nxcdr.export import Job, Tally, plan_units, run
from nxcdr.output.values import decoder
from nxcdr.timerange import TimeRange


def calls(
    client: Client,
    span: TimeRange,
    *,
    raw: bool = False,
    concurrency: int = 4,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[Record]:
    """Every call of a range, exactly once, sorted by startTime and then by the rest of the record.

    The first call comes once the whole range is fetched and proved complete: until then it is kept in a temporary
    file, so that memory does not grow with the range.

    Args:
        client: Where to ask, and as whom; its filters apply.
        span: The range, as `nxcdr.parse_range` understands a phrase.
        raw: Values exactly as the API returned them; otherwise decoded as in files: times as ISO 8601 text in the
            range's zone, ``direction`` and ``hangupBy`` as words, ``queueDuration`` in seconds.
        concurrency: Requests in flight.
        warn: Told what one should know about the numbers.

    Yields:
        Records by the vendor's field names; numbers with a fraction are ``Decimal``.

    Raises:
        NxcdrError: The range can't be fetched whole.
    """
    with tempfile.TemporaryDirectory(prefix="nxcdr-") as folder:
        path = Path(folder) / "calls.jsonl"
        job = Job(
            range=span,
            account=(client.endpoint, client.account.access_key),
            profile="",
            output=str(path).replace("{", "{{").replace("}", "}}"),
            raw=True,
            concurrency=concurrency,
            now=time.time(),
        )
        for _ in run(job, plan_units(job), client, Tally(), warn=warn):
            pass
        decode = decoder(span.zone)
        with path.open("rb") as file:
            for line in file:
                record = records_of(b"[" + line + b"]")[0]
                yield record if raw else decode(record)
