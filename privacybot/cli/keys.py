"""One key at a terminal, without Enter  (POSIX termios). What is typed ahead stays, and arrow keys are no letters."""

from __future__ import annotations

import os
import select
import sys

import typer

_ESCAPE, _END = b"\x1b", b"\x04"
_LONGEST = 4
"""Bytes of a character in UTF-8."""


def one_key() -> str:
    """The next key. Raises EOFError at the end of the input; Ctrl-C works as everywhere."""
    try:
        import termios
        import tty
    except ImportError:  # Windows has keys of its own.
        return typer.getchar()
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        return _read(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _read(terminal: int) -> str:
    key = os.read(terminal, 1)
    if not key or key == _END:
        raise EOFError
    if key == _ESCAPE:
        _skip_sequence(terminal)
        return ""
    if key >= b"\x80":  # A letter beyond ASCII: its other bytes are there already.
        while select.select([terminal], [], [], 0.01)[0] and len(key) < _LONGEST and not _whole(key):
            key += os.read(terminal, 1)
    return key.decode(errors="replace")


def _skip_sequence(terminal: int) -> None:
    """What an arrow key sends behind its Escape: `[` or `O`, figures, and a letter or tilde (ECMA-48, 5.4)."""
    if not select.select([terminal], [], [], 0.01)[0] or os.read(terminal, 1) not in (b"[", b"O"):
        return
    while select.select([terminal], [], [], 0.01)[0]:
        byte = os.read(terminal, 1)
        if b"@" <= byte <= b"~":
            return


def _whole(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True
