"""Parquet, by way of Apache Arrow: a type for each column, compressed with zstd.

Prices and the time in the queue are exact decimals. A field that is masked is text, and so is whatever has no other
type: codes, words, ids. With raw values, all numbers stay numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from nxcdr import __version__
from nxcdr.api.answer import Record, decode_records
from nxcdr.api.fields import FIELDS, Kind
from nxcdr.output.formats import Batches, FileFormat, Shape, misfit
from nxcdr.output.text import EXACTLY, cell_text, json_lines
from nxcdr.output.values import Times

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

_TEXT_OR_NULL = frozenset({str, type(None)})

_BATCH = 1000  # records decoded at a time
_ROW_GROUP = 10  # batches that are compressed together
_PRICE = "totalCustomerPrice"
_PRICE_DIGITS, _PRICE_DECIMALS = 18, 6
_MOST_DIGITS = 38  # that a decimal128 has
_FIELDS = {field.name: field for field in FIELDS}


def write(batches: Batches, file: IO[bytes], shape: Shape) -> None:
    """Write a file; equal calls give equal bytes, whatever their batches.

    Raises:
        OutputError: A value does not fit the type of its column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(batches, shape)
    values_of = shape.values(_null_for_never)

    def table(texts: Sequence[bytes]) -> pa.Table:
        records = decode_records(texts)
        return _table(values_of(records), schema, records)

    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        tables = map(table, _several(chain.from_iterable(batches()), _BATCH))
        for group in _several(tables, _ROW_GROUP):
            writer.write_table(pa.concat_tables(group), row_group_size=_BATCH * _ROW_GROUP)


def read(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Read the rows of a file: times as ISO 8601 in their zone, as other formats have them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parquet = pq.ParquetFile(file)
    texts = {
        field.name: Times(ZoneInfo(field.type.tz)).text
        for field in parquet.schema_arrow
        if pa.types.is_timestamp(field.type)
    }
    for batch in parquet.iter_batches(_BATCH):
        columns = [
            list(map(texts[name], column.cast(pa.int64()).to_pylist())) if name in texts else column.to_pylist()
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        for values in zip(*columns, strict=True):
            yield dict(zip(batch.schema.names, values, strict=True))


def _schema(batches: Batches, shape: Shape) -> pa.Schema:
    import pyarrow as pa

    types = _types(shape.zone)
    masked = shape.mask.fields if shape.mask else ()

    def type_of(name: str) -> pa.DataType:
        if name in masked:
            return pa.string()
        return _price_type(batches) if name == _PRICE else types.get(_FIELDS[name].kind, pa.string())

    metadata = {
        "tool": f"nxcdr {__version__}",
        "meanings": json.dumps({name: _FIELDS[name].meaning for name in shape.names}),
    }
    if shape.range:
        ends = [datetime.fromtimestamp(end, shape.zone or UTC).isoformat() for end in shape.range]
        metadata["range"] = "/".join(ends)
    return pa.schema([(name, type_of(name)) for name in shape.names], metadata)


def _types(zone: ZoneInfo | None) -> dict[Kind, pa.DataType]:
    """The types of columns that are no text."""
    import pyarrow as pa

    if zone is None:
        numbers = (Kind.TIME, Kind.SECONDS, Kind.QUEUE_SECONDS, Kind.DIRECTION, Kind.HANGUP_BY, Kind.NUMBER)
        return {Kind.FLAG: pa.bool_(), **dict.fromkeys(numbers, pa.int64())}
    return {
        Kind.FLAG: pa.bool_(),
        Kind.TIME: pa.timestamp("ms", zone.key),
        Kind.SECONDS: pa.int32(),
        Kind.QUEUE_SECONDS: pa.decimal128(18, 3),  # the API sends milliseconds for some calls
    }


def _price_type(batches: Batches) -> pa.DataType:
    """The usual type of prices; a wider one where a price needs it, if one can hold all of them."""
    import pyarrow as pa

    whole, decimals = 0, _PRICE_DECIMALS
    for batch in batches():
        for record in decode_records(batch):
            price = record.get(_PRICE)
            if isinstance(price, (int, Decimal)):
                _, digits, exponent = Decimal(price).normalize(EXACTLY).as_tuple()
                decimals = max(decimals, -int(exponent))
                whole = max(whole, len(digits) + int(exponent))
    if whole + decimals > _MOST_DIGITS:
        return pa.decimal128(_MOST_DIGITS, _PRICE_DECIMALS)
    return pa.decimal128(max(_PRICE_DIGITS, whole + decimals), decimals)


def _null_for_never(milliseconds: Any) -> Any:
    return None if type(milliseconds) is int and not milliseconds else milliseconds


def _table(columns: Sequence[Sequence[Any]], schema: pa.Schema, records: Sequence[Record]) -> pa.Table:
    """The columns of some records, in the types of a schema.

    Raises:
        OutputError: A value does not fit.
    """
    import pyarrow as pa

    try:
        return _typed(columns, schema)
    except pa.ArrowInvalid:
        for field, column in zip(schema, columns, strict=True):
            for record, value in zip(records, column, strict=True):
                try:
                    _typed([[value]], pa.schema([field]))
                except pa.ArrowInvalid as error:
                    raise misfit(record, field.name, value, f"does not fit a column of {field.type}") from error
        raise


def _typed(columns: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """The columns by way of JSON, which Arrow reads strictly; for Python's values it would load pandas and 50 MB."""
    import pyarrow as pa
    from pyarrow import json as arrow_json

    times_as_numbers = pa.schema(
        [(field.name, pa.int64() if pa.types.is_timestamp(field.type) else field.type) for field in schema]
    )
    cells = (
        [value if type(value) in _TEXT_OR_NULL else cell_text(value) for value in column]
        if field.type == pa.string()
        else column
        for field, column in zip(schema, columns, strict=True)
    )
    lines = json_lines([dict(zip(schema.names, row, strict=True)) for row in zip(*cells, strict=True)])
    return arrow_json.read_json(
        pa.BufferReader(lines),
        arrow_json.ReadOptions(use_threads=False, block_size=len(lines)),
        arrow_json.ParseOptions(explicit_schema=times_as_numbers, unexpected_field_behavior="error"),
    ).cast(schema)


def _several(items: Iterable[T], count: int) -> Iterator[list[T]]:
    """The items, as many at a time; fewer at the end."""
    left = iter(items)
    while some := list(islice(left, count)):
        yield some


FORMAT = FileFormat("parquet", (".parquet",), write, read, compressible=False, extra="parquet", package="pyarrow")
