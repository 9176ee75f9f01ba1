"""How far the files of a template reach back."""

from __future__ import annotations

import glob
import re
import string
from datetime import date

from nxcdr.output.places import names

_PATTERNS = {
    "date": r"\d{4}-\d\d-\d\d",
    "start": r"\d{4}-\d\d-\d\dT\d{6}",
    "end": r"\d{4}-\d\d-\d\dT\d{6}",
    "year": r"\d{4}",
    "month": r"\d\d",
    "day": r"\d\d",
}


def split_of(template: str) -> str | None:
    """The calendar's unit that a template names a file for; None if it names but one file."""
    fields = {name for _, name, _, _ in string.Formatter().parse(template)}
    if fields & {"date", "start", "end", "day"}:
        return "day"
    return "month" if "month" in fields else None


def days_there(template: str, profile: str) -> list[date]:
    """The first days of the files that a template names and that are there, in order.

    Args:
        template: A template that `files.filled` can read.
        profile: The profile's name, for the template.
    """
    wild, exact, seen = "", "", set[str]()
    for text, name, _, _ in string.Formatter().parse(template):
        wild += glob.escape(text)
        exact += re.escape(text)
        if name == "profile":
            wild += glob.escape(profile)
            exact += re.escape(profile)
        elif name:
            wild += "*"
            exact += f"(?P={name})" if name in seen else f"(?P<{name}>{_PATTERNS[name]})"
            seen.add(name)
    found = (re.fullmatch(exact, path) for path in names(wild))
    return sorted(filter(None, (_day(match.groupdict()) for match in found if match)))


def _day(fields: dict[str, str]) -> date | None:
    day = fields.get("date") or fields.get("start", "")[:10]
    if not day and "year" in fields:
        day = f"{fields['year']}-{fields.get('month', '01')}-{fields.get('day', '01')}"
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None
