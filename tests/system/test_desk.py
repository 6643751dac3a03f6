"""Requests of every right, Danish and English: from the mail in Dovecot to the closed case, by commands alone."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.servers import Dovecot, Postfix
from tests.system.installation import ADDRESS, Installation, write_mail

pytestmark = pytest.mark.system

REQUESTS = {
    "da": {
        "access": "Jeg vil gerne have indsigt i, hvilke oplysninger I har registreret om mig.",
        "rectification": "I har stavet mit navn forkert. Jeg beder jer rette det til Andersen i jeres system.",
        "erasure": "Jeg beder jer om at slette alle de personoplysninger, I har om mig.",
        "restriction": "Jeg kræver, at I begrænser behandlingen af mine oplysninger, jf. artikel 18.",
        "portability": "Jeg vil gerne have udleveret mine data i et maskinlæsbart format efter artikel 20.",
        "objection": "Jeg gør indsigelse mod, at I bruger mine oplysninger til statistik, jf. artikel 21.",
        "withdrawal": "Jeg trækker hermed mit samtykke til nyhedsbrevet tilbage.",
        "complaint": "Jeg vil klage over den måde, I behandler mine personoplysninger på.",
    },
    "en": {
        "access": "I would like access to all the personal data that you hold about me.",
        "rectification": "You have misspelt my surname. Please correct it to Anderson in your records.",
        "erasure": "Please delete all the personal data that you hold about me.",
        "restriction": "I ask you to restrict the processing of my personal data under Article 18 of the GDPR.",
        "portability": "Please send me my data in a machine-readable format under Article 20 of the GDPR.",
        "objection": "I object to your processing of my data for statistics under Article 21 of the GDPR.",
        "withdrawal": "I hereby withdraw my consent to receiving your newsletter.",
        "complaint": "I wish to make a complaint about how you handle my personal data.",
    },
}
ANSWERED = {"da": "Svar på din henvendelse", "en": "Reply to your request"}
REMEDY = {"da": "domstolene", "en": "the courts"}


@pytest.fixture
def installation(tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> Installation:
    dovecot.empty(ADDRESS)
    made = Installation(tmp_path, dovecot, postfix.port)
    made.write()
    return made


class Desk:
    """What a clerk types, and what they read."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    def types(self, *arguments: str) -> str:
        done = self.installation.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return " ".join(done.stdout.split())

    def is_told(self, *arguments: str) -> str:
        """The sentence that answers a mistake."""
        done = self.installation.run(*arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
        return done.stderr

    def reads(self, *arguments: str) -> Any:
        return self.installation.json(*arguments)

    def case_of(self, sender: str) -> dict[str, Any]:
        [case] = [case for case in self.reads("queue") if case["sender"] == sender]
        return case  # type: ignore[no-any-return]

    def decides(self, case: dict[str, Any], *rights: str) -> None:
        """Agree with what was recognised, or say what it is."""
        if case["rights"] == list(rights):
            self.types("confirm", case["reference"])
        else:
            self.types("correct", case["reference"], *rights)


def mails(dovecot: Dovecot, person: str, count: int) -> list[EmailMessage]:
    raws = dovecot.await_mails(person, count)
    return [message_from_bytes(raw, policy=policy.default) for raw in raws]  # type: ignore[misc]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_request_of_each_right_is_worked_to_its_end(
    installation: Installation, dovecot: Dovecot, language: str
) -> None:
    desk = Desk(installation)
    people = {right: f"{right}-{uuid4().hex[:6]}@kunde.example" for right in REQUESTS[language]}
    for right, person in people.items():
        raw = write_mail(REQUESTS[language][right], sender=person, message_id=f"<{right}-{uuid4().hex}@kunde.example>")
        dovecot.deliver(raw, ADDRESS, reverse_path=person)
    installation.once()
    assert len(desk.reads("queue")) == 8
    references = {}
    for right, person in people.items():
        case = desk.case_of(person)
        references[right] = short = case["reference"].partition("-")[2]
        assert case["language"] == language
        desk.decides(case, right)
        points = desk.reads("checklist", short)["points"]
        assert {point["right"] for point in points} == {right}
        if right == "access":
            assert desk.reads("clock", short)["rights"][0]["right"] == right
            assert "open points" in desk.is_told("close", short)
            desk.types("done", short, "1", "--note", "two orders")
        desk.types("leave", short, "all", "--reason", "knows nobody of that address")
        if right == "access":
            assert "has not had our answer" in desk.is_told("close", short)
        desk.types("reply", short, "--text", f"{right}: ÆØÅ.", "--yes")
        desk.types("close", short)
    assert desk.reads("queue") == []
    installation.once()
    for right, person in people.items():
        acknowledgement, reply = mails(dovecot, person, 2)
        assert acknowledgement["Auto-Submitted"] == "auto-replied"
        assert reply["Auto-Submitted"] is None
        assert reply["Subject"].startswith(ANSWERED[language])
        assert references[right] in reply["Subject"]
        assert reply["In-Reply-To"] == acknowledgement["In-Reply-To"]
        assert f"{right}: ÆØÅ." in text_of(reply)
        assert REMEDY[language] in text_of(reply)
    verified = desk.reads("audit", "verify")
    assert (verified["cases"], verified["faults"]) == (8, [])


