"""Look up time zones by name."""

from __future__ import annotations

import difflib
from zoneinfo import ZoneInfo, available_timezones

from nxcdr.errors import UsageError

# An installed database may also hold copies of its zones, with and without leap seconds.
_NOT_PUBLISHED = {"posix", "right", "posixrules"}


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of a name in the IANA database, such as ``Asia/Hong_Kong``; ``Z`` is UTC.

    Raises:
        UsageError: There is no such zone, or the name is not an official one (a path, ``right/UTC``).
    """
    if name == "Z":
        return ZoneInfo("UTC")
    try:
        if name.partition("/")[0] not in _NOT_PUBLISHED:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; "../x" or a NUL; a folder such as "Asia"
        pass
    known = available_timezones()  # slow: it reads hundreds of files
    wanted = "_".join(name.split()).lower()
    # A city alone is enough: "hong kong" suggests Asia/Hong_Kong.
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
