"""Exports by many machines: each file is a task of a Dask scheduler, made by the same engine as on one machine.

The files are put together, and appear, in a folder that all workers share, with the checkpoint beside them: so the work
of a worker that dies is resumed by another, and an interrupted export by the next. Workers have their own settings file
or environment; no secret is sent to them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nxcdr.cluster.scheduler import check_installed, checked, connected_to
from nxcdr.export import AccountRun, Job, plan_accounts
from nxcdr.settings import load_several
from nxcdr.timerange import TimeRange, parse_range, zone_named

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["check_installed", "connected_to", "export"]


def export(
    span: str | TimeRange,
    output: str,
    *,
    cluster: str | Client,
    profiles: Sequence[str] = (),
    warn: Callable[[str], None] = lambda _: None,
    **asked: Any,
) -> list[AccountRun]:
    """Export the files of one account or several by the workers of a Dask scheduler.

    For example::

        from nxcdr.cluster import export

        accounts = export(
            "last month", "/shared/{profile}/{date}.csv.gz", cluster="tcp://10.0.0.5:8786", profiles=["client-*"],
            split="day", skip_existing=True,
        )
        failed = {account.profile: account.error for account in accounts if account.error}

    Args:
        span: A phrase, understood in each profile's zone, or a range.
        output: A path or template, as ``-o`` takes it, in a folder that all workers share.
        cluster: The scheduler's address, or a client of it.
        profiles: Names, and patterns of names such as ``client-*``; none for the usual profile.
        warn: Told what one should know about the numbers.
        asked: Fields of `nxcdr.export.Job`, such as ``split``, ``format``, ``columns``, ``filters``, ``overwrite``,
            ``skip_existing``, ``receipt``.

    Returns:
        What became of each account: its files (``done``), what it has cost (``traffic``), and what stopped it
        (``error``), which stops no other.

    Raises:
        UsageError: What is asked for can't be; or the extra ``cluster`` is not installed; or a worker has another
            version of nxcdr.
        OutputError: A file exists, or can't be written where it should be.
        UnavailableError: The scheduler can't be reached, or is lost.
    """
    check_installed()
    from nxcdr.cluster.run import export_on_cluster

    several = load_several(profiles, flags={}, env=os.environ)
    now = time.time()
    jobs = []
    for settings in several:
        zone = zone_named(settings.timezone)
        its = parse_range(span, now=datetime.fromtimestamp(int(now), UTC), zone=zone) if isinstance(span, str) else span
        jobs.append(Job.of(settings, its, output=output, now=now, **asked))
    accounts = [AccountRun(*each) for each in zip(jobs, plan_accounts(jobs), strict=True)]
    with connected_to(cluster) if isinstance(cluster, str) else checked(cluster) as client:
        export_on_cluster(accounts, several, client, warn=lambda account, text: warn(f"{account.profile}: {text}"))
    return accounts
