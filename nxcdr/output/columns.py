"""Field names as people type them."""

from __future__ import annotations

from difflib import get_close_matches

from nxcdr.api.fields import FIELD_NAMES
from nxcdr.errors import UsageError
from nxcdr.output.table import HEADINGS

_LIST = "`nxcdr fields` lists the fields."
_BY_LOWER_CASE = {name.lower(): name for name in FIELD_NAMES}


def columns_named(names: str | None) -> tuple[str, ...] | None:
    """The fields of ``--columns a,b,c``, each in any case; every field for ``all``.

    Returns:
        The vendor's names, in the order given; None if ``names`` is None.

    Raises:
        UsageError: A name is not a field of a record, or is given twice.
    """
    if names is None:
        return None
    if names.strip().lower() == "all":
        return FIELD_NAMES
    columns = tuple(map(field_named, names.split(",")))
    for name in columns:
        if columns.count(name) > 1:
            raise UsageError(f"the column {name} is named twice", "Name it once.")
    return columns


def field_named(name: str) -> str:
    """The vendor's name of a field, from its name in any case.

    Raises:
        UsageError: No field is called that.
    """
    typed = name.strip()
    if field := _BY_LOWER_CASE.get(typed.lower()):
        return field
    if field := HEADINGS.get(typed.lower()):
        raise UsageError(f"{typed} is the heading of {field}; name the field", _LIST)
    near = get_close_matches(typed.lower(), _BY_LOWER_CASE, n=1)
    suggestion = f"; did you mean {_BY_LOWER_CASE[near[0]]}?" if near else ""
    raise UsageError(f"no column is called {typed!r}{suggestion}", _LIST)
