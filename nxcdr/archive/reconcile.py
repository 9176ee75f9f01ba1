"""What the server says today, against what a file says."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from nxcdr.api.client import Client
from nxcdr.api.request import Filters
from nxcdr.archive.differences import Difference, differences
from nxcdr.errors import UsageError
from nxcdr.fetch.checkpoint import Checkpoint
from nxcdr.fetch.whole import Options, Progress, fetch
from nxcdr.output.files import cannot_read, cannot_write
from nxcdr.output.formats import FORMATS, Shape
from nxcdr.output.mask import Mask
from nxcdr.output.places import Place
from nxcdr.output.reading import rows_of
from nxcdr.output.receipt import Receipt, ReceiptRange, required_receipt
from nxcdr.timerange import zone_named


@dataclass(frozen=True, slots=True)
class ReceiptedFile:
    """A file, and how it was exported.

    Attributes:
        place: The file.
        receipt: Its receipt.
        range: Its range.
        filters: Its filters.
    """

    place: Place
    receipt: Receipt
    range: ReceiptRange
    filters: Filters


def exported(place: Place) -> ReceiptedFile:
    """A file that is to be reconciled.

    Raises:
        UsageError: There is no such file, no receipt, or one that does not say what was asked for.
        OutputError: It can't be read.
    """
    try:
        receipt = required_receipt(place)
        filters = Filters(**receipt.filters)
    except OSError as error:
        raise cannot_read(place.name, error) from error
    except TypeError as error:
        raise UsageError(
            f"{place.name} has a filter that this version does not know: {error}", "Update nxcdr."
        ) from error
    if receipt.range is None:
        raise UsageError(
            f"the receipt of {place.name} does not say its range", "Export again with --overwrite --receipt."
        )
    return ReceiptedFile(place, receipt, receipt.range, filters)


def reconcile(
    file: ReceiptedFile,
    client: Client,
    options: Options,
    progress: Progress,
    *,
    mask: Mask | None = None,
    warn: Callable[[str], None] = lambda _: None,
) -> Generator[Difference, None, None]:
    """Fetch again what a file's receipt says, and compare; the file is not touched.

    Args:
        file: The file.
        client: Asks; with the file's filters.
        options: How to ask.
        progress: Kept up to date.
        mask: What the file's fields were replaced with; None for none.
        warn: Told if the server selects calls by another time than their start.

    Yields:
        The calls that differ, in order.

    Raises:
        NxcdrError: The range can't be fetched whole.
        DamagedError: The file is not whole.
        OutputError: The file can't be read, or the temporary folder can't be written.
    """
    span, written = file.range, file.receipt.file
    form = FORMATS[written.format]
    zone = None if written.raw else zone_named(span.zone)
    shape = Shape(zone, written.columns, written.excel, mask, (span.start, span.end))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="nxcdr-") as folder,
            Checkpoint(Path(folder) / "checkpoint", "") as checkpoint,
        ):
            fetch(span.start, span.end, client, checkpoint, options, progress=progress, warn=warn)
            with checkpoint.scratch.open("wb") as scratch:
                form.write(checkpoint.records, scratch, shape)
            with file.place.fetched() as path:
                yield from differences(rows_of(path, form), rows_of(checkpoint.scratch, form))
    except OSError as error:
        if error.filename == file.place.name:
            raise cannot_read(file.place.name, error) from error
        raise cannot_write("the temporary folder", error) from error
