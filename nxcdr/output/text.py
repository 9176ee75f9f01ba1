"""A value as text: JSON's spelling, and that of a CSV cell."""

from __future__ import annotations

import re
import unicodedata
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")

json_text = _encoder.encode
"""A value as compact JSON, UTF-8; numbers as they came."""

json_lines = _encoder.encode_lines
"""Values likewise, with a line feed after each."""

# A spreadsheet takes a cell that begins so for a formula; the last four are the fullwidth forms.
FORMULA_STARTS = frozenset("=@\t\r+-\uff1d\uff20\uff0b\uff0d")
_SIGNED_NUMBER = re.compile(r"[+-]\.?[0-9](?:[0-9 ().-]*[0-9)])?(?:[,][0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_WRITTEN_BY_STR = frozenset({int, Decimal})
EXACTLY = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

# Source: Microsoft, Excel specifications and limits.
_EXCEL_DIGITS = 15
_LEAST_EXPONENT = -300
_LONGEST_CONSTANT = 255  # characters of a text in a formula, as Excel allows
_SHOWN_AS_TYPED = re.compile(r"-?(?:0|[1-9][0-9]{0,10})", re.ASCII)  # with twelve digits it is shown as 8.5E+11
# What Excel makes a number, date, time, truth value or error of, in one or another of its languages: digits, and
# nothing else but the words below. To keep more as text than it takes does no harm. Possessive: no text takes long.
_MONTHS = "jan ene fe[bv] ma[riy] mei a[bp]r ju[nl] a[gu][gou] se[pt] o[cku]t nov d[ei][cszm]".replace(" ", "|")
_NUMBER_OR_DATE = re.compile(
    rf"""
    (?=.*\d) (?:
        [\d\s.,:;/()%'+$\u00a2-\u00a5\u20a0-\u20cf-]++          # digits, punctuation, currencies
      | (?:{_MONTHS})[a-z]*+ | (?<=\s)de(?=\s)                  # 1 de abril
      | (?<=\d)(?:st|nd|rd|th) | (?<=[\d\s])[ap]\.?(?:m\.?)?    # 1st, 1 pm
      | (?<=[\d.])e(?=[\d+-])                                   # 1E5
      | (?:hk|nt|us|r)(?=\$) | rp | rmb
      | [\u5e74\u6708\u65e5\u53f7\u865f]                        # year, month, day
      | [\u65f6\u6642\u5206\u79d2\u9ede\u70b9] | [\u4e0a\u4e0b]\u5348 | \u5143  # hour, minute, second; am, pm; yuan
    )++
    | true | false | verdadero | verdadeiro | falso | \#n/a | \#[a-z0-9/]+[!?]
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def cell_text(value: Any) -> str:
    """A value as a cell: JSON's spelling, but for text itself and for null, which is empty."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    return str(value) if type(value) in _WRITTEN_BY_STR else json_text(value).decode()


def guarded(text: str) -> str:
    """The text, with a leading ``'`` where a spreadsheet would run it as a formula."""
    if text[:1] in FORMULA_STARTS and text and not _SIGNED_NUMBER.fullmatch(text):
        return "'" + text
    return text


def excel_cell(value: Any) -> str:
    """A value as a cell that Excel neither runs nor takes for something else: ``="1/2"`` where it must stay text."""
    text = cell_text(value)
    if type(value) is str:
        safe = guarded(text)
        return f'="{text}"' if safe == text and _spoiled_by_excel(text) else safe
    return f'="{text}"' if type(value) in _WRITTEN_BY_STR and not kept_by_excel(value) else text


def kept_by_excel(number: int | Decimal) -> bool:
    """Whether Excel keeps every digit of a number."""
    _, digits, exponent = Decimal(number).normalize(EXACTLY).as_tuple()
    return isinstance(exponent, int) and len(digits) + max(exponent, 0) <= _EXCEL_DIGITS and exponent > _LEAST_EXPONENT


def _spoiled_by_excel(text: str) -> bool:
    if not text or len(text) > _LONGEST_CONSTANT or _SHOWN_AS_TYPED.fullmatch(text):
        return False
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # fullwidth digits are digits to it, too
    return _NUMBER_OR_DATE.fullmatch(text) is not None and '"' not in text
