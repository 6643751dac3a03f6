"""Our mails, from the texts that the company itself may edit  (Jinja2).

Every file is read once, at the start, so that `version` names exactly the words that are sent. A sentence is written
once: a text template makes a letter (`mail.letter`), and the HTML layout wraps the same letter. Templates run in an
immutable sandbox and see only ready-made words (`template_words`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from privacybot.edges import digest_words
from privacybot.edges import template_examples as examples
from privacybot.edges.template_faults import FAULTS, Fault, fault_of, lacking, misspelt
from privacybot.edges.template_words import Words, case_words, common_words, letter_words, listed
from privacybot.errors import ConfigError
from privacybot.gdpr.acknowledgement import Acknowledgement, Company, EnquiryResponse, Language, Policy
from privacybot.gdpr.correspondence import Correspondence
from privacybot.gdpr.reminder import Digest
from privacybot.gdpr.states import Sends
from privacybot.mail.letter import Block, as_text, links, read_blocks, read_letter
from privacybot.mail.outgoing import Content

Made = TypeVar("Made")
Part = tuple[Language, tuple[Block, ...]]
"""A stretch of a mail with the language it is written in."""

_LAYOUT = "layout"
_SPOKEN = {
    Language.DANISH: (Language.DANISH,),
    Language.ENGLISH: (Language.ENGLISH,),
    Language.BOTH: (Language.DANISH, Language.ENGLISH),
}
_BETWEEN_LANGUAGES = "\n\n* * *\n\n"


class BrokenTemplate(ConfigError):
    """A text that cannot be sent as it stands."""

    def __init__(self, fault: Fault) -> None:
        super().__init__([str(fault)])
        self.fault = fault


class Templates:
    """The texts of one folder, with the company and the policy that they name.

    A broken text raises `BrokenTemplate` when it is used; `problems` finds every one of them beforehand.
    """

    def __init__(self, folder: Path, company: Company, policy: Policy) -> None:
        self._folder = folder
        self._texts = _texts_of(folder)
        self.version = _digest(self._texts)
        """Names these texts: twelve hexadecimal digits over all file names and texts."""
        self._enquiries: dict[EnquiryResponse, Content] = {}
        self._common = {language: common_words(company, policy, language) for language in _SPOKEN[Language.BOTH]}
        self._environments = {
            language.value: self._environment(language.value, {"listed": _listed_in(language)})
            for language in self._common
        } | {_LAYOUT: self._environment(_LAYOUT, {"linked": _linked})}

    def acknowledgement(self, case: Acknowledgement) -> Content:
        """Without a right that we are sure of, the neutral mail."""
        return self._content(case)

    def enquiry(self, response: EnquiryResponse) -> Content:
        """Made once for each language: nothing in it is of the mail that it answers."""
        if response not in self._enquiries:
            self._enquiries[response] = self._content(response)
        return self._enquiries[response]

    def letter(self, letter: Correspondence) -> Content:
        """What staff wrote, in the frame of its kind."""
        return self._content(letter)

    def draft(self, case: Acknowledgement) -> str:
        """What a reply about these rights begins with, for staff to complete: it holds [[gaps]]."""
        words = self._common[case.language] | case_words(case, case.language)
        return self._made(case.language.value, "draft.txt", words, str).strip() + "\n"

    def digest(self, digest: Digest) -> Content:
        """What staff are told in the morning."""
        words = self._common[digest.language] | digest_words.digest_words(digest, digest.language)
        letter = self._made(digest.language.value, "digest.txt", words, read_letter)
        return self._finished(letter.subject, [(digest.language, letter.blocks)])

    def previews(self) -> Iterator[tuple[str, Content]]:
        """Every kind of mail in each language, with example values, under a name that will do for a file."""
        for name, mail in examples.shown():
            yield name, self._content(mail)
        for language in self._common:
            yield f"staff-{language}-digest", self.digest(digest_words.example(language))

    def problems(self) -> list[str]:
        """Every fault in any text, a sentence each with file and line; none if all mails can be sent."""
        faults = set(self._misspelt())
        known = {(fault.path, fault.line) for fault in faults}
        tried = [self._failures(mail) for _, mail in examples.tried()]
        for failures in (*tried, self._broken_drafts(), self._broken_digests()):
            faults.update(fault for fault in failures if (fault.path, fault.line) not in known)
        return [str(fault) for fault in sorted(faults)]

    def _content(self, mail: examples.Mail) -> Content:
        name, words = self._drafted(mail)
        letters = {language: self._made(language.value, name, own, read_letter) for language, own in words.items()}
        subject = " / ".join(letter.subject for letter in letters.values())
        if not isinstance(mail, EnquiryResponse):
            subject += f" [{mail.reference}]"
        parts = [(language, letter.blocks) for language, letter in letters.items()]
        return self._finished(subject, parts if len(parts) == 1 else [self._notice(), *parts])

    def _drafted(self, mail: examples.Mail) -> tuple[str, Mapping[Language, Words]]:
        """The name of the template, and its words in each language of the mail."""
        common = {language: self._common[language] for language in _SPOKEN[mail.language]}
        match mail:
            case EnquiryResponse():
                return "enquiry.txt", common
            case Correspondence(kind=kind):
                words = {language: words | letter_words(mail, language) for language, words in common.items()}
                return f"letters/{kind}.txt", words
            case Acknowledgement(periods=periods):
                words = {language: words | case_words(mail, language) for language, words in common.items()}
                return "acknowledgement.txt" if periods else "unsure.txt", words

    def _notice(self) -> Part:
        """The line above a Danish letter which tells an English reader to read on."""
        words = self._common[Language.ENGLISH]
        return Language.ENGLISH, self._made(Language.ENGLISH.value, "below.txt", words, read_blocks)

    def _finished(self, subject: str, parts: Sequence[Part]) -> Content:
        text = _BETWEEN_LANGUAGES.join(as_text(blocks) for _, blocks in parts) + "\n"
        shown = [{"language": language.value, "blocks": blocks} for language, blocks in parts]
        return Content(subject, text, self._made(_LAYOUT, "mail.html", {"subject": subject, "parts": shown}, str))

    def _made(self, part: str, name: str, words: Words, read: Callable[[str], Made]) -> Made:
        try:
            return read(self._environments[part].get_template(name).render(words))
        except FAULTS as error:
            paths = {self._path(file) for file in self._texts}
            raise BrokenTemplate(fault_of(error, self._path(f"{part}/{name}"), paths)) from error

    def _path(self, file: str) -> str:
        return str(self._folder / file)

    def _environment(self, part: str, filters: Mapping[str, Callable[..., Any]]) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(lambda name: self._source(f"{part}/{name}")),
            autoescape=part == _LAYOUT,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        environment.filters.update(filters)
        return environment

    def _source(self, file: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = self._texts.get(file)
        return None if text is None else (text, self._path(file), lambda: True)

    def _misspelt(self) -> Iterator[Fault]:
        """Faults that show without rendering: files that cannot be read, and names that do not exist."""
        known: dict[str, Words] = {_LAYOUT: {"subject": "", "parts": [{"language": "", "blocks": ()}]}}
        for language in self._common:
            _, words = self._drafted(examples.of_all_rights(language))
            _, letter = self._drafted(examples.letter(Sends.EXTENSION, language))
            digest = digest_words.digest_words(digest_words.example(language), language)
            known[language.value] = words[language] | letter[language] | digest
        for part, environment in self._environments.items():
            texts = {self._path(file): text for file, text in self._texts.items() if file.startswith(f"{part}/")}
            yield from misspelt(environment, texts, known[part])

    def _failures(self, mail: examples.Mail) -> Iterator[Fault]:
        """Faults that show when a mail is rendered: what breaks, and what a mail of its kind must not lack."""
        try:
            content = self._content(mail)
        except BrokenTemplate as broken:
            yield broken.fault
            return
        name, words = self._drafted(mail)
        for language, own in words.items():
            for explanation in lacking(content, own):
                yield Fault(self._path(f"{language}/{name}"), 0, explanation)

    def _broken_drafts(self) -> Iterator[Fault]:
        for language in self._common:
            try:
                self.draft(examples.of_all_rights(language))
            except BrokenTemplate as broken:
                yield broken.fault

    def _broken_digests(self) -> Iterator[Fault]:
        for language in self._common:
            try:
                self.digest(digest_words.example(language))
            except BrokenTemplate as broken:
                yield broken.fault


def _texts_of(folder: Path) -> dict[str, str]:
    """Each template's text under its path in the folder; raise ConfigError with every file that cannot be read."""
    paths = sorted(path for suffix in ("txt", "html") for path in folder.rglob(f"*.{suffix}"))
    read = {path: _text_of(path) for path in paths}
    problems = [str(text) for text in read.values() if isinstance(text, Fault)]
    if not paths:
        problems = [f"{folder}: there are no templates here; put the folder back as it was shipped."]
    if problems:
        raise ConfigError(problems)
    return {path.relative_to(folder).as_posix(): text for path, text in read.items() if isinstance(text, str)}


def _text_of(path: Path) -> str | Fault:
    """A file's text, which ends in just one line end: an include must not swallow the line that follows it."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig").rstrip() + "\n"
    except OSError as error:
        return Fault(str(path), 0, f"the file cannot be read ({error.strerror}); let the program read it")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Fault(str(path), line, "this is not UTF-8; save the file with the encoding UTF-8")


def _digest(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name} {len(text)}\n{text}".encode())
    return digest.hexdigest()[:12]


def _listed_in(language: Language) -> Callable[[Iterable[str], Mapping[str, str]], str]:
    return lambda keys, names: listed(keys, names, language)


@lru_cache(maxsize=500)
def _linked(text: str) -> Markup:
    """Escape a text for HTML and make links of the addresses in it. Most of our sentences stand in every mail."""
    link = Markup('<a href="{}">{}</a>')
    return Markup("").join(link.format(target, piece) if target else piece for piece, target in links(text))
