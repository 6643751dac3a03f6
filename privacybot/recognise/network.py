"""A small neural network over sparse rows: one hidden layer, shared by all labels, taught by Adam.

The hidden layer finds what labels have in common (somebody's data, a wish, a refusal), which a linear model must learn
for each anew. Several networks, begun differently, form a committee: put side by side they are one wider network.
Everything random comes from a seed, so the same examples give the same weights. (Kingma and Ba, 2015.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from privacybot.recognise.linear import Floats, Integers, Sparse, sigmoid

HIDDEN = 32
EPOCHS = 5
BATCH = 256
RATE = 0.01
"""The first step's size; it falls to nothing by the end."""

FORGOTTEN_FEATURES, FORGOTTEN_UNITS = 0.5, 0.3
"""Shares left out of each lesson at random, so that nothing is learnt by one word alone."""

SELDOM = 8
"""A feature seen in fewer rows is not learnt."""

_SMALL = 0.1
_DECAY = 1e-5
_FIRST, _SECOND = 0.9, 0.999


@dataclass(frozen=True)
class Network:
    """`places`: the row in `inner` of each feature, 0 for what was never learnt (its row is zero). A byte a weight is
    enough: each hidden unit has its own `scale`."""

    places: npt.NDArray[np.int32]
    inner: npt.NDArray[np.int8]
    scale: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def scores(self, examples: Sparse) -> Floats:
        """Log odds, a row an example and a column a label."""
        known = Sparse(examples.starts, self.places[examples.columns].astype(np.int64), examples.values, 0)
        hidden = np.maximum(known.times(self.inner) * self.scale + self.inner_bias, np.float32(0))
        scores: Floats = hidden @ self.outer + self.outer_bias
        return scores

    def save(self, path: Path) -> None:
        np.savez(
            path,
            features=np.flatnonzero(self.places).astype(np.int32),
            inner=self.inner[1:],
            scale=self.scale,
            inner_bias=self.inner_bias,
            outer=self.outer,
            outer_bias=self.outer_bias,
        )

    @classmethod
    def load(cls, path: Path, width: int) -> Self:
        """`width`: how many features there are, known or not."""
        with np.load(path) as stored:
            places = np.zeros(width, np.int32)
            places[stored["features"]] = np.arange(1, len(stored["features"]) + 1)
            inner = np.concatenate([np.zeros((1, len(stored["scale"])), np.int8), stored["inner"]])
            rest = (stored[name] for name in ("scale", "inner_bias", "outer", "outer_bias"))
            return cls(places, inner, *rest)


def blank_network(width: int, labels: int) -> Network:
    """Before it has learnt anything it says nothing."""
    nothing = np.zeros((1, labels), np.float32)
    return Network(
        np.zeros(width, np.int32), np.zeros((1, 1), np.int8), nothing[0, :1], nothing[0, :1], nothing, nothing[0]
    )


def committee(members: Sequence[Network]) -> Network:
    """One network that says what these say on average; they must know the same features."""
    return Network(
        members[0].places,
        np.concatenate([member.inner for member in members], axis=1),
        np.concatenate([member.scale for member in members]),
        np.concatenate([member.inner_bias for member in members]),
        np.concatenate([member.outer / np.float32(len(members)) for member in members]),
        np.mean([member.outer_bias for member in members], axis=0, dtype=np.float32),
    )


def teach(examples: Sparse, targets: Floats, importance: Floats, seeds: Sequence[int]) -> Network:
    """`targets` from 0 to 1; `importance` weighs each of them and has their shape: at 0 a target is unknown."""
    seen = np.bincount(examples.columns, minlength=examples.width)
    learnt = np.flatnonzero(seen >= SELDOM)
    places = np.zeros(examples.width, np.int32)
    places[learnt] = np.arange(1, len(learnt) + 1)
    known = Sparse(examples.starts, places[examples.columns].astype(np.int64), examples.values, len(learnt) + 1)
    return committee([_Pupil(known, targets.shape[1], seed).taught(places, targets, importance) for seed in seeds])


