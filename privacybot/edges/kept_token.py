"""A refresh token in a file of its own, replaced whenever its provider gives a new one  (RFC 6749, section 6).

The old one may be void from that moment, so the new one is on the disk before anything else happens, and whether it
can be put there is tried before it is asked for. Several workers on one machine take turns. The file is for
privacybot's user alone; it lies outside the database so that no copy of that holds a secret.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from privacybot.errors import Unavailable


@dataclass(frozen=True, slots=True)
class KeptToken:
    """The file that holds the token and nothing else."""

    path: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """No other worker reads or renews the token meanwhile. Raises Unavailable where it could not be replaced."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        try:
            opened = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(f"cannot be replaced ({error.strerror}); let privacybot write its folder") from error
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)

    def read(self) -> str:
        try:
            token = self.path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it holds letters that no token has"
            raise self._unusable(f"cannot be read ({why})") from error
        if not token:
            raise self._unusable("is empty; write the refresh token into it")
        return token

    def write(self, token: str) -> None:
        """The whole file or the old one, whatever happens in between."""
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # For us alone (0600).
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.path)
        _sync(self.path.parent)

    def _unusable(self, why: str) -> Unavailable:
        return Unavailable(f"refresh_token_file {self.path} {why}.", permanent=True)


def _sync(folder: Path) -> None:
    """The new name survives a power cut too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
