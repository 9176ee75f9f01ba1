"""Every call of a range as a record, by way of a temporary file: memory does not grow with the range."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from nxcdr.api.answer import Record, decode_records
from nxcdr.api.client import Client
from nxcdr.errors import NxcdrError
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Options, Progress, fetch
from nxcdr.output.files import cannot_write


def texts(
    start: int, end: int, client: Client, options: Options, progress: Progress, *, warn: Callable[[str], None]
) -> Generator[Sequence[bytes], None, None]:
    """The JSON texts of every call of a range, exactly once, sorted as in a file; some at a time.

    The first come once the whole range is fetched and proved complete.

    Args:
        start: Seconds since 1970.
        end: Seconds since 1970, exclusive.
        client: Asks.
        options: How to ask.
        progress: Kept up to date.
        warn: Told what the user should know about the numbers.

    Raises:
        NxcdrError: The range can't be fetched whole.
    """
    progress.seconds += end - start
    try:
        with (
            tempfile.TemporaryDirectory(prefix="nxcdr-") as folder,
            Checkpoint(Path(folder) / "checkpoint", "") as checkpoint,
        ):
            fetch(start, end, client, checkpoint, options, progress=progress, warn=warn)
            yield from checkpoint.records()
    except NxcdrError:
        raise
    except OSError as error:
        raise cannot_write("the temporary folder", error) from error


def records(
    start: int, end: int, client: Client, options: Options, progress: Progress, *, warn: Callable[[str], None]
) -> Generator[Record, None, None]:
    """The same, decoded from JSON: values as the API returned them."""
    for batch in texts(start, end, client, options, progress, warn=warn):
        yield from decode_records(batch)
