"""The README keeps up with the program: its commands, its links and its rooms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from privacybot.cli.program import program

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\(([^)#:]+)\)", README)))


@pytest.mark.parametrize("name", sorted(typer.main.get_command(program).commands))  # type: ignore[attr-defined]
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b[^`]*`", README)


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("function", re.findall(r"\[`(\w+)`\]\((privacybot/[\w/]+\.py)\)", README))
def test_every_function_stands_where_the_readme_says(function: tuple[str, str]) -> None:
    name, path = function
    assert re.search(rf"^(def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "room", [path.name for path in (ROOT / "privacybot").iterdir() if (path / "__init__.py").exists()]
)
def test_every_room_is_on_the_map(room: str) -> None:
    assert f"  {room}/" in README
