"""The words of the grammar, and common words that are refused with an explanation."""

from __future__ import annotations

from nxcdr.timerange.civil import UNITS

FIRST_YEAR, LAST_YEAR = 1970, 2199

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
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)
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
    "today yesterday the day before of in for during on at this last past now ago since from between and to until "
    "through including so far date weekend start end ytd qtd mtd wtd"
)
SPELLINGS: dict[str, tuple[str, str]] = {
    **{word: (word, word) for word in (*UNITS, *_PLAIN.split())},
    **{spelling: ("MONTH", name) for name in MONTHS for spelling in (name.lower(), name[:3].lower())},
    **{spelling: ("WEEKDAY", name) for name in WEEKDAYS for spelling in (name.lower(), name[:3].lower())},
    **{word: ("NUMBER", str(number)) for number, word in enumerate(ORDINALS, 1)},
    "sept": ("MONTH", "September"),
    "tues": ("WEEKDAY", "Tuesday"),
    "weds": ("WEEKDAY", "Wednesday"),
    "thur": ("WEEKDAY", "Thursday"),
    "thurs": ("WEEKDAY", "Thursday"),
    **{short: (unit, unit) for short, unit in (("min", "minute"), ("hr", "hour"), ("wk", "week"))},
    **{short: (unit, unit) for short, unit in (("mo", "month"), ("yr", "year"))},
    "previous": ("last", "last"),
    "prior": ("last", "last"),
    "current": ("this", "this"),
    **dict.fromkeys(("over", "within"), ("during", "during")),
    **dict.fromkeys(("begin", "beginning"), ("start", "start")),
    "till": ("until", "until"),
    "thru": ("through", "through"),
    "noon": ("CLOCK", "12:00"),
    "midday": ("CLOCK", "12:00"),
    "midnight": ("CLOCK", "midnight"),
}
"""The token of each word: its kind and its text."""

TWO_READINGS = "can be read in two ways"
SAY_ZONE = 'Use --tz for the zone, e.g. --tz UTC; an offset follows a date and a time: "2023-07-27 14:00 +08:00".'
_SAY_HOURS = 'Say which hours: "today 6am to noon", "yesterday 10pm to today 6am".'
_SAY_DAYS = 'Say the days: "mon-fri last week", "2023-07-24 to 2023-07-26".'
REASONS: dict[str, tuple[str, str]] = {
    word: reason
    for words, reason in {
        "tomorrow next upcoming": ("lies in the future", "There are no calls yet: name a time that has begun."),
        "morning afternoon evening night tonight lunch lunchtime": ("has no agreed hours", _SAY_HOURS),
        "early late mid middle": ("has no agreed days", _SAY_DAYS),
        "business working workday workdays weekdays": ("needs a calendar of holidays, and there is none", _SAY_DAYS),
        "all always any ever everything": ("has no start", 'Say since when: "since 2020-01-01".'),
        "few couple several some": ("is no number", 'Say how many: "last 3 days", "last 30 minutes", "2h ago".'),
        "half": ("has no place here", 'Say "half an hour", "jan to june 2023", "9:30".'),
        "fortnight": (TWO_READINGS, 'Say "last two weeks" (Monday to Sunday) or "last 14 days".'),
        "after": (TWO_READINGS, 'Say "since monday" (with that Monday) or give the first day.'),
        "hkt est edt cst cdt pst pdt bst cet cest ist jst sgt": ("is not understood as a zone", SAY_ZONE),
        "africa america asia atlantic australia europe pacific": ("is not understood", SAY_ZONE),
    }.items()
    for word in words.split()
}
"""Words that people use but no range can have: the reason, and what to say instead."""

VOCABULARY = sorted({*SPELLINGS, *DURATION_UNITS, *NUMBERS})
