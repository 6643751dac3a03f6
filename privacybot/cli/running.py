"""`privacybot run`: the worker in the foreground, its log on standard error."""

from __future__ import annotations

import sys
from pathlib import Path

from privacybot import log
from privacybot.app import App
from privacybot.config import load


def run_worker(config: Path | None, *, once: bool) -> None:
    """Work until SIGTERM, or once through. The log is JSON unless a person watches it."""
    log.configure(as_json=not sys.stderr.isatty())
    app = App(load(config), recognises_beside=True)
    _ = app.recognise  # It loads while this process goes on.
    from privacybot.worker import Worker

    worker = Worker(app)
    worker.stop_on_signals()
    if once:
        worker.run_once()
    else:
        worker.run()
