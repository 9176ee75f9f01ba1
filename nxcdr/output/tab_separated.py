r"""TSV: one call a line, tabs between cells; tab, line feed, carriage return and backslash as ``\t \n \r \\``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nxcdr.api.answer import Record
from nxcdr.output.formats import Shape
from nxcdr.output.text import cell_text

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})


def header(shape: Shape) -> bytes:
    """The line of column names."""
    return ("\t".join(shape.names) + "\n").encode()


def lines(shape: Shape) -> Callable[[Sequence[Record]], bytes]:
    """A function from records, as the API returned them, to their lines."""
    values_of = shape.values()

    def lines(records: Sequence[Record]) -> bytes:
        columns = [[cell_text(value).translate(_ESCAPES) for value in column] for column in values_of(records)]
        return "".join(["\t".join(row) + "\n" for row in zip(*columns, strict=True)]).encode()

    return lines
