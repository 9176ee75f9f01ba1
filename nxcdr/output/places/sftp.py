"""SFTP: servers whose key is known, and connections that do not fall asleep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import paramiko

from nxcdr.errors import OutputError

_KNOWN = (Path("~/.ssh/known_hosts"), Path("/etc/ssh/ssh_known_hosts"))
_CONNECT = 30  # s
_ANSWER = 60  # s


class KnownHosts(paramiko.MissingHostKeyPolicy):
    """Trusts the servers that OpenSSH's lists name. fsspec loads no list, and by itself trusts every server."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Check the key of a server.

        Raises:
            OutputError: It is not the one that is known, or none is.
        """
        del client
        known = paramiko.HostKeys()
        for path in _KNOWN:
            if path.expanduser().is_file():
                known.load(str(path.expanduser()))
        if not known.check(hostname, key):
            raise OutputError(
                f"the key of the server {hostname} is not in ~/.ssh/known_hosts: {key.get_name()} {key.fingerprint}",
                "If it is the right one, connect once with sftp, which adds it.",
            )


OPTIONS: dict[str, Any] = {"host_key_policy": KnownHosts(), "timeout": _CONNECT}
"""For `fsspec.core.url_to_fs`."""


def keep_alive(fs: Any) -> None:
    """Let a connection last through a long export, and fail when the server is gone."""
    fs.client.get_transport().set_keepalive(_CONNECT)
    fs.ftp.get_channel().settimeout(_ANSWER)
