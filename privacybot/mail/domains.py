"""Which domains belong to one organisation  (Public Suffix List; the organisational domain of DMARC).

Private suffixes count too: two shops below github.io are strangers to each other. Names are compared as A-labels,
so that bücher.example and xn--bcher-kva.example are one.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from publicsuffixlist import PublicSuffixList


def organisational_domain(domain: str) -> str:
    """The registered name above a host: `epmgroup.dk` for `mail.epmgroup.dk`; a name without one stands for itself."""
    name = ascii_domain(domain)
    return name if _is_address(name) else _suffixes().privatesuffix(name) or name


def same_organisation(one: str, other: str) -> bool:
    """Whether two domains have one organisational domain. The empty domain belongs to nobody."""
    return bool(one and other) and organisational_domain(one) == organisational_domain(other)


def ascii_domain(domain: str) -> str:
    """The name in lower case with A-labels (RFC 5890) and without a final dot; what cannot be encoded stays."""
    return ".".join(_a_label(label) for label in domain.lower().rstrip(".").split("."))


def _a_label(label: str) -> str:
    """RFC 3492, and not Python's IDNA codec: that one takes ß for ss, and they are different registrants."""
    if label.isascii():
        return label
    return "xn--" + unicodedata.normalize("NFC", label).encode("punycode").decode("ascii")


def _is_address(name: str) -> bool:
    return name.startswith("[") or name.rpartition(".")[2].isdigit()


@cache
def _suffixes() -> PublicSuffixList:
    """Some 40 ms to read, so only when two domains are first compared."""
    return PublicSuffixList()
