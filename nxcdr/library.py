"""The engine for notebooks and pipelines: every call of a range, exactly once, as Python values. Prints nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from nxcdr import settings, timerange
from nxcdr.api.answer import Record
from nxcdr.api.client import Client
from nxcdr.api.request import Filters
from nxcdr.connection import connected
from nxcdr.export import records
from nxcdr.fetch.whole import Options, Progress
from nxcdr.output.values import decoder
from nxcdr.timerange import TimeRange

_SETTLE = 3600  # seconds


def parse_range(phrase: str, *, zone: str | ZoneInfo | None = None, now: datetime | None = None) -> TimeRange:
    """Understand a range as people say it, wholly or not at all.

    Args:
        phrase: Such as ``last 7 days``, ``2023-07`` or ``jul 1 - 15``.
        zone: Whose days and clocks are meant; None for those of the command line: ``NXCDR_TIMEZONE``, else the usual
            profile's, else the machine's.
        now: An aware time to understand the phrase at; None for the present.

    Returns:
        The range, half-open, in whole seconds since 1970; its ``choices`` tell what was chosen.

    Raises:
        RangeError: The phrase is not understood, can be read in two ways, or means no time that has begun.
        UsageError: There is no zone of this name.
        ValueError: ``now`` is naive.
    """
    if not isinstance(zone, ZoneInfo):
        zone = timerange.zone_named(settings.timezone_name(None, os.environ) if zone is None else zone)
    return timerange.parse_range(phrase, now=datetime.now(UTC) if now is None else now, zone=zone)


@contextmanager
def connect(
    profile: str | None = None, *, filters: Filters | None = None, warn: Callable[[str], None] = lambda _: None
) -> Iterator[Client]:
    """A client with the settings of the command line: the environment's, else the profile's, else the defaults.

    Args:
        profile: Its name; None for the usual one. ``sandbox`` starts a local stand-in that needs no account.
        filters: What the server leaves out.
        warn: Told what is odd with the settings or the local clock.

    Yields:
        The client, until the block is left.

    Raises:
        SettingsError: A setting, profile or file that can't be used.
        CredentialsError: There are none.
    """
    found = settings.load(profile=profile, flags={}, env=os.environ)
    for warning in found.warnings:
        warn(warning)
    with connected(found, filters, warn=warn) as client:
        yield client


def calls(
    client: Client,
    span: TimeRange,
    *,
    raw: bool = False,
    concurrency: int = 4,
    warn: Callable[[str], None] = lambda _: None,
) -> Generator[Record, None, None]:
    """Every call of a range, exactly once, sorted by startTime and then by the rest of the record.

    The first call comes once the whole range is fetched and proved complete: until then it is kept in a temporary
    file, so that memory does not grow with the range.

    Args:
        client: Where to ask, and as whom; its filters apply.
        span: The range, as `parse_range` understands a phrase.
        raw: Values exactly as the API returned them; otherwise decoded as in files: times as ISO 8601 text in the
            range's zone, ``direction`` and ``hangupBy`` as words, ``queueDuration`` in seconds.
        concurrency: Requests in flight.
        warn: Told what one should know about the numbers: of a range that reaches into the last hour, for instance,
            calls may still be missing, since a call is recorded when it ends.

    Yields:
        Records by the vendor's field names; numbers with a fraction are ``Decimal``.

    Raises:
        NxcdrError: The range can't be fetched whole.
    """
    now = time.time()
    settled_before = now - _SETTLE
    if span.end > settled_before:
        warn("not settled yet: a call is recorded when it ends, so the last calls may still be missing")
    options = Options(concurrency=concurrency, settled_before=settled_before)
    found = records(span.start, span.end, client, options, Progress(), warn=warn)
    yield from found if raw else map(decoder(span.zone), found)
