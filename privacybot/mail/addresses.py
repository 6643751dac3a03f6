"""Which addresses can be written to, and which of them no person reads  (RFC 5321, 4.1.2; RFC 6531; RFC 3834, 2)."""

from __future__ import annotations

import re

LONGEST = 254
"""RFC 3696, erratum 1690."""

_ATOMS = r"""[^\s"(),:;<>@\[\\\]]+"""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_DOMAIN = r"[\w-]+(?:\.[\w-]+)*|\[[0-9A-Za-z:.]+\]"
_ADDRESS = re.compile(f"(?:{_ATOMS}|{_QUOTED})@(?:{_DOMAIN})")

NO_REPLY = (
    *("no-?reply", "no-?replies", "no-?response", "do-?not-?reply", "dont-?reply", "never-?reply"),
    *("ikke-?svar", "svar-?ikke", "ingen-?svar", "auto-?svar", "auto-?reply", "auto-?responder", "auto-?mailer"),
)
"""These count at the end of a name too, as in `invoices-noreply`; at its beginning they may be a person's joke."""

MACHINES = (*("mailer-?daemon", "postmaster", "daemon", "nobody", "bounces?", "listserv", "majordomo", "mailman"),)

_ROBOT = re.compile(f"(?:.*-)?(?:{'|'.join(NO_REPLY)})|{'|'.join(MACHINES)}", re.DOTALL)
_LIST_MANAGER = re.compile(r"owner-.*|[^+]*-(?:request|owner|bounces?)(?:\+.*)?|mailer-?daemon", re.DOTALL)


def well_formed(address: str) -> bool:
    """Whether it can be written to: one local part, one domain, nothing that could break out of a header field.

    Letters beyond ASCII are well formed (RFC 6531); dots are not counted, for some real names have two in a row.
    """
    return len(address) <= LONGEST and address.isprintable() and _ADDRESS.fullmatch(address) is not None


def is_robot(local_part: str) -> bool:
    """Whether a sender of this name is a machine that reads no answers. Dots count as hyphens, a +tag for nothing."""
    name = re.sub(r"[._-]+", "-", local_part.strip('"').lower()).partition("+")[0]
    return _ROBOT.fullmatch(name) is not None


def is_list_manager(return_path: str) -> bool:
    """The return paths that RFC 3834 names: owner-x, x-request, MAILER-DAEMON; and x-bounces with its variable tail."""
    local_part, at, name = return_path.lower().rpartition("@")
    return _LIST_MANAGER.fullmatch(local_part if at else name) is not None
