"""django-helpdesk on a store of its own, as its installation guide sets it up: one queue that reads our mailbox.

Run by the environment that `bench.helpdesk` makes; it knows nothing of privacybot. Prints the seconds of `get_email`
and how many tickets it made.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.helpdesk_site"
FOLDER, IMAP_PORT, SMTP_PORT, USER, PASSWORD = os.environ["HELPDESK_BENCH"].split(" ")

SECRET_KEY = "only for a measurement"  # noqa: S105
USE_TZ, SITE_ID, ROOT_URLCONF = True, 1, "bench.helpdesk_site"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django.contrib.messages",
    "rest_framework",
    "django_cleanup.apps.CleanupConfig",
    "helpdesk",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(FOLDER) / "helpdesk.sqlite3")}}
MEDIA_ROOT = str(Path(FOLDER) / "attachments")
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(SMTP_PORT)
HELPDESK_TEAMS_MODE_ENABLED = HELPDESK_KANBAN_BOARD_ENABLED = False


def __getattr__(name: str) -> Any:
    """The addresses of its pages, which its mails name; they can be looked up only when the settings are there."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import include, path

    return [path("", include("helpdesk.urls", namespace="helpdesk"))]


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    from helpdesk.models import Queue, Ticket

    Queue.objects.create(
        title="Contact",
        slug="contact",
        email_address=USER,
        allow_email_submission=True,
        email_box_type="imap",
        email_box_host="127.0.0.1",
        email_box_port=int(IMAP_PORT),
        email_box_user=USER,
        email_box_pass=PASSWORD,
        email_box_imap_folder="INBOX",
        email_box_interval=0,
        email_box_last_check=datetime.now(UTC) - timedelta(hours=1),
        logging_type="none",
    )
    began = time.perf_counter()
    call_command("get_email", quiet=True)
    print(time.perf_counter() - began, Ticket.objects.count())
    sys.stdout.flush()


if __name__ == "__main__":
    main()
