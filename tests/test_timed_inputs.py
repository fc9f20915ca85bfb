"""Inputs whose values the script gives: at any time, by a schedule, or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from distann import (
    ACCurrent,
    ConfigurationError,
    InputArray,
    Network,
    Neuron,
    NoiseCurrent,
    Population,
    StepCurrent,
    TimedArray,
    TimedPoissonPopulation,
    ValueShapeError,
)

# Shows what arrives, in the step in which it does.
EAR = Neuron(equations="r = sum(exc)", name="Ear")
ELECTRODE = Neuron(equations="v += g_inj", spike="v > 1e9", name="Charged")
FOUR = [[1.0], [2.0], [3.0], [4.0]]


def played(population: Population, steps: int, dt: float = 1.0) -> NDArray[np.float64]:
    """Return r of the first neuron in each step."""
    net = Network(dt=dt, seed=1)
    pop = net.create(population)
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(steps * dt)
    return monitor.get(reshape=False)[:, 0]


# ---- schedules --------------------------------------------------------------------------------------------------


def by_hand(onsets: Sequence[float], period: float, steps: int, dt: float, values: Sequence[float]) -> list[float]:
    """The value of the last row that has begun, step by step."""
    found, now = [], 0.0
    for step in range(steps):
        t = step * dt if period <= 0 else (step % round(period / dt)) * dt
        begun = [value for onset, value in zip(onsets, values, strict=True) if onset <= t + 1e-9]
        now = begun[-1] if begun else now
        found.append(now)
    return found


@pytest.mark.parametrize("dt", [1.0, 0.5, 0.1])
@pytest.mark.parametrize(
    ("schedule", "period"),
    [
        (2.0, 7.0), (2.0, -1.0), (2.0, 3.0), (2.0, 20.0), ([0.0, 1.0, 5.0, 6.0], -1.0), ([0.0, 1.0, 5.0, 6.0], 8.0),
        ([2.0, 3.0, 5.0, 9.0], -1.0), ([2.0, 3.0, 5.0, 9.0], 10.0), ([2.0, 3.0, 5.0, 9.0], 6.0),
    ],
)  # fmt: skip
def test_schedules(schedule: Any, period: float, dt: float) -> None:
    onsets = schedule if isinstance(schedule, list) else [schedule * k for k in range(4)]
    steps = round(30 / dt)
    expected = by_hand(onsets, period, steps, dt, [1.0, 2.0, 3.0, 4.0])
    assert played(TimedArray(FOUR, schedule=schedule, period=period), steps, dt).tolist() == expected


def test_a_row_a_step() -> None:
    assert played(TimedArray(FOUR), 6, 0.1).tolist() == [1, 2, 3, 4, 4, 4]
    assert played(TimedArray(FOUR, period=0.4), 6, 0.1).tolist() == [1, 2, 3, 4, 1, 2]


def test_what_a_step_shows_arrives_in_the_next() -> None:
    net = Network(dt=1.0, seed=1)
    timed, ear = net.create(TimedArray(FOUR, schedule=2.0, period=7.0)), net.create(1, EAR)
    net.connect(timed, ear, "exc").one_to_one(weights=1.0)
    monitor = net.monitor(ear, "r")
    net.compile()
    net.simulate(9.0)
    assert monitor.get()[:, 0].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 1]


def test_update_counts_anew_or_goes_on() -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(TimedArray(FOUR, schedule=1.0))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(2.0)
    pop.update([[10.0], [20.0]], schedule=2.0)
    net.simulate(3.0)
    assert monitor.get()[:, 0].tolist() == [1, 2, 10, 10, 20]
    pop.update([[5.0], [6.0], [7.0]], schedule=1.0, period=3.0, reset=False)  # counted from step 2 on
    net.simulate(4.0)
    assert monitor.get()[:, 0].tolist() == [5, 6, 7, 5]
    assert pop.period == 3.0 and pop.schedule == 1.0 and pop.rates.tolist() == [[5.0], [6.0], [7.0]]


def test_rates_may_come_late_and_change_their_number() -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(TimedArray(geometry=(2, 3)))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(1.0)
    rows = np.arange(30.0).reshape(5, 2, 3)
    pop.update(rows)
    net.simulate(6.0)
    assert np.array_equal(monitor.get(), np.concatenate([np.zeros((1, 2, 3)), rows, rows[-1:]]))


def test_setting_schedule_and_period_by_name() -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(TimedArray(FOUR))
    pop.schedule, pop.period = [0.0, 1.0, 2.0, 4.0], 6.0
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(8.0)
    assert monitor.get()[:, 0].tolist() == [1, 2, 3, 3, 4, 4, 1, 2]
    pop.rates = 2.0 * np.array(FOUR)
    net.simulate(2.0)
    assert monitor.get()[:, 0].tolist() == [6, 6]


def test_reset_begins_the_schedule_again() -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(TimedArray(FOUR, schedule=[1.0, 2.0, 3.0, 4.0]))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(3.0)
    net.reset()
    net.simulate(3.0)
    assert monitor.get()[:, 0].tolist() == [0, 1, 2]


def test_two_networks_play_the_same_values_apart() -> None:
    source = TimedArray(FOUR)
    nets = [Network(dt=1.0, seed=1) for _ in range(2)]
    pops = [net.create(source) for net in nets]
    monitors = [net.monitor(pop, "r") for net, pop in zip(nets, pops, strict=True)]
    for net in nets:
        net.compile()
    pops[0].update([[9.0]])
    for net in nets:
        net.simulate(2.0)
    assert [monitor.get()[:, 0].tolist() for monitor in monitors] == [[9, 9], [1, 2]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"schedule": [0.0, 1.0]}, "2 times for 4 rows"), ({"schedule": [3.0, 2.0, 1.0, 0.0]}, "ascending times"),
        ({"schedule": -1.0}, "ascending times"), ({"schedule": "soon"}, "ascending times"),
        ({"period": float("nan")}, "period of a schedule"), ({"rates": None}, "needs its rates, or a geometry"),
        ({"rates": [["a"]]}, "rows of finite numbers"), ({"rates": 3.0}, "rows of finite numbers"),
    ],
)  # fmt: skip
def test_wrong_schedules(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        TimedArray(**{"rates": FOUR, **arguments})


@pytest.mark.parametrize("arguments", [{"schedule": 0.3}, {"schedule": 1.0, "period": 0.2}])
def test_schedules_of_less_than_a_step(arguments: dict[str, Any]) -> None:
    net = Network(dt=1.0, seed=1)
    net.create(TimedArray(FOUR, **arguments))
    with pytest.raises(ConfigurationError, match=r"a step of dt = 1\.0 ms at least"):
        net.compile()


def test_wrong_shapes() -> None:
    with pytest.raises(ValueShapeError, match="'rates' has shape"):
        TimedArray(np.zeros((4, 3)), geometry=2)
    with pytest.raises(ValueShapeError, match="'rates' has shape"):
        TimedArray(FOUR).update(np.zeros((4, 3)))


# ---- rates that are set, currents -------------------------------------------------------------------------------


def test_input_array() -> None:
    net = Network(dt=1.0, seed=1)
    pop, ear = net.create(InputArray((2, 2))), net.create(4, EAR)
    net.connect(pop, ear, "exc").one_to_one(weights=3.0)
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(1.0)
    pop.r = [[1.0, 2.0], [3.0, 4.0]]
    net.simulate(2.0)
    assert ear.r.tolist() == [3, 6, 9, 12]
    assert monitor.get()[:, 1, 0].tolist() == [0, 3, 3]


def test_step_current_charges_neurons() -> None:
    net = Network(dt=0.5, seed=1)
    pulse = net.create(StepCurrent(3, amplitudes=[[1.0, 2.0, 3.0], [0.0, 0.0, 0.5]], times=[2.0, 4.0]))
    cells = net.create(3, ELECTRODE)
    net.connect(pulse, cells, "inj").one_to_one(weights=1.0)
    net.compile()
    net.simulate(5.5)  # of r in the steps 0 to 9: 4 of the first amplitude, 2 of the second
    assert cells.v.tolist() == [4.0, 8.0, 13.0]


def test_alternating_current_is_the_sine() -> None:
    dt, steps = 0.1, 3000
    r = played(ACCurrent(1, amplitude=2.0, frequency=7.0, phase=0.3, offset=-1.0, start=50.0, stop=250.0), steps, dt)
    t = np.arange(steps) * dt
    expected = np.where((t >= 50.0 - 1e-9) & (t < 250.0 - 1e-9), -1.0 + 2.0 * np.sin(2e-3 * np.pi * 7.0 * t + 0.3), 0.0)
    assert np.abs(r - expected).max() < 1e-12


def test_white_noise_is_normal_and_independent() -> None:
    net = Network(dt=0.1, seed=3)
    pop = net.create(NoiseCurrent(50, mu=1.5, sigma=0.5, stop=100.0))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(101.0)
    r = monitor.get()
    assert (r[1000:] == 0).all()
    z = (r[:1000] - 1.5) / 0.5
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    for shifted in (z[1:] * z[:-1], z[:, 1:] * z[:, :-1]):
        assert abs(shifted.mean()) < 4.0 / np.sqrt(shifted.size)


def test_coloured_noise_has_its_time_constant() -> None:
    net = Network(dt=0.5, seed=3)
    pop = net.create(NoiseCurrent(400, sigma=2.0, tau=10.0))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(500.0)
    r = monitor.get()
    assert stats.kstest(r[0] / 2.0, "norm").pvalue > 1e-3  # stationary from the first step on
    for lag in (1, 10, 40):
        covariance = (r[lag:] * r[:-lag]).mean()
        assert covariance == pytest.approx(4.0 * np.exp(-lag * 0.5 / 10.0), abs=0.15)


def test_wrong_noise() -> None:
    with pytest.raises(ConfigurationError, match="the tau of a noisy current"):
        NoiseCurrent(3, tau=0.0)


# ---- Poisson processes by a schedule ----------------------------------------------------------------------------


def test_inhomogeneous_poisson_from_an_array() -> None:
    steps, size = 400, 500
    rates = 100.0 * (1.0 + np.sin(np.arange(steps) / 30.0))
    net = Network(dt=1.0, seed=9)
    pop = net.create(TimedPoissonPopulation(size, rates=rates))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(float(steps))
    counts, p = np.bincount(monitor.get().times, minlength=steps), rates / 1000.0
    assert stats.chi2.sf(((counts - size * p) ** 2 / (size * p * (1 - p) + 1e-9)).sum(), steps) > 1e-3


def test_poisson_schedule() -> None:
    net = Network(dt=1.0, seed=9)
    rates = np.array([[0.0, 1e4], [1e4, 0.0]])
    pop = net.create(TimedPoissonPopulation(2, rates, schedule=[2.0, 5.0], period=8.0))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(13.0)
    spikes = monitor.get()
    assert spikes[0].tolist() == [5, 6, 7, 8, 9] and spikes[1].tolist() == [2, 3, 4, 10, 11, 12]
    pop.update([1e4], schedule=0.0)
    net.simulate(2.0)
    assert monitor.get().times.tolist() == [13, 13, 14, 14] and pop.rates.tolist() == [[1e4, 1e4]]


