"""An hour under fault injection: mail comes in, everything fails in turn, and at the end nothing is missing.

    make soak                   an hour
    make soak SECONDS=300       five minutes

The worker is the real program against real servers, over roads that are cut, stalled and closed; its database is
locked by another program now and then, and the folder is renumbered. At the end every mail must have its one outcome,
every request its one case and one answer, memory must be flat, and the log may hold no line that nobody expects.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from signal import SIGTERM
from subprocess import Popen
from uuid import uuid4

from tests.servers import Dovecot, Postfix
from tests.servers.proxy import Proxy
from tests.system.installation import ADDRESS, Installation, write_mail

REQUEST = "Hej\n\nJeg vil gerne vide, hvilke oplysninger I har registreret om mig.\n\nVenlig hilsen\n"
QUESTION = "Hej\n\nEr der ledige pladser på kurset i PRINCE2 til marts?\n\nVenlig hilsen\n"
EXPECTED = {"working", "connected", "mail taken in", "unavailable", "stopped"}
GROWTH = 1.10
"""What the worker may hold in memory at the end, against the middle."""
Chance = random.Random


@dataclass
class Soak:
    """What has been done so far, and what must come of it."""

    installation: Installation
    imap: Proxy
    smtp: Proxy
    account: str
    chance: Chance
    requests: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    automatic: int = 0
    unreadable: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)

    @property
    def mails(self) -> int:
        return len(self.requests) + len(self.questions) + self.automatic + self.unreadable

    @property
    def store(self) -> Path:
        return self.installation.folder / "store.sqlite3"

    # Mail

    def write(self) -> None:
        """One more mail: mostly requests and questions, now and then something difficult, or the last one again."""
        number = self.mails
        sender = f"{self.account}+{number}@kunde.example"
        kinds = ["request", "large", "question", "automatic", "unreadable"]
        match self.chance.choices(kinds, [48, 2, 35, 10, 5])[0]:
            case "request":
                self.requests.append(sender)
                self._deliver(REQUEST, sender, again=self.chance.random() < 0.1)
            case "large":
                self.requests.append(sender)
                self._deliver_large(sender)
            case "question":
                self.questions.append(sender)
                self._deliver(QUESTION, sender)
            case "automatic":
                self.automatic += 1
                self._deliver("Jeg er på ferie.", sender, auto_submitted="auto-replied")
            case _:
                self.unreadable += 1
                with self.installation.dovecot.client(ADDRESS) as client:
                    client.append("INBOX", b"\x00\x01%d" % number)

    def _deliver(self, text: str, sender: str, *, again: bool = False, **fields: str) -> None:
        raw = write_mail(text, sender=sender, message_id=f"<{sender}>", **fields)
        for _ in range(2 if again else 1):
            self.installation.dovecot.deliver(raw, ADDRESS, reverse_path=sender)

    def _deliver_large(self, sender: str) -> None:
        """The words stand behind an attachment that is larger than what is read whole."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, ADDRESS, "Hej", f"<{sender}>"
        mail.add_attachment(self.chance.randbytes(2 * 2**20), "image", "jpeg", filename="billede.jpg")
        mail.add_attachment(REQUEST, disposition="inline")
        self.installation.dovecot.deliver(mail.as_bytes(), ADDRESS, reverse_path=sender)

    # Faults

    def fail(self) -> None:
        """One fault, for a few seconds, and its end."""
        seconds = self.chance.uniform(0.5, 4)
        name, fault = self.chance.choice(list(self._faults().items()))
        self.faults[name] += 1
        fault(seconds)

    def _faults(self) -> dict[str, Callable[[float], None]]:
        roads = {"IMAP": self.imap, "SMTP": self.smtp}
        return {
            **{f"{name} cut": lambda _, road=road: road.cut() for name, road in roads.items()},  # type: ignore[misc]
            **{f"{name} stalled": lambda s, road=road: _for(road, "stalled", True, s) for name, road in roads.items()},  # type: ignore[misc]
            **{f"{name} refuses": lambda s, road=road: _for(road, "refusing", True, s) for name, road in roads.items()},  # type: ignore[misc]
            "IMAP cut mid-answer": lambda s: _for(self.imap, "cut_after", self.chance.randrange(200, 6000), s),
            "SMTP cut mid-answer": lambda s: _for(self.smtp, "cut_after", self.chance.randrange(50, 900), s),
            "SMTP slow": lambda s: _for(self.smtp, "delay", 0.2, s),
            "store locked": self._lock,
            "renumbered": self._renumber,
        }

    def _lock(self, seconds: float) -> None:
        with closing(sqlite3.connect(self.store, isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")

    def _renumber(self, _seconds: float) -> None:
        self.installation.dovecot.change_uidvalidity(ADDRESS, 5000 + self.faults["renumbered"])
        self.imap.cut()

    def heal(self) -> None:
        self.imap.heal()
        self.smtp.heal()

    # The reckoning

    def wrong(self) -> list[str]:
        """Everything that is not as it must be, a sentence each."""
        [(outcomes,)] = self._ask("SELECT count(*) FROM arrival WHERE outcome <> ''")
        cases = [sender for (sender,) in self._ask("SELECT data_subject FROM case_file")]
        letters = {message_id for (message_id,) in self._ask("SELECT message_id FROM letter")}
        [(unsent,)] = self._ask("SELECT count(*) FROM letter WHERE state <> 'sent'")
        copies = Counter(
            str(message_from_bytes(raw)["Message-ID"])
            for raw in self.installation.dovecot.mails(f"{self.account}@kunde.example")
        )
        [compared] = self.installation.json("ledger")["compared"]
        aside = self.installation.json("set-aside")
        repeats = copies.total() - len(copies)
        print(f"{self.mails} mails, {outcomes} outcomes, {len(cases)} cases, {len(copies)} answers, {repeats} repeats")
        checks = {
            f"{self.mails} mails, but {outcomes} outcomes": outcomes == self.mails,
            "requests and cases differ": sorted(cases) == sorted(self.requests),
            "answers and letters differ": set(copies) == letters,
            f"{len(letters)} letters": len(letters) == len(self.requests) + len(self.questions),
            f"{unsent} letters were not sent": unsent == 0,
            f"without outcome: {compared}": compared["without_outcome"] == 0 and not compared["not_compared"],
            f"set aside: {aside}": len(aside) == self.unreadable,
            f"memory grew: {self._memory()}": self._is_flat(),
            f"unexpected lines: {self._unexpected()}": not self._unexpected(),
        }
        print(f"faults: {dict(self.faults)}\nmemory in MB by quarter: {self._memory()}\nlog: {dict(self._events())}")
        return [sentence for sentence, holds in checks.items() if not holds]

    def _ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.store)) as store:
            return store.execute(query).fetchall()

    def _memory(self) -> list[int]:
        quarter = max(1, len(self.memory) // 4)
        return [round(statistics.median(self.memory[i * quarter : (i + 1) * quarter] or [0]) / 1024) for i in range(4)]

    def _is_flat(self) -> bool:
        _, middle, _, end = self._memory()
        return end <= middle * GROWTH

    def _lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.installation.log().splitlines()]

    def _events(self) -> Counter[str]:
        return Counter(str(line["event"]) for line in self._lines())

    def _unexpected(self) -> list[dict[str, object]]:
        return [line for line in self._lines() if line["event"] not in EXPECTED]


