"""The clerk's own editor: VISUAL, EDITOR, or one that every system has. What was written is never lost."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from privacybot.errors import StaffError

_USUAL = ("sensible-editor", "nano", "vim", "vi")
_HELP = """
#: Lines that begin with #: are left out. Everything between [[ and ]] must be filled in or taken out.
#: An empty line begins a new paragraph; "## " begins a heading, "- " an item of a list.
#: Greeting, case reference, how to complain, and our address are put round it by themselves.
"""


def edit(text: str) -> str:
    """What the clerk makes of the text. Raises StaffError where there is no editor, or it fails."""
    handle, name = tempfile.mkstemp(prefix="privacybot-", suffix=".txt", text=True)
    path = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text.rstrip() + "\n" + _HELP)
    try:
        done = subprocess.run([*_editor(), name], check=False)  # noqa: S603  (the clerk's own editor)
        if done.returncode:
            raise StaffError(f"The editor ended with {done.returncode}; nothing was sent.")
        return without_help(path.read_text(encoding="utf-8"))
    finally:
        path.unlink(missing_ok=True)


def keep(text: str) -> Path:
    """Put words that were not sent where the clerk finds them again; only they can read the file."""
    handle, name = tempfile.mkstemp(prefix="privacybot-not-sent-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def without_help(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#:")).strip()


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        return shlex.split(named)
    found = next((path for name in _USUAL if (path := shutil.which(name))), None)
    if found is None:
        raise StaffError("There is no editor; set EDITOR, or write with --text or --text-file.")
    return [found]
