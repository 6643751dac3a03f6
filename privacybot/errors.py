"""The four ways in which work can fail, each a sentence for people and a class for the program.

What a caller may expect (a mail is refused, a case is not found) is a value; an exception is for the rest.
One place, `cli.failures`, turns these into sentences and exit codes.
"""

from __future__ import annotations

from collections.abc import Sequence


class PrivacybotError(Exception):
    """Its text is one sentence for a person, with the next step."""

    exit_code = 1


class ConfigError(PrivacybotError):
    """The configuration cannot be used; `problems` holds every fault at once, a sentence each."""

    exit_code = 78  # EX_CONFIG of sysexits.h

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UnreadableMessage(PrivacybotError):
    """This mail's fault: it is set aside with its bytes, and the rest goes on."""

    exit_code = 65  # EX_DATAERR


class StaffError(PrivacybotError):
    """A clerk asked for something impossible; the sentence says what to do instead."""

    exit_code = 2


class Unavailable(PrivacybotError):
    """The world's fault: a server or database does not answer or refuses us; back off and try again.

    `permanent` is set where trying again cannot help until a person acts (wrong password, missing folder).
    """

    exit_code = 69  # EX_UNAVAILABLE

    def __init__(self, sentence: str, *, permanent: bool = False) -> None:
        super().__init__(sentence)
        self.permanent = permanent