def _for(road: Proxy, fault: str, value: object, seconds: float) -> None:
    setattr(road, fault, value)
    time.sleep(seconds)
    road.heal()


def soak(seconds: float, seed: int) -> list[str]:
    """What went wrong; nothing, it is hoped."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Dovecot() as dovecot,
        Postfix(dovecot) as postfix,
        Proxy(dovecot.imap_port) as imap,
        Proxy(postfix.port) as smtp,
    ):
        made = Installation(Path(folder), dovecot, smtp.port, imap_port=imap.port)
        made.mailbox_extra = "max_megabytes = 1\n"
        made.extra = "[acknowledgements]\nmailbox_per_hour = 1000000\n"
        made.write()
        dovecot.empty(ADDRESS)
        its = Soak(made, imap, smtp, f"anna-{uuid4().hex[:6]}", random.Random(seed))  # noqa: S311  (no secret)
        with made.worker() as worker:
            _trouble(its, worker, seconds)
            its.heal()
            spent = _processor_seconds(worker)
            worker.send_signal(SIGTERM)
            worker.wait(60)
        print(f"{seconds:.0f} s under faults, of which the worker computed {spent:.0f} s")
        _settle(its, postfix)
        return its.wrong()


def _trouble(its: Soak, worker: Popen[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for _ in range(its.chance.randrange(6)):
            its.write()
        if its.chance.random() < 0.6:
            its.fail()
        time.sleep(its.chance.uniform(0.5, 2))
        its.memory.append(_resident(worker))
        assert worker.poll() is None, "the worker has died"


def _settle(its: Soak, postfix: Postfix) -> None:
    """With everything in order again, until nothing waits: letters that failed often are tried less and less often."""
    for _ in range(40):
        its.installation.once()
        [(waiting,)] = its._ask("SELECT count(*) FROM letter WHERE settled_at IS NULL")
        if not waiting:
            break
        time.sleep(10)
    postfix.await_empty_queue(60)


def _resident(process: Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def _processor_seconds(process: Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    duration, chosen = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)  # noqa: S311
    print(f"seed {chosen}")
    failures = soak(duration, chosen)
    print("\n".join(failures) or "nothing lost, memory flat, no unexpected line")
    sys.exit(bool(failures))
