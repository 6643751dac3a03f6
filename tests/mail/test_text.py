"""What is new in a mail is told from what is quoted, in the layouts of many programs, and no own word is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacybot.mail.message import Address
from privacybot.mail.parse import parse
from privacybot.mail.text import read_text
from tests.growth import LINEAR, growth

SAMPLES = Path(__file__).parent / "samples"
OWN = "Hej\n\nSlet min profil, tak.\n\nMvh Bo"
THEIRS = "Kære Bo\nDu har ret til indsigt."
MARKED = "> Kære Bo\n> Du har ret til indsigt."


@pytest.mark.parametrize("name", [path.stem for path in sorted(SAMPLES.glob("*.txt"))])
def test_the_new_text_of_a_sample_is_what_its_writer_wrote(name: str) -> None:
    message = parse((SAMPLES / f"{name}.eml").read_bytes())
    assert read_text(message.text).new == (SAMPLES / f"{name}.txt").read_text("utf-8").strip()


HEADERS = {
    "Outlook, Danish": "Fra: EPM <k@e.dk>\nSendt: 6. oktober 2026 09:12\nTil: Bo\nEmne: Svar",
    "Outlook, English": "From: EPM <k@e.dk>\nSent: Tuesday, October 6, 2026 9:12 AM\nTo: Bo\nSubject: Re",
    "Outlook, German": "Von: EPM <k@e.dk>\nGesendet: Dienstag, 6. Oktober 2026 09:12\nAn: Bo\nBetreff: AW",
    "Outlook, Swedish": "Från: EPM <k@e.dk>\nSkickat: den 6 oktober 2026 09:12\nTill: Bo\nÄmne: SV",
    "Outlook, Norwegian": "Fra: EPM <k@e.dk>\nSendt: tirsdag 6. oktober 2026 09:12\nTil: Bo\nEmne: SV",
    "bold": "*Fra:* EPM <k@e.dk>\n*Sendt:* 6. oktober 2026 09:12\n*Til:* Bo\n*Emne:* Svar",
    "bold with two stars": "**Fra:** EPM\n**Sendt:** 6. oktober 2026 09:12\n**Til:** Bo\n**Emne:** x",
    "below a line": "________________________________\nFra: EPM\nSendt: 6. oktober 2026 09:12\nTil: Bo\nEmne: x",
    "with copies and a wrapped list": "Fra: EPM\nSendt: 6. oktober 2026\nTil: Bo; Ib;\n Per; Ole\nCc: Eva\nEmne: x",
    "a paragraph each": "Fra: EPM\n\nSendt: 6. oktober 2026\n\nTil: Bo\n\nEmne: x",
    "values below their labels": "Fra:\nEPM\nSendt:\n6. oktober 2026\nTil:\nBo\nEmne:\nx",
    "with hard spaces": "Fra\u00a0: EPM\nSendt\u00a0: 6. oktober 2026\nTil\u00a0: Bo",
    "Apple": "Fra: EPM <k@e.dk>\nEmne: Svar\nDato: 6. oktober 2026 kl. 09.12.00 CEST\nTil: Bo",
    "old Outlook": "-----Original Message-----\nFrom: EPM [mailto:k@e.dk]\nSent: 6. oktober 2026\nTo: Bo\nSubject: x",
    "old Outlook, Danish": "-----Oprindelig meddelelse-----\nFra: EPM\nSendt: 6. oktober 2026\nTil: Bo\nEmne: x",
    "Samsung": "-------- Oprindelig besked --------\nFra: EPM <k@e.dk> \nDato: 06.10.2026 09.12 (GMT+01:00) \nTil: Bo",
    "a separator alone": "-----Ursprüngliche Nachricht-----",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_repeated_header_starts_a_quotation_to_the_end(header: str) -> None:
    text = read_text(f"{OWN}\n\n{header}\n\n{THEIRS}\n")
    assert text.new == OWN
    assert text.quoted.endswith(THEIRS)


ATTRIBUTIONS = {
    "Gmail, Danish": "Den tir. 6. okt. 2026 kl. 09.12 skrev EPM Group <k@e.dk>:",
    "Gmail, wrapped": "Den tir. 6. okt. 2026 kl. 09.12 skrev EPM Group <\nk@e.dk>:",
    "Gmail, English": "On Tue, 6 Oct 2026 at 09:12, EPM Group <k@e.dk> wrote:",
    "Gmail, wrapped before the verb": "On Tue, 6 Oct 2026 at 09:12, EPM Group <k@e.dk>\nwrote:",
    "Gmail, German": "Am Di., 6. Okt. 2026 um 09:12 Uhr schrieb EPM Group <k@e.dk>:",
    "Gmail, Swedish": "Den tis 6 okt. 2026 kl 09:12 skrev EPM Group <k@e.dk>:",
    "Gmail, Norwegian": "tir. 6. okt. 2026 kl. 09:12 skrev EPM Group <k@e.dk>:",
    "Gmail, of old": "2026-10-06 9:12 GMT+02:00 EPM Group <k@e.dk>:",
    "Apple Mail, Danish": "Den 6. okt. 2026 kl. 09.12 skrev EPM Group <k@e.dk>:",
    "Apple Mail, English": "On 6 Oct 2026, at 09:12, EPM Group <k@e.dk> wrote:",
    "Thunderbird, Danish": "Den 06.10.2026 kl. 09.12 skrev EPM Group:",
    "Thunderbird, English": "On 06/10/2026 09:12, EPM Group wrote:",
    "Yahoo": "Den tirsdag den 6. oktober 2026 09.12.00 CEST skrev EPM Group <k@e.dk>:",
    "Yahoo, English": "On Tuesday, October 6, 2026, 09:12:05 AM GMT+2, EPM Group <k@e.dk> wrote:",
    "Outlook for phones": "Den 6. okt. 2026 kl. 09.12 +0200, EPM Group <k@e.dk> skrev:",
    "Proton": "Den tirsdag den 6. oktober 2026 kl. 09:12, EPM Group <k@e.dk> skrev:",
}


@pytest.mark.parametrize("theirs", [MARKED, f"\n{MARKED}", THEIRS], ids=["marked", "after a blank line", "bare"])
@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_an_attribution_starts_a_quotation(attribution: str, theirs: str) -> None:
    assert read_text(f"{OWN}\n\n{attribution}\n{theirs}\n").new == OWN


@pytest.mark.parametrize("attribution", ["EPM Group skrev:", "Den 6. oktober skrev EPM Group:", "EPM wrote:"])
def test_a_vague_attribution_counts_above_marked_lines_only(attribution: str) -> None:
    assert read_text(f"{OWN}\n\n{attribution}\n{MARKED}").new == OWN
    assert THEIRS in read_text(f"{OWN}\n\n{attribution}\n{THEIRS}").new


@pytest.mark.parametrize(
    "own",
    [
        "Den 3. marts 2026 kl. 10.15 skrev I til mig:\nvi sletter alt.\nDet er ikke sket. Slet det nu.",
        "On 3 March 2026 at 10:15 you wrote to me:\nwe will delete it.\nYou did not. Delete it now.",
        "Den 14. september sendte jeg jer en anmodning:\nden er ikke besvaret.",
        "Fra: 1. maj\nTil: 3. maj\nDer var jeg på kursus. Slet det.",
        "Jeg skrev:\nSlet mig.",
        "> 100 kr. kostede det. Jeg vil have mine data.",
        "Hvis I har modtaget min mail, så slet mig.",
        "This e-mail concerns my data. Please delete it.",
        "Sendt fra min chef til mig i går: slet alt.",
        "Hej --\nslet mig",
        "Hej\n\nDenne mail er tænkt som en indsigelse.\nSlet profilen.",
        "Hej\n\nThis message is intended as an objection under Article 21.",
        "Hej\n\nAny use of personal data must stop.",
        "Hej\n\nEnhver brug af oplysningerne er ulovlig.",
        "Hej\n\nThe information in this e-mail of yours is wrong.",
        "Denne mail er fortrolig. Slet profilen for Ib Holm.",
        "Download alle oplysninger fra appen til en telefon.",
        "Sendt fra jer til en mobil i går, og det skal høre op.",
        "Sendt fra min telefon, men slet mine data alligevel.",
        "Mvh Bo\nNyt nummer: 20304050, slet det gamle",
        "Send mig alt, hvad I har om mig:\n- navn\n- adresse\n- telefon",
        "Min nye adresse er\nNygade 4\n8000 Aarhus\nTlf. 20 30 40 50",
    ],
)
def test_own_words_that_look_like_a_program_stay(own: str) -> None:
    assert read_text(own).new == own


@pytest.mark.parametrize(
    "footer",
    [
        "Sendt fra min iPhone",
        "Sendt fra min Samsung Galaxy-smartphone.",
        "Sent from my iPad",
        "Get Outlook for Android<https://aka.ms/AAb9ysg>",
        "Hent Outlook til iOS",
        "Sendt fra Outlook til Android",
        "Sendt fra Yahoo Mail på iPhone",
        "Sent with Proton Mail secure email.",
        "Von meinem iPhone gesendet",
        "Skickat från min iPhone",
        "-- \nBo Hansen\nHansen Byg ApS\nVi bygger broer",
        "--\nBo Hansen\nTlf. 20304050",
        "Denne e-mail og eventuelle vedhæftede filer kan indeholde fortrolige oplysninger.\nSlet den, hvis du ikke er "
        "rette modtager.",
        "Hvis du har modtaget denne e-mail ved en fejl, bedes du slette den.",
        "This e-mail and any attachments are confidential. If you have received it in error, delete it.",
        "CONFIDENTIALITY NOTICE: The contents are privileged.",
        "If you are not the intended recipient, please erase all copies.",
        "Please consider the environment before printing this e-mail.",
        "Tænk på miljøet, før du printer",
        "Læs vores privatlivspolitik på www.hansen.example",
    ],
)
def test_footers_and_signatures_go(footer: str) -> None:
    assert read_text(f"{OWN}\n\n{footer}\n").new == OWN


@pytest.mark.parametrize(
    "contact",
    [
        "Tlf. 20 30 40 50",
        "+45 20304050",
        "Mobil: +45 2030 4050",
        "bo@hansen.example",
        "E-mail: bo@hansen.example",
        "www.hansen.example",
        "https://hansen.example/",
        "CVR-nr. 12345678",
        "8000 Aarhus C",
        "Nygade 4, 2. tv.",
    ],
)
def test_a_contact_block_goes_but_closing_and_name_stay(contact: str) -> None:
    own = "Slet mig.\n\nMed venlig hilsen\nBo Hansen"
    assert read_text(f"{own}\n{contact}").new == own


@pytest.mark.parametrize(
    "below", ["PS. Slet også min mail.", "Jeg vil også gerne have en kopi.", "Please remove the photo too."]
)
def test_a_request_below_the_signature_is_kept(below: str) -> None:
    assert below in read_text(f"{OWN}\n-- \nBo Hansen\nHansen Byg\n\n{below}").new
    assert below in read_text(f"Hej\n\nMvh\nBo\nTlf. 20304050\n\n{below}").new


def test_answers_between_quotations_are_kept_in_order() -> None:
    text = read_text("Se her\n\n> Hvilken dag?\nDen 12.\n\n> Bruger du nummeret?\nNej, slet det.\n")
    assert text.new == "Se her\n\nDen 12.\n\nNej, slet det."
    assert text.quoted == "> Hvilken dag?\n> Bruger du nummeret?"


def test_answers_within_an_unmarked_quotation_are_kept_with_it() -> None:
    full = f"Se mine svar nedenfor med rødt.\n\n{HEADERS['Outlook, Danish']}\n\nBruger du nummeret?\nNej, slet det."
    assert "slet det" in read_text(full).new


@pytest.mark.parametrize("full", [MARKED, f"{HEADERS['Outlook, Danish']}\n\n{THEIRS}", "Sendt fra min iPhone"])
def test_the_whole_text_is_used_where_nothing_is_new(full: str) -> None:
    assert read_text(full).new == full


@pytest.mark.parametrize("nothing", ["", " \n\t\n"])
def test_nothing_gives_nothing(nothing: str) -> None:
    assert read_text(nothing).new == ""


INNER = "Jeg vil have slettet alt.\n\nHilsen Eva"
FORWARDS = {
    "Outlook": "Fra: Eva Holm <eva@holm.example>\nSendt: 6. oktober 2026 09:12\nTil: Lars\nEmne: Slet\n\n",
    "Outlook, linked": "From: Eva Holm <eva@holm.example<mailto:eva@holm.example>>\n"
    "Sent: 6. okt. 2026\nTo: L\nSubject: Slet\n\n",
    "old Outlook": "-----Original Message-----\nFrom: Eva Holm [mailto:eva@holm.example]\n"
    "Sent: 6/10/2026\nTo: L\nSubject: Slet\n\n",
    "Gmail": "---------- Forwarded message ---------\nFra: Eva Holm <eva@holm.example>\nDate: tir. 6. okt. 2026\n"
    "Subject: Slet\nTo: <lars@epmgroup.dk>\n\n\n",
    "Thunderbird": "-------- Videresendt meddelelse --------\nEmne: \tSlet\nDato: \tTue, 6 Oct 2026\nFra: \tEva Holm "
    "<eva@holm.example>\nTil: \tlars@epmgroup.dk\n\n",
    "Apple": "Start på videresendt besked:\n\nFra: Eva Holm <eva@holm.example>\nEmne: Slet\nDato: 6. oktober 2026\n"
    "Til: lars@epmgroup.dk\n\n",
}


@pytest.mark.parametrize("header", FORWARDS.values(), ids=FORWARDS)
def test_a_forward_gives_the_inner_sender_subject_and_text(header: str) -> None:
    text = read_text(f"Vil du tage den?\n\n{header}{INNER}\n")
    assert text.new == "Vil du tage den?"
    assert text.forwarded is not None
    assert text.forwarded.originator == Address("eva@holm.example", "Eva Holm")
    assert (text.forwarded.subject, text.forwarded.text) == ("Slet", INNER)


def test_a_forward_within_a_forward_is_not_the_inner_senders_text() -> None:
    text = read_text(f"FYI\n\n{FORWARDS['Outlook']}{INNER}\n\n{FORWARDS['Gmail']}Ældre ord")
    assert text.forwarded is not None
    assert text.forwarded.text == INNER


def test_a_marked_reply_is_no_forward() -> None:
    assert read_text(f"{OWN}\n\n{ATTRIBUTIONS['Gmail, Danish']}\n{MARKED}").forwarded is None


HOSTILE = {
    "attributions": "Den 6. oktober 2026 kl. 09.12\n",
    "labels": "Fra: x\nSendt: 1\n",
    "announcements": "begin forwarded message:\n",
    "quotation marks": "> x\n",
    "deep quotation marks": ">" * 200 + "\n",
    "quotations and answers": "> x\nja\n",
    "closings": "Med venlig hilsen\n",
    "delimiters": "x\n-- \n",
    "disclaimers": "Denne mail er hemmelig\n",
    "dashes": "-" * 90 + "\n",
    "blanks": " \t" * 30 + "\n",
    "one long line": "Den skrev < @ : ",
    "numbers": "1 " * 60 + "x\n",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length_alone(piece: str) -> None:
    assert growth(read_text, piece * 500, piece * 4_000) < LINEAR


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE.values(), *HEADERS.values(), *ATTRIBUTIONS.values(), "\n", ":", ">", "-- \n", "Hej"])
        | st.text(max_size=20),
        max_size=30,
    )
)
def test_no_text_raises_and_something_is_always_left(pieces: list[str]) -> None:
    full = "".join(pieces)
    assert bool(read_text(full).new) == bool(full.strip())


OWN_LINES = st.lists(
    st.sampled_from(
        [
            "Hej med jer",
            "Slet min profil.",
            "Jeg vil se mine data!",
            "Ordre 10552",
            "kl. 10:30 ringede jeg",
            "Tak",
            "I skrev, at det var slettet:",
            "Adresse: Nygade 4",
            "den 3. maj var jeg der",
            "- navn",
            "1) kopi",
            "",
            "Please delete it",
            "From now on: no mails",
            "Date of birth: 1 May 1980",
            "To be clear, stop",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    own=OWN_LINES,
    quotation=st.sampled_from([*HEADERS.values(), *ATTRIBUTIONS.values(), *FORWARDS.values()]),
    footer=st.sampled_from(["", "Sendt fra min iPhone", "-- \nBo Hansen\nHansen Byg"]),
)
def test_no_own_line_is_lost(own: list[str], quotation: str, footer: str) -> None:
    new = read_text("\n".join((*own, "", footer, "", quotation, "", MARKED))).new
    assert [line for line in own if line] == [line for line in new.split("\n") if line in own and line] or not any(own)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(OWN_LINES, st.lists(st.sampled_from(["> ja", "> nej", ">> måske"]), min_size=2))))
def test_no_answer_between_quotations_is_lost(exchange: list[tuple[list[str], list[str]]]) -> None:
    own = [line for lines, _ in exchange for line in lines if line]
    full = "\n".join(line for lines, quoted in exchange for line in (*lines, "", *quoted, ""))
    new = read_text(full).new.split("\n")
    assert not own or [line for line in new if line] == own
