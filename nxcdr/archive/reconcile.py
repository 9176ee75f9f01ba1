"""What the server says today, against what a file says."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

from nxcdr.api.client import Client, Filters
from nxcdr.archive.differences import Difference, differences
from nxcdr.errors import UsageError
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Options, Progress, fetch
from nxcdr.output.files import cannot_read, cannot_write
from nxcdr.output.formats import FORMATS, Shape
from nxcdr.output.reading import rows_of
from nxcdr.output.receipt import Receipt, required_receipt
from nxcdr.timerange import zone_named


def checked(path: Path) -> Receipt:
    """The receipt of a file that is to be reconciled.

    Raises:
        UsageError: There is no such file, no receipt, or one that this version does not understand.
        OutputError: It can't be read.
    """
    try:
        receipt = required_receipt(path)
    except OSError as error:
        raise cannot_read(path, error) from error
    filters_of(receipt)
    return receipt


def filters_of(receipt: Receipt) -> Filters:
    """The filters that a file was exported with.

    Raises:
        UsageError: One is not known.
    """
    try:
        return Filters(**receipt.filters)
    except TypeError as error:
        raise UsageError(f"this version does not know a filter of a receipt: {error}", "Update nxcdr.") from error


def reconcile(
    path: Path,
    receipt: Receipt,
    client: Client,
    options: Options,
    progress: Progress,
    *,
    warn: Callable[[str], None] = lambda _: None,
) -> Generator[Difference, None, None]:
    """Fetch again what a file's receipt says, and compare; the file is not touched.

    Args:
        path: The file.
        receipt: Its receipt.
        client: Asks; with the receipt's filters.
        options: How to ask.
        progress: Kept up to date.
        warn: Told if the server selects calls by another time than their start.

    Yields:
        The calls that differ, in order.

    Raises:
        NxcdrError: The range can't be fetched whole.
        DamagedError: The file is not whole.
        OutputError: The file can't be read, or the temporary folder can't be written.
    """
    form, span = FORMATS[receipt.file.format], receipt.range
    shape = Shape(None if receipt.file.raw else zone_named(span.zone), receipt.file.columns, receipt.file.excel)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="nxcdr-") as folder,
            Checkpoint(Path(folder) / "checkpoint", "") as checkpoint,
        ):
            fetch(span.start, span.end, client, checkpoint, options, progress=progress, warn=warn)
            with checkpoint.scratch.open("wb") as file:
                form.write(checkpoint.records(), file, shape)
            yield from differences(rows_of(path, form), rows_of(checkpoint.scratch, form))
    except OSError as error:
        if error.filename == str(path):
            raise cannot_read(path, error) from error
        raise cannot_write("the temporary folder", error) from error
