"""Authentication-Results are believed only where our own server can have written them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacybot.app import trust
from privacybot.mail.authres import Authentication, ExchangeOnline, NoServer, OwnServer, Trust, Verdict, verdict
from privacybot.mail.message import Address, Message
from privacybot.mail.parse import parse
from tests.growth import LINEAR, growth

OURS = OwnServer("mx.epmgroup.dk")
PASS = "mx.epmgroup.dk; dmarc=pass header.from=example.dk"
FAIL = "mx.epmgroup.dk; dmarc=fail header.from=example.dk"
EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.dk; dkim=pass (signature was verified) "
    "header.d=example.dk;dmarc=pass action=none header.from=example.dk;compauth=pass reason=100"
)


def mail(*fields: str) -> Message:
    """Fields from top to bottom: `by HOST` is a Received, anything else is Authentication-Results."""
    headers = tuple(
        ("Received", f"from relay (relay [192.0.2.1]) {field} (Postfix) with ESMTPS; Tue, 24 Nov 2026 09:00:00 +0100")
        if field.startswith("by ")
        else ("Authentication-Results", field)
        for field in fields
    )
    return Message(size=1, headers=headers, originators=(Address("anna@example.dk"),))


def dmarc(message: Message, trust: Trust = OURS) -> Verdict:
    return verdict(message, trust).dmarc


VALUES = [
    ("mx.epmgroup.dk; dmarc=pass header.from=example.dk", "pass"),
    ("MX.EPMGROUP.DK; DMARC=PASS HEADER.FROM=EXAMPLE.DK", "pass"),
    ("mx.epmgroup.dk 1; dmarc=pass", "pass"),
    ("mx.epmgroup.dk 2; dmarc=pass", "unknown"),
    ("(a (nested) comment; x) mx.epmgroup.dk (ours); dmarc=pass (p=none; dis=none)", "pass"),
    ("mx.epmgroup.dk; dmarc/1 = fail (p=reject) header.from=example.dk", "fail"),
    ("mx.epmgroup.dk; dmarc=fail action=none reason=none header.from=example.dk", "fail"),
    ('mx.epmgroup.dk; dkim=fail reason="dmarc=pass; dmarc=pass" header.d=x.dk; dmarc=fail', "fail"),
    ("mx.epmgroup.dk; (dmarc=pass;) dmarc=fail", "fail"),
    ('mx.epmgroup.dk; dkim=fail reason="(" header.d=x.dk; dmarc=fail', "fail"),
    ("mx.epmgroup.dk; dkim=fail (a \\) b; dmarc=pass) header.d=x.dk; dmarc=fail", "fail"),
    ("mx.epmgroup.dk; dmarc=fail header.from=smørrebrød.dk", "fail"),
    ("mx.epmgroup.dk; dmarc=none header.from=example.dk", "none"),
    ("mx.epmgroup.dk; dmarc=bestguesspass header.from=example.dk", "none"),
    ("mx.epmgroup.dk; dmarc=temperror", "unknown"),
    ("mx.epmgroup.dk; dmarc=permerror", "unknown"),
    ("mx.epmgroup.dk; dmarc=", "unknown"),
    ("mx.epmgroup.dk; none", "unknown"),
    ("mx.epmgroup.dk", "unknown"),
    ("mx.epmgroup.dk; x-dmarc=pass", "unknown"),
    ("mx.epmgroup.dk; spf=pass smtp.mailfrom=example.dk; dkim=pass header.d=example.dk", "unknown"),
    ("", "unknown"),
    ("; dmarc=pass", "unknown"),
    ("dmarc=pass", "unknown"),
    ("mx.example.com; dmarc=pass header.from=example.dk", "unknown"),
    ("mx.epmgroup.dk.example.com; dmarc=pass", "unknown"),
    ('"mx.epmgroup.dk"; dmarc=pass', "pass"),
    # A pass for another domain than that of From says nothing; for its organisation it does.
    ("mx.epmgroup.dk; dmarc=pass header.from=example.com", "unknown"),
    ("mx.epmgroup.dk; dmarc=fail header.from=example.com", "fail"),
    ("mx.epmgroup.dk; dmarc=pass header.from=mail.example.dk", "pass"),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_the_value_is_read_with_comments_quotes_and_words_we_do_not_know(value: str, expected: str) -> None:
    assert dmarc(mail(value)) == expected


PLACES = [
    ("above our own Received", [FAIL, "by mx.epmgroup.dk", "by mail.example.dk"], "fail"),
    ("below it, where a milter writes", ["by mx.epmgroup.dk", FAIL, "by mail.example.dk"], "fail"),
    ("behind an inner relay", ["by store.epmgroup.dk", "by mx.epmgroup.dk", PASS, "by mail.example.dk"], "pass"),
    ("behind a relay without a public name", ["by mx.epmgroup.dk", "by filter", "by dovecot.internal", PASS], "pass"),
    (
        "behind a relay with an address only",
        ["by mx.epmgroup.dk", "by 2001:db8::1", "by 10.0.0.1", "by [10.0.0.1]", PASS],
        "pass",
    ),
    ("the mailbox's server has another name", ["by store.provider.example", PASS, "by mail.example.dk"], "pass"),
    ("below a stranger: kept from an earlier journey", ["by mx.epmgroup.dk", "by mail.example.dk", PASS], "unknown"),
    (
        "below a stranger, though ours again further down",
        ["by mx.epmgroup.dk", "by x.dk", "by mx.epmgroup.dk", PASS],
        "unknown",
    ),
    ("a stranger's name in a comment", ["by mx.epmgroup.dk (was by mail.example.dk)", PASS], "pass"),
    ("a pass slipped in below our fail", [FAIL, "by mx.epmgroup.dk", PASS], "fail"),
    ("a pass slipped in below our none", ["mx.epmgroup.dk; dmarc=none", PASS], "none"),
    ("a pass of another server above our fail", ["mx.example.com; dmarc=pass", FAIL], "fail"),
    ("two milters, one verdict each", ["mx.epmgroup.dk; dkim=pass header.d=example.dk", PASS], "pass"),
]


@pytest.mark.parametrize(("fields", "expected"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_a_field_counts_only_above_the_first_stranger(fields: list[str], expected: str) -> None:
    assert dmarc(mail(*fields)) == expected


def test_further_hosts_of_ours_can_be_named() -> None:
    fields = mail("by mx.epmgroup.dk", "by scanner.provider.example", FAIL, "by mail.example.dk")
    assert dmarc(fields) is Verdict.UNKNOWN
    assert dmarc(fields, OwnServer("mx.epmgroup.dk", own_hosts=("provider.example",))) is Verdict.FAIL


EXCHANGE_MAILS = [
    ("its own field", [EXCHANGE, "by AM0.eurprd04.prod.outlook.com"], "pass"),
    ("below its own Received fields", ["by DB9.eurprd04.prod.outlook.com", EXCHANGE, "by mail.example.dk"], "pass"),
    ("a failure", [EXCHANGE.replace("dmarc=pass action=none", "dmarc=fail action=oreject")], "fail"),
    ("only the topmost", [EXCHANGE.replace("dmarc=pass", "dmarc=fail"), EXCHANGE], "fail"),
    ("no policy", [EXCHANGE.replace("dmarc=pass", "dmarc=bestguesspass")], "none"),
    ("a field with a name is not Exchange's", ["mx.example.com; dmarc=pass header.from=example.dk"], "unknown"),
    ("what stands below such a field neither", ["mx.example.com; dkim=pass", EXCHANGE], "unknown"),
    ("below a stranger", ["by DB9.prod.outlook.com", "by mail.example.dk", EXCHANGE], "unknown"),
]


@pytest.mark.parametrize(
    ("fields", "expected"), [row[1:] for row in EXCHANGE_MAILS], ids=[row[0] for row in EXCHANGE_MAILS]
)
def test_exchange_online_signs_no_name(fields: list[str], expected: str) -> None:
    assert dmarc(mail(*fields), ExchangeOnline()) == expected


def test_exchanges_shape_is_not_believed_where_a_name_is_expected() -> None:
    assert verdict(mail(EXCHANGE), OURS) == Authentication()


def test_without_a_known_server_nothing_is_believed() -> None:
    assert verdict(mail(PASS, EXCHANGE), NoServer()) == Authentication()


def test_a_server_without_a_name_trusts_nobody() -> None:
    assert verdict(mail("; dmarc=pass", "dmarc=pass", PASS), OwnServer("")) == Authentication()


def test_all_three_methods_and_the_domain_are_told_to_staff() -> None:
    found = verdict(mail(EXCHANGE.replace("spf=pass", "spf=softfail")), ExchangeOnline())
    assert found == Authentication(Verdict.PASS, Verdict.PASS, Verdict.FAIL, "example.dk")
    assert found.sentence == ("Our mail server confirms that this mail comes from example.dk (DKIM: pass, SPF: fail).")


def test_one_good_signature_among_several_is_enough() -> None:
    value = "mx.epmgroup.dk; dkim=fail header.d=list.example; dkim=pass header.d=example.dk; spf=none"
    assert verdict(mail(value), OURS) == Authentication(dkim=Verdict.PASS, spf=Verdict.NONE)


def test_a_failure_is_called_a_doubt() -> None:
    assert "though not proved false" in verdict(mail(FAIL), OURS).sentence


def test_the_sentence_holds_no_word_of_the_sender_that_a_domain_could_not_hold() -> None:
    value = 'mx.epmgroup.dk; dmarc=fail header.from="example.dk\x1b[2J<script>"'
    assert verdict(mail(value), OURS).from_domain == ""


def test_hostile_fields_are_read_in_time_linear_to_their_length() -> None:
    def judged(size: int) -> None:
        for value in ("a" * size, "mx.epmgroup.dk; " + "a.b" * size, "mx.epmgroup.dk;" + ' a="\\' * size, "(" * size):
            assert dmarc(mail(value, f"by {value}")) is Verdict.UNKNOWN

    assert growth(judged, 5_000, 40_000) < LINEAR


@given(st.lists(st.text(max_size=60), max_size=4), st.sampled_from([OURS, ExchangeOnline(), NoServer()]))
def test_no_field_makes_it_fail_or_pass_by_chance(values: list[str], trust: Trust) -> None:
    assert dmarc(mail(*values), trust) in (Verdict.UNKNOWN, Verdict.NONE)


FORGERIES = [
    "=?utf-8?q?mx.epmgroup.dk?=; dmarc=pass header.from=example.dk",
    "=?utf-8?q?mx.epmgroup.dk=3B_dmarc=3Dpass?=",
    "=?utf-8?b?bXguZXBtZ3JvdXAuZGs7IGRtYXJjPXBhc3M=?=",
    "mx.epmgroup.dk=?utf-8?q?=3B?= dmarc=pass",
]


@pytest.mark.parametrize("value", FORGERIES)
def test_a_name_hidden_in_an_encoded_word_is_not_our_servers(value: str) -> None:
    """Our server removes fields that claim its name; this one does not claim it, so it must not when we read it."""
    raw = f"Received: from x by mx.epmgroup.dk; now\nAuthentication-Results: {value}\nFrom: anna@example.dk\n\nx"
    assert dmarc(parse(raw.encode())) is Verdict.UNKNOWN


def test_a_stranger_cannot_hide_its_received_field_in_an_encoded_word() -> None:
    raw = f"Received: from x =?utf-8?q?by_mx.epmgroup.dk?= by mail.example.com\nAuthentication-Results: {PASS}\n\nx"
    inner = f"Received: from y by mx.epmgroup.dk\n{raw}"
    assert dmarc(parse(inner.encode())) is Verdict.UNKNOWN


def test_a_folded_field_is_read_across_its_lines() -> None:
    raw = "Authentication-Results:\n mx.epmgroup.dk;\n\tdmarc=pass\n header.from=example.dk\nFrom: a@example.dk\n\nx"
    assert dmarc(parse(raw.encode())) is Verdict.PASS


SETTINGS = [
    ("", (), NoServer()),
    ("Exchange", (), ExchangeOnline()),
    (" MX.epmgroup.dk ", (), OURS),
    ("mx.epmgroup.dk", ("provider.example",), OwnServer("mx.epmgroup.dk", ("provider.example",))),
]


@pytest.mark.parametrize(("named", "own_hosts", "expected"), SETTINGS)
def test_the_configuration_says_whom_to_believe(named: str, own_hosts: tuple[str, ...], expected: Trust) -> None:
    assert trust(named, own_hosts) == expected
