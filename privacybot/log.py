"""Structured logs: events with references and numbers, never an address, a subject or a word of a mail."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from privacybot.mail.cpr import masked

Log = Any
_ADDRESS = re.compile(r"[^\s<>\"'(),:;/@]+@[^\s<>\"'(),:;/@]+")
SILENT = logging.CRITICAL
"""The level at which nothing is said: for a demonstration on the same screen."""


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Lines for a terminal, or JSON where another program reads them. Libraries that would print mail stay silent."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_persons,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Today's stderr, should it have been replaced. A line is one write: several workers may share a file.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("imapclient", "aiosmtplib", "sqlalchemy", "alembic", "mail.log", "urllib3", "msal", "google"):
        logging.getLogger(name).setLevel(logging.ERROR)


def get(**fields: object) -> Log:
    return structlog.get_logger(**fields)


def whereabouts(error: BaseException) -> str:
    """The kind of an unexpected error and the lines it came through; its own text may quote a mail and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}"


def _without_persons(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last guard: what should never get here, such as a server that repeats an address, does not get through."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _ADDRESS.sub("…@…", masked(value))
    return event
