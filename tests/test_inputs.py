"""Populations that stimulate: Poisson processes and given spikes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distann import (
    ConfigurationError,
    EquationError,
    InputArray,
    Network,
    PoissonPopulation,
    Population,
    SpikeSourceArray,
    ValueShapeError,
    clear,
)
from distann.runtime.spikes import Spikes


@pytest.fixture(autouse=True)
def default_network() -> Iterator[None]:
    clear()
    yield
    clear()


def spikes_of(population: Population, duration: float, dt: float = 1.0, seed: int = 5) -> Spikes:
    net = Network(dt=dt, seed=seed)
    pop = net.create(population)
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(duration)
    spikes = monitor.get()
    assert isinstance(spikes, Spikes)
    return spikes


# ---- Poisson ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "dt"), [(20.0, 1.0), (200.0, 0.5), (5.0, 0.1)])
def test_counts_of_a_poisson_population(rate: float, dt: float) -> None:
    steps, size = 1000, 200
    spikes = spikes_of(PoissonPopulation(size, rates=rate), steps * dt, dt)
    counts = np.bincount(spikes.ids, minlength=size)
    p = rate * dt / 1000.0
    assert stats.binomtest(int(counts.sum()), steps * size, p).pvalue > 1e-3
    assert stats.chi2.sf(((counts - steps * p) ** 2).sum() / (steps * p * (1 - p)), size) > 1e-3


def test_intervals_are_geometric_and_neurons_independent() -> None:
    spikes = spikes_of(PoissonPopulation(100, rates=100.0), 2000.0)
    intervals = np.concatenate([np.diff(steps) for steps in spikes.values()])
    observed = np.bincount(np.minimum(intervals, 30), minlength=31)[1:]
    expected = stats.geom(0.1).pmf(np.arange(1, 31))
    expected[-1] = stats.geom(0.1).sf(29)
    assert stats.chisquare(observed, expected / expected.sum() * observed.sum()).pvalue > 1e-3
    together = np.bincount(spikes.times, minlength=2000)
    assert stats.chi2.sf(((together - 10.0) ** 2).sum() / 9.0, 2000) > 1e-3


@pytest.mark.parametrize("shape", [(6,), (2, 3)])
def test_rates_of_each_neuron(shape: tuple[int, ...]) -> None:
    rates = np.array([0.0, 1000.0, 0.0, 5000.0, 100.0, 0.0]).reshape(shape)
    counts = np.bincount(spikes_of(PoissonPopulation((2, 3), rates=rates), 200.0).ids, minlength=6)
    assert counts[[0, 2, 5]].tolist() == [0, 0, 0] and counts[[1, 3]].tolist() == [200, 200] and 5 < counts[4] < 40


def test_rates_can_change() -> None:
    net = Network(seed=1)
    pop = net.create(PoissonPopulation(10, rates=0.0))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(50.0)
    pop.rates = 1000.0
    net.simulate(2.0)
    assert monitor.get().times.tolist() == [50] * 10 + [51] * 10


def test_refractory_poisson() -> None:
    spikes = spikes_of(PoissonPopulation(3, rates=1e6, refractory=4.0), 20.0)
    assert [steps.tolist() for steps in spikes.values()] == [[0, 5, 10, 15]] * 3


def test_rates_that_are_an_expression() -> None:
    steps, size = 500, 400
    pop = PoissonPopulation(
        size, rates="top * (1.0 + sin(2.0 * pi * f * t / 1000.0))", parameters={"top": 80, "f": 4.0}
    )
    spikes = spikes_of(pop, float(steps))
    p = 0.08 * (1.0 + np.sin(2e-3 * np.pi * 4.0 * np.arange(steps)))
    counts = np.bincount(spikes.times, minlength=steps)
    assert stats.chi2.sf(((counts - size * p) ** 2 / (size * p * (1 - p) + 1e-9)).sum(), steps) > 1e-3


def test_rates_that_come_from_a_population() -> None:
    net = Network(dt=1.0, seed=4)
    drive, pop = net.create(InputArray(3)), net.create(PoissonPopulation(300, target="exc"))
    net.connect(drive, pop, "exc").all_to_all(weights=10.0)
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(100.0)
    assert len(monitor.get().ids) == 0
    drive.r = [1.0, 2.0, 3.0]
    net.simulate(500.0)
    spikes = monitor.get()
    assert pop.rates.tolist() == [60.0] * 300
    assert stats.binomtest(len(spikes.ids), 500 * 300, 0.06).pvalue > 1e-3


def test_seed_of_a_poisson_population() -> None:
    first, again, other = (spikes_of(PoissonPopulation(50, rates=50.0), 100.0, seed=seed) for seed in (1, 1, 2))
    assert first == again and not np.array_equal(first.times, other.times)


def test_wrong_rates() -> None:
    with pytest.raises(ValueShapeError, match="'rates' has shape"):
        PoissonPopulation(10, rates=[1.0, 2.0])
    with pytest.raises(ConfigurationError, match="name one"):
        PoissonPopulation(10, rates=10.0, target="exc")
    with pytest.raises(ConfigurationError, match="parameters belong to rates that are an expression"):
        PoissonPopulation(10, rates=10.0, parameters={"f": 1.0})
    for parameters in ({"f": "a"}, {"1": 1.0}, 3.0):
        with pytest.raises(ConfigurationError):
            PoissonPopulation(10, rates="f", parameters=parameters)  # type: ignore[arg-type]
    with pytest.raises(EquationError, match=r"unknown name 'f'[\s\S]*rates = 10 \* f"):
        PoissonPopulation(10, rates="10 * f")
    with pytest.raises(ConfigurationError):
        PoissonPopulation(10, rates=lambda t: t)  # type: ignore[arg-type]


# ---- given spikes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "dt", "steps"),
    [
        ([1.0, 3.0], 1.0, [[1, 3]]), ([[1.0], [], [0.0, 2.0]], 1.0, [[1], [], [0, 2]]), ([], 1.0, [[]]),
        ([[], []], 1.0, [[], []]), ([3.0, 1.0, 3.0], 1.0, [[1, 3]]), ([0.5, 1.49, 2.5], 1.0, [[1, 3]]),
        ([0.3, 0.7], 0.1, [[3, 7]]), ([-2.0, 99.0], 1.0, [[]]),
        (np.array([[1, 2], [3, 4]]), 1.0, [[1, 2], [3, 4]]),
    ],
)  # fmt: skip
def test_given_spikes(times: Any, dt: float, steps: list[list[int]]) -> None:
    spikes = spikes_of(SpikeSourceArray(times), 10 * dt, dt)
    assert [list(train) for train in spikes.values()] == steps


def test_spikes_of_many_neurons() -> None:
    rng = np.random.default_rng(2)
    trains = [np.flatnonzero(rng.random(300) < 0.05).astype(float).tolist() for _ in range(70)]
    spikes = spikes_of(SpikeSourceArray(trains), 300.0)
    assert [steps.tolist() for steps in spikes.values()] == trains


def test_reset_begins_again() -> None:
    net = Network(seed=1)
    source = net.create(SpikeSourceArray([1.0, 6.0]))
    monitor = net.monitor(source, "spike")
    net.compile()
    net.simulate(4.0)
    net.reset()
    net.simulate(10.0)
    assert monitor.get().times.tolist() == [1, 6]


def test_spike_times_can_be_read_and_set() -> None:
    net = Network(seed=1)
    source = net.create(SpikeSourceArray([[1.0, 6.0], [2.0]]))
    assert source.spike_times == [[1.0, 6.0], [2.0]] and source.size == 2
    source.spike_times = [[3.0], [4.0]]
    with pytest.raises(ConfigurationError, match="has 2 neurons; got 1 spike trains"):
        source.spike_times = [1.0]
    monitor = net.monitor(source, "spike")
    net.compile()
    net.simulate(10.0)
    assert monitor.get().times.tolist() == [3, 4]
    source.spike_times = [[1.0, 11.0], [12.0, 12.2, 30.0]]  # what is over is passed over
    net.simulate(10.0)
    assert {rank: steps.tolist() for rank, steps in monitor.get().items()} == {0: [11], 1: [12]}


@pytest.mark.parametrize("times", ["soon", [[1.0], 2.0], [1.0, None], 5.0, None, [[[1.0]]], ["a"]])
def test_wrong_spike_times(times: Any) -> None:
    with pytest.raises(ConfigurationError, match="spike times are"):
        SpikeSourceArray(times)


@pytest.mark.parametrize("times", [[float("nan")], [[1.0], [float("inf")]]])
def test_spike_times_are_finite(times: Any) -> None:
    with pytest.raises(ConfigurationError, match="finite"):
        SpikeSourceArray(times)
