"""What can be counted: dates, rights and decisions of cases, and outcomes of mails; nothing personal is read."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Status
from privacybot.gdpr.statistics import CaseRecord, RightRecord
from privacybot.store.tables import Arrival, Case, CaseRight


def records(session: Session, since: datetime, before: datetime) -> list[CaseRecord]:
    """The cases received in a time, however many: three columns a right, seven a case."""
    rights = _rights(session, since, before)
    found = session.execute(
        columns(
            col(Case.id),
            col(Case.received_at),
            col(Case.respond_by),
            col(Case.acknowledged_at),
            col(Case.closed_at),
            col(Case.status),
            col(Case.erased_at),
        ).where(col(Case.received_at) >= since, col(Case.received_at) < before)
    )
    return [
        CaseRecord(
            received_at=received_at,
            respond_by=respond_by,
            acknowledged_at=acknowledged_at,
            closed_at=closed_at,
            dismissed=status == Status.DISMISSED,
            decided=status != Status.NEW,
            rights=rights[case_id],
            anonymised=erased_at is not None,
        )
        for case_id, received_at, respond_by, acknowledged_at, closed_at, status, erased_at in found
    ]


def arrivals(session: Session, since: datetime, before: datetime) -> dict[str, int]:
    """The mails received in a time, by what became of them."""
    counted = session.exec(
        select(Arrival.outcome, func.count())
        .where(col(Arrival.received_at) >= since, col(Arrival.received_at) < before)
        .group_by(Arrival.outcome)
    )
    return dict(counted.all())


def _rights(session: Session, since: datetime, before: datetime) -> dict[int, list[RightRecord]]:
    found = session.exec(
        select(CaseRight.case_id, CaseRight.right, CaseRight.proposed, CaseRight.confirmed)
        .join(Case, col(Case.id) == col(CaseRight.case_id))
        .where(col(Case.received_at) >= since, col(Case.received_at) < before)
    )
    rights: dict[int, list[RightRecord]] = defaultdict(list)
    for case_id, right, proposed, confirmed in found:
        rights[case_id].append(RightRecord(Right(right), proposed, confirmed))
    return rights
