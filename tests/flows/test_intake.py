"""From a mail's bytes to its one outcome, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlmodel import col, select

from privacybot.flows import decisions, desk, intake
from privacybot.flows.arrived import Received, Taken
from privacybot.flows.office import Office
from privacybot.flows.steps import Given
from privacybot.gdpr.acknowledgement import Language
from privacybot.store import cases, outbox
from privacybot.store.engine import Engine, reading, transaction
from privacybot.store.ledger import Outcome, Place
from privacybot.store.tables import Case, Letter, Mail
from tests.flows.office import ADDRESS, NOW, OFFICE, mail, received, with_limits


def take(engine: Engine, *raws: bytes, office: Office = OFFICE, first_uid: int = 1) -> list[Taken]:
    post = [received(raw, uid) for uid, raw in enumerate(raws, first_uid)]
    return intake.take_in(engine, post, office, NOW)


def letters(engine: Engine) -> list[EmailMessage]:
    with reading(engine) as session:
        rows = session.exec(select(Letter).order_by(col(Letter.id))).all()
        return [message_from_bytes(row.raw, policy=policy.default) for row in rows]  # type: ignore[misc]


def the_case(engine: Engine) -> Case:
    [(case, _)], _ = desk.queue(engine)
    return case


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_request_opens_a_case_and_is_acknowledged(engine: Engine) -> None:
    [taken] = take(engine, mail())
    assert taken.outcome is Outcome.OPENED
    case, [letter] = the_case(engine), letters(engine)
    assert (case.reference, case.category, case.data_subject) == (taken.reference, "access", "anna@kunde.example")
    assert case.respond_by.isoformat() == "2026-12-24"
    assert letter["To"] == "anna@kunde.example"
    assert letter["In-Reply-To"] == "<1@kunde.example>"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert taken.reference in letter["Subject"]
    assert "24. december 2026" in text_of(letter)


def test_nothing_of_the_sender_reaches_the_acknowledgement(engine: Engine) -> None:
    take(
        engine,
        mail(
            "Jeg vil have indsigt. Køb billigt på http://spam.example nu",
            sender='"Køb nu http://spam.example" <anna@kunde.example>',
            subject="Tilbud http://spam.example",
        ),
    )
    [letter] = letters(engine)
    assert b"spam" not in letter.as_bytes()
    assert "Køb" not in text_of(letter) + str(letter["Subject"]) + str(letter["To"])


def test_an_ordinary_mail_is_answered_once_a_month(engine: Engine) -> None:
    first, second = take(
        engine, mail("Er der plads?", message_id="<a@x.example>"), mail("Og i marts?", message_id="<b@x.example>")
    )
    assert (first.outcome, first.reason) == (Outcome.ENQUIRY, "")
    assert (second.outcome, second.reason) == (Outcome.ENQUIRY, "enquiry_limit")
    assert len(letters(engine)) == 1


def test_of_an_ordinary_mail_the_bytes_are_not_kept(engine: Engine) -> None:
    take(engine, mail("Er der plads?"))
    with reading(engine) as session:
        assert [kept.raw for kept in session.exec(select(Mail)).all()] == [None]


def test_a_request_in_an_automatic_mail_is_queued_in_silence(engine: Engine) -> None:
    [taken] = take(engine, mail(auto_submitted="auto-generated"))
    assert (taken.outcome, taken.reason) == (Outcome.OPENED, "auto_submitted")
    assert letters(engine) == []
    assert "program sent it" in the_case(engine).silence_sentence


def test_an_automatic_mail_that_asks_nothing_is_ignored(engine: Engine) -> None:
    [taken] = take(engine, mail("Jeg er på ferie.", auto_submitted="auto-replied"))
    assert (taken.outcome, taken.reason) == (Outcome.IGNORED, "auto_submitted")
    assert desk.queue(engine) == ([], 0)


def test_an_authority_goes_straight_to_staff(engine: Engine) -> None:
    [taken] = take(engine, mail("Vi har modtaget en henvendelse.", sender="dt@datatilsynet.dk"))
    assert (taken.outcome, taken.reason) == (Outcome.OPENED, "authority")
    assert the_case(engine).urgent
    assert letters(engine) == []


def test_an_unsure_mail_is_a_case_with_neutral_words(engine: Engine) -> None:
    take(engine, mail("Jeg tænker måske på indsigt"))
    case, [letter] = the_case(engine), letters(engine)
    assert case.band == "unsure"
    assert "indsigt" not in text_of(letter).lower().replace("indsigt og klager", "")


def test_a_mail_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(engine: Engine) -> None:
    first, second = take(engine, b"\x00\x01\x02", mail())
    assert first.outcome is Outcome.SET_ASIDE
    assert second.outcome is Outcome.OPENED
    account = desk.ledger_account(engine)
    assert [kept.raw for kept in account.set_aside] == [b"\x00\x01\x02"]


def test_a_mail_set_aside_can_be_retried(engine: Engine) -> None:
    taken = intake.set_aside(engine, received(mail()), OFFICE, "It broke the program.", NOW)
    assert taken.outcome is Outcome.SET_ASIDE
    [kept] = desk.ledger_account(engine).set_aside
    again = intake.retry(engine, kept.arrival_id, OFFICE, NOW)
    assert again.outcome is Outcome.OPENED
    assert desk.ledger_account(engine).set_aside == []
    assert take(engine, mail(), first_uid=9)[0].again


def test_one_breaking_mail_leaves_nothing_of_its_batch_behind(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        take(engine, mail(), mail("brag"))
    assert desk.queue(engine) == ([], 0)
    assert letters(engine) == []


def test_the_same_mail_is_taken_in_once(engine: Engine) -> None:
    first, second = take(engine, mail(), mail())
    third = intake.take_in(engine, [received(mail(), 1, uidvalidity=2)], OFFICE, NOW)[0]
    assert (first.again, second.again, third.again) == (False, True, True)
    assert len(letters(engine)) == 1


def test_three_automatic_mails_a_day_go_to_one_address(engine: Engine) -> None:
    taken = take(
        engine, *(mail(message_id=f"<{n}@kunde.example>", text=f"Jeg vil have indsigt, {n}") for n in range(5))
    )
    assert [one.outcome for one in taken] == [Outcome.OPENED] * 5
    assert [one.reason for one in taken] == ["", "", "", "address_limit", "address_limit"]
    assert len(letters(engine)) == 3


def test_the_breaker_trips_stays_and_is_reset(engine: Engine) -> None:
    office = with_limits(mailbox_per_hour=3, per_address_per_day=99)
    floods = [
        mail(sender=f"a{n}@kunde.example", message_id=f"<{n}@kunde.example>", text=f"Jeg vil have indsigt {n}")
        for n in range(6)
    ]
    taken = take(engine, *floods, office=office)
    assert [one.reason for one in taken] == ["", "", "", *["mailbox_limit"] * 3]
    assert len(desk.queue(engine)[0]) == 6
    later = NOW + timedelta(hours=5)
    [still] = intake.take_in(engine, [received(mail(message_id="<9@x.example>"), 9)], office, later)
    assert still.reason == "mailbox_limit"
    assert "stand still" in desk.warnings(engine)[0]
    assert desk.reset_breakers(engine) == ["kontakt"]
    [after] = intake.take_in(engine, [received(mail("Jeg: indsigt", message_id="<10@x.example>"), 10)], office, later)
    assert after.reason == ""


def test_a_reply_of_the_same_person_joins_the_case_and_proves_the_mailbox(engine: Engine) -> None:
    take(engine, mail())
    ours = letters(engine)[0]["Message-ID"]
    [taken] = take(engine, mail("Her er mit kursusnummer.", message_id="<2@x.example>", in_reply_to=ours), first_uid=2)
    assert (taken.outcome, taken.reason) == (Outcome.APPENDED, "follow-up")
    assert the_case(engine).identity == "replied"
    assert len(letters(engine)) == 1


def test_a_reference_in_the_subject_joins_but_proves_nothing(engine: Engine) -> None:
    [first] = take(engine, mail())
    take(engine, mail("Mere.", subject=f"Vedr. {first.reference}", message_id="<2@x.example>"), first_uid=2)
    case = the_case(engine)
    assert case.identity == ""
    assert [event.step for event in desk.case_file(engine, case.reference).events] == [
        "opened",
        "acknowledgement written",
        "mail received",
    ]


def test_another_sender_joins_nothing_and_is_held(engine: Engine) -> None:
    take(engine, mail())
    ours = letters(engine)[0]["Message-ID"]
    [taken] = take(
        engine,
        mail("Giv mig svaret.", sender="eva@fremmed.example", message_id="<2@x.example>", in_reply_to=ours),
        first_uid=2,
    )
    assert taken.outcome is Outcome.OPENED
    found, _ = desk.queue(engine)
    [stranger] = [case for case, _ in found if case.data_subject == "eva@fremmed.example"]
    assert "Another sender" in stranger.held
    assert stranger.linked_case_id is not None
    assert len(letters(engine)) == 1


def test_a_follow_up_may_ask_for_a_further_right(engine: Engine) -> None:
    [first] = take(engine, mail())
    take(
        engine,
        mail("Jeg vil også have det slettet: slet det.", subject=first.reference, message_id="<2@x.example>"),
        first_uid=2,
    )
    [(_, rights)], _ = desk.queue(engine)
    assert sorted(row.right for row in rights) == ["access", "erasure"]


@pytest.mark.parametrize(
    ("words", "outcome"), [("Tak for hjælpen!", Outcome.APPENDED), ("Jeg vil have alt slettet: slet", Outcome.OPENED)]
)
def test_thanks_reopen_nothing_and_new_substance_opens_a_linked_case(
    engine: Engine, words: str, outcome: Outcome
) -> None:
    [first] = take(engine, mail())
    with transaction(engine) as session:
        case = cases.by_reference(session, first.reference)
        assert case is not None
        case.closed_at = NOW
        closed = case.id
    [taken] = take(engine, mail(words, subject=first.reference, message_id="<2@x.example>"), first_uid=2)
    assert taken.outcome is outcome
    if outcome is Outcome.OPENED:
        assert the_case(engine).linked_case_id == closed


def test_a_colleagues_forward_is_held_with_the_inner_sender_proposed(engine: Engine) -> None:
    forwarded = (
        "Kan I tage den her?\n\n---------- Forwarded message ---------\nFra: Karen Lind <karen@post.example>\n"
        "Date: tir. 24. nov. 2026 kl. 10.00\nSubject: Indsigt\nTo: <mette@epmgroup.dk>\n\n"
        "Jeg vil gerne have indsigt i mine oplysninger.\n"
    )
    [taken] = take(engine, mail(forwarded, sender="Mette <mette@epmgroup.dk>", subject="VS: Indsigt"))
    case = the_case(engine)
    assert (taken.outcome, taken.reason) == (Outcome.OPENED, "held")
    assert (case.data_subject, case.proposed_by) == ("karen@post.example", "mette@epmgroup.dk")
    assert letters(engine) == []


def test_a_bounce_of_our_own_mail_finds_its_case(engine: Engine) -> None:
    take(engine, mail())
    [ours] = letters(engine)
    report = (
        "From: MAILER-DAEMON@mx.kunde.example\r\nTo: kontakt@epmgroup.dk\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <bounce@mx.kunde.example>\r\nReturn-Path: <>\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.kunde.example\r\n\r\n"
        "Final-Recipient: rfc822; anna@kunde.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours['Message-ID']}\r\n\r\n"
        "--b--\r\n"
    ).encode()
    [taken] = take(engine, report, first_uid=2)
    assert taken.outcome is Outcome.APPENDED
    assert "550 5.1.1" in the_case(engine).undelivered
    assert len(letters(engine)) == 1


def test_with_confirmation_first_nothing_leaves_until_staff_say_so(engine: Engine) -> None:
    office = replace(OFFICE, acknowledge_at_once=False)
    [taken] = take(engine, mail(), office=office)
    assert letters(engine) == []
    decisions.confirm(engine, taken.reference, Given("mette", NOW), lambda _: office)
    assert len(letters(engine)) == 1


def test_a_swedish_mail_is_answered_in_both_languages(engine: Engine) -> None:
    def swedish(asked: object) -> list[object]:
        return [replace(one, language="sv") for one in OFFICE.recognise(asked)]  # type: ignore[arg-type]

    take(engine, mail(), office=replace(OFFICE, recognise=swedish))  # type: ignore[arg-type]
    assert the_case(engine).language == Language.BOTH.value
    assert "Dear" in text_of(letters(engine)[0]) or "Hello" in text_of(letters(engine)[0])


def test_a_letter_is_finished_when_it_is_put_into_the_outbox(engine: Engine) -> None:
    take(engine, mail())
    with transaction(engine) as session:
        [claimed] = outbox.claim(session, "test", NOW, most=1)
    assert (claimed.recipient, claimed.reverse_path) == ("anna@kunde.example", ADDRESS)
    assert claimed.raw.startswith(b"From:")


def test_a_person_who_writes_to_many_mailboxes_at_once_gets_no_more_answers_in_a_day(engine: Engine) -> None:
    """Workers that each watch a mailbox of their own count together."""

    def write_to(number: int) -> None:
        raw = mail("Har I ledige pladser i marts?", message_id=f"<{number}@kunde.example>")
        place = Place(f"box{number}", "INBOX", 1, 1)
        intake.take_in(engine, [Received(place, NOW, raw)], replace(OFFICE, mailbox=place.mailbox), NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_to, range(8)))
    assert len(letters(engine)) == 1


def test_two_workers_with_the_same_mails_in_hand_open_each_case_once(engine: Engine) -> None:
    """One stood still until its mailbox was another's, and goes on in the middle of what it was doing."""
    post = [received(mail(sender=f"p{n}@kunde.example", message_id=f"<{n}@kunde.example>"), n) for n in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: intake.take_in(engine, post, OFFICE, NOW), range(4)))
    assert sorted(sum(not one.again for one in some) for some in taken) == [0, 0, 0, 8]
    assert len(desk.queue(engine)[0]) == 8
    assert len(letters(engine)) == 8


