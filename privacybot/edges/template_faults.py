"""What is wrong with a template, and in which line: the place and the sentence for each fault of Jinja2.

Two ways lead to a fault. Rendering finds all kinds, but only the first in each mail and only on the branch taken;
reading the syntax tree finds misspelt names on every branch, and all at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from html import unescape
from traceback import walk_tb
from typing import NamedTuple

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError, nodes

from privacybot.edges.template_words import Words, indispensable
from privacybot.mail.outgoing import Content

FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Whatever an edited text can raise while it is read or rendered."""

_TAG = re.compile(r"<[^>]*>")
_BRACES = re.compile(r"\{[{%#]|[%#}]\}")


class Fault(NamedTuple):
    path: str
    line: int
    """Counted from 1; 0 where no one line is to blame."""
    explanation: str

    def __str__(self) -> str:
        place = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{place}: {self.explanation}."


def fault_of(error: BaseException, path: str, templates: Collection[str]) -> Fault:
    """Blame the innermost line of a template; `path` where no template was running yet."""
    if isinstance(error, TemplateSyntaxError):
        return Fault(error.filename or path, error.lineno, _explained(error))
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    ours = [place for place in frames if place[0] in templates]
    whole_file = (path, 0 if isinstance(error, TemplateNotFound) else 1)
    return Fault(*(ours[-1] if ours else whole_file), _explained(error))


def _explained(error: BaseException) -> str:
    match error:
        case TemplateNotFound():
            return f"the file {error.name} is missing; put it back, or correct its name"
        case UndefinedError():
            return f"{error.message}; correct the name, or take it out"
        case KeyError():
            return f"the table has no entry {error}; add it where the table is written"
        case TemplateSyntaxError():
            return f"{(error.message or '').rstrip('.')}; correct the text between the braces"
        case _:
            return f"{error} ({type(error).__name__}); correct this line"


def misspelt(environment: Environment, texts: Mapping[str, str], known: Words) -> Iterator[Fault]:
    """Every variable, field, filter and test that does not exist, on any branch of these templates (path to text)."""
    trees: dict[str, nodes.Template] = {}
    for path, text in texts.items():
        try:
            trees[path] = environment.parse(text, path, path)
        except TemplateSyntaxError as error:
            yield fault_of(error, path, ())
    bound = {name for tree in trees.values() for name in _names_bound(tree)}
    for path, tree in trees.items():
        for line, explanation in _misspelt_in(tree, environment, known, bound):
            yield Fault(path, line, explanation)


def lacking(content: Content, words: Words) -> Iterator[str]:
    """What a mail must not leave out but does, in either of its parts; and braces that stayed as they were typed."""
    shown = unescape(_TAG.sub("", content.html))
    for variable, value in indispensable(words):
        if value not in content.text or value not in shown:
            yield f"one of its mails leaves out {{{{ {variable} }}}}; put it back, here or in a file that it includes"
    if _BRACES.search(content.text):
        yield "one of its mails shows braces; write a variable as {{ name }}, here or in a file that it includes"


def _names_bound(tree: nodes.Template) -> Iterator[str]:
    """Every name that a template gives a value itself: in a loop, a set or an import."""
    for name in tree.find_all(nodes.Name):
        if name.ctx in ("store", "param"):
            yield name.name
    for imported in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in imported.names)


def _misspelt_in(
    tree: nodes.Template, environment: Environment, known: Words, bound: Collection[str]
) -> Iterator[tuple[int, str]]:
    names = {*known, *environment.globals, *bound, "loop"}
    fields = dict(_tables(known))
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Filter, nodes.Test)):
        match node:
            case nodes.Name(name=name, ctx="load") if name not in names:
                yield node.lineno, _no_such("variable", name, known)
            case nodes.Getattr(node=nodes.Name(name=table), attr=field) if field not in fields.get(table, [field]):
                siblings = [f"{table}.{each}" for each in fields[table]]
                yield node.lineno, _no_such("variable", f"{table}.{field}", siblings)
            case nodes.Filter(name=name) if name not in environment.filters:
                yield node.lineno, _no_such("filter", name, environment.filters)
            case nodes.Test(name=name) if name not in environment.tests:
                yield node.lineno, _no_such("test", name, environment.tests)


def _tables(known: Words) -> Iterator[tuple[str, Collection[str]]]:
    """The fields of each table; a list named `rights` is walked through as `right`."""
    for name, value in known.items():
        if isinstance(value, Mapping):
            yield name, value.keys()
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield name.removesuffix("s"), value[0].keys()


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    meant = get_close_matches(name, known, n=1)
    advice = f"perhaps {meant[0]} is meant" if meant else "the README beside the templates lists those that exist"
    return f"there is no {kind} {name}; {advice}"
