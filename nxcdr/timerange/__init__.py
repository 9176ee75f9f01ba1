"""Dates as people say them: a phrase, a now and a zone to a range of whole seconds, or a refusal.

Pure: no clock and no environment.
"""

from nxcdr.timerange.handbook import GRAMMAR
from nxcdr.timerange.model import TimeRange, days, hours, months
from nxcdr.timerange.parse import parse_ends, parse_range
from nxcdr.timerange.vocabulary import EXAMPLES
from nxcdr.timerange.zones import zone_named

__all__ = ["EXAMPLES", "GRAMMAR", "TimeRange", "days", "hours", "months", "parse_ends", "parse_range", "zone_named"]
