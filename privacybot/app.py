"""The composition root: from a configuration to things that work together. Rooms meet here and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from privacybot import shipped
from privacybot.config import (
    AcknowledgementsSection,
    CompanySection,
    Config,
    MailboxSection,
    OAuthSection,
    PolicySection,
    Server,
)
from privacybot.edges.templates import Templates
from privacybot.errors import StaffError
from privacybot.flows.office import Office, Recognise, Writer
from privacybot.gdpr.acknowledgement import Company, Language, Policy
from privacybot.gdpr.checklist import System
from privacybot.gdpr.deadline import Targets
from privacybot.gdpr.recognition import Recognition
from privacybot.gdpr.triage import Limits
from privacybot.mail.authres import ExchangeOnline, NoServer, OwnServer, Trust
from privacybot.mail.automatic import OwnAddresses
from privacybot.mail.message import Address
from privacybot.mail.reading import Reading, read

if TYPE_CHECKING:
    from privacybot.edges.imap_account import ImapAccount
    from privacybot.edges.oauth import Tokens
    from privacybot.edges.smtp import SmtpAccount
    from privacybot.flows.reminders import Morning
    from privacybot.flows.retention import Terms
    from privacybot.store.engine import Engine


@dataclass(frozen=True)
class App:
    """An installation: its configuration, and what is built from it when it is first needed."""

    config: Config
    recognises_beside: bool = False
    """Whether mails are recognised in a process of their own, which begins when `recognise` is first asked for."""

    @cached_property
    def engine(self) -> Engine:
        """The database, created or migrated."""
        from privacybot.store.engine import open_store

        section = self.config.database
        return open_store(_beside(section.url, self.config.base), section.password(self.config.base, "[database]"))

    @cached_property
    def templates(self) -> Templates:
        config = self.config
        return templates(config.company, config.policy, config.acknowledgements, config.base)

    @cached_property
    def recognise(self) -> Recognise:
        return neighbour() if self.recognises_beside else recogniser()

    def office(self, mailbox: MailboxSection) -> Office:
        """One mailbox with its rules, for the flows."""
        config, rules = self.config, self.config.acknowledgements
        return Office(
            mailbox=mailbox.name,
            address=Address(mailbox.address, config.company.name),
            addresses=own_addresses(config).addresses,
            colleagues=frozenset(domain.lower() for domain in config.company.domains),
            reverse_path=config.smtp.bounce_address or mailbox.address,
            reference_prefix=config.cases.reference_prefix,
            read=reader(config, mailbox),
            recognise=lambda asked: self.recognise(asked),
            writer=self._writer(),
            limits=Limits(rules.per_address_per_day, rules.mailbox_per_hour, rules.enquiry_days),
            targets=Targets(config.cases.at_once_working_days, config.cases.complaint_working_days),
            answer_enquiries=rules.general_enquiries,
            acknowledge_at_once=rules.mode == "immediate",
            systems=systems(config),
        )

    def office_named(self, name: str) -> Office:
        """The office of a mailbox by its name; that of the first where the name is no longer configured."""
        named = {mailbox.name: mailbox for mailbox in self.config.mailbox}
        return self.office(named.get(name, self.config.mailbox[0]))

    def morning(self) -> Morning:
        """The digest to staff; it leaves from the first mailbox."""
        from privacybot.flows.reminders import Morning

        reminders = self.config.reminders
        return Morning(
            recipients=reminders.recipients,
            from_hour=reminders.from_hour,
            language=Language(self.config.company.staff_language),
            write=self.templates.digest,
            office=self.office(self.config.mailbox[0]),
        )

    @property
    def terms(self) -> Terms:
        """How long what is our own is kept."""
        from privacybot.flows.retention import Terms

        days = self.config.retention
        return Terms(
            closed_cases=timedelta(days=days.closed_cases_days),
            dismissed_cases=timedelta(days=days.dismissed_cases_days),
            enquiries=timedelta(days=days.enquiries_days),
            set_aside=timedelta(days=days.set_aside_days),
        )

    def policy_text(self) -> bytes | None:
        """The policy's own text, where a copy of the configured version is kept."""
        policy = self.config.policy
        if not policy.text_file:
            return None
        try:
            text = (self.config.base / policy.text_file).read_bytes()
        except OSError:
            return None
        return text if hashlib.sha256(text).hexdigest() == policy.text_sha256.lower() else None

    def back_up(self, to: Path) -> None:
        """Copy the database while it is in use."""
        from privacybot.edges import backup

        section = self.config.database
        if file := _sqlite_file(section.url, self.config.base):
            _ = self.engine  # It is there, and up to date.
            backup.copy_sqlite(file, to)
        else:
            backup.dump_postgres(section.url, section.password(self.config.base, "[database]"), to)

    def restore(self, copy: Path, *, replace: bool) -> None:
        """Put a copy in the place of the database. Raises StaffError where that would replace something."""
        from privacybot.edges import backup
        from privacybot.store.workplace import alone_at

        section = self.config.database
        file = _sqlite_file(section.url, self.config.base)
        if backup.is_postgres_dump(copy) != (file is None):
            raise StaffError(f"{copy} is of another kind of database than {section.url}; correct [database] url.")
        if file is not None:
            if file.exists() and not replace:
                raise StaffError(f"{file} exists; to put the copy in its place: --replace")
            with alone_at(str(file)):
                backup.restore_sqlite(copy, file)
        else:
            self._restore_postgres(copy, replace=replace)
        _ = self.engine  # An older copy is migrated now.

    def _restore_postgres(self, copy: Path, *, replace: bool) -> None:
        from privacybot.edges import backup
        from privacybot.flows import desk
        from privacybot.store.engine import open_store

        section = self.config.database
        password = section.password(self.config.base, "[database]")
        opened = open_store(section.url, password)
        try:
            if desk.ledger_account(opened).tally and not replace:
                raise StaffError("The database holds mails; to put the copy in its place: --replace")
        finally:
            opened.dispose()
        backup.restore_postgres(copy, section.url, password)

    def imap_account(self, mailbox: MailboxSection) -> ImapAccount:
        from privacybot.edges.imap_account import ImapAccount

        account = ImapAccount(
            host=mailbox.host,
            port=mailbox.port,
            security=mailbox.security,
            username=mailbox.username,
            password=mailbox.password(self.config.base, f'[[mailbox]] "{mailbox.name}"'),
            folder=mailbox.folder,
            ca_file=_optional(self.config.base, mailbox.ca_file),
        )
        if mailbox.oauth:
            tokens = self._tokens(mailbox)
            return replace(account, access_token=tokens.current, token_refused=partial(tokens.refused, "IMAP"))
        return account

    def smtp_account(self) -> SmtpAccount:
        from privacybot.edges.smtp import SmtpAccount

        smtp = self.config.smtp
        account = SmtpAccount(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password(self.config.base, "[smtp]"),
            ca_file=_optional(self.config.base, smtp.ca_file),
        )
        if smtp.oauth:
            tokens = self._tokens(smtp)
            return replace(account, access_token=tokens.awaited, token_refused=partial(tokens.refused, "SMTP"))
        return account

    def _tokens(self, server: Server) -> Tokens:
        """One token for all connections that sign in as the same user through the same block."""
        key = (server.oauth, server.username)
        if key not in self._signed_in:
            [block] = [block for block in self.config.oauth if block.name == server.oauth]
            self._signed_in[key] = tokens(block, server.username, self.config.base)
        return self._signed_in[key]

    @cached_property
    def _signed_in(self) -> dict[tuple[str, str], Tokens]:
        return {}

    def _writer(self) -> Writer:
        return Writer(
            acknowledgement=self.templates.acknowledgement,
            enquiry=self.templates.enquiry,
            template_version=self.templates.version,
            policy_version=_policy_version(self.config.policy),
            letter=self.templates.letter,
            draft=self.templates.draft,
        )


