"""The configuration: read from TOML, checked whole, every fault reported at once and in a sentence.

The defaults are the values shipped for EPM Group ApS in `config.toml`; a test compares the two. Secrets are named
here, and read from the environment or a file only when a connection is made.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from privacybot import shipped
from privacybot.errors import ConfigError
from privacybot.gdpr.rights import Right

ENVIRONMENT_VARIABLE = "PRIVACYBOT_CONFIG"
PLACEHOLDER = "FILL-IN"

Security = Literal["tls", "starttls", "none"]
Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[int, Field(ge=1)]
MailAddress = Annotated[str, Field(pattern=r"^[^\s@<>\"(),:;\\\x00-\x1f]+@[^\s@<>\"(),:;\\\x00-\x1f]+$")]


class Section(BaseModel):
    """A table of the file; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Section):
    """Where a password comes from: an environment variable or a file, never the configuration itself."""

    password_env: str = ""
    password_file: str = ""

    def password(self, base: Path, where: str) -> str | None:
        """The password, or None where none is named. Raises ConfigError when it cannot be read."""
        if self.password_file:
            return _secret_from_file(base / self.password_file, f"{where}: password_file")
        return _secret_from_environment(self.password_env, where, "the password") if self.password_env else None


class OAuthSection(Section):
    """How we sign in to Microsoft 365 or Google, for the mailboxes and the SMTP server that name this block."""

    name: str = Field(pattern=r"^[\w.-]{1,40}$")
    provider: Literal["microsoft", "google"]
    tenant: str = Field(default="", pattern=r"^[A-Za-z0-9.-]*$")
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_file: str = ""
    service_account_file: str = ""
    refresh_token_file: str = ""
    authority: str = Field(default="", pattern=r"^(https://\S+|http://(localhost|127\.0\.0\.1)[:/]\S*|)$")
    ca_file: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        is_microsoft = self.provider == "microsoft"
        wanted = ("tenant", "client_id") if is_microsoft else ("client_id", "refresh_token_file")
        if not is_microsoft and self.service_account_file:
            return self
        missing = [key for key in wanted if not getattr(self, key)]
        if not (self.client_secret_env or self.client_secret_file):
            missing.append("client_secret_env or client_secret_file")
        if missing:
            instead = "" if is_microsoft else "; or name a service_account_file instead"
            raise ValueError(f"{self.provider} needs {', '.join(missing)} too{instead}")
        return self

    def client_secret(self, base: Path) -> str:
        """Raises ConfigError when it cannot be read."""
        where = f'[[oauth]] "{self.name}"'
        if self.client_secret_file:
            return _secret_from_file(base / self.client_secret_file, f"{where}: client_secret_file")
        return _secret_from_environment(self.client_secret_env, where, "the client secret")


class CompanySection(Section):
    name: str = "EPM Group ApS"
    street: str = "Tornebakken 134"
    postal_code: str = "8240"
    city: str = "Risskov"
    phone: str = "3116 5473"
    email: MailAddress = "kontakt@epmgroup.dk"
    website: str = "https://www.epmgroup.dk"
    domains: tuple[str, ...] = ("epmgroup.dk",)
    staff_language: Literal["da", "en"] = "da"


class PolicySection(Section):
    url: str = Field(
        default="https://www.epmgroup.dk/FILL-IN-the-address-of-the-privacy-policy", pattern=r"^https?://\S+$"
    )
    version: date = date(2026, 11, 24)
    text_file: str = ""
    text_sha256: str = ""


class Server(Secret):
    """A server to connect to. `oauth` names the block that signs us in, instead of a password."""

    host: str = Field(min_length=1)
    port: Port
    security: Security
    username: str = ""
    oauth: str = ""
    ca_file: str = ""


class MailboxSection(Server):
    name: str = Field(pattern=r"^[\w.-]{1,40}$")
    address: MailAddress
    aliases: tuple[MailAddress, ...] = ()
    port: Port = 993
    security: Security = "tls"
    folder: str = Field(default="INBOX", min_length=1)
    start_from: Literal["now", "all"] | date = "now"
    idle: bool = True
    poll_seconds: Positive = 60
    max_megabytes: Positive = 25
    authentication_results: str = ""
    own_hosts: tuple[str, ...] = ()
    case_keyword: str = Field(default="", pattern=r"^[A-Za-z0-9$_.-]*$")
    copy_cases_to: str = ""
    move_cases_to: str = ""

    @field_validator("start_from", mode="before")
    @classmethod
    def _date_in_quotes(cls, value: object) -> object:
        if isinstance(value, str) and value not in ("now", "all"):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise ValueError(f'{value!r} is neither "now", "all" nor a date such as 2026-11-01') from None
        return value


