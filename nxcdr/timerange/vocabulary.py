"""The words of the grammar, and those that are refused with a reason."""

from __future__ import annotations

from nxcdr.timerange.civil import UNITS

EXAMPLES = (
    'For example: yesterday, last 7 days, july 2023, "27 jul 14:00 - 16:30", 2023-07-01..2023-07-15, since monday, -2h.'
)

# fmt: off
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "ninety": 90,
}
# fmt: on

DURATION_UNITS = {
    spelling: unit
    for unit, spellings in {
        "second": "s sec secs second seconds",
        "minute": "m min mins minute minutes",
        "hour": "h hr hrs hour hours",
        "day": "d day days",
        "week": "w wk wks week weeks",
        "month": "mo mos month months",
        "quarter": "q quarter quarters",
        "year": "y yr yrs year years",
    }.items()
    for spelling in spellings.split()
}

_PLAIN = (
    "today yesterday the day before of in on at this last past now ago since from between and to until through "
    "including so far date weekend ytd qtd mtd wtd"
)
SPELLINGS: dict[str, tuple[str, str]] = {
    **{word: (word, word) for word in (*UNITS, *_PLAIN.split())},
    **{spelling: ("MONTH", name) for name in MONTHS for spelling in (name.lower(), name[:3].lower())},
    **{spelling: ("WEEKDAY", name) for name in WEEKDAYS for spelling in (name.lower(), name[:3].lower())},
    "sept": ("MONTH", "September"),
    "tues": ("WEEKDAY", "Tuesday"),
    "weds": ("WEEKDAY", "Wednesday"),
    "thur": ("WEEKDAY", "Thursday"),
    "thurs": ("WEEKDAY", "Thursday"),
    "previous": ("last", "last"),
    "current": ("this", "this"),
    **dict.fromkeys(("during", "for", "over", "within"), ("in", "in")),
    "till": ("until", "until"),
    "thru": ("through", "through"),
    "noon": ("CLOCK", "12:00"),
    "midday": ("CLOCK", "12:00"),
    "midnight": ("CLOCK", "midnight"),
}
"""A word, and the token it is: its kind, and its full spelling."""

_SAY_HOURS = 'Say which hours: "today 6am to noon", "yesterday 10pm to today 6am".'
_SAY_DAYS = 'Say the days: "mon-fri last week", "2023-07-24 to 2023-07-26".'
_SAY_ZONE = "Give the zone with --tz, e.g. --tz UTC; only an ISO 8601 time has an offset: 2023-07-27T14:00Z."
_TWO_WAYS = "can be read in two ways"
REASONS: dict[str, tuple[str, str]] = {
    word: reason
    for words, reason in {
        "tomorrow next upcoming": ("lies in the future", "There are no calls yet: name a time that has begun."),
        "morning afternoon evening night tonight lunch lunchtime": ("has no agreed hours", _SAY_HOURS),
        "business working workday workdays weekdays": ("needs a calendar of holidays, and there is none", _SAY_DAYS),
        "few couple several some half": ("is no number", 'Say how many: "last 3 days", "last 30 minutes", "2h ago".'),
        "fortnight": (_TWO_WAYS, 'Say "last two weeks" (Monday to Sunday) or "last 14 days".'),
        "after": (_TWO_WAYS, 'Say "since monday" (with that Monday) or give the first day.'),
        "utc gmt z hkt est edt cst cdt pst pdt bst cet cest ist jst sgt": (
            "is a zone, and has no place here",
            _SAY_ZONE,
        ),
    }.items()
    for word in words.split()
}
"""A word that people use and no range can have: why not, and what to say instead."""

VOCABULARY = sorted({*SPELLINGS, *DURATION_UNITS, *NUMBERS})