def own_addresses(config: Config) -> OwnAddresses:
    """Every address at which we read or from which we send."""
    boxes = {address.lower() for box in config.mailbox for address in (box.address, *box.aliases)}
    further = {address.lower() for address in (config.smtp.bounce_address, config.company.email) if address}
    domains = {address.rpartition("@")[2] for address in boxes}
    return OwnAddresses(frozenset(boxes | further), frozenset(domains))


def systems(config: Config) -> tuple[System, ...]:
    """Where personal data lie, as the checklists know it."""
    return tuple(
        System(
            name=section.name,
            holds=section.holds,
            who=section.who,
            controller=section.controller,
            keep=section.keep,
            recipients=section.recipients,
            does=dict(section.does),
        )
        for section in config.system
    )


def reader(config: Config, mailbox: MailboxSection) -> Callable[[bytes], Reading]:
    return partial(read, own=own_addresses(config), trust=trust(mailbox.authentication_results, mailbox.own_hosts))


def trust(setting: str, own_hosts: tuple[str, ...] = ()) -> Trust:
    """Whose Authentication-Results are believed: nobody's, Exchange's, or one server's, with its neighbours."""
    match setting.strip().lower():
        case "":
            return NoServer()
        case "exchange":
            return ExchangeOnline()
        case authserv_id:
            return OwnServer(authserv_id, own_hosts)


