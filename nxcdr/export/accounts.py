"""One export of several accounts: each with its own client and pace, and what stops one does not stop the others."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from nxcdr.api.client import Client, Traffic
from nxcdr.archive.units import Unit
from nxcdr.errors import LONGEST_NAP, Interrupted, NxcdrError
from nxcdr.export.agents import find_agent
from nxcdr.export.job import Job
from nxcdr.export.results import Exported
from nxcdr.export.run import run
from nxcdr.fetch.whole import Progress

AT_ONCE = 4  # accounts
_LONGEST_STOP = 1.5  # seconds
_AGAIN = "run the same command again"


Tell = Callable[["AccountRun", str], None]
"""Told what the user should know about an account."""


@dataclass(slots=True, eq=False)
class AccountRun:
    """What is exported of one account, and how far it is.

    Attributes:
        job: What to export.
        units: Its files, as `plan_units` gave them.
        client: Asks; None while there is none, or where none is needed.
        progress: How far it is.
        traffic: What it has cost so far.
        done: The files that are finished, or left as they were.
        error: What stopped it; None for nothing.
        warned: The kinds of warnings that were shown.
    """

    job: Job
    units: Sequence[Unit]
    client: Client | None = None
    progress: Progress = field(default_factory=Progress)
    traffic: Traffic = field(default_factory=Traffic)
    done: list[Exported] = field(default_factory=list)
    error: NxcdrError | None = None
    warned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.progress.seconds = sum(unit.end - unit.start for unit in self.units if not unit.skipped)

    @property
    def profile(self) -> str:
        """The account's profile."""
        return self.job.profile

    @property
    def written(self) -> list[Exported]:
        """The files that were not left as they were."""
        return [exported for exported in self.done if not exported.unit.skipped]

    def use(self, client: Client) -> None:
        """Ask with this client."""
        self.client, self.traffic = client, client.traffic

    def look_up_agent(self, client: Client, *, warn: Tell, note: Tell) -> None:
        """Find the accounts of an agent that the filters name by nickname; see `find_agent`."""
        find_agent(
            client,
            self.job.range.start,
            self.job.range.end,
            self.job.options,
            note=partial(note, self),
            warn=partial(warn, self),
        )
        self.job = replace(self.job, filters=client.filters)


def export_account(
    account: AccountRun, *, warn: Tell, note: Tell = lambda *_: None, clock: Callable[[], float] = time.time
) -> None:
    """Export the files of one account.

    Args:
        account: Which; gets the files as they are finished.
        warn: Told each thing once.
        note: Told what an agent's nickname was taken for.
        clock: Seconds since 1970.

    Raises:
        NxcdrError: What stopped it.
        Interrupted: The process was asked to stop.
    """
    if account.client:
        account.look_up_agent(account.client, warn=warn, note=note)
    files = run(
        account.job,
        account.units,
        account.client,
        account.progress,
        warn=lambda text: warn(account, text),
        clock=clock,
    )
    with closing(files):
        account.done.extend(files)


def export_accounts(
    accounts: Sequence[AccountRun], *, warn: Tell, note: Tell = lambda *_: None, clock: Callable[[], float] = time.time
) -> None:
    """Export the files of several accounts, `AT_ONCE` at once; each gets its files, or the error that stopped it.

    Args:
        accounts: Which; one that has an error already is left out.
        warn: Told each thing once, from any thread.
        note: Told what an agent's nickname was taken for.
        clock: Seconds since 1970.

    Raises:
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    defects: list[Exception] = []
    waiting = deque(account for account in accounts if account.error is None)

    def work() -> None:
        with suppress(IndexError):  # none is left
            while True:
                account = waiting.popleft()
                try:
                    export_account(account, warn=warn, note=note, clock=clock)
                except NxcdrError as error:
                    account.error = error
                except Exception as defect:  # noqa: BLE001 - raised where the threads are waited for
                    defects.append(defect)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(AT_ONCE, len(waiting)))]
    try:
        for thread in threads:
            thread.start()
        while alive := [thread for thread in threads if thread.is_alive()]:
            alive[0].join(LONGEST_NAP)
    except Interrupted as stop:
        waiting.clear()
        _stop(accounts, threads)
        stop.hint = how_to_resume(accounts)
        raise
    if defects:
        raise defects[0]


def _stop(accounts: Sequence[AccountRun], threads: Sequence[threading.Thread]) -> None:
    """End all requests, and give the threads a moment to put away their work."""
    for account in accounts:
        if account.client:
            account.client.close()
    until = time.monotonic() + _LONGEST_STOP
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def how_to_resume(accounts: Sequence[AccountRun]) -> str:
    """Say how to go on with what was interrupted."""
    job = accounts[0].job
    finished = any(account.written for account in accounts)
    if finished and not (job.skip_existing or job.overwrite):
        return "What is done is kept: run the same command again with --skip-existing to resume."
    begun = any(unit.place and unit.place.work.is_file() for account in accounts for unit in account.units)
    return f"What is done is kept: {_AGAIN} to resume." if finished or begun else f"{_AGAIN.capitalize()}."
