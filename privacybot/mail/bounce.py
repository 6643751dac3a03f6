"""What a mail system reports about a mail of ours  (RFC 3464 delivery, RFC 8098 reading, RFC 5965 complaints).

Reports that follow a standard are read here, delays too; the forty or so home-made forms are left to flufl.bounce,
which was written for list servers: it sees a bounded, well-behaved copy, and whatever it raises means "no report".
What people write is never searched: a mail counts only if a machine's marks are on it.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from privacybot.mail import charset
from privacybot.mail.address_list import addresses, bare_address
from privacybot.mail.mime import MAIL_TYPES, Budget, Part, read_fields, read_mail
from privacybot.mail.values import decode_words, identifier, identifiers

Kind = Literal["failed", "delayed", "delivered", "read", "abuse"]


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """`recipients` are bare addresses, as the report gives them; `diagnostic` is the remote server's own line."""

    kind: Kind
    recipients: tuple[str, ...]
    original_message_id: str | None
    diagnostic: str


ACTIONS: Mapping[str, Kind] = {
    "failed": "failed",
    "error": "failed",  # OpenSMTPD
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
STATUS_CLASSES: Mapping[str, Kind] = {"5": "failed", "4": "delayed", "2": "delivered"}
"""RFC 3463, 2: for a report without an action."""

MOST_SERIOUS_FIRST: tuple[Kind, ...] = ("failed", "delayed", "delivered")

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RECEIPT_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
FEEDBACK_TYPES = frozenset({"message/feedback-report"})
HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})

MAIL_SYSTEMS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "maildaemon", "mailerdaemon"})

_Fields = Mapping[str, str]

_LONGEST_DIAGNOSTIC = 500
_COPY_SIZE, _COPY_LINE, _COPY_PARTS = 65_536, 998, 50
_SUBJECT = re.compile(
    r"(?:undeliver|returned mail|failure notice|(?:permanent |mail )?delivery (?:fail|status|notification|report)"
    r"|delivery warning|mail delivery|non-?delivery|ikke leveret|kunne ikke leveres|kan ikke leveres|unzustellbar)",
    re.IGNORECASE,
)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_QUOTED_ID = re.compile(r"^[ \t>]{0,9}Message-ID:\s{0,9}(<[^<>\s]{3,998}>)", re.IGNORECASE | re.MULTILINE)
_SERVER_LINE = re.compile(
    r"^.{0,60}?\b([45]\d\d[ -](?!\d{3}\b)[^\n]{0,400}|[45]\.\d{1,3}\.\d{1,3} [^\n]{0,400})", re.MULTILINE
)


def delivery_report(raw: bytes) -> DeliveryReport | None:
    """The report that this mail is, or None; never raises."""
    mail = read_mail(raw, Budget())
    parts = tuple(_parts(mail))
    if not _from_a_machine(mail, parts):
        return None
    return _standard(mail, parts) or _home_made(mail, parts, raw)


def _from_a_machine(mail: Part, parts: Sequence[Part]) -> bool:
    """A report's type, a return path without an address, a mail system's name in From, or its words as subject.
    Complaints come in a plain multipart too.

    Where only the subject says so ("Returned mail"), flufl.bounce must still find who was not reached; an answer or
    forward of a report (Re:, Fwd:) comes from a person.
    """
    return (
        any(not bare_address(path) for path in mail.field_all("return-path"))
        or mail.content_type == "multipart/report"
        or mail.content_type in STATUS_TYPES | RECEIPT_TYPES
        or any(part.content_type in FEEDBACK_TYPES for part in parts)
        or bool(mail.field("x-failed-recipients"))
        or _is_mail_system(mail.field("from"))
        or _SUBJECT.match(decode_words(mail.field("subject"))) is not None
    )


def _is_mail_system(originator: str) -> bool:
    found = addresses(originator)
    local_parts = {address.local_part.lower() for address in found} or {originator.strip(" <>").lower()}
    return bool(local_parts & MAIL_SYSTEMS)


def _parts(part: Part) -> Iterator[Part]:
    """The parts of this mail, and not those of a mail that it carries."""
    yield part
    for inner in () if part.content_type in MAIL_TYPES else part.parts:
        yield from _parts(inner)


def _standard(mail: Part, parts: Sequence[Part]) -> DeliveryReport | None:
    for part in parts:
        if part.content_type in STATUS_TYPES:
            return _delivery_status(mail, parts, _blocks(part))
        if part.content_type in RECEIPT_TYPES:
            return _receipt(mail, parts, _first(_blocks(part)))
        if part.content_type in FEEDBACK_TYPES:
            return _feedback(mail, parts, _first(_blocks(part)))
    return None


def _delivery_status(mail: Part, parts: Sequence[Part], blocks: Sequence[_Fields]) -> DeliveryReport | None:
    """A report on several recipients tells the most serious news, and whom that befell."""
    by_kind: dict[Kind, list[_Fields]] = {}
    for block in blocks:
        if kind := _kind(block):
            by_kind.setdefault(kind, []).append(block)
    kind = next((kind for kind in MOST_SERIOUS_FIRST if kind in by_kind), None)
    if kind is None:
        return None
    about = by_kind[kind]
    recipients = (
        _recipient(block.get("original-recipient", "")) or _recipient(block.get("final-recipient", ""))
        for block in about
    )
    diagnostics = (_after_type(block.get("diagnostic-code", "")) or block.get("status", "") for block in about)
    return DeliveryReport(
        kind, _each_once(recipients), _original_id(mail, parts), _short(next(filter(None, diagnostics), ""))
    )


