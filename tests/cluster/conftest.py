"""A real cluster: a scheduler and three workers, each a process of its own, with a settings file of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from nxcdr.sandbox import Misbehaviour, Sandbox
from tests.harness import ZONE, Call

ROOT = Path(__file__).parents[2]
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=4, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""

Client = Any  # of distributed, which may not be installed


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        address: The scheduler's.
        settings: The settings file of its workers.
    """

    address: str
    settings: Path


class Accounts(Protocol):
    """Starts a sandbox for each name; the workers' settings file gets their profiles, the command's all but secrets."""

    def __call__(self, /, **accounts: dict[str, Any]) -> dict[str, Sandbox]: ...


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("cluster")
    script, settings = folder / "cluster.py", folder / "config.toml"
    script.write_text(CLUSTER)
    env = {name: value for name, value in os.environ.items() if not name.startswith("NXCDR_")}
    env |= {"NXCDR_CONFIG": str(settings), "PYTHONPATH": str(ROOT)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, (folder / "log").read_text()
            yield Cluster(address, settings)
        finally:
            process.communicate("")


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Client]:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(cluster.address, set_as_default=False) as client:
        yield client


@pytest.fixture
def accounts(here: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    monkeypatch.setenv("NXCDR_CONFIG", str(here.parent / "config.toml"))
    monkeypatch.delenv("NXCDR_TIMEZONE")
    with ExitStack() as stack:

        def start(**accounts: dict[str, Any]) -> dict[str, Sandbox]:
            found, ours, theirs = {}, [], []
            for name, given in accounts.items():
                calls: list[Call] = given.pop("calls")
                settings = {"timezone": ZONE, **given.pop("settings", {})}
                sandbox = Sandbox(
                    calls, access_key=f"key-{name}", access_secret=f"secret-{name}", misbehaviour=Misbehaviour(**given)
                )
                found[name] = stack.enter_context(sandbox)
                settings |= {"base_url": sandbox.base_url, "access_key": sandbox.access_key}
                lines = [f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
                ours += lines
                theirs += [*lines, f'access_secret = "{sandbox.access_secret}"']
            for path, profile in ((here.parent / "config.toml", ours), (cluster.settings, theirs)):
                path.write_text("\n".join(profile) + "\n")
                path.chmod(0o600)
            return found

        yield start
