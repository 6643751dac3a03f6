"""Logistic regression over sparse rows, one weight column a label, fitted by limited-memory BFGS.

The loss is convex and nothing is drawn at random: the same examples give the same weights. (Nocedal and Wright,
Numerical Optimization, algorithm 7.5.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

MEMORY = 8
ITERATIONS = 80
TOLERANCE = 1e-4
CHUNK = 1024
"""Rows multiplied at a time: what fits into a processor's cache is twice as fast."""


@dataclass(frozen=True)
class Sparse:
    """Rows of a sparse matrix: row i has `values[starts[i]:starts[i + 1]]` in those `columns`. No row is empty."""

    starts: Integers
    columns: Integers
    values: Floats
    width: int

    @classmethod
    def of(cls, rows: Sequence[tuple[Integers, Floats]], width: int) -> Sparse:
        """An empty row gets one zero, for sums over nothing are not defined."""
        filled = [row if len(row[0]) else (np.zeros(1, np.int64), np.zeros(1, np.float32)) for row in rows]
        lengths = [len(columns) for columns, _ in filled]
        return cls(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.concatenate([columns for columns, _ in filled] or [np.zeros(0, np.int64)]),
            np.concatenate([values for _, values in filled] or [np.zeros(0, np.float32)]),
            width,
        )

    def times(self, weights: Floats | npt.NDArray[np.int8]) -> Floats:
        """A row's weighted sum of the rows of `weights`."""
        result = np.zeros((len(self.starts) - 1, weights.shape[1]), np.float32)
        for first in range(0, len(result), CHUNK):
            last = min(len(result), first + CHUNK)
            held = slice(self.starts[first], self.starts[last])
            terms = weights[self.columns[held]] * self.values[held, None]
            result[first:last] = np.add.reduceat(terms, self.starts[first:last] - self.starts[first], axis=0)
        return result

    def transposed_times(self, errors: Floats) -> Floats:
        result = np.zeros((self.width, errors.shape[1]), np.float32)
        rows, values, firsts, columns = self._by_column
        result[columns] = np.add.reduceat(errors[rows] * values[:, None], firsts, axis=0)
        return result

    def narrowed(self) -> tuple[Sparse, Integers]:
        """Without the columns that are empty, and the number that each of the others had."""
        used, columns = np.unique(self.columns, return_inverse=True)
        return Sparse(self.starts, columns.astype(np.int64), self.values, len(used)), used

    @cached_property
    def _by_column(self) -> tuple[Integers, Floats, Integers, Integers]:
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))[order]
        columns, firsts = np.unique(self.columns[order], return_index=True)
        return rows, self.values[order], firsts, columns


@dataclass(frozen=True)
class Dense:
    """The same for a few features that every example has."""

    rows: Floats

    @property
    def width(self) -> int:
        return int(self.rows.shape[1])

    def times(self, weights: Floats) -> Floats:
        return self.rows @ weights

    def transposed_times(self, errors: Floats) -> Floats:
        return self.rows.T @ errors


@dataclass(frozen=True)
class Linear:
    """Weights (features × labels) and bias (labels)."""

    weights: Floats
    bias: Floats

    def scores(self, examples: Sparse | Dense) -> Floats:
        """Log odds, a row an example and a column a label."""
        return examples.times(self.weights) + self.bias


def fit(examples: Sparse | Dense, targets: Floats, importance: Floats, penalty: float) -> Linear:
    """Weights that make `targets` (0 to 1) likely; `penalty` is the strength of the L2 norm against them.

    `importance` weighs each target and has its shape; at 0 the target is unknown.
    """
    if isinstance(examples, Sparse):
        narrow, used = examples.narrowed()
        found = _fit(narrow, targets, importance, penalty)
        weights = np.zeros((examples.width, targets.shape[1]), np.float32)
        weights[used] = found.weights
        return Linear(weights, found.bias)
    return _fit(examples, targets, importance, penalty)


def _fit(examples: Sparse | Dense, targets: Floats, importance: Floats, penalty: float) -> Linear:
    def loss(point: Floats) -> tuple[float, Floats]:
        weights, bias = point[:-1], point[-1]
        scores = examples.times(weights) + bias
        errors = (sigmoid(scores) - targets) * importance
        gradient = np.concatenate([examples.transposed_times(errors) + penalty * weights, errors.sum(0, keepdims=True)])
        surprise = np.logaddexp(0, scores) - targets * scores
        value = float((surprise * importance).sum(dtype=np.float64))
        return value + penalty / 2 * float((weights.astype(np.float64) ** 2).sum()), gradient

    found = minimised(loss, np.zeros((examples.width + 1, targets.shape[1]), np.float32))
    return Linear(found[:-1], found[-1])


def minimised(loss: Callable[[Floats], tuple[float, Floats]], point: Floats) -> Floats:
    """Where a smooth convex function is (nearly) least."""
    value, gradient = loss(point)
    enough = TOLERANCE * float(np.linalg.norm(gradient))
    past: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)
    for _ in range(ITERATIONS):
        direction = _direction(gradient, past)
        step = 1.0 if past else 1.0 / max(1.0, float(np.abs(gradient).sum() ** 0.5))
        slope = float((gradient * direction).sum(dtype=np.float64))
        for _ in range(30):
            moved = point + np.float32(step) * direction
            new_value, new_gradient = loss(moved)
            if new_value <= value + 1e-4 * step * slope:
                break
            step /= 2
        difference, bend = moved - point, new_gradient - gradient
        curvature = float((difference * bend).sum(dtype=np.float64))
        if curvature > 1e-10:
            past.append((difference, bend, 1 / curvature))
        point, value, gradient = moved, new_value, new_gradient
        if float(np.linalg.norm(gradient)) < enough:
            break
    return point


def sigmoid(scores: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.float32)


def _direction(gradient: Floats, past: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The two-loop recursion."""
    direction, weights = -gradient, []
    for difference, bend, inverse in reversed(past):
        weight = inverse * float((difference * direction).sum(dtype=np.float64))
        direction = direction - np.float32(weight) * bend
        weights.append(weight)
    if past:
        difference, bend, inverse = past[-1]
        direction = direction / np.float32(inverse * float((bend * bend).sum(dtype=np.float64)))
    for (difference, bend, inverse), weight in zip(past, reversed(weights), strict=True):
        back = inverse * float((bend * direction).sum(dtype=np.float64))
        direction = direction + np.float32(weight - back) * difference
    return direction
