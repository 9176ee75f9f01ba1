"""Connections to a sandbox that a test reads and writes itself."""

from __future__ import annotations

import http.client
import socket

from nxcdr.sandbox import PATH, Sandbox


def open_response(sandbox: Sandbox) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=10)
    connection.request("POST", PATH, b"{}")
    return connection, connection.getresponse()


def connected(sandbox: Sandbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(sandbox.base_url.rpartition(":")[2])), timeout=10)
