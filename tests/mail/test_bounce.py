"""Reports on mails of ours are read; mails of people are not taken for reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacybot.mail.bounce import DeliveryReport, delivery_report

SAMPLES = Path(__file__).parent / "samples"

REPORTS = {
    "dsn-failed": DeliveryReport(
        "failed",
        ("jens+kursus@example.dk",),
        "<privacybot.1@epmgroup.dk>",
        "550 5.1.1 <jens@example.dk>: Recipient address rejected: User unknown",
    ),
    "dsn-delayed": DeliveryReport("delayed", ("jens@example.dk",), "<privacybot.2@epmgroup.dk>", "4.4.1"),
    "mdn-read": DeliveryReport(
        "read",
        ("jens@example.dk",),
        "<privacybot.3@epmgroup.dk>",
        "manual-action/MDN-sent-manually; displayed",
    ),
    "arf-abuse": DeliveryReport("abuse", ("jens@example.dk",), "<privacybot.4@epmgroup.dk>", "abuse"),
    "qmail-failed": DeliveryReport("failed", ("jens@old.example",), "<privacybot.5@epmgroup.dk>", ""),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_names_the_recipient_and_the_mail(name: str) -> None:
    assert delivery_report((SAMPLES / f"{name}.eml").read_bytes()) == REPORTS[name]


@pytest.mark.parametrize("name", [path.stem for path in sorted(SAMPLES.glob("*.eml")) if path.stem not in REPORTS])
def test_a_mail_from_a_person_is_no_report(name: str) -> None:
    assert delivery_report((SAMPLES / f"{name}.eml").read_bytes()) is None


def _status(*recipients: str) -> bytes:
    blocks = "\n\n".join(("Reporting-MTA: dns; mx.example.dk", *recipients))
    return (
        "From: postmaster@example.dk\nContent-Type: multipart/report; boundary=x\n\n"
        f"--x\nContent-Type: message/delivery-status\n\n{blocks}\n--x--\n"
    ).encode()


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Action: failed", "failed"),
        ("Action: FAILED (bounced)", "failed"),
        ("action: error", "failed"),
        ("Action: delayed", "delayed"),
        ("Action: delivered", "delivered"),
        ("Action: relayed", "delivered"),
        ("Status: 5.2.2", "failed"),
        ("Status: 4.2.2 (mailbox full)", "delayed"),
        ("Status: 2.0.0", "delivered"),
    ],
)
def test_the_action_decides_and_without_one_the_status(fields: str, kind: str) -> None:
    report = delivery_report(_status(f"Final-Recipient: rfc822; a@b.dk\n{fields}"))
    assert report is not None
    assert (report.kind, report.recipients) == (kind, ("a@b.dk",))


def test_the_most_serious_news_of_several_is_told() -> None:
    report = delivery_report(
        _status(
            "Final-Recipient: rfc822; a@b.dk\nAction: delivered",
            "Final-Recipient: rfc822; c@d.dk\nAction: failed",
            "Final-Recipient: rfc822; e@f.dk\nAction: delayed",
        )
    )
    assert report is not None
    assert (report.kind, report.recipients) == ("failed", ("c@d.dk",))


def test_a_report_about_nothing_is_no_report() -> None:
    assert delivery_report(_status("X-Nothing: at all")) is None


def test_exim_names_the_recipients_in_a_field() -> None:
    report = delivery_report(
        b"From: Mail Delivery System <Mailer-Daemon@x.dk>\nX-Failed-Recipients: a@b.dk,\n c@d.dk\n"
        b"References: <other@x> <privacybot.6@epmgroup.dk>\n\nThis message was created automatically.\n"
        b"  SMTP error: 550 5.1.1 no such user\n"
    )
    assert report == DeliveryReport(
        "failed", ("a@b.dk", "c@d.dk"), "<privacybot.6@epmgroup.dk>", "550 5.1.1 no such user"
    )


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Subject: Fwd: Undelivered Mail\n\nThe following address failed:\n<a@b.dk>: 550 unknown",
        b"From: a@b.dk\nSubject: Delivery failed\n\nMy certificate was never delivered to <a@b.dk>.",
        b"Return-Path: <>\nFrom: a@b.dk\nSubject: Ferie\n\nJeg er tilbage mandag. Ring til c@d.dk.",
    ],
)
def test_what_people_and_their_absence_notes_write_is_no_report(mail: bytes) -> None:
    assert delivery_report(mail) is None


def test_a_person_who_forwards_a_report_is_no_machine() -> None:
    report = (SAMPLES / "dsn-failed.eml").read_bytes()
    mail = (
        b"From: a@b.dk\nSubject: What is this?\nContent-Type: multipart/mixed; boundary=outer\n\n"
        b"--outer\n\nPlease look.\n--outer\nContent-Type: message/rfc822\n\n" + report + b"\n--outer--\n"
    )
    assert delivery_report(mail) is None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(REPORTS)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=12)), max_size=6),
)
def test_a_damaged_report_never_raises(name: str, wounds: list[tuple[float, bytes]]) -> None:
    raw = bytearray((SAMPLES / f"{name}.eml").read_bytes())
    for place, piece in wounds:
        at = int(place * len(raw))
        raw[at : at + len(piece)] = piece
    delivery_report(bytes(raw))
