"""What was measured, beside its goal: one line each, so that `make bench` reads like a table."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def tell(what: str, measured: str, goal: str = "") -> None:
    print(f"  {what:<58} {measured:>22}   {goal and f'goal: {goal}'}".rstrip(), flush=True)


def spread(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000
