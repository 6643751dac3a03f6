"""Who sits at the terminal, and how they are asked and answered."""

from __future__ import annotations

import getpass
import json
import os
import sys
from datetime import UTC, datetime

from privacybot.errors import StaffError
from privacybot.flows.steps import Given
from privacybot.gdpr.acknowledgement import Language


def staff() -> str:
    """Who acts: PRIVACYBOT_STAFF, else the login name."""
    return os.environ.get("PRIVACYBOT_STAFF") or getpass.getuser()


def given(reason: str = "", text: str = "", seen: int | None = None) -> Given:
    """A step of this clerk, now."""
    return Given(staff(), datetime.now(UTC), reason=reason, text=text, seen=seen)


def at_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def language(word: str) -> Language | None:
    """A language by its code, or None where none is named. Raises StaffError for another word."""
    if word in ("", Language.DANISH, Language.ENGLISH):
        return Language(word) if word else None
    raise StaffError(f"{word!r} is no language that we write; choose da or en.")