class SmtpSection(Server):
    port: Port = 587
    security: Security = "starttls"
    max_per_minute: Positive = 30
    connections: Annotated[int, Field(ge=1, le=50)] = 2
    bounce_address: MailAddress | Literal[""] = ""


class DatabaseSection(Secret):
    url: str = "sqlite:///privacybot.sqlite3"


class AcknowledgementsSection(Section):
    mode: Literal["immediate", "after_confirmation"] = "immediate"
    general_enquiries: bool = True
    enquiry_days: Positive = 30
    per_address_per_day: Positive = 3
    mailbox_per_hour: Positive = 120
    templates: str = ""


class CasesSection(Section):
    reference_prefix: str = Field(default="EPM", pattern=r"^[A-Z][A-Z0-9]{0,9}$")
    at_once_working_days: Positive = 3
    complaint_working_days: Positive = 10


class RemindersSection(Section):
    recipients: tuple[MailAddress, ...] = ()
    from_hour: Annotated[int, Field(ge=0, le=16)] = 8


class RetentionSection(Section):
    automatic: bool = True
    closed_cases_days: Positive = 1095
    dismissed_cases_days: Positive = 90
    enquiries_days: Positive = 30
    set_aside_days: Positive = 180


class SystemSection(Section):
    """A place that holds personal data, with what is done there for a right where that is not the usual."""

    name: str = Field(min_length=1)
    holds: str = ""
    who: str = ""
    controller: str = ""
    keep: str = ""
    recipients: tuple[str, ...] = ()
    does: dict[Right, str] = {}


def _shipped_systems() -> tuple[SystemSection, ...]:
    shipped_tables = _toml(shipped.config())["system"]
    return tuple(SystemSection.model_validate(table) for table in shipped_tables)


class OperationSection(Section):
    host: str = Field(default="127.0.0.1", min_length=1)
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    workers: Positive = 1


class Config(Section):
    """A whole configuration. `base` is the folder that its relative paths start from."""

    company: CompanySection = CompanySection()
    policy: PolicySection = PolicySection()
    mailbox: tuple[MailboxSection, ...] = Field(min_length=1)
    smtp: SmtpSection
    database: DatabaseSection = DatabaseSection()
    acknowledgements: AcknowledgementsSection = AcknowledgementsSection()
    cases: CasesSection = CasesSection()
    oauth: tuple[OAuthSection, ...] = ()
    operation: OperationSection = OperationSection()
    system: tuple[SystemSection, ...] = Field(default_factory=_shipped_systems)
    reminders: RemindersSection = RemindersSection()
    retention: RetentionSection = RetentionSection()
    base: Path = Field(default=Path(), exclude=True)


def config_path(chosen: Path | None) -> Path | None:
    """The file in force: the one chosen, the environment's, `./config.toml`, or none (the defaults)."""
    if chosen:
        return chosen
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(named)
    return Path("config.toml") if Path("config.toml").is_file() else None


def load(chosen: Path | None = None) -> Config:
    """The whole configuration. Raises ConfigError with every fault."""
    path = config_path(chosen)
    if path is None:
        raise ConfigError(["There is no configuration: write config.toml here, or name one with --config FILE."])
    return _validated(_toml(path), path)


