"""The tables. One row means one thing, said in its docstring; personal data stands only where it can be erased.

Digests (`…_digest`, `fingerprint`) are keyed with the installation's secret, so that they can stay for ever: they
recognise a mail or an address that comes again, and tell nobody which it was.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from privacybot.store.columns import Instant, Json

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that is called INTEGER; its integers have 64 bits anyhow."""


def _key() -> Any:
    return Field(default=None, primary_key=True, sa_type=BIG)


def _refers_to(column: str, **options: Any) -> Any:
    return Field(foreign_key=column, sa_type=BIG, **options)


def _instant(**options: Any) -> Any:
    return Field(sa_type=Instant, **options)


class Installation(SQLModel, table=True):
    """The one row that makes this installation itself: the key of every digest."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    digest_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _instant()


class Folder(SQLModel, table=True):
    """How far a folder is read: every message below `next_uid` has its outcome, or is too old to be ours.

    Too old are messages that lay there when we began, or when UIDVALIDITY changed (below `old_below`), and that the
    server had received before `starts_at`. What comes later is ours whatever its date.
    """

    __tablename__ = "folder"

    mailbox: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BIG)
    next_uid: int = Field(sa_type=BIG)
    old_below: int = Field(sa_type=BIG)
    starts_at: datetime | None = _instant(default=None, nullable=True)
    read_at: datetime | None = _instant(default=None, nullable=True)


class Arrival(SQLModel, table=True):
    """One mail that came, however often it lies in a folder, with its one outcome. It holds nothing personal."""

    __tablename__ = "arrival"
    __table_args__ = (Index("ix_arrival_outcome", "outcome", "recorded_at"),)

    id: int | None = _key()
    fingerprint: str = Field(unique=True)
    message_id_digest: str | None = Field(default=None, index=True)
    received_at: datetime = _instant()
    outcome: str = ""
    reason: str = ""
    case_id: int | None = _refers_to("case_file.id", default=None, nullable=True, index=True)
    recorded_at: datetime = _instant()


class Placement(SQLModel, table=True):
    """Where an arrival lies: the work list of RFC 3501 is (mailbox, folder, UIDVALIDITY, UID)."""

    __tablename__ = "placement"

    mailbox: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(primary_key=True, sa_type=BIG)
    uid: int = Field(primary_key=True, sa_type=BIG)
    arrival_id: int = _refers_to("arrival.id", index=True)


class Mail(SQLModel, table=True):
    """What a mail said, kept as long as its case or its retention class asks. Everything personal of an arrival."""

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_not_looked_at",
            "received_at",
            sqlite_where=text("case_id IS NULL AND looked_at IS NULL"),
            postgresql_where=text("case_id IS NULL AND looked_at IS NULL"),
        ),
    )

    arrival_id: int = _refers_to("arrival.id", primary_key=True)
    case_id: int | None = _refers_to("case_file.id", default=None, nullable=True, index=True)
    mailbox: str
    originator: str = ""
    originator_digest: str = Field(default="", index=True)
    display_name: str = ""
    subject: str = Field(default="", sa_type=Text)
    message_id: str | None = Field(default=None, sa_type=Text)
    references: list[str] = Field(default_factory=list, sa_column=Column("refers_to", Json, nullable=False))
    language: str = ""
    new_text: str = Field(default="", sa_type=Text)
    recognition: dict[str, Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    authentication: str = ""
    received_at: datetime = _instant()
    looked_at: datetime | None = _instant(default=None, nullable=True)
    """When staff looked at a mail that opened no case."""
    raw: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The mail as it came, compressed with zlib: kept for cases and for mails set aside."""


class Case(SQLModel, table=True):
    """Our file about one request. `revision` grows with each step, so that two clerks cannot both win."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index(
            "ix_case_open",
            "urgent",
            "respond_by",
            "received_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_case_subject", "data_subject_digest", "received_at"),
        Index("ix_case_news", "id", sqlite_where=text("news != ''"), postgresql_where=text("news != ''")),
    )

    id: int | None = _key()
    reference: str = Field(unique=True)
    mailbox: str
    status: str
    category: str
    language: str
    band: str
    confidence: float
    data_subject: str = ""
    data_subject_digest: str = ""
    display_name: str = ""
    proposed_by: str = ""
    """The colleague who forwarded the request; then `data_subject` is a proposal."""
    subject: str = Field(default="", sa_type=Text)
    received_at: datetime = _instant()
    respond_by: date
    urgent: bool = False
    held: str = ""
    """Why staff must look before anything is sent; empty when nothing is held."""
    silence: str = ""
    """The reason for which no acknowledgement was made (`automatic.Reason`); empty when one was."""
    silence_sentence: str = Field(default="", sa_type=Text)
    identity: str = ""
    """The proof of identity so far, a word of `gdpr.states`."""
    assigned_to: str = ""
    news: str = Field(default="", sa_type=Text)
    """What has come in since staff last took a step; empty when nothing waits for their eyes."""
    extended_at: datetime | None = _instant(default=None, nullable=True)
    """When the person was told that the period is extended (Art. 12(3)); once a case."""
    acknowledged_at: datetime | None = _instant(default=None, nullable=True)
    undelivered: str = Field(default="", sa_type=Text)
    linked_case_id: int | None = _refers_to("case_file.id", default=None, nullable=True, index=True)
    opened_at: datetime = _instant()
    closed_at: datetime | None = _instant(default=None, nullable=True)
    erased_at: datetime | None = _instant(default=None, nullable=True)
    """When everything personal was erased; what remains is the chain of events and the statistics."""
    revision: int = 0
    events: int = 0
    """How many events the chain has, so that a missing last one is noticed."""
    chain_head: str = ""


class CaseRight(SQLModel, table=True):
    """One right within a case: what the recogniser proposed, what staff confirmed, and its own last day."""

    __tablename__ = "case_right"

    case_id: int = _refers_to("case_file.id", primary_key=True)
    right: str = Field(primary_key=True, sa_column_kwargs={"name": "right_name"})
    proposed: bool
    confirmed: bool | None = None
    score: float
    evidence: str = Field(default="", sa_type=Text)
    clock: str
    received_at: datetime = _instant()
    """When this right was first used: a follow-up may add one later than the case was opened."""
    respond_by: date
    extended_from: date | None = None
    """The last day before it was extended; the original date is never lost."""
    refused_at: datetime | None = _instant(default=None, nullable=True)
    """When the person was told that this right is refused, while the others of the case go on."""


class Pause(SQLModel, table=True):
    """A time in which the clock may stand still, by staff's decision; it still runs while `ended_at` is empty."""

    __tablename__ = "pause"

    id: int | None = _key()
    case_id: int = _refers_to("case_file.id", index=True)
    kind: str
    reason: str = Field(default="", sa_type=Text)
    began_at: datetime = _instant()
    ended_at: datetime | None = _instant(default=None, nullable=True)


