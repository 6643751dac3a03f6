"""`privacybot check`: everything the worker needs, tried one by one, each fault with its cure.

Nothing is changed and nothing sent: folders are opened, servers greeted, the database is created if there is none.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from privacybot.app import App
from privacybot.config import PLACEHOLDER, Config, MailboxSection
from privacybot.errors import PrivacybotError

CLOCKS_AGREE = 2.0
"""So many seconds may the clocks of a worker and of the database differ."""


class Grade(StrEnum):
    """How a check ended; a warning lets the worker run."""

    FINE = "fine"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing tried, how it ended, and a sentence with the next step."""

    subject: str
    grade: Grade
    sentence: str


def check(app: App) -> Iterator[Check]:
    """Try everything, in the order in which an administrator sets it up."""
    yield from _policy(app.config)
    yield from _secrets(app.config)
    yield _tried("templates", lambda: _templates(app))
    yield _tried("model", lambda: _model(app))
    database = _tried("database", lambda: _database(app))
    yield database
    yield from _workers(app, reached=database.grade is Grade.FINE)
    for mailbox in app.config.mailbox:
        yield _tried(f"mailbox {mailbox.name}", lambda box=mailbox: _mailbox(app, box))  # type: ignore[misc]
    yield _tried("smtp", lambda: _smtp(app))
    yield from _reminders(app.config)
    yield from _limits(app.config)


def _tried(subject: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(subject, Grade.FINE, attempt())
    except PrivacybotError as error:
        return Check(subject, Grade.FAILED, " ".join(str(error).splitlines()))


def _secrets(config: Config) -> Iterator[Check]:
    """Files with secrets that everybody on this machine may read; containers keep theirs in a folder of its own."""
    sections = (config.database, config.smtp, *config.mailbox, *config.oauth)
    keys = ("password_file", "client_secret_file", "service_account_file", "refresh_token_file")
    named = {name for section in sections for key in keys if (name := getattr(section, key, ""))}
    for path in sorted(config.base / name for name in named):
        if path.exists() and path.stat().st_mode & 0o007 and not path.is_relative_to("/run/secrets"):
            yield Check("secrets", Grade.WARNING, f"{path} can be read by everybody here: chmod o-rwx {path}")


def _policy(config: Config) -> Iterator[Check]:
    policy = config.policy
    if PLACEHOLDER in policy.url:
        yield Check(
            "policy",
            Grade.WARNING,
            "[policy] url is still the placeholder: fill in the policy's public address; every mail refers to it.",
        )
    if policy.version > date.today():  # noqa: DTZ011  (the administrator's own day)
        yield Check("policy", Grade.WARNING, f"[policy] version {policy.version} lies in the future.")
    if policy.text_file:
        yield _policy_text(config)


def _policy_text(config: Config) -> Check:
    policy = config.policy
    try:
        digest = hashlib.sha256((config.base / policy.text_file).read_bytes()).hexdigest()
    except OSError as error:
        return Check(
            "policy", Grade.FAILED, f"[policy] text_file {policy.text_file} cannot be read ({error.strerror})."
        )
    if digest == policy.text_sha256.lower():
        return Check("policy", Grade.FINE, f"Its text is that of version {policy.version}.")
    return Check(
        "policy",
        Grade.WARNING,
        f"The policy's text is not that of version {policy.version}: give it a new version and "
        f'write text_sha256 = "{digest}".',
    )


def _reminders(config: Config) -> Iterator[Check]:
    if not config.reminders.recipients:
        sentence = "Nobody is reminded of new and overdue cases: fill in [reminders] recipients."
        yield Check("reminders", Grade.WARNING, sentence)


def _templates(app: App) -> str:
    problems = app.templates.problems()
    if problems:
        raise PrivacybotError(" ".join(problems))
    return f"Every mail can be written (texts {app.templates.version}); look at them: privacybot preview"


def _model(app: App) -> str:
    [recognition] = app.recognise([("Indsigt", "Jeg vil gerne vide, hvilke oplysninger I har om mig.")])
    names = ", ".join(right.value for right in recognition.rights) or "nothing"
    return f"The recognition works: a request for access is read as {names}."


def _database(app: App) -> str:
    _ = app.engine
    return "The database is there and up to date."


def _workers(app: App, *, reached: bool) -> Iterator[Check]:
    """Several workers need PostgreSQL, and clocks that agree: leases of letters are counted in seconds."""
    section, wanted = app.config.database, app.config.operation.workers
    if section.url.startswith("sqlite"):
        if wanted > 1:
            sentence = (
                f"[operation] workers = {wanted}, but SQLite has room for one: point [database] url to PostgreSQL."
            )
            yield Check("workers", Grade.FAILED, sentence)
    elif reached:
        yield _tried("workers", lambda: _at_work(app))
        yield from _clock(app)


def _at_work(app: App) -> str:
    from privacybot.store.leases import workers

    there, wanted = workers(app.engine), app.config.operation.workers
    return f"{there} at work of {wanted} in [operation] workers; they share the mailboxes and the outbox."


def _clock(app: App) -> Iterator[Check]:
    from privacybot.store.leases import clock

    try:
        apart = abs(datetime.now(UTC) - clock(app.engine)).total_seconds()
    except PrivacybotError:
        return  # The check before this one has told why.
    if apart > CLOCKS_AGREE:
        sentence = f"This machine's clock is {apart:.0f} s from the database's: set both by NTP."
        yield Check("workers", Grade.WARNING, sentence)


def _mailbox(app: App, mailbox: MailboxSection) -> str:
    from privacybot.edges.imap import open_folder

    with open_folder(app.imap_account(mailbox)) as folder:
        notice = (
            "tells of new mail at once (IDLE)" if folder.offers_idle else f"is asked every {mailbox.poll_seconds} s"
        )
        return f"{mailbox.host} opens {mailbox.folder} with {folder.exists} mails, and {notice}."


def _limits(config: Config) -> Iterator[Check]:
    """Exchange Online takes thirty mails a minute over three connections, and defers the rest."""
    smtp = config.smtp
    is_exchange = any(block.name == smtp.oauth and block.provider == "microsoft" for block in config.oauth)
    if is_exchange and (smtp.max_per_minute > 30 or smtp.connections > 3):
        yield Check(
            "smtp",
            Grade.WARNING,
            "[smtp] asks more of Microsoft 365 than it gives: set max_per_minute = 30 and connections = 3 or fewer.",
        )


def _smtp(app: App) -> str:
    from privacybot.edges.smtp import SmtpConnection

    asyncio.run(SmtpConnection(app.smtp_account()).check())
    return f"{app.config.smtp.host} takes mail from us."
