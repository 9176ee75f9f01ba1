"""Statistics of a range: calls, answer rate, service level; by hour, agent, direction or reason."""

from nxcdr.stats.figures import DEFINITIONS, Figures, definition
from nxcdr.stats.group import GROUPINGS, Statistics
from nxcdr.stats.show import as_csv, as_json, as_plain, as_screen, explained

__all__ = [
    "DEFINITIONS",
    "GROUPINGS",
    "Figures",
    "Statistics",
    "as_csv",
    "as_json",
    "as_plain",
    "as_screen",
    "definition",
    "explained",
]
