r"""TSV: one call a line, tabs between cells; tab, line feed, carriage return and backslash as ``\t \n \r \\``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nxcdr.api.answer import Record
from nxcdr.api.fields import FIELD_NAMES
from nxcdr.output.formats import Shape
from nxcdr.output.text import cell_text
from nxcdr.output.values import undocumented

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})


def header(shape: Shape) -> bytes:
    """The line of column names."""
    return ("\t".join(shape.columns or FIELD_NAMES) + "\n").encode()


def lines(shape: Shape) -> Callable[[Sequence[Record]], bytes]:
    """A function from records, as the API returned them, to their lines."""
    names = shape.columns or FIELD_NAMES
    decode = shape.decoder()

    def lines(records: Sequence[Record]) -> bytes:
        if shape.columns is None:
            shape.left_out.update(undocumented(records))
        rows = map(decode, records) if decode else records
        return "".join(
            "\t".join([cell_text(row.get(name)).translate(_ESCAPES) for name in names]) + "\n" for row in rows
        ).encode()

    return lines
