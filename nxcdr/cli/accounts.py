"""Carrying out an export, with its progress shown: by this machine, or by the workers of a cluster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext

from nxcdr.cli.clock import clock
from nxcdr.cli.connect import connect
from nxcdr.cli.console import console
from nxcdr.cli.progress import Followed, progress
from nxcdr.errors import CredentialsError
from nxcdr.export import AccountRun, export_account, export_accounts
from nxcdr.settings import Settings

_WIRE = 2  # -vv


def carry_out(accounts: Sequence[AccountRun], several: Sequence[Settings], cluster: str | None) -> None:
    """Export the files of one account or several; what stops one of several is kept as its error.

    Args:
        accounts: Which.
        several: The settings of each.
        cluster: The address of a scheduler; None for this machine.

    Raises:
        NxcdrError: What stopped the only account, or all.
        Interrupted: The process was asked to stop; its hint says how to go on.
    """
    if cluster is not None and any(account.progress.seconds for account in accounts):
        _by_workers(accounts, several, cluster)
        return
    with _connected(accounts, several), _shown(accounts):
        if len(accounts) == 1:
            export_account(accounts[0], warn=_warn_alone, note=_note_alone, clock=clock.now)
        else:
            export_accounts(accounts, warn=_warn, note=_note, clock=clock.now)


def _by_workers(accounts: Sequence[AccountRun], several: Sequence[Settings], cluster: str) -> None:
    from nxcdr.cluster import connected_to

    warn, note = (_warn_alone, _note_alone) if len(accounts) == 1 else (_warn, _note)
    for account, settings in zip(accounts, several, strict=True):
        if account.job.filters.agent is not None:
            with connect(settings, account.job.filters) as asking:
                account.look_up_agent(asking, warn=warn, note=note)
    with _quiet(), connected_to(cluster, note=console.note) as client, _shown(accounts):
        from nxcdr.cluster.run import export_on_cluster

        export_on_cluster(accounts, several, client, warn=warn)
    if len(accounts) == 1 and accounts[0].error:
        raise accounts[0].error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep other packages' log messages off stderr, except with -vv: our own errors say what they mean."""
    if console.verbosity < _WIRE:
        logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _connected(accounts: Sequence[AccountRun], several: Sequence[Settings]) -> Iterator[None]:
    """A client for each account that has a file to be fetched; of several, one without credentials stops no other."""
    with ExitStack() as stack:
        for account, settings in zip(accounts, several, strict=True):
            if not account.progress.seconds:
                continue
            prefix = f"{account.profile}: " if len(accounts) > 1 else ""
            try:
                account.use(stack.enter_context(connect(settings, account.job.filters, prefix=prefix)))
            except CredentialsError as error:
                if len(accounts) == 1:
                    raise
                account.error = error
        yield


@contextmanager
def _shown(accounts: Sequence[AccountRun]) -> Iterator[None]:
    """Show the progress, if there is anything to do."""
    followed = [
        Followed.of(account.progress, account.client) if account.client else Followed(account.progress, account.traffic)
        for account in accounts
        if account.progress.seconds and not account.error
    ]
    with progress(*followed) if followed else nullcontext():
        yield


def _warn(account: AccountRun, text: str) -> None:
    console.warn(f"{account.profile}: {text}")


def _note(account: AccountRun, text: str) -> None:
    console.note(f"{account.profile}: {text}")


def _note_alone(_: AccountRun, text: str) -> None:
    console.note(text)


def _warn_alone(_: AccountRun, text: str) -> None:
    console.warn(text)
