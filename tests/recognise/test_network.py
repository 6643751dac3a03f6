"""The network learns what a linear model cannot, the same each time, and says the same after it was stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from privacybot.recognise.linear import Floats, Sparse
from privacybot.recognise.network import Network, blank_network, committee, teach

WIDTH = 50
EITHER = 5
"""What the rows below hold beside the two features that matter."""


def rows(*features: tuple[int, ...]) -> Sparse:
    return Sparse.of([(np.array(row), np.ones(len(row), np.float32)) for row in features], WIDTH)


def either_but_not_both() -> tuple[Sparse, Floats]:
    """No weights of a linear model fit this."""
    kinds = [((EITHER,), 0), ((1, EITHER), 1), ((2, EITHER), 1), ((1, 2, EITHER), 0)]
    return rows(*(row for row, _ in kinds * 150)), np.array([[answer] for _, answer in kinds * 150], np.float32)


@pytest.fixture(scope="module")
def taught() -> Network:
    examples, targets = either_but_not_both()
    return teach(*(examples, targets, np.ones_like(targets)), seeds=[1, 2, 3])


def test_it_learns_either_but_not_both(taught: Network) -> None:
    scores = taught.scores(rows((EITHER,), (1, EITHER), (2, EITHER), (1, 2, EITHER)))[:, 0]
    assert max(scores[0], scores[3]) < min(scores[1], scores[2])


def test_the_same_seed_gives_the_same_weights() -> None:
    examples, targets = either_but_not_both()
    first, second, other = (teach(examples, targets, np.ones_like(targets), [seed]) for seed in (7, 7, 8))
    assert np.array_equal(first.scores(examples), second.scores(examples))
    assert not np.array_equal(first.scores(examples), other.scores(examples))


def test_a_committee_says_what_its_members_say_on_average() -> None:
    examples, targets = either_but_not_both()
    members = [teach(examples, targets, np.ones_like(targets), [seed]) for seed in (1, 2)]
    mean = np.mean([member.scores(examples) for member in members], axis=0)
    assert np.allclose(committee(members).scores(examples), mean, atol=1e-5)


def test_a_stored_network_says_the_same(taught: Network, tmp_path: Path) -> None:
    examples, _ = either_but_not_both()
    taught.save(tmp_path / "network.npz")
    assert np.array_equal(Network.load(tmp_path / "network.npz", WIDTH).scores(examples), taught.scores(examples))


def test_what_is_unknown_teaches_nothing() -> None:
    """A target of no importance leaves its label alone, whatever it says."""
    examples, targets = either_but_not_both()
    both = np.concatenate([targets, targets], axis=1)
    unknown = np.concatenate([np.ones_like(targets), np.zeros_like(targets)], axis=1)
    inverted = np.concatenate([targets, 1 - targets], axis=1)
    first, second = (teach(examples, said, unknown, [1]).scores(examples) for said in (both, inverted))
    assert np.array_equal(first, second)


def test_a_feature_never_met_says_nothing(taught: Network) -> None:
    assert np.array_equal(taught.scores(rows((1, 40))), taught.scores(rows((1,))))


def test_before_it_has_learnt_it_says_nothing() -> None:
    assert blank_network(WIDTH, 3).scores(rows((1, 2), ())).tolist() == [[0, 0, 0], [0, 0, 0]]
