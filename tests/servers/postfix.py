"""Postfix 3.7: one private instance on loopback ports that hands every mail to Dovecot over LMTP.

Its master process must be started by root and its queue folders belong to the users `postfix` and `postdrop`: an
ordinary user cannot run it. Nothing of the system's own Postfix is read or written.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import tempfile
import time
from pathlib import Path

from tests.servers.certificate import make_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.process import (
    LOOPBACK,
    NotInstalled,
    Process,
    Server,
    find_program,
    free_port,
    is_root,
    speaks,
    user_exists,
)

DAEMONS = ("/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix")

_MAIN = """
compatibility_level = 3.6
myhostname = mail.epmgroup.dk
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
default_transport = lmtp:inet:127.0.0.1:{lmtp_port}
relay_transport = $default_transport
notify_classes =
minimal_backoff_time = 5s
maximal_backoff_time = 30s
queue_run_delay = 5s
message_size_limit = 52428800
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_client_connection_count_limit = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl_port}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_session_cache_database =
"""

_MASTER = """
127.0.0.1:{port}            inet  n - n - -   smtpd
127.0.0.1:{submission_port} inet  n - n - -   smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtps_port}      inet  n - n - -   smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
cleanup   unix  n - n - 0   cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - -   trivial-rewrite
bounce    unix  - - n - 0   bounce
defer     unix  - - n - 0   bounce
trace     unix  - - n - 0   bounce
error     unix  - - n - -   error
retry     unix  - - n - -   error
lmtp      unix  - - n - -   lmtp
anvil     unix  - - n - 1   anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
proxymap  unix  - - n - -   proxymap
postlog   unix-dgram n - n - 1 postlogd
"""

_QUEUES = ("incoming", "active", "deferred", "bounce", "defer", "corrupt", "hold", "flush", "saved", "trace")
_DOORS = {"private": 0o700, "public": 0o710, "maildrop": 0o730}


class Postfix(Server):
    """`with Dovecot() as dovecot, Postfix(dovecot) as postfix:` is a mail system for every domain there is."""

    def __init__(self, dovecot: Dovecot) -> None:
        master = find_program("master", "Postfix", *DAEMONS)
        if not is_root() or not user_exists("postfix"):
            raise NotInstalled("Postfix can be started by root alone")
        self.host = LOOPBACK
        self.port, self.submission_port, self.smtps_port = (free_port() for _ in range(3))
        self.folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        self.ca_file = self.folder / "certificate.pem"
        self.log = self.folder / "postfix.log"
        self._dovecot = dovecot
        self._daemons = str(Path(master).parent)
        # -d: stay in the foreground with our log as output, whether or not there is a terminal.
        self._process = Process([master, "-c", str(self.folder), "-d"], self.log)

    def start(self) -> None:
        """Starts it, or starts it again with the queue it had."""
        if not (self.folder / "main.cf").exists():
            self._prepare()
        self._process.start(lambda: speaks(self.port, b"220"))

    def halt(self) -> None:
        """Ends the processes and keeps the queue."""
        self._process.stop()

    def stop(self) -> None:
        """Ends the processes and deletes everything."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def submit(self, raw: bytes, *, reverse_path: str, to: str) -> None:
        """How the world writes to the contact mailbox: plain SMTP, queued before this returns."""
        with smtplib.SMTP(self.host, self.port, local_hostname="kunde.example") as smtp:
            smtp.sendmail(reverse_path, [to], raw)

    def queued(self) -> list[str]:
        """The queue ids of mails that have not left yet."""
        folders = (self.folder / "queue" / name for name in ("incoming", "active", "deferred"))
        return [path.name for folder in folders for path in folder.rglob("*") if path.is_file()]

    def await_empty_queue(self, seconds: float = 60) -> None:
        give_up = time.monotonic() + seconds
        while waiting := self.queued():
            if time.monotonic() > give_up:
                raise AssertionError(f"still queued: {waiting}")
            time.sleep(0.05)

    def _prepare(self) -> None:
        self.folder.chmod(0o755)  # Postfix's own user must reach its queue.
        self._make_folders()
        certificate = make_certificate(self.folder)
        (self.folder / "main.cf").write_text(
            _MAIN.format(
                folder=self.folder,
                daemons=self._daemons,
                lmtp_port=self._dovecot.lmtp_port,
                sasl_port=self._dovecot.sasl_port,
                certificate=certificate.certificate,
                key=certificate.key,
            )
        )
        (self.folder / "master.cf").write_text(
            _MASTER.format(port=self.port, submission_port=self.submission_port, smtps_port=self.smtps_port)
        )
        # Postfix waits two seconds before it trusts a file that was just written.
        os.utime(self.folder / "main.cf", times=(0, 0))

    def _make_folders(self) -> None:
        queue = self.folder / "queue"
        (queue / "pid").mkdir(parents=True, mode=0o755)
        for name in (*_QUEUES, *_DOORS):
            (queue / name).mkdir(mode=0o700)
            shutil.chown(queue / name, "postfix", "postdrop" if name in _DOORS else "root")
        for name, mode in _DOORS.items():
            (queue / name).chmod(mode)
        (self.folder / "data").mkdir(mode=0o700)
        shutil.chown(self.folder / "data", "postfix", "postfix")
