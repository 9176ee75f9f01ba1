"""Dates as people say them: read a phrase, given the current time and a time zone, as a range of whole seconds.

Everything is pure: no clock, no environment. A phrase takes this way:

    lexer     text -> tokens
    grammar   tokens -> a side: a period (`yearly`, `relative`, `parts`), a time of day or an instant (`clocks`)
    bounds    two sides -> the start and the end of the range
    parse     which part of the phrase is which side; what is refused
    model     the range, and its days, hours and months
"""

from nxcdr.timerange.handbook import GRAMMAR
from nxcdr.timerange.model import TimeRange, days, hours, months
from nxcdr.timerange.parse import parse_ends, parse_range
from nxcdr.timerange.vocabulary import EXAMPLES
from nxcdr.timerange.zones import zone_named

__all__ = ["EXAMPLES", "GRAMMAR", "TimeRange", "days", "hours", "months", "parse_ends", "parse_range", "zone_named"]
