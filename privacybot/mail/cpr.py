"""Danish civil registration numbers: found in a text, and shown without their last four digits  (CPR-loven, § 3).

A number begins with a day of birth; for persons without one of the register's own, 60 is added to the day. What looks
like one and is none, such as an order number, is masked too: that costs less than the other mistake.
"""

from __future__ import annotations

import re

_DAY = r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_CPR = re.compile(rf"(?<!\d)({_DAY}{_MONTH}\d\d)(?:\s?[-\u00ad\u2010-\u2015\u2212]\s?|[ \u00a0])?(\d{{4}})(?!\d)")


def masked(text: str) -> str:
    """A CPR number shows its day of birth alone."""
    return _CPR.sub(r"\1-xxxx", text)