class _Pupil:
    """One network while it learns."""

    def __init__(self, examples: Sparse, labels: int, seed: int) -> None:
        self.examples = examples
        self.random = np.random.default_rng(seed)
        self.inner = _Weights(self._normal(examples.width, HIDDEN) * np.float32(_SMALL))
        self.inner_bias = _Weights(np.zeros((1, HIDDEN), np.float32))
        self.outer = _Weights(self._normal(HIDDEN, labels) / np.float32(np.sqrt(HIDDEN)))
        self.outer_bias = _Weights(np.zeros((1, labels), np.float32))
        self.place = np.zeros(examples.width, np.int64)

    def taught(self, places: npt.NDArray[np.int32], targets: Floats, importance: Floats) -> Network:
        lessons = list(self._lessons(len(targets)))
        for number, rows in enumerate(lessons):
            self._learn(rows, targets[rows], importance[rows], _Pace(RATE * (1 - number / len(lessons)), number + 1))
        return self._finished(places)

    def _finished(self, places: npt.NDArray[np.int32]) -> Network:
        inner = self.inner.values
        inner[0] = 0
        scale = np.maximum(np.abs(inner).max(axis=0), np.float32(1e-9)) / np.float32(127)
        rounded = np.rint(inner / scale).astype(np.int8)
        return Network(places, rounded, scale, self.inner_bias.values[0], self.outer.values, self.outer_bias.values[0])

    def _lessons(self, examples: int) -> Iterator[Integers]:
        for _ in range(EPOCHS):
            order = self.random.permutation(examples)
            yield from (order[first : first + BATCH] for first in range(0, examples, BATCH))

    def _learn(self, rows: Integers, targets: Floats, importance: Floats, pace: _Pace) -> None:
        """One step down the gradient of the logistic loss."""
        features, dense = self._dense(rows)
        inner, outer = self.inner.values[features], self.outer.values
        awake: Floats = dense @ inner + self.inner_bias.values
        kept: Floats = (awake > 0) * self._kept(awake.shape, FORGOTTEN_UNITS)
        hidden: Floats = np.multiply(awake, kept)
        scores: Floats = np.matmul(hidden, outer) + self.outer_bias.values
        errors: Floats = (sigmoid(scores) - targets) * importance / np.float32(len(rows))
        blame: Floats = np.matmul(errors, outer.T) * kept
        self.inner.move(np.matmul(dense.T, blame) + np.float32(_DECAY) * inner, pace, features)
        self.inner_bias.move(blame.sum(0, keepdims=True), pace)
        self.outer.move(np.matmul(hidden.T, errors), pace)
        self.outer_bias.move(errors.sum(0, keepdims=True), pace)

    def _dense(self, rows: Integers) -> tuple[Integers, Floats]:
        """The features of these rows, and a matrix with a column for each: quicker to multiply than sparse rows."""
        starts, ends = self.examples.starts[rows], self.examples.starts[rows + 1]
        lengths = ends - starts
        held = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        columns = self.examples.columns[held]
        present = np.zeros(self.examples.width, np.bool_)
        present[columns] = True
        features = np.flatnonzero(present)
        self.place[features] = np.arange(len(features))
        dense = np.zeros((len(rows), len(features)), np.float32)
        values = self.examples.values[held] * self._kept(held.shape, FORGOTTEN_FEATURES)
        dense[np.repeat(np.arange(len(rows)), lengths), self.place[columns]] = values
        return features, dense

    def _kept(self, shape: tuple[int, ...], forgotten: float) -> Floats:
        kept = self.random.random(shape, np.float32) >= forgotten
        return kept.astype(np.float32) / np.float32(1 - forgotten)

    def _normal(self, rows: int, columns: int) -> Floats:
        return self.random.standard_normal((rows, columns), np.float32)


@dataclass(frozen=True, slots=True)
class _Pace:
    """How far to go in the lesson of this number, counted from 1."""

    rate: float
    number: int


class _Weights:
    """Weights with the means of their gradients and of the squares."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        self.mean, self.square = np.zeros_like(values), np.zeros_like(values)

    def move(self, gradient: Floats, pace: _Pace, rows: Integers | slice = slice(None)) -> None:
        """Only `rows` are touched: the others had no part in this lesson."""
        mean = np.float32(_FIRST) * self.mean[rows] + np.float32(1 - _FIRST) * gradient
        square = np.float32(_SECOND) * self.square[rows] + np.float32(1 - _SECOND) * gradient**2
        self.mean[rows], self.square[rows] = mean, square
        step = np.float32(pace.rate / (1 - _FIRST**pace.number))
        self.values[rows] -= step * mean / (np.sqrt(square / np.float32(1 - _SECOND**pace.number)) + np.float32(1e-8))
