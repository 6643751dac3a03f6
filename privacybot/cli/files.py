"""Files that a command makes: whole or not at all, for the user alone, and never in the place of another."""

from __future__ import annotations

import os
from pathlib import Path

from privacybot.errors import StaffError


def write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Raises StaffError where the file exists or cannot be written."""
    if path.exists():
        raise StaffError(f"{path} exists already; name another file.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch(mode=mode)
        with part.open("wb") as opened:
            opened.write(content)
        part.rename(path)
    except OSError as error:
        raise StaffError(f"{path} cannot be written ({error.strerror}); name another place.") from error
    finally:
        part.unlink(missing_ok=True)
