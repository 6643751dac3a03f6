"""`privacybot run`: the worker in the foreground, its log on standard error."""

from __future__ import annotations

import sys
from pathlib import Path

from privacybot import log
from privacybot.app import App
from privacybot.config import load
from privacybot.worker import Worker


def run_worker(config: Path | None, *, once: bool) -> None:
    """Work until SIGTERM, or once through. The log is JSON unless a person watches it."""
    log.configure(as_json=not sys.stderr.isatty())
    worker = Worker(App(load(config)))
    worker.stop_on_signals()
    if once:
        worker.run_once()
    else:
        worker.run()