def test_a_copy_is_sent_before_anything_is_erased_and_a_colleague_can_take_over(
    installation: Installation, dovecot: Dovecot, tmp_path: Path
) -> None:
    desk, anna = Desk(installation), f"anna-{uuid4().hex[:6]}@kunde.example"
    asks = "Send mig en kopi af alle mine data, og slet dem derefter."
    dovecot.deliver(write_mail(asks, sender=anna, message_id="<a@kunde.example>"), ADDRESS, reverse_path=anna)
    installation.once()
    [acknowledgement] = mails(dovecot, anna, 1)
    ours = str(acknowledgement["Message-ID"])

    case = desk.case_of(anna)
    ref = case["reference"]
    desk.decides(case, "access", "erasure")
    assert "Erase nothing yet" in desk.is_told("done", ref, "all")

    ask = ("identity", ref, "--ask", "--text", "Oplys nummeret på din seneste ordre.")
    assert "say it again with --yes" in desk.is_told(*ask)
    desk.types(*ask, "--yes")
    assert desk.reads("show", ref)["status"] == "awaiting_identity"
    again = write_mail("Det er ordre 5210.", sender=anna, in_reply_to=ours, message_id="<b@kunde.example>")
    dovecot.deliver(again, ADDRESS, reverse_path=anna)
    installation.once()
    waiting = desk.reads("review")["cases"]
    assert waiting == [ref]
    assert desk.reads("show", ref)["identity"] == "replied"
    desk.types("identity", ref, "--proven", "the order is hers")

    file = desk.reads("show", ref)
    first = [str(point["number"]) for point in file["points"] if point["right"] == "access"]
    then = [str(point["number"]) for point in file["points"] if point["right"] == "erasure"]
    desk.types("done", ref, *first)
    assert "then send it" in desk.is_told("done", ref, *then)
    copy = tmp_path / "Kopi til Anna æøå.csv"
    copy.write_text("navn;ordre\nAnna;5210\n", encoding="utf-8")
    assert "still holds" in desk.is_told("reply", ref, "--text", "Vi har [[fundet …]].", "--yes")
    desk.types("reply", ref, "--text", "Her er kopien.", "--attach", str(copy), "--yes")
    desk.types("done", ref, *then)
    desk.types("reply", ref, "--text", "Nu er oplysningerne slettet.", "--yes")

    shown = desk.types("show", ref)
    for told in (asks, "the order is hers", "Her er kopien.", "all", "points settled", f"Next: privacybot close {ref}"):
        assert told in shown
    desk.types("close", ref)
    assert f"{ref} is closed; reopen it first" in desk.is_told("reply", ref, "--text", "Mere.", "--yes")

    installation.once()
    letters = mails(dovecot, anna, 4)
    [with_copy] = [letter for letter in letters if list(letter.iter_attachments())]
    [enclosed] = with_copy.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_payload(decode=True)) == (copy.name, copy.read_bytes())
    assert with_copy["In-Reply-To"] == "<b@kunde.example>"


def test_a_case_is_paused_extended_linked_refused_and_taken_up_again(
    installation: Installation, dovecot: Dovecot
) -> None:
    desk, bo = Desk(installation), f"bo-{uuid4().hex[:6]}@kunde.example"
    for number, text in enumerate((REQUESTS["en"]["access"], REQUESTS["en"]["erasure"])):
        sent = write_mail(text, sender=bo, message_id=f"<{number}@kunde.example>")
        dovecot.deliver(sent, ADDRESS, reverse_path=bo)
    installation.once()
    first, second = sorted(desk.reads("queue"), key=lambda case: "erasure" in case["rights"])
    one, other = first["reference"], second["reference"]
    desk.decides(first, "access")
    desk.decides(second, "erasure")
    desk.types("assign", one, "me")
    desk.types("link", one, other, "--reason", "the same person")
    assert one in desk.is_told("done", other, "1")

    desk.types("pause", one, "--for", "clarification", "--reason", "which course?")
    assert "go on first" in desk.is_told("close", one)
    desk.types("resume", one)
    desk.types("extend", one, "--reason", "The data must be fetched from an archive.", "--yes")
    assert desk.reads("show", one)["respond_by"] > first["respond_by"]
    assert "allows it once" in desk.is_told("extend", one, "--reason", "Again.", "--yes")

    assert "no words yet" in desk.is_told("refuse", one, "--yes")
    refused = json.loads(desk.types("refuse", one, "--reason", "You had the same copy last week.", "--yes", "--json"))
    assert (refused["status"], "the courts" in refused["letter"]["text"]) == ("refused", True)
    assert "needs a reason" in desk.is_told("reopen", one)
    desk.types("reopen", one, "--reason", "the copy was incomplete")
    shown = desk.reads("show", one)
    assert (shown["status"], shown["assigned_to"], shown["linked"]) == ("confirmed", "mette", [other])
    assert [event["step"] for event in shown["events"] if event["actor"] == "mette"] == [
        "confirmed" if first["rights"] == ["access"] else "corrected",
        "assigned",
        "linked",
        "paused",
        "resumed",
        "extended",
        "refused",
        "reopened",
    ]
    installation.once()
    subjects = [str(mail["Subject"]) for mail in mails(dovecot, bo, 4)]
    assert any(subject.startswith("We need more time to reply") for subject in subjects)


def test_everything_that_waits_is_reviewed_with_one_key_each(installation: Installation, dovecot: Dovecot) -> None:
    desk = Desk(installation)
    for name, text in (("anna", REQUESTS["da"]["access"]), ("bo", REQUESTS["da"]["withdrawal"])):
        dovecot.deliver(write_mail(text, sender=f"{name}@kunde.example"), ADDRESS, reverse_path=f"{name}@kunde.example")
    installation.once()
    done = installation.run("review", stdin="c\nae\nn\nan offer\n")
    assert done.returncode == 0, done.stderr
    assert "*" in done.stdout
    assert "Case 2 of 2" in done.stdout
    assert desk.reads("review")["cases"] == []
    [left] = desk.reads("queue")
    assert left["rights"] == ["access", "erasure"]
