"""`privacybot corrections`: what staff corrected, written as files from which the recognition is trained."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from privacybot.app import App
from privacybot.cli.clerk import print_json
from privacybot.cli.safe import paragraphs, plain
from privacybot.cli.screen import say
from privacybot.config import load
from privacybot.errors import StaffError
from privacybot.flows import lessons
from privacybot.flows.lessons import Lesson
from privacybot.recognise.lessons import block, language_of_file


def show_or_export(config: Path | None, folder: Path | None, *, as_json: bool) -> None:
    found = lessons.gather(App(load(config)).engine)
    written = _write(folder, found.kept) if folder is not None else []
    if as_json:
        files = [str(path) for path in written]
        print_json({"corrections": len(found.kept), "erased": found.erased, "files": files})
        return
    say(f"{len(found.kept)} cases were corrected and are still kept; of {found.erased} more nothing is left.")
    for path in written:
        say(f"Written: {plain(str(path))}. Read it before you train with it: a name may be left.")


def _write(folder: Path, kept: Sequence[Lesson]) -> list[Path]:
    """A file a language. An older export is replaced, so that what was erased since is gone from it too."""
    texts: dict[str, list[str]] = defaultdict(list)
    for lesson in kept:
        shown = [(paragraphs(said), of) for said, of in lesson.shown]
        of_mail = block(plain(lesson.subject), paragraphs(lesson.text), lesson.rights, shown)
        texts[language_of_file(lesson.language)].append(of_mail)
    mails = folder / "mails"
    try:
        mails.mkdir(parents=True, exist_ok=True)
        for old in mails.glob("*-corrections.txt"):
            old.unlink()
        return [
            _replace(mails / f"{language}-corrections.txt", "\n".join(of)) for language, of in sorted(texts.items())
        ]
    except OSError as error:
        raise StaffError(f"{folder} cannot be written ({error.strerror}); name another folder.") from error


def _replace(path: Path, text: str) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.rename(path)
    return path
