"""The mails say what they must in both languages, and a broken text is found before a customer meets it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from privacybot.edges.digest_words import example
from privacybot.edges.template_words import written
from privacybot.edges.templates import BrokenTemplate, Templates
from privacybot.errors import ConfigError
from privacybot.gdpr import rights as law
from privacybot.gdpr.acknowledgement import Acknowledgement, Company, EnquiryResponse, Language, Period, Policy
from privacybot.gdpr.rights import PROVISIONS, Clock, Right
from privacybot.gdpr.states import Sends

SHIPPED = Path(__file__).parents[2] / "templates"
COMPANY = Company(
    name="EPM Group ApS",
    street="Tornebakken 134",
    postal_code="8240",
    city="Risskov",
    phone="3116 5473",
    email="kontakt@epmgroup.dk",
    website="www.epmgroup.dk",
)
POLICY = Policy("https://epmgroup.dk/privatlivspolitik", date(2026, 10, 1))
RECEIVED_ON = date(2026, 11, 25)
LAST_DAYS = {
    Clock.MONTH: date(2026, 12, 28),
    Clock.AT_ONCE: date(2026, 11, 30),
    Clock.COMPLAINT: date(2026, 12, 9),
}
SPOKEN = {
    Language.DANISH: [Language.DANISH],
    Language.ENGLISH: [Language.ENGLISH],
    Language.BOTH: [Language.DANISH, Language.ENGLISH],
}
ONE_LANGUAGE = [Language.DANISH, Language.ENGLISH]
COOKIE_GUIDE = "http://minecookies.org/cookiehandtering"

TEMPLATES = Templates(SHIPPED, COMPANY, POLICY)
PREVIEWS = dict(TEMPLATES.previews())


def case(language: Language, *rights: Right, marketing: bool = False) -> Acknowledgement:
    periods = tuple(period(right, Clock.AT_ONCE if marketing else PROVISIONS[right].clock) for right in rights)
    return Acknowledgement("EPM-7KQ2", language, RECEIVED_ON, LAST_DAYS[Clock.MONTH], periods)


def period(right: Right, clock: Clock) -> Period:
    return Period(right, clock, RECEIVED_ON, LAST_DAYS[clock])


def text_of(language: Language, *rights: Right, marketing: bool = False) -> str:
    return TEMPLATES.acknowledgement(case(language, *rights, marketing=marketing)).text


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def visible(html: str) -> str:
    body = html[html.index("<body>") :]
    return unescape(re.sub(r"<[^>]*>", " ", body))


# What a mail says.


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("right", Right)
def test_each_right_is_acknowledged_with_its_section_dates_version_and_address(
    right: Right, language: Language
) -> None:
    content = TEMPLATES.acknowledgement(case(language, right))
    provision = PROVISIONS[right]
    assert content.subject.endswith(" [EPM-7KQ2]")
    for part in (content.text, visible(content.html)):
        for spoken in SPOKEN[language]:
            for day in (RECEIVED_ON, LAST_DAYS[provision.clock], POLICY.version):
                assert written(day, spoken) in part
        for needed in (provision.policy_section, POLICY.url, "EPM-7KQ2", "3116 5473", "kontakt@epmgroup.dk"):
            assert needed in part


ARTICLES = {
    Right.ACCESS: ("artikel 15.", "Article 15 "),
    Right.RECTIFICATION: ("artikel 16.", "Article 16 "),
    Right.ERASURE: ("artikel 17.", "Article 17 "),
    Right.RESTRICTION: ("artikel 18.", "Article 18 "),
    Right.PORTABILITY: ("artikel 20.", "Article 20 "),
    Right.OBJECTION: ("artikel 21.", "Article 21 "),
    Right.WITHDRAWAL: ("artikel 7, stk. 3.", "Article 7(3) "),
    Right.COMPLAINT: ("artikel 77.", "Article 77 "),
}


@pytest.mark.parametrize(("right", "articles"), ARTICLES.items())
def test_each_right_names_its_own_article_and_no_other(right: Right, articles: tuple[str, str]) -> None:
    for language, article in zip(ONE_LANGUAGE, articles, strict=True):
        others = [pair[ONE_LANGUAGE.index(language)] for other, pair in ARTICLES.items() if other is not right]
        text = text_of(language, right)
        assert article in text
        assert not any(other in text for other in others)


def test_the_period_is_written_as_a_dane_and_an_englishman_write_it() -> None:
    assert "Perioden løber fra og med 25. november 2026 til og med 28. december 2026." in text_of(
        Language.DANISH, Right.ACCESS
    )
    assert "The period runs from 25 November 2026 up to and including 28 December 2026." in text_of(
        Language.ENGLISH, Right.ACCESS
    )


@pytest.mark.parametrize("right", [Right.WITHDRAWAL, Right.COMPLAINT])
@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_what_has_no_month_in_law_promises_none(right: Right, language: Language) -> None:
    text = text_of(language, right)
    assert "Perioden løber" not in text
    assert "The period runs" not in text


PHRASES = [
    (Right.WITHDRAWAL, "Vi har noteret det", "We have noted this"),
    (Right.WITHDRAWAL, "er fortsat lovligt", "remains lawful"),
    (Right.WITHDRAWAL, "skal beholde efter loven eller en aftale", "must keep by law or under a contract"),
    (Right.WITHDRAWAL, "har virkning med det samme", "takes effect at once"),
    (Right.WITHDRAWAL, COOKIE_GUIDE, COOKIE_GUIDE),
    (Right.ERASURE, "i fem år fra udgangen af det regnskabsår", "for five years from the end of the financial year"),
    (Right.ERASURE, "PeopleCert dataansvarlig", "PeopleCert is the controller"),
    (Right.ACCESS, "PeopleCert dataansvarlig", "PeopleCert is the controller"),
    (Right.ACCESS, "rimelig tvivl", "reasonable doubts"),
    (Right.ACCESS, "ikke om kopi af pas", "not normally ask for a copy of a passport"),
    (Right.ACCESS, "Det koster dig ikke noget", "There is no charge"),
    (Right.ACCESS, "sendt automatisk", "sent automatically"),
    (Right.ACCESS, "svare direkte på den", "simply reply to it"),
    (Right.ACCESS, "op til to måneder mere", "up to two further months"),
    (Right.RESTRICTION, "nævner ikke begrænsning særskilt", "does not mention restriction separately"),
    (Right.PORTABILITY, "maskinlæsbart format", "machine-readable format"),
    (Right.RECTIFICATION, "forkerte eller mangelfulde", "inaccurate or incomplete"),
    (Right.OBJECTION, "vægtige legitime grunde", "compelling legitimate grounds"),
    (Right.OBJECTION, "stopper vi den uden betingelser", "stop it unconditionally"),
    (Right.COMPLAINT, "alvorligt", "seriously"),
    (Right.COMPLAINT, "Carl Jacobsens Vej 35\n2500 Valby", "Carl Jacobsens Vej 35\n2500 Valby"),
    (Right.COMPLAINT, "33 19 32 00\ndt@datatilsynet.dk", "33 19 32 00\ndt@datatilsynet.dk"),
    (Right.COMPLAINT, "www.datatilsynet.dk", "www.datatilsynet.dk"),
]


@pytest.mark.parametrize(("right", "danish", "english"), PHRASES)
def test_each_right_is_rightly_explained(right: Right, danish: str, english: str) -> None:
    assert danish in text_of(Language.DANISH, right)
    assert english in text_of(Language.ENGLISH, right)


@pytest.mark.parametrize("language", ONE_LANGUAGE)
def test_refused_marketing_stops_at_once_and_any_other_objection_is_considered(language: Language) -> None:
    stopped = {Language.DANISH: "vi stopper den uden betingelser", Language.ENGLISH: "we will stop it unconditionally"}
    weighed = {Language.DANISH: "vurderer din indsigelse", Language.ENGLISH: "will consider your objection"}
    marketing = text_of(language, Right.OBJECTION, marketing=True)
    other = text_of(language, Right.OBJECTION)
    assert stopped[language] in marketing
    assert weighed[language] not in marketing
    assert written(LAST_DAYS[Clock.MONTH], language) not in marketing
    assert weighed[language] in other


@pytest.mark.parametrize("second", [Right.ACCESS, Right.PORTABILITY])
def test_what_is_asked_for_is_handed_over_before_anything_is_erased(second: Right) -> None:
    assert "Det tager vi først" in text_of(Language.DANISH, second, Right.ERASURE)
    assert "deal with that first" in text_of(Language.ENGLISH, second, Right.ERASURE)
    assert "Det tager vi først" not in text_of(Language.DANISH, Right.ERASURE)


def test_rights_with_the_same_period_share_one_sentence() -> None:
    text = text_of(Language.DANISH, Right.ACCESS, Right.RECTIFICATION, Right.ERASURE)
    assert text.count("Perioden løber") == 1
    assert text.count("Svar senest: 28. december 2026") == 1


def test_rights_with_different_periods_are_told_apart() -> None:
    text = text_of(Language.DANISH, Right.ACCESS, Right.ERASURE, Right.WITHDRAWAL, Right.COMPLAINT)
    assert "Svar senest (indsigt og sletning): 28. december 2026" in text
    assert "Svar senest (tilbagetrækning af samtykke): 30. november 2026" in text
    assert "Forventet svar senest (klage): 9. december 2026" in text
    assert "- Indsigt og sletning: Du får svar" in text


@pytest.mark.parametrize("name", [name for name in PREVIEWS if not name.startswith("both")])
def test_no_sentence_is_said_twice(name: str) -> None:
    said = re.findall(r"[^.:\n]{25,}[.:]", PREVIEWS[name].text)
    twice = {sentence.strip() for sentence in said if said.count(sentence) > 1}
    assert not twice


def test_the_unsure_mail_names_no_right_but_the_period_that_runs_in_any_case() -> None:
    danish, english = text_of(Language.DANISH), text_of(Language.ENGLISH)
    assert "under alle omstændigheder fra og med 25. november 2026 til og med 28. december 2026" in danish
    assert "in any event from 25 November 2026 up to and including 28 December 2026" in english
    assert not re.search(r"\b(indsigt|sletning|slet|klage over)\b", danish.replace(law.RIGHTS_SECTION, ""))
    assert not re.search(r"\b(access|erasure|erase|complaint)\b", english)


@pytest.mark.parametrize("language", Language)
def test_an_enquiry_is_referred_to_the_policy_in_a_short_mail(language: Language) -> None:
    content = TEMPLATES.enquiry(EnquiryResponse(language))
    assert POLICY.url in content.text
    assert law.ENQUIRY_SECTION in content.text
    assert "[" not in content.subject
    assert len(content.text) < 1100 * len(SPOKEN[language])


def test_a_mail_in_both_languages_is_the_danish_one_and_then_the_english_one() -> None:
    danish, english, both = (TEMPLATES.acknowledgement(case(language, Right.ACCESS)) for language in Language)
    assert both.text.index(danish.text.strip()) < both.text.index(english.text.strip())
    assert both.text.startswith("An English version")
    assert both.subject == "Vi har modtaget din henvendelse / We have received your email [EPM-7KQ2]"


# How it is said.


@pytest.mark.parametrize("name", PREVIEWS)
def test_html_and_text_say_the_same_words(name: str) -> None:
    assert words_of(visible(PREVIEWS[name].html)) == words_of(PREVIEWS[name].text)


@pytest.mark.parametrize("name", PREVIEWS)
def test_html_fetches_nothing_and_runs_nothing(name: str) -> None:
    html = PREVIEWS[name].html
    assert not re.search(r"<(img|script|link|iframe|object|embed|form|video)|@import|url\(|\ssrc=|\son\w+=", html)
    assert set(re.findall(r'href="(\w+):', html)) <= {"http", "https", "mailto"}


@pytest.mark.parametrize("name", PREVIEWS)
def test_nothing_is_left_unfilled(name: str) -> None:
    content = PREVIEWS[name]
    assert not re.search(r"[{}]|None|Undefined|20\d\d-\d\d|\bat_once\b", content.subject + content.text)
    assert "\n\n\n" not in content.text
    assert not re.search(r"[ \t]$| {2}| [,.;:]", content.text, re.MULTILINE)


ENGLISH_WORDS = {"the", "and", "you", "your", "our", "will", "from", "this", "that", "data", "email", "case", "reply"}
DANISH_WORDS = {
    "og",
    "du",
    "vi",
    "din",
    "dine",
    "vores",
    "ikke",
    "til",
    "af",
    "er",
    "det",
    "som",
    "hvis",
    "oplysninger",
}
SECTIONS = {
    law.RIGHTS_SECTION, law.CONSENT_SECTION, law.COOKIE_SECTION, law.CERTIFICATION_SECTION, law.ENQUIRY_SECTION,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in PREVIEWS if not name.startswith("both")])
def test_danish_is_danish_and_english_is_english(name: str) -> None:
    text = PREVIEWS[name].subject + "\n" + PREVIEWS[name].text
    for section in SECTIONS:
        text = text.replace(section, "")
    foreign = ENGLISH_WORDS if "da" in name.split("-") else DANISH_WORDS
    addresses = r"\S*(@|//|www\.)\S*"
    assert not foreign.intersection(words_of(re.sub(addresses, "", text).lower()))


@pytest.mark.parametrize("name", [name for name in PREVIEWS if name.startswith("en")])
def test_english_says_that_the_policy_is_in_danish(name: str) -> None:
    assert "The policy is in Danish" in PREVIEWS[name].text


@pytest.mark.parametrize("name", PREVIEWS)
def test_no_mail_says_that_something_has_already_been_done_or_is_known(name: str) -> None:
    claims = r"har slettet|har rettet|har udleveret|fundet dig|have (deleted|erased|corrected|found)|our records show"
    assert not re.search(claims, PREVIEWS[name].text, re.IGNORECASE)


def test_there_is_a_preview_of_every_mail_in_every_language() -> None:
    kinds = [*Right, "objection-to-marketing", "access-and-erasure", "erasure-and-withdrawal", "all-rights"]
    automatic = {f"{language}-{kind}" for language in Language for kind in [*kinds, "unsure", "enquiry"]}
    letters = [*(kind.replace("_", "-") for kind in Sends if kind), "refusal-in-part", "digest"]
    assert set(PREVIEWS) == automatic | {f"staff-{language}-{kind}" for language in ONE_LANGUAGE for kind in letters}


# Hostile values.


def test_values_of_the_company_are_escaped_and_can_forge_neither_heading_nor_subject() -> None:
    hostile = Company(
        name='<script>alert(1)</script>\r\nBcc: x@example.dk\n## Du har vundet "&',
        street="| a: b",
        postal_code="{{ 7*7 }}",
        city="{% raw %}",
        phone="- 1",
        email='"><img src=x>@a.dk',
        website="javascript:alert(1)",
    )
    content = Templates(SHIPPED, hostile, Policy('https://a.dk/"onclick="x', POLICY.version)).enquiry(
        EnquiryResponse(Language.DANISH)
    )
    assert "<script>" not in content.html
    assert "<img" not in content.html
    assert "&lt;script&gt;" in content.html
    assert "<h2>" not in content.html
    assert 'href="javascript' not in content.html
    assert not re.search(r"<a[^>]*\sonclick", content.html)
    assert "{{ 7*7 }}" in content.text
    assert "\r" not in content.subject + content.text


# Broken texts.


def edited(folder: Path, file: str, old: str, new: str) -> Templates:
    shutil.copytree(SHIPPED, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return Templates(folder, COMPANY, POLICY)


def test_the_shipped_templates_have_no_problem() -> None:
    assert TEMPLATES.problems() == []


def test_a_company_without_a_website_has_no_problem() -> None:
    bare = Company("Bo", "Vej 1", "8000", "Aarhus", "12", "b@example.dk", "")
    assert Templates(SHIPPED, bare, POLICY).problems() == []


URL = "{{ policy.url }}"
BROKEN = [
    ("da/unsure.txt", "{{ reference }}", "{{ refrence }}", ", line 8: ", "perhaps reference is meant"),
    ("en/parts/policy.txt", URL, "{{ policy.adress }}", ", line 5: ", "no variable policy.adress"),
    ("da/parts/policy.txt", URL, "{{ policy.url | uper }}", ", line 4: ", "perhaps upper is meant"),
    ("da/parts/policy.txt", URL, "{{ policy.url", ", line 4: ", "unexpected end of template"),
    ("da/parts/policy.txt", URL, "{{ policy.url + 1 }}", ", line 4: ", "correct this line"),
    ("da/parts/policy.txt", URL, "{% if policy is dfined %}", ", line 4: ", "Unexpected end of template"),
    ("da/enquiry.txt", "Hej", "{% if policy is dfined %}{% endif %}", ", line 3: ", "perhaps defined is meant"),
    ("da/enquiry.txt", "Hej", "{{ reference }}", ", line 3: ", "'reference' is undefined"),
    ("da/enquiry.txt", "Hej", "{{ 1 / 0 }}", ", line 3: ", "division by zero"),
    ("da/enquiry.txt", "Hej", '{% include "enquiry.txt" %}', ", line 3: ", "recursion"),
    ("da/enquiry.txt", "Hej", '{% include "parts/gone.txt" %}', ", line 3: ", "parts/gone.txt is missing"),
    ("da/enquiry.txt", "Hej", '{{ ""["__class__"].mro() }}', ", line 3: ", "unsafe"),
    ("en/enquiry.txt", "Subject:", "Emne:", ", line 1: ", "the first line must be the subject"),
    ("en/rights/erasure.txt", "asks.portability", "asks.portable", ", line 7: ", "perhaps asks.portability"),
    ("en/names.txt", '"erasure": "erasure",', "", "", "no entry 'erasure'"),
    ("en/unsure.txt", "{{ reference }}", "EPM", ": ", "leaves out {{ reference }}"),
    ("en/parts/policy.txt", URL, "{ policy.url }}", ": ", "shows braces"),
    ("da/rights/access.txt", "{{ right.section }}", "Indsigt", ": ", "leaves out {{ right.section }}"),
    ("layout/mail.html", "part.blocks", "part.bloks", ", line ", "perhaps part.blocks is meant"),
    ("layout/mail.html", "{{ block.text | linked }}", "", ": ", "leaves out"),
]


@pytest.mark.parametrize(("file", "old", "new", "line", "advice"), BROKEN)
def test_a_broken_text_is_named_with_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, line: str, advice: str
) -> None:
    problems = edited(tmp_path / "templates", file, old, new).problems()
    assert any(line in problem and advice in problem for problem in problems), problems
    if line.startswith(", line"):
        assert any(str(tmp_path / "templates" / file) + line in problem for problem in problems), problems


@pytest.mark.parametrize("file", [path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*.*t*")])
def test_a_missing_file_is_a_problem(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(SHIPPED, folder)
    (folder / file).unlink()
    problems = Templates(folder, COMPANY, POLICY).problems()
    assert any("is missing" in problem and Path(file).name in problem for problem in problems)


def test_several_faults_are_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    edited(folder, "da/unsure.txt", "{{ reference }}", "{{ refrence }}")
    english = folder / "en/parts/deadlines.txt"
    english.write_text(english.read_text().replace("deadline.clock", "deadline.clok"))
    problems = Templates(folder, COMPANY, POLICY).problems()
    assert len(problems) == 3


def test_using_a_broken_text_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    templates = edited(tmp_path / "templates", "da/unsure.txt", "{{ reference }}", "{{ refrence }}")
    with pytest.raises(BrokenTemplate, match=r"unsure\.txt, line 8: 'refrence' is undefined"):
        templates.acknowledgement(case(Language.DANISH))


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"Subject: x\n\nl\xe6s", "line 3: this is not UTF-8"), (None, "no templates here")]
)
def test_a_folder_that_cannot_be_read_is_a_configuration_error(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        Templates(tmp_path, COMPANY, POLICY)


def test_an_editor_that_writes_a_byte_order_mark_crlf_and_no_last_line_end_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(SHIPPED, folder)
    for path in folder.rglob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_text().rstrip().replace("\n", "\r\n").encode())
    windows = Templates(folder, COMPANY, POLICY)
    for name, content in windows.previews():
        assert content == PREVIEWS[name]


# The version.


def test_the_version_names_the_words_that_are_sent(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    changed = edited(folder, "da/enquiry.txt", "Hej", "Goddag")
    assert re.fullmatch(r"[0-9a-f]{12}", changed.version)
    assert changed.version != TEMPLATES.version
    shutil.copyfile(SHIPPED / "da/enquiry.txt", folder / "da/enquiry.txt")
    assert "Goddag" in changed.enquiry(EnquiryResponse(Language.DANISH)).text
    assert Templates(folder, COMPANY, POLICY).version == TEMPLATES.version


def test_the_readme_names_every_file_and_every_variable() -> None:
    readme = (SHIPPED / "README.md").read_text()
    for path in SHIPPED.rglob("*.*"):
        if path.suffix in (".txt", ".html") and path.parent.name not in ("rights", "drafts"):
            assert path.relative_to(SHIPPED).as_posix().removeprefix("da/").removeprefix("en/") in readme
    used = {name for path in SHIPPED.rglob("*.txt") for name in re.findall(r"[{]{2} *([\w.]+)", path.read_text())}
    for name in used - {"names"}:
        table, _, field = name.rpartition(".")
        assert f"`{name}`" in readme or f"`.{field}`" in readme or f"`{field}`" in readme, (table, field)


@pytest.mark.parametrize(
    ("language", "orders"), [(Language.DANISH, "ordrenummer"), (Language.ENGLISH, "an order number")]
)
def test_nobody_has_to_prove_who_they_are_to_be_left_in_peace_by_marketing(language: Language, orders: str) -> None:
    assert orders in text_of(language, Right.OBJECTION)
    assert orders not in text_of(language, Right.OBJECTION, marketing=True)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        (Language.DANISH, "1 mail er lagt til side, fordi den ", "2 mails er lagt til side, fordi de "),
        (Language.ENGLISH, "1 mail is set aside, because it ", "2 mails are set aside, because they "),
    ],
)
def test_a_digest_counts_one_mail_as_one(language: Language, one: str, two: str) -> None:
    digest = example(language)
    assert one in TEMPLATES.digest(replace(digest, set_aside=1)).text
    assert two in TEMPLATES.digest(digest).text
