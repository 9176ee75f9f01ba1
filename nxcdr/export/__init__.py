"""The job that joins fetch and output: a range into files that hold every call of it exactly once."""

from nxcdr.archive.units import Unit
from nxcdr.export.job import Job, plan_units
from nxcdr.export.records import records, texts
from nxcdr.export.results import Exported
from nxcdr.export.run import run

__all__ = ["Exported", "Job", "Unit", "plan_units", "records", "run", "texts"]
