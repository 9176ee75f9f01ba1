"""Names of time zones, and the machine's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from nxcdr.errors import SettingsError

# "HKT-8", "<+08>-8", "UTC0": an offset in whole hours and no daylight saving. Source: POSIX.1, 8.3, TZ.
_POSIX_HOURS = re.compile(r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)([+-]?)0?([0-9]|1[0-4])(?::00)?")


def is_zone(name: str) -> bool:
    """Tell whether a name such as ``Asia/Hong_Kong`` is in the time zone database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; "../x" or a NUL; a folder such as "Asia"
        return False
    return True


def machine_timezone(
    env: Mapping[str, str],
    *,
    localtime: Path = Path("/etc/localtime"),
    timezone: Path = Path("/etc/timezone"),
) -> str:
    """Return the machine's time zone, as a key of the time zone database.

    From the variable TZ, else the link /etc/localtime, else the file /etc/timezone, else UTC.

    Raises:
        SettingsError: TZ has rules that match no zone of the database; another zone would give wrong days.
    """
    if tz := env.get("TZ", "").removeprefix(":"):
        name = tz.rpartition("zoneinfo/")[2]
        if is_zone(name):
            return name
        if (posix := _POSIX_HOURS.fullmatch(tz)) and is_zone(zone := f"Etc/GMT{posix[1] or '+'}{posix[2]}"):
            return zone
        raise SettingsError(
            f"no time zone is known by the name {tz!r} (environment TZ)",
            "Name one with NXCDR_TIMEZONE, e.g. NXCDR_TIMEZONE=Asia/Hong_Kong.",
        )
    return next(filter(is_zone, _named_by_the_system(localtime, timezone)), "UTC")


def _named_by_the_system(localtime: Path, timezone: Path) -> Iterator[str]:
    # Only the first link: its target may be a link to a name that nobody uses.
    if localtime.is_symlink():
        yield str(localtime.readlink()).rpartition("zoneinfo/")[2]
    if timezone.is_file():
        yield timezone.read_text(encoding="utf-8", errors="replace").strip()
