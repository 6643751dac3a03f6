"""The same work for several things at once, a process each, in the order given. Results do not depend on it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

One = TypeVar("One")
Result = TypeVar("Result")

MOST = 4
"""Processes: each holds some 600 MB while it learns."""

_work: Callable[[Any], Any] | None = None


def at_once(work: Callable[[One], Result], things: Sequence[One]) -> list[Result]:
    """By forking, so that nothing large is handed over; one after another where that cannot be done."""
    global _work
    processes = min(MOST, len(things), os.cpu_count() or 1)
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [work(thing) for thing in things]
    _work = work
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            return pool.map(_call, things, chunksize=1)
    finally:
        _work = None


def _call(thing: Any) -> Any:
    if _work is None:
        raise RuntimeError("There is no work to do in this process.")
    return _work(thing)
