"""Carrying a job out, file after file."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence

from nxcdr.api.client import Client
from nxcdr.archive.units import Unit
from nxcdr.export.job import Job
from nxcdr.export.one_file import export_file
from nxcdr.export.results import Exported
from nxcdr.fetch.whole import Progress


def run(
    job: Job,
    units: Sequence[Unit],
    client: Client | None,
    progress: Progress,
    *,
    warn: Callable[[str], None],
    clock: Callable[[], float] = time.time,
) -> Generator[Exported, None, None]:
    """Export unit after unit, giving each as soon as its file stands under its name.

    Args:
        job: What to export.
        units: As `plan_units` gave them.
        client: Asks; may be None where every unit is skipped.
        progress: Kept up to date.
        warn: Told what the user should know about the numbers, each thing once.
        clock: Seconds since 1970.

    Raises:
        NxcdrError: What stopped it; the files given so far are whole, and unfinished work is kept for the next run.
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    progress.seconds = sum(unit.end - unit.start for unit in units if not unit.skipped)
    warned = _Once(warn)
    for unit in units:
        if unit.skipped:
            yield Exported(unit)
            continue
        if client is None:
            raise ValueError("a client is needed where a file is to be written")
        yield export_file(job, unit, client, progress, warn=warned, clock=clock)


class _Once:
    """Emit each kind of warning once."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._said: set[str] = set()

    def __call__(self, kind: str, text: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            self._warn(text)
