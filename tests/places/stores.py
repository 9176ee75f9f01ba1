"""Real servers on loopback that files are exported to, and what lies there."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

from tests.listeners import Relay

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
BUCKET = "calls"


class Store(Protocol):
    """Where files are exported to.

    Attributes:
        url: What the files' URLs begin with; it ends in a slash.
    """

    url: str

    def names(self) -> list[str]:
        """The files there, hidden ones too, sorted."""

    def read(self, name: str) -> bytes:
        """What is in a file."""

    def write(self, name: str, content: bytes) -> None:
        """Let somebody else write a file."""

    def remove(self, name: str) -> None:
        """Let somebody else remove a file."""


class Folder:
    """A folder of this machine that some server shows."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = f"{url}{folder}/"
        self.folder = folder
        folder.mkdir()

    def names(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class Bucket:
    """A bucket of a server that speaks S3."""

    def __init__(self, endpoint: str) -> None:
        import boto3

        self.url = f"s3://{BUCKET}/"
        self._s3: Any = boto3.client("s3", endpoint_url=endpoint)
        self._s3.create_bucket(Bucket=BUCKET)

    def names(self) -> list[str]:
        return sorted(found["Key"] for found in self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def read(self, name: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=name, Body=content)

    def remove(self, name: str) -> None:
        self._s3.delete_object(Bucket=BUCKET, Key=name)


class ByFsspec:
    """A store that nothing but fsspec is at hand for."""

    def __init__(self, scheme: str, root: str) -> None:
        import fsspec

        self.url = f"{scheme}://{root}/"
        self._root = root
        self._fs: Any = fsspec.filesystem(scheme, skip_instance_cache=True, use_listings_cache=False)
        if self._fs.exists(root):
            self._fs.rm(root, recursive=True)
        self._fs.mkdir(root)

    def names(self) -> list[str]:
        return sorted(path.removeprefix(f"{self._root}/") for path in self._fs.find(self._root))

    def read(self, name: str) -> bytes:
        content: bytes = self._fs.cat_file(f"{self._root}/{name}")
        return content

    def write(self, name: str, content: bytes) -> None:
        self._fs.pipe_file(f"{self._root}/{name}", content)

    def remove(self, name: str) -> None:
        self._fs.rm_file(f"{self._root}/{name}")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def listening(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server that listens on a port, for as long as the context lasts."""
    with (
        TemporaryFile() as log,  # a pipe that nobody reads would stop the server once it is full
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(server, port, log)
            yield server
        finally:
            server.kill()


def _wait_for(server: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            log.seek(0)
            raise AssertionError(log.read())
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")


@contextmanager
def s3_server() -> Iterator[str]:
    """moto's server; gives its URL."""
    port = free_port()
    with listening([sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def gs_server() -> Iterator[str]:
    """An emulator of Google's; gives its URL."""
    port = free_port()
    program = "from gcp_storage_emulator.__main__ import main; main()"
    options = ["start", "--host=127.0.0.1", f"--port={port}", "--in-memory"]
    with listening([sys.executable, "-W", "ignore", "-c", program, *options], port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def sftp_server(folder: Path, home: Path) -> Iterator[int]:
    """OpenSSH's server as the current user; gives its port.

    Args:
        folder: For its own files.
        home: Gets a key that it lets in, and the list that it is known by.
    """
    assert SSHD
    port, ssh = free_port(), home / ".ssh"
    ssh.mkdir(0o700, parents=True)
    for key in (folder / "host_key", ssh / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    know(folder, home, port)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host_key'}\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {ssh / 'id_ed25519.pub'}\nPermitRootLogin yes\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n",
        encoding="utf-8",
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with listening([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], port):
        yield port


def know(folder: Path, home: Path, port: int) -> None:
    """Let it be known by another port, too."""
    key = (folder / "host_key.pub").read_text(encoding="utf-8")
    with (home / ".ssh" / "known_hosts").open("a", encoding="utf-8") as known:
        known.write(f"[127.0.0.1]:{port} {key}")


def sftp_url(port: int, password: str = "") -> str:
    """The URL of a server, without a path."""
    return f"sftp://{getpass.getuser()}{password and ':' + password}@127.0.0.1:{port}"


class Faulty:
    """Leads connections to a port, until so many bytes have been sent over one of them: that one is cut, or stalls.

    Args:
        port: Of the server.

    Attributes:
        port: Where it listens.
        most: Bytes that a client may send over a connection; None for any number.
        reached: Set when a client has sent more.
        released: Connections that stall are cut when it is set.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self.most: int | None = None
        self.reached, self.released = threading.Event(), threading.Event()
        self.released.set()
        self.relay = Relay(self._handle)
        self.port = self.relay.port

    def _handle(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._server)) as server:
            back = threading.Thread(target=self._carry, args=(server, client), daemon=True)
            back.start()
            sent = 0
            while data := client.recv(16384):
                sent += len(data)
                if self.most is not None and sent > self.most:
                    self.reached.set()
                    self.released.wait(30)
                    break
                server.sendall(data)
            for connection in (server, client):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            back.join(5)

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