def load_texts(
    chosen: Path | None = None,
) -> tuple[CompanySection, PolicySection, AcknowledgementsSection, Path]:
    """What the templates need. It works without any configuration, and without mailbox and smtp."""
    path = config_path(chosen)
    if path is None:
        return CompanySection(), PolicySection(), AcknowledgementsSection(), Path()
    raw = _toml(path)
    raw.setdefault("mailbox", [{"name": "none", "address": "none@localhost", "host": "localhost"}])
    raw.setdefault("smtp", {"host": "localhost"})
    config = _validated(raw, path)
    return config.company, config.policy, config.acknowledgements, config.base


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError([f"{path}: there is no such file; name another with --config."]) from error
    except OSError as error:
        raise ConfigError([f"{path}: it cannot be read ({error.strerror}); correct its owner or mode."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: it is not valid TOML: {error}."]) from error


def _validated(raw: dict[str, Any], path: Path) -> Config:
    problems = _across_keys(raw)
    try:
        config = Config.model_validate({**raw, "base": path.resolve().parent} if "base" not in raw else raw)
    except ValidationError as error:
        problems += [
            _sentence(fault, raw) for fault in error.errors() if fault["type"] != "too_short" or not raw.get("mailbox")
        ]
    if problems:
        raise ConfigError([f"{path}: {problem}" for problem in problems])
    return config


def _across_keys(raw: dict[str, Any]) -> list[str]:
    """What no key shows by itself: a password in the file, plain text over a network, a login without a secret."""
    mailboxes = [table for table in raw.get("mailbox", []) if isinstance(table, dict)]
    named = [(f'[[mailbox]] "{table.get("name", "")}"', table) for table in mailboxes]
    servers = [*named, *((f"[{name}]", raw[name]) for name in ("smtp",) if isinstance(raw.get(name), dict))]
    database = [("[database]", raw["database"])] if isinstance(raw.get("database"), dict) else []
    names = [table.get("name") for table in mailboxes]
    return [
        *(
            f"{where} {_SECRET_IN_FILE}"
            for where, table in servers + database
            if table.pop("password", None) is not None
        ),
        *(f"{where} {_PLAIN_TEXT}" for where, table in servers if _speaks_plain_text(table)),
        *(f"{where} {_NO_SECRET}" for where, table in servers if _lacks_secret(table)),
        *_oauth_problems(raw, servers),
        *([_SAME_NAME] if len(set(names)) < len(names) else []),
    ]


_SECRET_IN_FILE = "password: a password must not stand here; take it away and name password_env or password_file."  # noqa: S105
_CLIENT_SECRET_IN_FILE = "client_secret: a secret must not stand here; name client_secret_env or client_secret_file."  # noqa: S105
_PLAIN_TEXT = 'security: "none" is allowed only to this very machine; use "tls" or "starttls".'
_NO_SECRET = "username: a login needs its password; name password_env or password_file."  # noqa: S105
_SAME_NAME = "[[mailbox]] name: two blocks have the same name; give each its own."


def _speaks_plain_text(table: dict[str, Any]) -> bool:
    return table.get("security") == "none" and not _is_loopback(str(table.get("host", "localhost")))


def _lacks_secret(table: dict[str, Any]) -> bool:
    return bool(table.get("username")) and not any(table.get(key) for key in ("password_env", "password_file", "oauth"))


def _oauth_problems(raw: dict[str, Any], servers: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Blocks that are named and not there, there twice, or not enough for a login."""
    blocks = [table for table in raw.get("oauth", []) if isinstance(table, dict)]
    names = [table.get("name") for table in blocks]
    if len(set(names)) < len(names):
        yield "[[oauth]] name: two blocks have the same name; give each its own."
    for table in blocks:
        if table.pop("client_secret", None) is not None:
            yield f'[[oauth]] "{table.get("name", "")}" {_CLIENT_SECRET_IN_FILE}'
    for where, table in servers:
        if not table.get("oauth"):
            continue
        if table["oauth"] not in names:
            yield f"{where} oauth: no [[oauth]] block is called {table['oauth']!r}; write one or correct the name."
        if not table.get("username"):
            yield f"{where} username: with oauth it must be the mailbox's own address."
        if table.get("password_env") or table.get("password_file"):
            yield f"{where} oauth: with it no password is used; take password_env and password_file away."


def _sentence(fault: Any, raw: dict[str, Any]) -> str:
    place, key = _place(fault["loc"], raw)
    where = f"{place} {key}".strip()
    match fault["type"]:
        case "extra_forbidden":
            return f"{where}: there is no such key; correct its spelling or remove it."
        case "missing" if not place:
            return f"[{'[mailbox]' if key == 'mailbox' else key}] is missing; config.toml as shipped shows it."
        case "missing":
            return f"{where} is missing; config.toml as shipped shows it."
        case "value_error":
            return f"{where}: {fault['ctx']['error']}."
        case "string_pattern_mismatch":
            return (
                f"{where}: {fault['input']!r} does not have the form that is wanted here; see the shipped config.toml."
            )
        case _:
            return f"{where}: {fault['input']!r} will not do: {fault['msg'][:1].lower()}{fault['msg'][1:]}."


def _place(location: tuple[int | str, ...], raw: dict[str, Any]) -> tuple[str, str]:
    match location:
        case ("mailbox" | "oauth" as block, int(number), *rest):
            table = raw[block][number]
            name = table.get("name", f"number {number + 1}") if isinstance(table, dict) else f"number {number + 1}"
            return f'[[{block}]] "{name}"', str(rest[0]) if rest else ""
        case ("system", int(number), *rest):
            return f"[[system]] number {number + 1}", ".".join(str(key) for key in rest if key != "[key]")
        case (section, key, *_):
            return f"[{section}]", str(key)
        case (key,):
            return (f"[{key}]", "") if isinstance(raw.get(str(key)), dict) else ("", str(key))
        case _:
            return "", ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret_from_environment(variable: str, where: str, what: str) -> str:
    secret = os.environ.get(variable)
    if not secret:
        raise ConfigError([f"{where}: the environment variable {variable} is not set; set it to {what}."])
    return secret


def _secret_from_file(path: Path, where: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError([f"{where} {path} cannot be read ({why})."]) from error
    if not secret:
        raise ConfigError([f"{where} {path} is empty; write the secret into it."])
    return secret
