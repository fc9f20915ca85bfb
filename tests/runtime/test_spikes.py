"""Spikes behave as the dict from neurons to steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from distann.runtime.spikes import Spikes


@given(some.sets(some.tuples(some.integers(0, 50), some.integers(0, 9))), some.permutations(range(10)))
def test_like_a_dict(events: set[tuple[int, int]], ranks: list[int]) -> None:
    ordered = sorted(events)
    times, ids = (np.array([event[axis] for event in ordered], np.int64) for axis in (0, 1))
    spikes = Spikes(ids, times, np.array(ranks))
    expected = {rank: [step for step, neuron in ordered if neuron == rank] for rank in ranks}
    assert list(spikes) == list(expected) == list(spikes.keys()) and len(spikes) == 10
    assert {rank: steps.tolist() for rank, steps in spikes.items()} == expected
    assert spikes == expected and spikes == Spikes(ids, times, np.sort(ranks))
    assert 3 in spikes and 10 not in spikes and spikes.get(10) is None
    with pytest.raises(KeyError):
        _ = spikes[10]


def test_unlike() -> None:
    one = Spikes(np.array([1]), np.array([5]), np.arange(2))
    assert one != Spikes(np.array([1]), np.array([6]), np.arange(2))
    assert one != Spikes(np.array([1]), np.array([5]), np.arange(3))
    assert one != {0: [], 1: [5, 6]} and one != 3 and one == {0: [], 1: [5]}
