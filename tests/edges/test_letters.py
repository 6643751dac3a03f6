"""What staff write leaves in a frame that says what the law asks, and a draft never leaves with its gaps."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from privacybot.edges.templates import Templates
from privacybot.gdpr.acknowledgement import Language
from privacybot.gdpr.correspondence import Correspondence, gaps, spoken
from privacybot.gdpr.rights import Right
from privacybot.gdpr.states import Sends
from tests.edges.test_templates import COMPANY, ONE_LANGUAGE, POLICY, SHIPPED, TEMPLATES, case

KINDS = [kind for kind in Sends if kind]


def written(
    kind: Sends,
    language: Language = Language.DANISH,
    text: str = "Fordi det er sådan.",
    refused: tuple[Right, ...] = (),
) -> str:
    extended_to = date(2027, 2, 25) if kind is Sends.EXTENSION else None
    letter = Correspondence(
        kind,
        "EPM-7KQ2",
        language,
        date(2026, 11, 25),
        date(2026, 12, 28),
        text,
        rights=(Right.ACCESS,),
        refused=refused,
        extended_to=extended_to,
    )
    content = TEMPLATES.letter(letter)
    assert content.subject.endswith("[EPM-7KQ2]")
    return content.text


@pytest.mark.parametrize("kind", [Sends.REFUSAL, Sends.EXTENSION, Sends.REPLY])
def test_who_is_answered_learns_of_the_authority_and_the_courts(kind: Sends) -> None:
    danish, english = written(kind), written(kind, Language.ENGLISH)
    for said in (danish, english):
        assert "dt@datatilsynet.dk" in said
        assert "Carl Jacobsens Vej 35" in said
    assert "domstolene" in danish
    assert "the courts" in english


@pytest.mark.parametrize("language", ONE_LANGUAGE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_clerk_wrote_stands_in_the_letter_with_its_paragraphs(kind: Sends, language: Language) -> None:
    said = written(kind, language, "Første linje\ngår videre.\n\n- et punkt\n\nÅh <b>æ</b> {{ company.name }}")
    assert "Første linje går videre.\n\n- et punkt\n\nÅh <b>æ</b> {{ company.name }}" in said


def test_a_refusal_in_part_says_of_what_and_that_the_rest_goes_on() -> None:
    refused = (Right.ERASURE, Right.RESTRICTION)
    danish = written(Sends.REFUSAL, refused=refused)
    assert "- sletning\n- begrænsning" in danish
    assert "Resten af din henvendelse arbejder vi videre med" in danish
    english = written(Sends.REFUSAL, Language.ENGLISH, refused=refused)
    assert "- erasure\n- restriction" in english
    assert "goes on" in english
    assert "Resten" not in written(Sends.REFUSAL)


def test_an_extension_gives_the_old_day_and_the_new_one() -> None:
    assert "28. december 2026" in written(Sends.EXTENSION)
    assert "25 February 2027" in written(Sends.EXTENSION, Language.ENGLISH)


def test_nobody_is_asked_for_a_passport_or_a_cpr_number() -> None:
    assert "Send ikke en kopi af pas" in written(Sends.IDENTITY_REQUEST)
    assert "do not send a copy of a passport" in written(Sends.IDENTITY_REQUEST, Language.ENGLISH)


@pytest.mark.parametrize("language", ONE_LANGUAGE)
@pytest.mark.parametrize("right", Right)
def test_a_draft_about_each_right_has_gaps_that_only_a_person_can_fill(right: Right, language: Language) -> None:
    draft = TEMPLATES.draft(case(language, right))
    assert gaps(draft)
    assert "##" not in draft


def test_a_draft_about_several_rights_has_a_heading_for_each() -> None:
    draft = TEMPLATES.draft(case(Language.DANISH, Right.ACCESS, Right.ERASURE))
    assert draft.index("## Indsigt") < draft.index("## Sletning")


def test_a_gap_is_found_over_line_ends_and_other_brackets_are_left_alone() -> None:
    assert gaps("a [[b\nc]] d [e] [1]") == ("[[b c]]",)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("da/drafts/access.txt", "{{ nothing }}"),
        ("en/letters/reply.txt", "{{ nothing }}"),
        ("da/letters/refusal.txt", None),
    ],
)
def test_a_broken_letter_is_found_before_it_is_needed(tmp_path: Path, file: str, words: str | None) -> None:
    folder = tmp_path / "texts"
    shutil.copytree(SHIPPED, folder)
    text = (folder / file).read_text(encoding="utf-8")
    changed = text + words if words else text.replace('{% include "parts/remedies.txt" %}', "")
    (folder / file).write_text(changed, encoding="utf-8")
    assert any(file in problem for problem in Templates(folder, COMPANY, POLICY).problems())


@pytest.mark.parametrize(
    ("of_person", "chosen", "language"),
    [
        (Language.DANISH, None, Language.DANISH),
        (Language.BOTH, None, Language.ENGLISH),
        (Language.DANISH, Language.ENGLISH, Language.ENGLISH),
    ],
)
def test_a_person_writes_in_one_language(of_person: Language, chosen: Language | None, language: Language) -> None:
    assert spoken(of_person, chosen) is language
