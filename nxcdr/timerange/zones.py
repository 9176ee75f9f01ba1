"""Time zones by name."""

from __future__ import annotations

import difflib
from zoneinfo import ZoneInfo, available_timezones

from nxcdr.errors import UsageError

# Beside the zones it publishes the database may hold them once more, with and without leap seconds.
_NOT_PUBLISHED = {"posix", "right", "posixrules"}


def zone_named(name: str) -> ZoneInfo:
    """The zone of a name in the time zone database, such as ``Asia/Hong_Kong``; ``Z`` is UTC.

    Raises:
        UsageError: There is none, or the name is none of those the database publishes (a path, ``right/UTC``).
    """
    if name == "Z":
        return ZoneInfo("UTC")
    try:
        if name.partition("/")[0] not in _NOT_PUBLISHED:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; "../x" or a NUL; a folder such as "Asia"
        pass
    known = available_timezones()  # which reads hundreds of files
    wanted = "_".join(name.split()).lower()
    # A city alone is a near miss too: "hong kong" is Asia/Hong_Kong.
    spellings = {
        spelling: zone for zone in sorted(known) for spelling in (zone.rpartition("/")[2].lower(), zone.lower())
    }
    near = [spellings[spelling] for spelling in difflib.get_close_matches(wanted[:60], spellings, n=3, cutoff=0.7)]
    raise UsageError(
        f"no time zone is known by the name {name!r}",
        f"Did you mean {' or '.join(dict.fromkeys(near))}?"
        if near
        else "Names are those of the time zone database: Asia/Hong_Kong, UTC.",
    )
