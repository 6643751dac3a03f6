"""The clerk's own editor: VISUAL, EDITOR, or one that every system has. What was written is never lost."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from privacybot.errors import StaffError

_USUAL = ("sensible-editor", "nano", "vim", "vi")
_HELP = """
#: Lines that begin with #: are left out. Everything between [[ and ]] must be filled in or taken out.
#: An empty line begins a new paragraph; "## " begins a heading, "- " an item of a list.
#: Greeting, case reference, how to complain, and our address are put round it by themselves.
"""


def edit(text: str) -> str:
    """What the clerk makes of the text. Raises StaffError where there is no editor or it fails; words are kept."""
    command, begun = _editor(), f"{text.rstrip()}\n{_HELP}"
    path = _new_file("privacybot-", begun)
    fault = _opened(command, path)
    written = path.read_bytes() if path.exists() else begun.encode()
    if fault and written != begun.encode():
        raise StaffError(f"{fault}; nothing was sent, and your words are in {path}.")
    path.unlink(missing_ok=True)
    if fault:
        raise StaffError(f"{fault}; nothing was sent.")
    return without_help(written.decode())


def keep(text: str) -> Path:
    """Put words that were not sent where the clerk finds them again; only they can read the file."""
    return _new_file("privacybot-not-sent-", text)


def without_help(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#:")).strip()


def _new_file(prefix: str, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _opened(command: Sequence[str], path: Path) -> str:
    """What went wrong with the editor, or with what it left behind; "" where nothing did."""
    try:
        ended = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603  (the clerk's own editor)
        path.read_text(encoding="utf-8")
    except OSError as error:
        return f"The editor {command[0]} does not work ({error.strerror}): set EDITOR to another"
    except UnicodeDecodeError:
        return "The editor saved in another encoding than UTF-8: save it as UTF-8"
    except KeyboardInterrupt:
        return "You stopped the editor"
    return f"The editor ended with {ended}" if ended else ""


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise StaffError(f"EDITOR is {named!r}, which is no command; set it to one, such as nano.") from error
    found = words or [path for name in _USUAL if (path := shutil.which(name))][:1]
    if not found:
        raise StaffError("There is no editor; set EDITOR, or write the words into a file and give it with --text-file.")
    return found
