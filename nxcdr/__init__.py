"""Query and export NXCLOUD call records: every call of a range, exactly once."""

__version__ = "0.1.0"
