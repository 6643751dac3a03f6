"""`privacybot remind`: the morning's digest by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from privacybot.app import App
from privacybot.cli.clerk import print_json
from privacybot.cli.safe import paragraphs
from privacybot.cli.screen import console, say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import reminders
from privacybot.gdpr.reminder import Digest


def remind(config: Path | None, *, preview: bool, as_json: bool) -> None:
    """Write today's digest into the outbox, unless it has been; or only show it."""
    app, now = App(load(config)), datetime.now(UTC)
    morning = app.morning()
    if preview:
        _show(app, reminders.look(app.engine, morning.language, now), as_json=as_json)
        return
    if not morning.recipients:
        raise StaffError("Nobody is named to be reminded; fill in [reminders] recipients.")
    _report(reminders.remind(app.engine, morning, now), len(morning.recipients), as_json=as_json)


def _show(app: App, digest: Digest, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(digest))
    elif digest.is_empty:
        say("There is nothing to tell today.")
    else:
        mail = app.templates.digest(digest)
        say(mail.subject, style="bold")
        console().print(paragraphs(mail.text))


def _report(digest: Digest | None, recipients: int, *, as_json: bool) -> None:
    written = digest is not None and not digest.is_empty
    if as_json:
        print_json({"written": written, "recipients": recipients if written else 0})
    elif digest is None:
        say("Today's digest has been written already; to see what there is now: privacybot remind --preview")
    elif digest.is_empty:
        say("There is nothing to tell today; nothing was written.")
    else:
        say(f"Today's digest waits in the outbox for {recipients} recipient{'s' * (recipients > 1)}.")


def _as_json(digest: Digest) -> dict[str, object]:
    return {
        "day": digest.day.isoformat(),
        **{name: [case.reference for case in found] for name, found in digest.lists.items()},
        "set_aside": digest.set_aside,
        "standing_still": list(digest.standing_still),
    }
