"""`privacybot preview`: every mail that can leave, as files to look at before a customer does."""

from __future__ import annotations

from html import escape
from pathlib import Path

from privacybot.app import templates
from privacybot.cli.screen import say
from privacybot.config import load_texts
from privacybot.errors import ConfigError

_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>privacybot: all mails</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }}
  td {{ padding: .3rem 1rem .3rem 0; vertical-align: top; border-top: 1px solid #ddd; }}
</style>
<h1>All mails, with invented values</h1>
<table>{rows}</table>
</html>
"""


def write_previews(chosen: Path | None, folder: Path) -> None:
    """Write `NAME.txt` and `NAME.html` for every mail, and `index.html`. Raises ConfigError for a broken template."""
    made = templates(*load_texts(chosen))
    if problems := made.problems():
        raise ConfigError(problems)
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.previews():
        (folder / f"{name}.txt").write_text(f"Subject: {content.subject}\n\n{content.text}", encoding="utf-8")
        (folder / f"{name}.html").write_text(content.html, encoding="utf-8")
        rows.append(
            f'<tr><td>{escape(name)}<td>{escape(content.subject)}<td><a href="{name}.html">HTML</a>'
            f'<td><a href="{name}.txt">text</a>'
        )
    (folder / "index.html").write_text(_INDEX.format(rows="\n".join(rows)), encoding="utf-8")
    say(f"{len(rows)} mails are in {folder}; open {folder / 'index.html'} in a browser.")
