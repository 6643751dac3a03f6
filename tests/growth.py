"""How the work for an input grows with its size: a ratio within one run, of this thread's own time on the processor."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

Input = TypeVar("Input")

LINEAR = 24
"""Eight times the size takes eight times as long, and may take three times that on a busy machine; quadratic time
would be sixty-four.
"""


def growth(work: Callable[[Input], object], small: Input, large: Input) -> float:
    """How many times as long `work` takes for `large`; of several tries in turn the least counts."""
    tries = [(_seconds(work, small), _seconds(work, large)) for _ in range(4)]
    return min(large for _, large in tries) / min(small for small, _ in tries)


def _seconds(work: Callable[[Input], object], given: Input) -> float:
    began = thread_time()
    work(given)
    return thread_time() - began
