"""HTML is read as a person sees it, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacybot.mail.html import html_to_text
from tests.growth import LINEAR, growth


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hej</p><p>Slet mig</p>", "Hej\n\nSlet mig"),
        ("<div>Hej</div><div><br></div><div>Slet mig</div>", "Hej\n\nSlet mig"),
        ("Hej<br>Slet<br/>mig", "Hej\nSlet\nmig"),
        ("<p class=MsoNormal>Fra: a</p><p class=MsoNormal>Til: b</p>", "Fra: a\nTil: b"),
        ("<ul><li>navn<li>adresse</ul>", "- navn\n- adresse"),
        ("<table><tr><td>Navn</td><td>Bo</td></tr><tr><td>By</td></tr></table>", "Navn Bo\nBy"),
        ("Bl&aring;b&#230;r &amp; br&oslash;d&nbsp;!", "Blåbær & brød !"),
        ("a   b\n\tc", "a b c"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<b>F</b>ed <i>skrift</i>", "Fed skrift"),
        ("før<style>p {color:red}</style><script>x<y</script><title>t</title>efter", "førefter"),
        ("a<!-- <p>skjult</p> -->b<![if !mso]>c<![endif]>", "abc"),
        ('<div style="display: none">skjult <div>x</div> også</div>synlig', "synlig"),
        ("<p style='DISPLAY:none'>skjult<p>synlig", "synlig"),
        ('<a href="mailto:jens@example.dk?subject=x">Jens</a>', "Jens <jens@example.dk>"),
        ('<a href="mailto:jens@example.dk">Jens@example.dk</a>', "Jens@example.dk"),
        ("1 < 2 og 3 <b>4</b>", "1 < 2 og 3 4"),
        ('<p title="a>b">c</p>', "c"),
        ("<p class=don't>c</p>", "c"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("&#" + "9" * 6000 + ";", "\ufffd"),
        ("<P>STORE<BR>BOGSTAVER</P>", "STORE\nBOGSTAVER"),
        ("", ""),
    ],
)
def test_text_is_what_a_person_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "quotation",
    [
        '<blockquote type="cite">citat</blockquote>',
        '<blockquote class="gmail_quote" style="margin:0;border-left:1px solid">citat</blockquote>',
        "<blockquote>citat</blockquote>",
        "<blockquote type=cite><blockquote type=cite>citat</blockquote></blockquote>",
    ],
)
def test_a_quotation_is_marked(quotation: str) -> None:
    assert html_to_text(f"mit{quotation}mit igen") == "mit\n> citat\nmit igen"


def test_an_indented_paragraph_is_the_writers_own() -> None:
    html = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">Slet mig</blockquote>'
    assert html_to_text(html) == "Slet mig"


def test_what_only_looks_like_a_tag_is_kept() -> None:
    assert html_to_text("jeg <3 jer, men slet <mig nu <b>tak</b>") == "jeg <3 jer, men slet <mig nu tak"


def test_a_tag_that_never_ends_takes_no_text_with_it() -> None:
    assert "slet mig" in html_to_text('<p>Hej</p><a href="x>slet mig</a><p>tak</p>')


HOSTILE = {
    "nested divs": "<div>",
    "end tags of nothing": "<div></p>",
    "unclosed tags": "<a ",
    "unclosed comments": "<!--",
    "unclosed quotation marks": "<a b=\"<c d='",
    "nested quotations": "<blockquote>x",
    "unclosed styles": "<style></styl",
    "links": "<a href=mailto:a@b.dk>x</a>",
    "hidden": "<b style=display:none>",
    "ampersands": "&&#x;&amp",
    "attributes": "<p =   =",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length_alone(piece: str) -> None:
    assert growth(html_to_text, piece * 3_000, piece * 24_000) < LINEAR


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<", ">", "</", "<!--", "-->", "<p", "<a href=", '"', "'", "=", " ", "&#", ";", "ord"])
        | st.sampled_from([*HOSTILE.values(), "</style>", "</blockquote>", "</pre>", "<pre>", "\n", "\0", "\ud800"]),
        max_size=40,
    )
)
def test_no_soup_of_tags_raises(pieces: list[str]) -> None:
    html_to_text("".join(pieces))