FORMS = [
    ("WordPress <wordpress@epmgroup.dk>", "Anna Berg <anna@kunde.example>", "anna@kunde.example", True),
    (f"Kontaktformular <{ADDRESS}>", "anna@kunde.example", "anna@kunde.example", True),
    ("Anna <anna@kunde.example>", "eva@fremmed.example", "anna@kunde.example", False),
    ("Mette <mette@epmgroup.dk>", "salg@epmgroup.dk", "mette@epmgroup.dk", False),
    ("Mette <mette@epmgroup.dk>", "a@x.example, b@x.example", "mette@epmgroup.dk", False),
]


@pytest.mark.parametrize(("sender", "reply_to", "requester", "held"), FORMS)
def test_a_form_of_ours_speaks_for_its_visitor_and_nobody_else_for_another(
    engine: Engine, sender: str, reply_to: str, requester: str, held: bool
) -> None:
    take(engine, mail(sender=sender, reply_to=reply_to))
    case = the_case(engine)
    assert case.data_subject == requester
    assert ("A form of our own" in case.held) is held
    assert (letters(engine) == []) is held


def test_an_ordinary_mail_from_a_form_of_ours_is_not_answered(engine: Engine) -> None:
    take(engine, mail("Er der plads?", sender="wordpress@epmgroup.dk", reply_to="anna@kunde.example"))
    assert letters(engine) == []
