"""Given spikes: from ms to the steps and neurons of each rank."""

from __future__ import annotations

import numpy as np
import pytest

from distann.errors import ConfigurationError
from distann.runtime.partition import partition
from distann.runtime.replay import Replay, spike_steps


@pytest.mark.parametrize(
    ("times", "dt", "steps"),
    [
        ([0.0, 1.0], 1.0, [0, 1]), ([0.5, 1.5, 2.5], 1.0, [1, 2, 3]), ([0.3, 0.7, 1.1], 0.1, [3, 7, 11]),
        ([5.0, 1.0, 5.0, 4.9], 1.0, [5, 1, 5, 5]), ([], 1.0, []), ([1.0, 1.04], 0.1, [10, 10]),
        ([0.15, 0.35], 0.1, [2, 4]),
    ],
)  # fmt: skip
def test_steps(times: list[float], dt: float, steps: list[int]) -> None:
    assert spike_steps(times, dt).tolist() == steps


@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
def test_each_rank_gets_its_own(ranks: int) -> None:
    rng = np.random.default_rng(1)
    trains = [np.flatnonzero(rng.random(40) < 0.1).astype(float).tolist() for _ in range(50)]
    replay, found = Replay.of_trains(trains), set()
    for rank in range(ranks):
        own = partition(50, ranks, rank, 1)
        step, element = replay.local(own, 1.0)
        assert len(step) == len(element) and (np.diff(step) >= 0).all() and element.dtype == np.uint32
        found |= {(own.begin + int(e), int(s)) for s, e in zip(step, element, strict=True)}
    assert found == {(neuron, int(time)) for neuron, train in enumerate(trains) for time in train}


def test_times_are_finite() -> None:
    with pytest.raises(ConfigurationError, match="finite"):
        Replay.of_trains([[1.0], [np.inf]])


def test_a_neuron_spikes_once_a_step() -> None:
    step, element = Replay([1, 0, 1, 1], [3.2, 2.9, 2.8, 0.0], 2).local(partition(2, 1, 0, 1), 1.0)
    assert step.tolist() == [0, 3, 3] and element.tolist() == [1, 0, 1]


def test_neurons_exist() -> None:
    with pytest.raises(ConfigurationError, match="their ranks are 0 to 1"):
        Replay([0, 2], [1.0, 2.0], 2)
    with pytest.raises(ConfigurationError, match="one neuron and one time each"):
        Replay([0, 1], [1.0], 2)


def test_trains_keep_the_order_given() -> None:
    replay = Replay([2, 0, 2], [5.0, 1.0, 4.0], 4)
    assert [train.tolist() for train in replay.trains] == [[1.0], [], [5.0, 4.0], []]
