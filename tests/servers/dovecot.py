"""Dovecot 2.3: IMAP, LMTP and SASL on loopback ports, from one configuration file of its own.

Every address is an account with the same password, but those in `unknown`, which LMTP refuses (550).
An ordinary user may run it; its processes are then not separated from one another.
"""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from tests.servers.certificate import make_certificate
from tests.servers.process import LOOPBACK, Process, Server, find_program, free_port, is_root, speaks

PASSWORD = "hemmelig-1"
UNKNOWN = ("ukendt@kunde.example",)

_CAPABILITIES_WITHOUT_IDLE = (
    "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE LITERAL+ SORT CHILDREN NAMESPACE UIDPLUS UNSELECT MOVE SPECIAL-USE"
)

_CONFIGURATION = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
instance_name = {instance}
{users}

mail_location = sdbox:~/mail
mail_fsync = never
mail_max_userip_connections = 1000
first_valid_uid = 1
first_valid_gid = 0
imap_idle_notify_interval = 2 mins
{capability}

ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0

passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = passwd-file
  args = {folder}/unknown
  result_success = return-fail
  result_failure = continue
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={folder}/mail/%d/%n allow_all_users=yes
}}

default_process_limit = 1000
default_client_limit = 5000
service anvil {{
  {unchrooted}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  {unchrooted}
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
service auth {{
  inet_listener sasl {{
    port = {sasl_port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
}}
"""


class Dovecot(Server):
    """`with Dovecot() as dovecot:` gives an empty mail store; `idle=False` hides IDLE from clients."""

    def __init__(self, *, idle: bool = True, unknown: Iterable[str] = UNKNOWN, password: str = PASSWORD) -> None:
        self.program = find_program("dovecot", "Dovecot")
        self.password = password
        self.host = LOOPBACK
        self.imap_port, self.imaps_port, self.lmtp_port, self.sasl_port = (free_port() for _ in range(4))
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.ca_file = self.folder / "certificate.pem"
        self.configuration = self.folder / "dovecot.conf"
        self._idle = idle
        self._unknown = tuple(unknown)
        self._process = Process([self.program, "-F", "-c", str(self.configuration)], self.folder / "dovecot.log")

    def start(self) -> None:
        """Starts it, or starts it again with the mails it had."""
        if not self.configuration.exists():
            self._prepare()
        self._process.start(self._is_ready)

    def halt(self) -> None:
        """Ends the processes and keeps the mails: a server that is gone for a minute."""
        self._process.stop()

    def stop(self) -> None:
        """Ends the processes and deletes everything."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, raw: bytes, to: str, *, reverse_path: str = "") -> None:
        """Hands over one mail as Postfix does (RFC 2033); the account is made by its first mail."""
        with smtplib.LMTP(self.host, self.lmtp_port) as lmtp:
            lmtp.sendmail(reverse_path, [to], raw)

    def client(self, user: str) -> Any:
        """An IMAPClient that is logged in: how a colleague, or a customer, looks into the account."""
        client = IMAPClient(self.host, self.imap_port, ssl=False, timeout=20)
        client.normalise_times = False
        client.login(user, self.password)
        return client

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail of a folder, oldest first, none of them marked as read."""
        with self.client(user) as client:
            _examine(client, folder)
            fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
            return [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]

    def await_mails(self, user: str, count: int = 1, *, folder: str = "INBOX", seconds: float = 60) -> list[bytes]:
        """The mails of a folder once there are `count`; fails with what is there after `seconds`."""
        give_up = time.monotonic() + seconds
        while len(found := self.mails(user, folder)) < count:
            if time.monotonic() > give_up:
                raise AssertionError(f"{user} has {len(found)} mails in {folder}, not {count}")
            time.sleep(0.05)
        return found

    def empty(self, user: str, folder: str = "INBOX") -> None:
        """Deletes every mail; UIDs go on counting and UIDVALIDITY stays."""
        with self.client(user) as client:
            client.select_folder(folder)
            client.delete_messages(client.search(), silent=True)
            client.expunge()

    def change_uidvalidity(self, user: str, value: int, folder: str = "INBOX") -> None:
        """What a restored or rebuilt server does: the same mails under a new UIDVALIDITY."""
        self.doveadm("mailbox", "update", "--uid-validity", str(value), "-u", user, folder)

    def doveadm(self, *arguments: str) -> str:
        command = [find_program("doveadm", "Dovecot"), "-c", str(self.configuration), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _is_ready(self) -> bool:
        return speaks(self.imap_port, b"* OK") and speaks(self.lmtp_port, b"220")

    def _prepare(self) -> None:
        self.folder.chmod(0o755)  # Dovecot's own users must reach what lies in it.
        certificate = make_certificate(self.folder)
        mail_uid, mail_gid = _mail_owner()
        (self.folder / "mail").mkdir()
        os.chown(self.folder / "mail", mail_uid, mail_gid)
        (self.folder / "unknown").write_text("".join(f"{address}::::::\n" for address in self._unknown))
        self.configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                instance=self.folder.name,
                users="" if is_root() else _rootless_users(),
                unchrooted="" if is_root() else "chroot =",
                capability="" if self._idle else f"imap_capability = {_CAPABILITIES_WITHOUT_IDLE}",
                certificate=certificate.certificate,
                key=certificate.key,
                password=self.password,
                mail_uid=mail_uid,
                mail_gid=mail_gid,
                imap_port=self.imap_port,
                imaps_port=self.imaps_port,
                lmtp_port=self.lmtp_port,
                sasl_port=self.sasl_port,
            )
        )


def _examine(client: Any, folder: str) -> None:
    """Dovecot makes an INBOX when it is first opened, and refuses whoever comes second in that moment."""
    try:
        client.select_folder(folder, readonly=True)
    except IMAPClientError as refusal:
        if "ALREADYEXISTS" not in str(refusal):
            raise
        client.select_folder(folder, readonly=True)


def _mail_owner() -> tuple[int, int]:
    """Dovecot never touches mail as root."""
    if not is_root():
        return os.getuid(), os.getgid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _rootless_users() -> str:
    user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    return f"default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n"
