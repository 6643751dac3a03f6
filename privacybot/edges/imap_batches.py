"""How much one IMAP command may ask for: bounded in mails, in bytes, and in the length of its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

MAILS_A_FETCH = 50
BYTES_A_FETCH = 8 * 2**20
"""What one FETCH may bring into memory; a single mail may be larger."""

UIDS_A_COMMAND = 500
"""Servers need not take command lines above 8,192 bytes (RFC 7162, section 4)."""

UIDS_A_SEARCH = 50_000
"""imaplib gives up on answer lines above a million bytes; a UID takes eleven at most."""


def uid_ranges(first: int, uidnext: int, width: int | None) -> Iterator[str]:
    """Sequence sets that cover every UID from `first` upwards, each at most `width` UIDs wide but for the last."""
    while width is not None and first + width < uidnext:
        yield f"{first}:{first + width - 1}"
        first += width
    yield f"{first}:*"


def batches(sizes: Mapping[int, int], size_limit: int) -> Iterator[list[int]]:
    """UIDs that one FETCH may ask for together; a mail above the limit stands alone."""
    room = min(BYTES_A_FETCH, size_limit)
    batch: list[int] = []
    total = 0
    for uid, size in sizes.items():
        if batch and (len(batch) == MAILS_A_FETCH or total + size > room):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch


def chunks(uids: list[int], width: int) -> Iterator[list[int]]:
    return (uids[start : start + width] for start in range(0, len(uids), width))