def _kind(block: _Fields) -> Kind | None:
    """None for the block about the mail as a whole."""
    action = block.get("action", "").split("(")[0].strip().lower()
    named = next((kind for name, kind in ACTIONS.items() if action.startswith(name)), None)
    return named or (STATUS_CLASSES.get(block.get("status", "")[:1]) if "final-recipient" in block else None)


def _receipt(mail: Part, parts: Sequence[Part], block: _Fields) -> DeliveryReport | None:
    """RFC 8098: only "displayed" says that a person saw it; "deleted" and the others, that it arrived."""
    disposition = block.get("disposition", "")
    kind: Kind = "read" if "displayed" in disposition.lower() else "delivered"
    recipient = _recipient(block.get("original-recipient", "")) or _recipient(block.get("final-recipient", ""))
    original = identifier(block.get("original-message-id", "")) or _original_id(mail, parts)
    return DeliveryReport(kind, _each_once([recipient]), original, _short(disposition))


def _feedback(mail: Part, parts: Sequence[Part], block: _Fields) -> DeliveryReport | None:
    recipient = bare_address(block.get("original-rcpt-to", "")) or bare_address(block.get("removal-recipient", ""))
    recipient = recipient or next((bare_address(returned.field("to")) for returned in _returned(parts)), "")
    return DeliveryReport(
        "abuse", _each_once([recipient]), _original_id(mail, parts), _short(block.get("feedback-type", ""))
    )


def _home_made(mail: Part, parts: Sequence[Part], raw: bytes) -> DeliveryReport | None:
    named = _each_once(address.address for address in addresses(mail.field("x-failed-recipients")))
    temporary, permanent = ((), named) if named or len(parts) > _COPY_PARTS else _detected(raw)
    if not (temporary or permanent):
        return None
    server_line = _SERVER_LINE.search(_texts(parts))
    return DeliveryReport(
        "failed" if permanent else "delayed",
        permanent or temporary,
        _original_id(mail, parts),
        _short(server_line[1] if server_line else ""),
    )


def _detected(raw: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Delayed and failed recipients, as flufl.bounce finds them; it is imported only when a machine has written."""
    from flufl.bounce import all_failures  # type: ignore[import-untyped]

    copy = b"\n".join(line[:_COPY_LINE] for line in raw[:_COPY_SIZE].split(b"\n"))
    try:
        temporary, permanent = all_failures(email.message_from_bytes(copy))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return (), ()
    return _decoded(temporary), _decoded(permanent)


def _decoded(found: set[bytes]) -> tuple[str, ...]:
    return _each_once(bare_address(address.decode("ascii", "replace")) for address in sorted(found))


def _original_id(mail: Part, parts: Sequence[Part]) -> str | None:
    """The Message-ID of the mail reported on: from its returned header, else from the thread, else from the text."""
    candidates = (
        *(identifier(returned.field("message-id")) for returned in _returned(parts)),
        identifier(mail.field("x-original-message-id")),
        *identifiers(mail.field("in-reply-to"))[:1],
        *identifiers(mail.field("references"))[-1:],
    )
    if found := next(filter(None, candidates), None):
        return found
    quoted = _QUOTED_ID.search(_texts(parts))
    return identifier(quoted[1]) if quoted else None


def _returned(parts: Sequence[Part]) -> Iterator[Part]:
    """The header of the mail reported on, whole or by itself."""
    for part in parts:
        if part.content_type in MAIL_TYPES and part.parts:
            yield part.parts[0]
        elif part.content_type in HEADER_TYPES:
            yield read_fields(part.content(Budget()))


def _blocks(part: Part) -> list[_Fields]:
    """Groups of fields with blank lines between them; the names in lower case."""
    source, budget, blocks = part.content(Budget()), Budget(), []
    position = 0
    while position < len(source):
        block = read_fields(source, position, None, budget)
        position = max(block.start, position + 1)
        blocks.append({name.lower(): decode_words(block.field(name.lower())).strip() for name, _ in block.fields[:100]})
    return [block for block in blocks if block]


def _first(blocks: Sequence[_Fields]) -> _Fields:
    return next(iter(blocks), {})


def _recipient(value: str) -> str:
    """`rfc822; jens@example.dk`, with or without its type, and +2B for a plus sign (RFC 3461, 4)."""
    return bare_address(_XTEXT.sub(lambda code: chr(int(code[1], 16)), _after_type(value)))


def _after_type(value: str) -> str:
    return value.partition(";")[2].strip() or value.strip()


def _each_once(found: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, found)))


def _texts(parts: Sequence[Part]) -> str:
    texts = (part for part in parts if part.content_type.startswith("text/") and not part.parts)
    return "\n".join(charset.decode(part.content(Budget())[:_COPY_SIZE])[0] for part in texts)[:_COPY_SIZE]


def _short(diagnostic: str) -> str:
    return " ".join(diagnostic.split())[:_LONGEST_DIAGNOSTIC]