class Task(SQLModel, table=True):
    """One point of a case's checklist, in the words that the configuration had when the case was confirmed."""

    __tablename__ = "task"

    case_id: int = _refers_to("case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    right: str = Field(sa_column_kwargs={"name": "right_name"})
    system: str
    kind: str
    what: str = Field(sa_type=Text)
    who: str = ""
    keep: str = Field(default="", sa_type=Text)
    state: str
    reason: str = Field(default="", sa_type=Text)
    settled_by: str = ""
    settled_at: datetime | None = _instant(default=None, nullable=True)


class Event(SQLModel, table=True):
    """One step of a case. The chain covers a salted digest of the payload, so the payload can be erased later."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: int | None = _key()
    case_id: int = _refers_to("case_file.id")
    number: int
    at: datetime = _instant()
    actor: str
    step: str
    payload: dict[str, Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))
    salt: str | None = None
    payload_digest: str
    previous: str
    digest: str


class Letter(SQLModel, table=True):
    """A mail of ours: the outbox while it waits, the evidence once it is settled. `raw` are its finished bytes."""

    __tablename__ = "letter"
    __table_args__ = (
        Index(
            "ix_letter_waiting",
            "not_before",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_letter_settled", "settled_at"),
        Index("ix_letter_recipient", "recipient_digest", "created_at"),
        Index("ix_letter_mailbox", "mailbox", "created_at"),
    )

    id: int | None = _key()
    kind: str
    mailbox: str
    case_id: int | None = _refers_to("case_file.id", default=None, nullable=True, index=True)
    arrival_id: int | None = _refers_to("arrival.id", default=None, nullable=True)
    message_id: str = Field(unique=True)
    reverse_path: str
    recipient: str
    recipient_digest: str
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    template_version: str
    policy_version: str
    state: str
    attempts: int = 0
    not_before: datetime = _instant()
    claimed_by: str | None = None
    claimed_until: datetime | None = _instant(default=None, nullable=True)
    reply: str = Field(default="", sa_type=Text)
    bounce: str = Field(default="", sa_type=Text)
    created_at: datetime = _instant()
    settled_at: datetime | None = _instant(default=None, nullable=True)


class Sending(SQLModel, table=True):
    """How many mails left through an account, by the second, in the last minute: its limit is held over all workers."""

    __tablename__ = "sending"

    account: str = Field(primary_key=True)
    seconds: list[list[int]] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    """[second since 1970, mails], in order."""


class SetAside(SQLModel, table=True):
    """A mail that could not be taken in, with its bytes and the reason, until staff retry it or it can be.

    `raw` is NULL where the server has not handed the mail over: then the worker asks for it again by itself.
    """

    __tablename__ = "set_aside"

    arrival_id: int = _refers_to("arrival.id", primary_key=True)
    mailbox: str
    sentence: str = Field(sa_type=Text)
    raw: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    received_at: datetime = _instant()
    set_aside_at: datetime = _instant()


class Reminder(SQLModel, table=True):
    """A day on which staff have been reminded: it has one row, so they are never reminded twice."""

    __tablename__ = "reminder"

    day: date = Field(primary_key=True)
    made_at: datetime = _instant()


class Breaker(SQLModel, table=True):
    """A mailbox whose automatic responses stand still since `tripped_at`, until staff reset it."""

    __tablename__ = "breaker"

    mailbox: str = Field(primary_key=True)
    tripped_at: datetime = _instant()


class Correction(SQLModel, table=True):
    """What staff made of a mail: a labelled example, if they chose to keep it for the training."""

    __tablename__ = "correction"

    id: int | None = _key()
    case_id: int | None = _refers_to("case_file.id", default=None, nullable=True)
    at: datetime = _instant()
    proposed: str
    confirmed: str
    subject: str | None = Field(default=None, sa_type=Text)
    text: str | None = Field(default=None, sa_type=Text)
