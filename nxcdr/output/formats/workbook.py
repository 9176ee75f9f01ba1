"""Excel workbooks, by way of XlsxWriter: one sheet, its header frozen and filterable.

Ids and phone numbers are text, times are dates on the clocks of the zone, durations are times that go on beyond 24
hours. Nothing is a formula or a link. What Excel can't hold as a number or a date is text, spelt as in CSV.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import chain
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from nxcdr.api.answer import decode_records
from nxcdr.api.fields import FIELDS, Kind
from nxcdr.errors import OutputError
from nxcdr.output.formats import Batches, FileFormat, Shape, misfit
from nxcdr.output.text import cell_text, kept_by_excel

if TYPE_CHECKING:
    from xlsxwriter import Workbook

# Source: Microsoft, Excel specifications and limits.
MOST_CALLS = 1_048_575  # rows of a sheet, less its header
LONGEST_TEXT = 32_767  # of a cell, in units of UTF-16

_DAY = 86_400  # seconds
_CREATED = datetime(1980, 1, 1)  # noqa: DTZ001 - the same in each file, as its parts have it
_WIDTHS = {Kind.TEXT: 26, Kind.TIME: 19}  # characters
_BESIDE_NAME = 4  # for the button that filters
_KINDS = {field.name: field.kind for field in FIELDS}
_SHEET = "xl/worksheets/sheet1.xml"
_IN_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile(r"_x([0-9A-F]{4})_")
_TRUTH = {"0": "false", "1": "true"}

Put = Callable[[int, int, Any], None]


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    """Write a file; equal calls give equal bytes.

    Raises:
        OutputError: There are more calls than a sheet has rows, or a text is longer than a cell can be.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    rows = _checked(batches, shape)
    values_of = shape.values(_clock(shape.zone) if shape.zone else None)
    with TemporaryDirectory(prefix="nxcdr-") as folder:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "use_zip64": True, "tmpdir": folder})
        book.set_properties({"created": _CREATED})
        put = _sheet(book, shape, rows)
        calls = chain.from_iterable(zip(*values_of(decode_records(batch)), strict=True) for batch in batches())
        for row, values in enumerate(calls, 1):
            for column, value in enumerate(values):
                put(row, column, value)
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from error  # the OSError that it stands for


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Read the rows of a file that `write` wrote, as texts; a date or a duration is a number of days."""
    try:
        with zipfile.ZipFile(file) as parts, parts.open(_SHEET) as sheet:
            rows = _cells(sheet)
            names = next(rows)
            for cells in rows:
                yield {name: cells.get(column, "") for column, name in names.items()}
    except (zipfile.BadZipFile, zlib.error, ET.ParseError, KeyError, StopIteration) as error:
        raise ValueError(str(error)) from error


def _checked(batches: Batches, shape: Shape) -> int:
    """The number of calls, all of which a sheet can hold."""
    values_of = shape.values()
    rows = 0
    for batch in batches():
        rows += len(batch)
        for text in batch:
            if len(text) > LONGEST_TEXT:  # its fields may be, only then
                (record,) = decode_records([text])
                for name, (value,) in zip(shape.names, values_of([record]), strict=True):
                    if len(cell_text(value).encode("utf-16-le")) > 2 * LONGEST_TEXT:
                        raise misfit(record, name, value, f"is longer than {LONGEST_TEXT:,} characters, a cell's limit")
    if rows > MOST_CALLS:
        raise OutputError(
            f"{rows:,} calls are more than an Excel sheet has rows ({MOST_CALLS:,})",
            "Write several files with --split month, day or hour, or write CSV.",
        )
    return rows


def _sheet(book: Workbook, shape: Shape, rows: int) -> Put:
    """Begin the sheet, and return what puts a value into a cell of it."""
    sheet = book.add_worksheet("calls")
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    duration = book.add_format({"num_format": "[h]:mm:ss"})
    whole = book.add_format({"num_format": "0"})
    truth = book.add_format({"num_format": '"TRUE";"TRUE";"FALSE"'})  # without, LibreOffice shows 1 for TRUE
    heading = book.add_format({"bold": True})
    kinds = [_KINDS[name] for name in shape.names]
    durations = {Kind.SECONDS, Kind.QUEUE_SECONDS} if shape.zone else set()
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, len(kinds) - 1)
    for column, (name, kind) in enumerate(zip(shape.names, kinds, strict=True)):
        sheet.set_column(column, column, max(_WIDTHS.get(kind, 0), len(name) + _BESIDE_NAME))
        sheet.write_string(0, column, name, heading)

    def put(row: int, column: int, value: Any) -> None:
        kind = kinds[column]
        if value is None or value == "":
            if not column:  # or a row of nothing would be no row
                sheet.write_blank(row, column, None, whole)
        elif type(value) is datetime:
            sheet.write_datetime(row, column, value, date)
        elif type(value) is bool and kind is not Kind.TEXT:
            sheet.write_boolean(row, column, value, truth)
        elif type(value) not in {int, Decimal} or kind is Kind.TEXT or not kept_by_excel(value):
            sheet.write_string(row, column, cell_text(value))
        elif kind in durations and value >= 0:
            sheet.write_number(row, column, float(value) / _DAY, duration)
        else:
            sheet.write_number(row, column, float(value), whole if type(value) is int else None)

    return put


def _clock(zone: ZoneInfo) -> Callable[[Any], Any]:
    """A function from milliseconds since 1970 to what the zone's clocks showed; as they are where that is no date."""

    def shown(milliseconds: Any) -> Any:
        if type(milliseconds) is not int or milliseconds < 0:
            return milliseconds
        if not milliseconds:
            return None
        try:
            moment = datetime.fromtimestamp(milliseconds // 1000, zone)
        except (ValueError, OverflowError, OSError):
            return milliseconds
        return moment.replace(tzinfo=None, microsecond=milliseconds % 1000 * 1000)

    return shown


def _cells(sheet: IO[bytes]) -> Iterator[dict[str, str]]:
    """Each row's cells by their columns' letters; an empty one is missing."""
    rows: ET.Element | None = None
    for event, element in ET.iterparse(sheet, ("start", "end")):  # noqa: S314 - what it is used on, we wrote
        if event == "start" and element.tag == f"{_IN_XML}sheetData":
            rows = element
        elif event == "end" and element.tag == f"{_IN_XML}row" and rows is not None:
            yield {cell.get("r", "").rstrip("0123456789"): _text(cell) for cell in element}
            rows.clear()


def _text(cell: ET.Element) -> str:
    text = "".join(cell.itertext())
    match cell.get("t"):
        case "inlineStr":
            return _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
        case "b":
            return _TRUTH[text]
        case _:
            return text


FORMAT = FileFormat("xlsx", (".xlsx",), write, read, compressible=False, extra="xlsx", package="xlsxwriter")
