"""A local stand-in of the vendor's API: demo, rehearsal and test fixture in one."""

from __future__ import annotations

from nxcdr.sandbox.calls import day_calls
from nxcdr.sandbox.dense import dense_calls
from nxcdr.sandbox.documented import DOCUMENTED_CALLS
from nxcdr.sandbox.ledger import CallSource, Record
from nxcdr.sandbox.misbehaviour import HOSTILE_TEXTS, Fault, Misbehaviour
from nxcdr.sandbox.server import DEFAULT_ACCESS_KEY, DEFAULT_ACCESS_SECRET, PATH, Request, Sandbox

__all__ = [
    "DEFAULT_ACCESS_KEY",
    "DEFAULT_ACCESS_SECRET",
    "DOCUMENTED_CALLS",
    "HOSTILE_TEXTS",
    "PATH",
    "CallSource",
    "Fault",
    "Misbehaviour",
    "Record",
    "Request",
    "Sandbox",
    "day_calls",
    "dense_calls",
]
