"""HTML mail as a person reads it, in plain text.

Lexbor and the standard library's parser were tried first: both take quadratic time on mails built for it (ten thousand
nested elements, unclosed comments). No tree is needed to read a mail aloud, so tags are read one by one, in linear
time, and never looked for twice. Quotations become lines with `>`, as in a plain mail, for `text` to know them by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<[!?][^>]*(?:>|\Z)"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][^\s/<>]*)"
    r"""(?P<rest>(?:=\s*+"[^"]*(?:"|\Z)|=\s*+'[^']*(?:'|\Z)|[^<>=]++|=)*+)(?P<close>>|(?=<)|\Z)""",
    re.DOTALL,
)
_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_HUGE_NUMBER = re.compile(r"&#[0-9]{9,};?")
"""`unescape` raises ValueError for a number of more than 4,300 digits."""
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|mso-hide\s{0,9}:\s{0,9}all", re.IGNORECASE)
_INDENTED = re.compile(r"border(?:-left)?\s{0,9}:\s{0,9}(?:none|0)", re.IGNORECASE)
_CITED = re.compile(r"cite|quote", re.IGNORECASE)
_MAILTO = re.compile(r"""href\s{0,9}=\s{0,9}["']?mailto:([^"'?\s>]{3,254})""", re.IGNORECASE)
_LINE_CLASS = re.compile(r"""class\s{0,9}=\s{0,9}["']?[^"'>]{0,99}Mso""", re.IGNORECASE)

_SKIPPED = frozenset({"script", "style", "title", "template", "svg", "object", "select", "textarea", "xmp"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr", "area", "base", "embed", "source"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table"})
_BLOCKS = _PARAGRAPHS | frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "blockquote",
        "caption",
        "center",
        "dd",
        "div",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "head",
        "header",
        "html",
        "li",
        "main",
        "nav",
        "pre",
        "section",
        "tbody",
        "tfoot",
        "thead",
        "tr",
    ]
)
_CELLS = frozenset({"td", "th"})
_SELF_CLOSING = frozenset({"p", "li", "tr", "td", "th", "dd", "dt"})
"""A second one of these ends the first (HTML, 13.1.2.4)."""

RULE = "_" * 32


def html_to_text(html: str) -> str:
    """The visible text: lines where a browser breaks them, `- ` before items, `> ` before quotations."""
    page = _Page()
    for token in _tokens(html):
        if isinstance(token, str):
            page.write(token)
        elif token.closing:
            page.end(token.name)
        else:
            page.start(token)
    return page.finish()


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    closing: bool
    rest: str


def _tokens(html: str) -> Iterator[str | _Tag]:
    """Text and tags in turn; what stands inside <style> and its kin is left out."""
    position = 0
    while found := _TOKEN.search(html, position):
        yield html[position : found.start()]
        position = found.end()
        if found["name"] is None:
            continue
        if found["close"] == "":
            yield _TAG.sub(" ", found[0])  # No tag after all: "a <b and c", or a quotation mark never closed.
            continue
        tag = _Tag(found["name"].lower(), bool(found["end"]), found["rest"])
        yield tag
        if tag.name in _SKIPPED and not tag.closing and not tag.rest.endswith("/"):
            position = _after_element(html, tag.name, position)
    yield html[position:]


def _after_element(html: str, name: str, position: int) -> int:
    """Behind the end tag; without one the element goes on to the end, as in a browser."""
    found = _END_TAGS[name].search(html, position)
    return found.start() if found else len(html)


_END_TAGS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _SKIPPED}


@dataclass(slots=True)
class _Page:
    """The text so far. `hidden` is the element that is not shown, with how many of its name are open."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quotes: list[bool] = field(default_factory=list)
    mailto: list[str] = field(default_factory=list)
    link_start: int = 0
    preformatted: int = 0
    hidden: str = ""
    hidden_open: int = 0

    def start(self, tag: _Tag) -> None:
        if self.hidden:
            self._start_in_hidden(tag)
        elif tag.name not in _VOID and tag.rest and _HIDDEN.search(tag.rest) and not tag.rest.endswith("/"):
            self.hidden, self.hidden_open = tag.name, 1
        else:
            self._start(tag)

    def _start_in_hidden(self, tag: _Tag) -> None:
        if tag.name != self.hidden:
            return
        if tag.name in _SELF_CLOSING:
            self.hidden = ""
            self.start(tag)
        else:
            self.hidden_open += 1

    def _start(self, tag: _Tag) -> None:
        self._break_before(tag)
        match tag.name:
            case "br":
                self._flush()
            case "hr":
                self.line.append(RULE)
                self._end_line()
            case "li":
                self.line.append("- ")
            case "blockquote":
                self.quotes.append(_is_quotation(tag.rest))
            case "pre":
                self.preformatted += 1
            case "a":
                self.mailto, self.link_start = _MAILTO.findall(tag.rest), len(self.line)
            case _:
                pass

    def end(self, name: str) -> None:
        if self.hidden:
            self.hidden_open -= name == self.hidden
            if not self.hidden_open:
                self.hidden = ""
            return
        match name:
            case "blockquote" if self.quotes:
                self._end_line()
                self.quotes.pop()
            case "pre":
                self._end_line()
                self.preformatted = max(self.preformatted - 1, 0)
            case "a":
                self._end_link()
            case _ if name in _CELLS:
                self.line.append(" ")
        self._break_after(name)

    def write(self, text: str) -> None:
        if self.hidden or not text:
            return
        text = _INVISIBLE.sub("", unescape(_HUGE_NUMBER.sub("\ufffd", text)))
        if self.preformatted:
            *complete, last = text.split("\n")
            for line in complete:
                self.line.append(line)
                self._flush()
            self.line.append(last)
        elif text := _SPACE.sub(" ", text):
            self.line.append(text)

    def finish(self) -> str:
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _break_before(self, tag: _Tag) -> None:
        if tag.name in _BLOCKS or tag.name == "hr":
            self._end_line()
        if tag.name in _PARAGRAPHS and not _LINE_CLASS.search(tag.rest):
            self._blank_line()

    def _break_after(self, name: str) -> None:
        if name in _BLOCKS:
            self._end_line()
        if name in _PARAGRAPHS and name != "p":
            self._blank_line()

    def _end_link(self) -> None:
        """A name that is a link to an address keeps it: the header of a forwarded mail needs both."""
        if self.mailto and self.mailto[0].lower() not in "".join(self.line[self.link_start :]).lower():
            self.line.append(f" <{self.mailto[0]}>")
        self.mailto = []

    def _end_line(self) -> None:
        """A line of hard spaces is a blank line that was meant, as between paragraphs of Outlook."""
        if "".join(self.line).strip(" "):
            self._flush()
        self.line = []

    def _flush(self) -> None:
        content = "".join(self.line)
        shown = content.rstrip() if self.preformatted else " ".join(content.split())
        self.lines.append((self._mark() + shown).rstrip())
        self.line = []

    def _blank_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._mark().rstrip())

    def _mark(self) -> str:
        return "> " if any(self.quotes) else ""


def _is_quotation(attributes: str) -> bool:
    """Gmail and Outlook indent a person's own paragraphs with a blockquote that has no border."""
    return not _INDENTED.search(attributes) or bool(_CITED.search(attributes))
