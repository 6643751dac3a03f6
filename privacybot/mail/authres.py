"""What our own mail server found out about the sender  (Authentication-Results, RFC 8601).

Anybody may write this field into a mail, so it is read only where our own server can have put it: under that server's
name, and above the first Received field of a stranger (section 5 obliges our server to remove what claims its name,
but not what it passed on long ago). Where several fields speak, the worst verdict counts: a forger who slips one in
below ours gains nothing. The library `authres` gives up a whole field at one word it does not know, and with it a
"fail"; Exchange Online writes such words, and no name at all. Hence the small reader below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from privacybot.mail.comments import clauses
from privacybot.mail.domains import ascii_domain, organisational_domain, same_organisation
from privacybot.mail.message import Message


@dataclass(frozen=True, slots=True)
class OwnServer:
    """The server that signs with `authserv_id`. `own_hosts`: further domains whose servers hand our mail on."""

    authserv_id: str
    own_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExchangeOnline:
    """Exchange Online: the topmost field, which has no authserv-id; those that came with the mail are renamed."""


@dataclass(frozen=True, slots=True)
class NoServer:
    """No server is known to check: nothing is believed."""


Trust = OwnServer | ExchangeOnline | NoServer


class Verdict(StrEnum):
    """What one method found; `NONE`: nothing to check against; `UNKNOWN`: nobody we trust has said."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Authentication:
    """How sure the sender is. `from_domain` is the domain of From that DMARC was asked about, or empty."""

    dmarc: Verdict = Verdict.UNKNOWN
    dkim: Verdict = Verdict.UNKNOWN
    spf: Verdict = Verdict.UNKNOWN
    from_domain: str = ""

    @property
    def sentence(self) -> str:
        """One sentence for staff; a failure is a doubt, not a proof of fraud."""
        domain = self.from_domain or "the sender's domain"
        return f"{SENTENCES[self.dmarc].format(domain=domain)} (DKIM: {self.dkim}, SPF: {self.spf})."


SENTENCES = {
    Verdict.PASS: "Our mail server confirms that this mail comes from {domain}",
    Verdict.FAIL: "The sender is in doubt, though not proved false: DMARC failed for {domain}",
    Verdict.NONE: "The sender cannot be checked, because {domain} has no DMARC policy",
    Verdict.UNKNOWN: "Our mail server says nothing about whether the sender is genuine",
}

VERDICTS = {
    "pass": Verdict.PASS,
    "fail": Verdict.FAIL,
    "hardfail": Verdict.FAIL,
    "softfail": Verdict.FAIL,
    "none": Verdict.NONE,
    "neutral": Verdict.NONE,
    "bestguesspass": Verdict.NONE,  # Exchange: there is no policy, but one would have passed.
}
"""RFC 8601, 2.7, and Exchange's own words; every other result (temperror, permerror …) leaves us not knowing."""

WORST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.NONE, Verdict.PASS)
BEST_FIRST = (Verdict.PASS, Verdict.FAIL, Verdict.NONE, Verdict.UNKNOWN)

_PROPERTY = re.compile(r'(?:^|(?<=\s))([\w./-]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^\s"]++)')
_BY = re.compile(r"(?:^|\s)by\s++([^\s;]++)", re.IGNORECASE)
_INNER_DOMAINS = frozenset({"internal", "local", "lan", "localdomain", "localhost", "intern", "corp", "arpa"})


@dataclass(frozen=True, slots=True)
class _Result:
    """One clause of a field, such as `dmarc=pass header.from=example.dk`."""

    method: str
    verdict: Verdict
    from_domain: str = ""


def verdict(message: Message, trust: Trust) -> Authentication:
    """What the fields of our own server say of this mail; all unknown where none of them is ours."""
    results = tuple(_about(message, result) for value in _own_fields(message, trust) for result in _results(value))
    return Authentication(
        dmarc=_first(results, "dmarc", WORST_FIRST),
        # A mail may bear several signatures, and one that holds is enough (RFC 6376, 6.1).
        dkim=_first(results, "dkim", BEST_FIRST),
        spf=_first(results, "spf", WORST_FIRST),
        from_domain=next((result.from_domain for result in results if result.from_domain), ""),
    )


def _own_fields(message: Message, trust: Trust) -> tuple[str, ...]:
    match trust:
        case OwnServer(authserv_id, own_hosts):
            fields = _above_strangers(message, (authserv_id, *own_hosts))
            return tuple(value for value in fields if authserv_id.lower() == _authserv_id(value) != "")
        case ExchangeOnline():
            topmost = tuple(_above_strangers(message, ("outlook.com",)))[:1]
            return tuple(value for value in topmost if "=" in clauses(value)[0])
        case NoServer():
            return ()


def _above_strangers(message: Message, own_hosts: tuple[str, ...]) -> Iterator[str]:
    """The fields above the first Received of a stranger. The topmost Received is ours, whatever its host is called:
    it was written by the server whose mailbox we read."""
    ours: set[str] = {organisational_domain(host) for host in own_hosts}
    received = 0
    for name, value in message.headers:
        match name.lower():
            case "authentication-results":
                yield value
            case "received" if host := _public_host(value):
                received += 1
                if received == 1:
                    ours.add(organisational_domain(host))
                if organisational_domain(host) not in ours:
                    return


def _public_host(received: str) -> str:
    """The host that wrote a Received field; empty where it gives no name that means something outside its own net."""
    found = _BY.search(clauses(received)[0])
    host = ascii_domain(found[1]) if found else ""
    top = host.rpartition(".")[2]
    inner = "." not in host or ":" in host or host.startswith("[") or top.isdigit() or top in _INNER_DOMAINS
    return "" if inner else host


def _authserv_id(value: str) -> str:
    """In lower case; empty for a field without one, or of a version that we do not know (RFC 8601, 2.2)."""
    words = clauses(value)[0].split()
    known = words[1:] in ([], ["1"])
    return words[0].strip('"').lower() if words and known else ""


def _results(value: str) -> Iterator[_Result]:
    for clause in clauses(value):
        properties = [(name.lower(), content.strip('"').lower()) for name, content in _PROPERTY.findall(clause)]
        if properties:
            method, result = properties[0]
            domain = ascii_domain(dict(properties[1:]).get("header.from", "").rpartition("@")[2])
            yield _Result(
                method.partition("/")[0],
                VERDICTS.get(result, Verdict.UNKNOWN),
                domain if re.fullmatch(r"[a-z0-9.-]+", domain) else "",
            )


def _about(message: Message, result: _Result) -> _Result:
    """A pass for another domain than that of From says nothing about this mail."""
    originator = message.originator
    elsewhere = result.from_domain and originator and not same_organisation(result.from_domain, originator.domain)
    if result.verdict is Verdict.PASS and elsewhere:
        return _Result(result.method, Verdict.UNKNOWN)
    return result


def _first(results: tuple[_Result, ...], method: str, order: tuple[Verdict, ...]) -> Verdict:
    found = {result.verdict for result in results if result.method == method}
    return next((one for one in order if one in found), Verdict.UNKNOWN)
