"""Evidence as a file: a zip whose entries are the bytes themselves, with a list of their digests  (SHA-256).

Who gets such a file can unpack it with any program, read the mails in any mail program, and check that nothing was
changed: `sha256sum --check SHA256SUMS`.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from privacybot.gdpr.deadline import COPENHAGEN
from privacybot.store.tables import Letter, Mail

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive."""

    name: str
    content: bytes


def zipped(folder: str, entries: Sequence[Entry], made_at: datetime) -> bytes:
    """The entries in a folder of that name, and the list of their digests. The same entries give the same bytes."""
    sums = "".join(f"{hashlib.sha256(entry.content).hexdigest()}  {entry.name}\n" for entry in entries)
    local = made_at.astimezone(COPENHAGEN)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in (*entries, Entry(SUMS, sums.encode())):
            place = zipfile.ZipInfo(f"{folder}/{entry.name}", local.timetuple()[:6])
            place.compress_type, place.external_attr = zipfile.ZIP_DEFLATED, 0o100600 << 16
            archive.writestr(place, entry.content)
    return packed.getvalue()


def mail_entries(mails: Iterable[Mail]) -> Iterable[tuple[Mail, Entry]]:
    """Each mail as it came; where its bytes were not kept, its new text."""
    for number, mail in enumerate(mails, 1):
        if mail.raw is None:
            yield mail, Entry(f"mails/{number:02}.txt", mail.new_text.encode())
        else:
            yield mail, Entry(f"mails/{number:02}.eml", zlib.decompress(mail.raw))


def letter_entries(letters: Iterable[Letter]) -> Iterable[tuple[Letter, Entry]]:
    """Each letter of ours, byte for byte as it was sent."""
    for number, letter in enumerate(letters, 1):
        kind = re.sub(r"[^a-z]+", "-", letter.kind)
        yield letter, Entry(f"letters/{number:02}-{kind}.eml", letter.raw)


def as_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=_spelt) + "\n").encode()


def _spelt(value: Any) -> str:
    """Instants as the chain of events spells them, dates as dates."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case _:
            return str(value)
