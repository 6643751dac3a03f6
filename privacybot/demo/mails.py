"""The demo's mails: ten people, two languages, and a robot. Written for this purpose; all names are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail as its sender writes it."""

    sender: str
    subject: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)

    def as_bytes(self, to: str, at: datetime) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, to, self.subject
        mail["Date"], mail["Message-ID"] = format_datetime(at), make_msgid(domain="demo.example")
        for name, value in self.fields.items():
            mail[name] = value
        mail.set_content(self.text)
        return mail.as_bytes()


SAMPLES = (
    Sample(
        "Karen Lindholm <karen.lindholm@post.example>",
        "Mine oplysninger",
        "Kære EPM Group\n\nJeg gik på PRINCE2-kursus hos jer i 2021. Jeg vil gerne vide, hvilke oplysninger I har om "
        "mig, og hvem I har givet dem videre til.\n\nVenlig hilsen\nKaren Lindholm\n",
    ),
    Sample(
        "mads.k@mobil.example",
        "Slet mig",
        "hej slet venligst min profil og alt hvad i har gemt om mig\n\nmvh Mads\n\nSendt fra min iPhone\n",
    ),
    Sample(
        "Priya Nair <priya.nair@consulting.example>",
        "Copy of my data, then delete",
        "Hello,\n\nPlease send me a copy of all the personal data you hold about me. Once I have it, please delete my "
        "account.\n\nMany thanks\nPriya\n",
    ),
    Sample(
        "Jonas Wiberg <jonas@wiberg.example>",
        "Nyhedsbrev",
        "Hej\n\nJeg vil ikke længere have jeres nyhedsbrev. Jeg trækker mit samtykke tilbage.\n\nJonas\n",
    ),
    Sample(
        "Ellen Thorsager <ellen.thorsager@skole.example>",
        "Kursusbevis",
        "Hej EPM\n\nJeg er blevet gift og hedder nu Ellen Thorsager Bang. Vil I rette mit navn og min adresse hos jer?"
        "\n\nVenlig hilsen\nEllen\n",
    ),
    Sample(
        "Thomas Reed <t.reed@firm.example>",
        "Phone calls from your sales team",
        "Good morning\n\nI object to your using my number for marketing calls. Please stop ringing me about courses.\n"
        "\nThomas Reed\n",
    ),
    Sample(
        "Birgitte Aagaard <bia@kommune.example>",
        "Klage",
        "I har sendt en deltagerliste med alles private adresser til hele holdet. Det er ikke i orden, at I viser mine "
        "personoplysninger til fremmede, og jeg klager hermed.\n\nBirgitte Aagaard\n",
    ),
    Sample(
        "Sofie Munk <sofie@munk.example>",
        "Ledige pladser?",
        "Hej\n\nEr der ledige pladser på ITIL 4 Foundation i januar, og er frokosten med i prisen?\n\nVh Sofie\n",
    ),
    Sample(
        "Peter Holm <peter.holm@rejse.example>",
        "Autosvar: Ikke på kontoret",
        "Tak for din mail. Jeg er på ferie til og med mandag.\n\nPeter Holm\n",
        {"Auto-Submitted": "auto-replied"},
    ),
    Sample(
        "Laura Ferri <laura.ferri@studio.example>",
        "the photo",
        "Hi, I once said yes to you using my photo on the course page. I have changed my mind, please don't use it any "
        "more.\n\nLaura\n",
    ),
)

UNREADABLE = b"\x00\x01\x02\xff\xfe" * 40
"""What a broken program might leave in a mailbox: no header, no text."""
