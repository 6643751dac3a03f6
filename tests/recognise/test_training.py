"""Learning from a corpus: its format, its hygiene, and that the same corpus gives the same scores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from privacybot import shipped
from privacybot.gdpr.recognition import Band
from privacybot.gdpr.rights import Right
from privacybot.recognise.bands import Thresholds
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, CorpusError, read_corpus, read_mails, read_sentences
from privacybot.recognise.crossvalidation import MOST_FOLDS, folds
from privacybot.recognise.pipeline import Recogniser
from privacybot.recognise.training import trained
from tests.recognise.plain_requests import ORDINARY, PLAIN

MAIL = """=== a voice
Subject: «withdrawal: Stop»

Hej

«access+erasure: Send mig alt, og slet det så.» Tak for sidst.
«none: Det var rart.»

Den 3. maj 2024 skrev EPM:
> Slet dine oplysninger
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus(shipped.corpus())


def test_a_mail_is_read_with_its_marks_and_without_its_quotes(tmp_path: Path) -> None:
    path = tmp_path / "da-one.txt"
    path.write_text(MAIL, encoding="utf-8")
    [mail] = read_mails(path)
    assert mail.rights == (Right.ACCESS, Right.ERASURE, Right.WITHDRAWAL)
    assert mail.subject.text == "Stop"
    assert "EPM" not in mail.body.text
    [mark] = mail.body.marks
    assert mail.body.text[mark.start : mark.end] == "Send mig alt, og slet det så."
    assert (mail.source.author, mail.source.language, mail.source.voice) == ("da-one", "da", "a voice")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("=== voice\nno subject\n", "Subject"),
        ("=== voice\nSubject: x\n\n«access: no end\n", "has no »"),
        ("=== voice\nSubject: x\n\n«axcess: typing error» «access: right\n", "has no »"),
    ],
)
def test_a_broken_mail_is_named_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "da-one.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=fault):
        list(read_mails(path))


@pytest.mark.parametrize("line", ["access no colon", "axcess: text"])
def test_a_broken_sentence_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "da-one.txt"
    path.write_text(f"# voice\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        list(read_sentences(path))


def test_corrections_of_staff_are_read_beside_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "corrections" / "sentences").mkdir(parents=True)
    (tmp_path / "corrections" / "sentences" / "da-staff.txt").write_text("erasure: slet mig\n", encoding="utf-8")
    [sentence] = read_corpus(tmp_path).sentences
    assert sentence.rights == (Right.ERASURE,)


def test_every_corpus_file_is_read(corpus: Corpus) -> None:
    files = {path.stem for path in shipped.corpus().rglob("*-*.txt")}
    assert set(corpus.authors) == files


def test_no_sentence_has_two_meanings(corpus: Corpus) -> None:
    meanings: dict[str, set[tuple[Right, ...]]] = {}
    for sentence in corpus.sentences:
        meanings.setdefault(sentence.text.casefold(), set()).add(sentence.rights)
    assert [text for text, rights in meanings.items() if len(rights) > 1] == []


def test_the_tests_share_no_sentence_with_the_corpus(corpus: Corpus) -> None:
    """Thirty characters in common would be remembering, not recognising."""
    texts = [mail.body.text for mail in corpus.mails] + [sentence.text for sentence in corpus.sentences]
    known = _plain("\n".join(texts))
    ours = [text for rights in PLAIN.values() for texts in rights.values() for text in texts]
    ours += [text for texts in ORDINARY.values() for text in texts]
    assert [text for text in ours if len(_plain(text)) >= 30 and _plain(text) in known] == []


def test_the_same_corpus_gives_the_same_scores(corpus: Corpus) -> None:
    small = Corpus(
        tuple(mail for mail in corpus.mails if mail.source.author.startswith("da"))[::20],
        tuple(sentence for sentence in corpus.sentences if sentence.source.author.startswith("da"))[::20],
    )
    lexicon = Lexicon("[delete]\nslet*")
    first, second = (Recogniser(*trained(small, lexicon)) for _ in range(2))
    asked = [("", text) for texts in PLAIN["da"].values() for text in texts]
    assert first.recognise(asked) == second.recognise(asked)


def test_folds_hold_out_some_of_each_language_and_each_author_once() -> None:
    groups = folds([f"{language}-{letter}" for language in ("da", "en") for letter in "abcdefg"])
    assert len(groups) == MOST_FOLDS
    assert sorted(author for group in groups for author in group) == sorted({a for group in groups for a in group})
    assert all({author[:2] for author in group} == {"da", "en"} for group in groups)


def test_few_authors_are_held_out_one_by_one() -> None:
    assert folds(["da-a", "en-a", "en-b"]) == [{"da-a", "en-a"}, {"en-b"}]


@pytest.mark.parametrize(
    ("access", "request_chance", "band", "rights"),
    [
        (0.97, 0.97, Band.SURE, (Right.ACCESS,)),
        (0.6, 0.6, Band.UNSURE, (Right.ACCESS,)),
        (0.4, 0.4, Band.UNSURE, ()),
        (0.1, 0.1, Band.NONE, ()),
    ],
)
def test_bands_follow_the_thresholds(
    access: float, request_chance: float, band: Band, rights: tuple[Right, ...]
) -> None:
    thresholds = Thresholds(dict.fromkeys(Right, 0.5), doubted=0.3, sure=0.9)
    scores = {right: access if right is Right.ACCESS else 0.0 for right in Right}
    assert thresholds.band(scores, request_chance) is band
    assert thresholds.rights(scores) == rights


def test_doubt_begins_earlier_in_a_foreign_language() -> None:
    thresholds = Thresholds(dict.fromkeys(Right, 0.5), doubted=0.3, sure=0.9)
    nothing = dict.fromkeys(Right, 0.0)
    assert thresholds.band(nothing, 0.1, foreign=True) is Band.UNSURE
    assert thresholds.band(nothing, 0.1) is Band.NONE


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
