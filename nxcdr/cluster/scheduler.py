"""The connection to a Dask scheduler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nxcdr import __version__
from nxcdr.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_CONNECT = 5
_FOR_EXAMPLE = "For example: tcp://10.0.0.5:8786, as the scheduler says when it starts."


def check_installed() -> None:
    """Check that what a cluster needs is installed.

    Raises:
        UsageError: It is not.
    """
    if find_spec("distributed") is None:
        raise UsageError(
            "a cluster needs the package distributed, which is not installed",
            "Install it, here and on all workers, with: pip install 'nxcdr[cluster]'",
        )


@contextmanager
def connected_to(address: str, *, note: Callable[[str], None] = lambda _: None) -> Iterator[Client]:
    """The connection to a scheduler whose workers have this version of nxcdr.

    Args:
        address: Such as ``tcp://10.0.0.5:8786``.
        note: Told that there is no worker yet.

    Raises:
        UsageError: What it needs is not installed, the address is none, or a worker has another version.
        UnavailableError: The scheduler can't be reached.
    """
    check_installed()
    from distributed import Client

    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except ValueError as error:
        raise UsageError(f"the cluster's address {address!r} can't be used: {error}", _FOR_EXAMPLE) from error
    except OSError as error:  # also what is not there in time
        raise UnavailableError(
            f"the scheduler {address} can't be reached", "Check the address, and that `dask scheduler` runs there."
        ) from error
    with client, checked(client, note=note):
        yield client


@contextmanager
def checked(client: Client, *, note: Callable[[str], None] = lambda _: None) -> Iterator[Client]:
    """The same connection, if all workers have this version of nxcdr. Those that join later are checked by each task.

    Raises:
        UsageError: One has another, or none.
    """
    found = client.run(version, "nxcdr", on_error="return")
    for worker, its in found.items():
        if isinstance(its, (str, ImportError)) and its != __version__:  # else it has just died
            has = "no nxcdr" if isinstance(its, ImportError) else f"nxcdr {its}"
            raise UsageError(
                f"the worker {worker} has {has}, and this is {__version__}", "Install the same version on all."
            )
    if not found:
        note("the scheduler has no workers yet: waiting for the first")
    yield client
