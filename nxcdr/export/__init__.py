"""The job that joins fetch and output: a range into files that hold every call of it exactly once."""

from nxcdr.archive.units import Unit
from nxcdr.export.accounts import AccountRun, export_account, export_accounts
from nxcdr.export.job import Job, plan_accounts, plan_units
from nxcdr.export.records import records, texts
from nxcdr.export.results import Exported
from nxcdr.export.run import run

__all__ = [
    "AccountRun",
    "Exported",
    "Job",
    "Unit",
    "export_account",
    "export_accounts",
    "plan_accounts",
    "plan_units",
    "records",
    "run",
    "texts",
]
