"""What strangers may try with a responder: loops, floods, and words that want to be more than words."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import col, select

from privacybot.flows import desk, intake
from privacybot.flows.arrived import Taken
from privacybot.flows.office import Office
from privacybot.mail.authres import NoServer
from privacybot.mail.automatic import OwnAddresses
from privacybot.mail.message import Address
from privacybot.mail.reading import read
from privacybot.store.engine import Engine, open_store, reading
from privacybot.store.ledger import Outcome
from privacybot.store.tables import Letter
from tests.cli.test_program import CONFIG
from tests.cli.test_program import run as run_program
from tests.flows.office import ADDRESS, NOW, OFFICE, mail, received


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")


def take(store: Engine, *raws: bytes, office: Office = OFFICE, first_uid: int = 1) -> list[Taken]:
    post = [received(raw, uid) for uid, raw in enumerate(raws, first_uid)]
    return [
        taken
        for start in range(0, len(post), 32)
        for taken in intake.take_in(store, post[start : start + 32], office, NOW)
    ]


def letters(store: Engine) -> list[bytes]:
    with reading(store) as session:
        return list(session.exec(select(Letter.raw).order_by(col(Letter.id))))


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


# Loops


@dataclass
class Bot:
    """An installation of this program at another company."""

    store: Engine
    address: str
    sent: list[bytes] = field(default_factory=list)
    uids: int = 0

    def receive(self, raw: bytes) -> list[bytes]:
        """Takes a mail in; what it writes because of it."""
        self.uids += 1
        before = len(letters(self.store))
        intake.take_in(self.store, [received(raw, self.uids)], self._office(), NOW)
        written = letters(self.store)[before:]
        self.sent += written
        return written

    def _office(self) -> Office:
        own = OwnAddresses(frozenset({self.address}), frozenset({self.address.partition("@")[2]}))
        return replace(
            OFFICE,
            address=Address(self.address),
            addresses=own.addresses,
            reverse_path=self.address,
            read=lambda raw: read(raw, own=own, trust=NoServer()),
        )


def as_it_is(raw: bytes) -> bytes:
    return raw


def without_marks(raw: bytes) -> bytes:
    """What a careless gateway leaves of our headers."""
    return re.sub(rb"(?mi)^(?:Auto-Submitted|X-Auto-Response-Suppress|X-Loop):.*\r\n", b"", raw)


def without_thread(raw: bytes) -> bytes:
    return re.sub(rb"(?mi)^(?:In-Reply-To|References):.*\r\n(?:[ \t].*\r\n)*", b"", without_marks(raw))


@pytest.mark.parametrize(
    ("road", "most"),
    [(as_it_is, 1), (without_marks, 1), (without_thread, OFFICE.limits.per_address_per_day)],
)
def test_two_bots_facing_each_other_write_one_mail_each_and_stop_even_on_a_road_that_strips_everything(
    tmp_path: Path, road: Callable[[bytes], bytes], most: int
) -> None:
    names = ("vores", "deres")
    ours, theirs = (
        Bot(open_store(f"sqlite:///{tmp_path / name}.sqlite3"), f"kontakt@{name}.example") for name in names
    )
    post = [(ours, mail(sender=theirs.address, to=ours.address))]
    for _ in range(20):
        if not post:
            break
        bot, raw = post.pop()
        other = theirs if bot is ours else ours
        post += [(other, road(written)) for written in bot.receive(raw)]
    assert post == []
    assert 1 <= len(ours.sent) <= most
    assert len(theirs.sent) <= most


# Floods


def test_a_thousand_mails_from_one_address_get_three_answers_and_a_thousand_cases(store: Engine) -> None:
    began = time.monotonic()
    flood = [mail(f"Jeg vil have indsigt, {n}", message_id=f"<{n}@kunde.example>") for n in range(1000)]
    taken = take(store, *flood)
    assert {one.outcome for one in taken} == {Outcome.OPENED}
    assert len(desk.queue(store)[0]) == 1000
    assert len(letters(store)) == 3
    print(f"\n1,000 mails from one address: 1,000 cases, 3 answers, {time.monotonic() - began:.1f} s")


def test_a_thousand_forged_addresses_trip_the_breaker_and_one_command_resets_it(store: Engine, tmp_path: Path) -> None:
    flood = [
        mail(f"Jeg vil have indsigt, {n}", sender=f"p{n}@kunde{n}.example", message_id=f"<{n}@kunde.example>")
        for n in range(1000)
    ]
    taken = take(store, *flood)
    assert len(desk.queue(store)[0]) == 1000
    assert len(letters(store)) == OFFICE.limits.mailbox_per_hour == 120
    assert [one.reason for one in taken[120:]] == ["mailbox_limit"] * 880
    config = tmp_path / "config.toml"
    config.write_text(CONFIG + f'[database]\nurl = "sqlite:///{tmp_path / "store.sqlite3"}"\n')
    assert "stand still since" in " ".join(run_program("--config", str(config), "breaker").stdout.split())
    [tripped] = json.loads(run_program("--config", str(config), "breaker", "--json").stdout)
    assert (tripped["mailbox"], tripped["tripped_at"]) == ("kontakt", NOW.isoformat())
    assert "leave again for kontakt" in run_program("--config", str(config), "breaker", "reset").stdout
    assert "No breaker is open" in run_program("--config", str(config), "breaker").stdout
    assert json.loads(run_program("--config", str(config), "breaker", "reset", "--json").stdout) == {"reset": []}
    print("\n1,000 forged addresses: 1,000 cases, 120 answers, then the breaker")


# Words that want to be more

ASKS = "Jeg vil gerne have indsigt i mine oplysninger.\n"
OUR_FIELDS = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "x-auto-response-suppress",
    "x-loop",
    "mime-version",
    "content-type",
}


@pytest.mark.parametrize(
    "header",
    [
        "From: =?utf-8?q?Anna=0D=0ABcc:_eva@fremmed.example?= <anna@kunde.example>\r\nSubject: Hej\r\n",
        "From: anna@kunde.example\r\nSubject: =?utf-8?q?Hej=0D=0ABcc:_eva@fremmed.example?=\r\n",
        "From: anna@kunde.example\r\nSubject: Hej\r\nMessage-ID: <1@k.example>\r\n\tBcc: eva@fremmed.example\r\n",
        "From: anna@kunde.example\r\nSubject: Hej\r\nReferences: <1@k.example\r\n Bcc:eva@fremmed.example>\r\n",
        'From: "anna\r\n Bcc: eva"@kunde.example\r\nSubject: Hej\r\n',
        "From: anna@kunde.example\r\nSubject: Hej\r\nReply-To: eva@fremmed.example\r\n",
        "From: anna@kunde.example, eva@fremmed.example\r\nSubject: Hej\r\n",
    ],
)
def test_no_header_of_a_stranger_gets_into_our_answer(store: Engine, header: str) -> None:
    take(store, f"{header}To: {ADDRESS}\r\n\r\n{ASKS}".encode())
    assert len(desk.queue(store)[0]) == 1
    for raw in letters(store):
        letter = parsed(raw)
        assert {name.lower() for name, _ in letter.items()} <= OUR_FIELDS
        assert len(letter["To"].addresses) == 1
        assert not [to for to in letter["To"].addresses if to.domain != "kunde.example"]
        assert b"fremmed.example" not in raw


def words_of(raw: bytes) -> str:
    letter = parsed(raw)
    bodies = [letter.get_body((kind,)) for kind in ("plain", "html")]
    return "\n".join([str(letter["Subject"]), *(str(body.get_content()) for body in bodies if body)])


def test_a_template_in_a_mail_stays_a_word_and_is_not_repeated(store: Engine) -> None:
    trick = "{{ 1234567 * 7 }}{% include '/etc/passwd' %}{{ ''.__class__.__mro__ }}"
    take(store, mail(f"{ASKS}{trick}", sender=f'"{trick}" <anna@kunde.example>', subject=trick))
    [raw] = letters(store)
    assert not any(word in words_of(raw) for word in ("8641969", "root:", "{{", "{%", "__class__"))


def test_html_in_a_mail_does_not_reach_our_html(store: Engine) -> None:
    trick = '<script>alert(1)</script><img src="https://fremmed.example/x.png">'
    take(store, mail(f"{ASKS}{trick}", sender="Anna <anna@kunde.example>", subject=trick))
    [raw] = letters(store)
    assert not any(word in words_of(raw) for word in ("<script", "alert(", "fremmed.example", "&lt;script"))


def test_escape_sequences_of_a_stranger_reach_no_terminal(store: Engine, tmp_path: Path) -> None:
    trick = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066[bold red]x[/]"
    raw = mail(f"Jeg vil have indsigt {trick} nu", sender=f"{trick} <anna@kunde.example>", subject="Hej")
    raw = raw.replace(b"Subject: Hej", b"Subject: =?utf-8?q?Hej=1B=5B31m_=1B=5D0=3Bowned=07?=")
    [taken] = take(store, raw)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG + f'[database]\nurl = "sqlite:///{tmp_path / "store.sqlite3"}"\n')
    (tmp_path / "mail.eml").write_bytes(raw)
    for command in (["queue"], ["show", taken.reference], ["ledger", "--offline"]):
        shown = run_program("--config", str(config), *command)
        assert shown.returncode == 0, shown.stderr
        printed = shown.stdout + shown.stderr
        assert not any(sign in printed for sign in ("\x1b", "\x07", "\x9b", "\u202e", "\u2066"))
    assert "[bold red]x[/]" in run_program("--config", str(config), "show", taken.reference).stdout


# Threads


def test_a_forged_in_reply_to_joins_nothing(store: Engine) -> None:
    take(store, mail())
    guessed = "<20261124120000.1@epmgroup.dk>"
    [taken] = take(
        store,
        mail("Slet det hele, jeg vil: slet", sender="eva@fremmed.example", message_id="<2@x>", in_reply_to=guessed),
        first_uid=2,
    )
    assert taken.outcome is Outcome.OPENED
    [stranger] = [case for case, _ in desk.queue(store)[0] if case.data_subject == "eva@fremmed.example"]
    assert stranger.linked_case_id is None
    assert stranger.held == ""


def test_a_message_id_used_again_with_other_words_is_another_mail(store: Engine) -> None:
    first, second = take(store, mail(), mail("Jeg vil have alt slettet: slet det."))
    assert not second.again
    assert first.reference != second.reference
    assert first.outcome is Outcome.OPENED


def test_an_absence_note_to_our_answer_joins_its_case_and_starts_nothing(store: Engine) -> None:
    take(store, mail())
    ours = str(parsed(letters(store)[0])["Message-ID"])
    note = mail("Jeg er på ferie.", message_id="<2@x.example>", in_reply_to=ours, auto_submitted="auto-replied")
    [taken] = take(store, note, first_uid=2)
    assert (taken.outcome, taken.reason) == (Outcome.APPENDED, "auto_submitted")
    [(case, _)], _ = desk.queue(store)
    assert case.identity == ""
    assert len(letters(store)) == 1


def report(about: str, action: str, status: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.kunde.example\r\nTo: {ADDRESS}\r\nSubject: Delivery\r\nReturn-Path: <>\r\n"
        f"Message-ID: <{action}@mx.kunde.example>\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nAbout your mail.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.kunde.example\r\n\r\n"
        f"Final-Recipient: rfc822; anna@kunde.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {about}\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(("action", "status", "shows"), [("failed", "5.1.1", True), ("delayed", "4.4.1", False)])
def test_a_report_on_our_answer_finds_its_case(store: Engine, action: str, status: str, shows: bool) -> None:
    take(store, mail())
    [taken] = take(store, report(str(parsed(letters(store)[0])["Message-ID"]), action, status), first_uid=2)
    assert taken.outcome is Outcome.APPENDED
    [(case, _)], _ = desk.queue(store)
    assert bool(case.undelivered) is shows
    assert len(letters(store)) == 1


def complaint(about: str, kind: str, returned: str) -> bytes:
    """What a mailbox provider sends when its customer says "this is spam"  (RFC 5965)."""
    return (
        f"From: <feedback@provider.example>\r\nTo: {ADDRESS}\r\nSubject: FW: Vi har modtaget din anmodning\r\n"
        f"Return-Path: <feedback@provider.example>\r\nMessage-ID: <1@provider.example>\r\n"
        f'Content-Type: {kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report for an email message.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Provider/1\r\n"
        f"Version: 1\r\n\r\n--b\r\nContent-Type: {returned}\r\n\r\nFrom: {ADDRESS}\r\n"
        f"Message-ID: {about}\r\n\r\nDu har bedt om indsigt. Slet og indsigt er dine rettigheder.\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("kind", ["multipart/report; report-type=feedback-report", "multipart/mixed"])
@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_providers_complaint_about_our_answer_finds_its_case_and_is_never_answered(
    store: Engine, kind: str, returned: str
) -> None:
    take(store, mail())
    ours = str(parsed(letters(store)[0])["Message-ID"])
    [taken] = take(store, complaint(ours, kind, returned), first_uid=2)
    assert (taken.outcome, taken.reason) == (Outcome.APPENDED, "delivery report: abuse")
    [(case, _)], _ = desk.queue(store)
    assert (case.undelivered, case.news) == ("", "a mail of ours was reported as unwanted")
    assert len(letters(store)) == 1


@pytest.mark.parametrize("kind", ["multipart/report; report-type=feedback-report", "multipart/mixed"])
def test_a_complaint_about_a_mail_that_we_cannot_find_is_not_answered_either(store: Engine, kind: str) -> None:
    take(store, complaint("<redacted@provider.example>", kind, "message/rfc822"))
    assert letters(store) == []