def templates(
    company: CompanySection, policy: PolicySection, acknowledgements: AcknowledgementsSection, base: Path
) -> Templates:
    """The texts, in the company's own folder or as shipped."""
    folder = base / acknowledgements.templates if acknowledgements.templates else shipped.templates()
    return Templates(
        folder,
        Company(
            name=company.name,
            street=company.street,
            postal_code=company.postal_code,
            city=company.city,
            phone=company.phone,
            email=company.email,
            website=company.website,
        ),
        Policy(url=policy.url, version=policy.version),
    )


def tokens(block: OAuthSection, username: str, base: Path) -> Tokens:
    """Who signs `username` in. Raises ConfigError where a secret cannot be read."""
    from privacybot.edges.google import TOKEN_ENDPOINT, Consent, ServiceAccount
    from privacybot.edges.kept_token import KeptToken
    from privacybot.edges.microsoft import AUTHORITY, MicrosoftApp
    from privacybot.edges.oauth import Tokens

    ca_file = _optional(base, block.ca_file)
    if block.provider == "microsoft":
        secret, authority = block.client_secret(base), block.authority or AUTHORITY
        application = MicrosoftApp(block.name, block.tenant, block.client_id, secret, authority, ca_file)
        return Tokens(application.fetch, application.advise)
    if block.service_account_file:
        robot = ServiceAccount(block.name, base / block.service_account_file, username, ca_file)
        return Tokens(robot.fetch, robot.advise)
    kept, endpoint = KeptToken(base / block.refresh_token_file), block.authority or TOKEN_ENDPOINT
    consent = Consent(block.name, block.client_id, block.client_secret(base), kept, endpoint, ca_file)
    return Tokens(consent.fetch, consent.advise)


def recogniser() -> Callable[[Sequence[tuple[str, str]]], list[Recognition]]:
    """The trained pipeline; spaCy is imported here, by those commands alone that need it."""
    from privacybot.recognise.pipeline import load

    return load(shipped.model()).recognise


def neighbour() -> Recognise:
    """The same in a process of its own; this one never imports spaCy."""
    from privacybot.recognise.beside import Beside

    return Beside(shipped.model()).recognise


def _beside(url: str, base: Path) -> str:
    """A relative SQLite file lies beside the configuration, wherever the program is started from."""
    prefix = "sqlite:///"
    path = url.removeprefix(prefix)
    if not url.startswith(prefix) or not path or path.startswith(("/", ":")) or Path(path).is_absolute():
        return url
    return f"{prefix}{base / path}"


def _sqlite_file(url: str, base: Path) -> Path | None:
    """The file behind a SQLite URL; None for another database."""
    prefix = "sqlite:///"
    beside = _beside(url, base)
    return Path(beside.removeprefix(prefix)) if beside.startswith(prefix) else None


def _optional(base: Path, name: str) -> Path | None:
    return base / name if name else None


def _policy_version(policy: PolicySection) -> str:
    digest = f" sha256:{policy.text_sha256}" if policy.text_sha256 else ""
    return f"{policy.version.isoformat()}{digest}"
