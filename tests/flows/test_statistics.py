"""The figures as they come out of the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from privacybot.errors import StaffError
from privacybot.flows import decisions, statistics
from privacybot.gdpr.rights import Right
from privacybot.store.engine import Engine
from tests.flows.cases import by, office_of, open_case
from tests.flows.office import NOW
from tests.flows.test_retention import closed_case


def test_cases_and_mails_of_the_period_are_counted(engine: Engine) -> None:
    closed_case(engine, 1)
    wrong = open_case(engine, "Jeg vil slette mig.", 2)
    decisions.correct(engine, wrong, [Right.ACCESS], by(), office_of)
    decisions.dismiss(engine, open_case(engine, "Jeg spørger måske.", 3), by(reason="reklame"))
    open_case(engine, "Hvornår begynder kurset?", 4, sender="Carl <carl@kunde.example>")
    figures = statistics.gather(engine, None, None, NOW + timedelta(days=2))
    assert (figures.requests, figures.dismissed, figures.still_open) == (2, 1, 1)
    assert (figures.in_time, figures.decided, figures.exactly_right) == (1, 3, 1)
    assert figures.recognised[Right.ERASURE].false == 1
    assert figures.recognised[Right.ACCESS].missed == 1
    assert figures.arrivals == {"opened a case": 3, "general enquiry": 1}
    assert figures.acknowledged.count == 1


@pytest.mark.parametrize(
    ("first", "last", "requests"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), 1),
        (date(2026, 11, 25), None, 0),
        (None, date(2026, 11, 23), 0),
    ],
)
def test_a_period_holds_both_its_days(engine: Engine, first: date | None, last: date | None, requests: int) -> None:
    open_case(engine)
    assert statistics.gather(engine, first, last, NOW + timedelta(days=3)).requests == requests


def test_a_period_that_ends_before_it_begins_is_told(engine: Engine) -> None:
    with pytest.raises(StaffError, match="before it begins"):
        statistics.gather(engine, date(2026, 2, 1), date(2026, 1, 1), NOW)
