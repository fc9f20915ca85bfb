"""Functions of the script as populations: closed loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distann import ConfigurationError, Network, Neuron, ValueShapeError
from tests.ranks import run_ranks

EAR = Neuron(equations="r = sum(exc)", name="Ear")


@pytest.mark.parametrize(("period", "dt"), [(None, 1.0), (3.0, 1.0), (1.0, 0.5)])
def test_rates_hold_until_the_next_call(period: float | None, dt: float) -> None:
    net, calls = Network(dt=dt, seed=1), []

    @net.source((2, 2), period=period)
    def eye(t: float) -> Any:
        calls.append(t)
        return np.array([[t, t + 1.0], [t + 2.0, t + 3.0]])

    ear = net.create(4, EAR)
    net.connect(eye, ear, "exc").one_to_one(weights=1.0)
    shown, heard = net.monitor(eye, "r"), net.monitor(ear, "r")
    net.compile()
    net.simulate(4.0)
    net.step()
    net.simulate(4.0)
    steps = np.arange(round(8.0 / dt) + 1)
    every = round((period or dt) / dt)
    assert calls == [step * dt for step in steps if step % every == 0]
    expected = (steps // every * every * dt)[:, None] + np.arange(4.0)
    assert np.array_equal(shown.get(reshape=False), expected) and eye.name == "eye"
    assert np.array_equal(heard.get()[1:], expected[:-1])


def test_spikes_of_this_step() -> None:
    net = Network(dt=0.5, seed=1)

    @net.source(5, period=1.0, spikes=True, name="nerve")
    def given(t: float) -> Any:
        return None if t == 2.0 else [int(t) % 5, 4, 4]

    monitor = net.monitor(given, "spike")
    net.compile()
    net.simulate(4.5)
    spikes = monitor.get()
    assert given.name == "nerve"
    assert list(zip(spikes.times, spikes.ids, strict=True)) == [(0, 0), (0, 4), (2, 1), (2, 4), (6, 3), (6, 4), (8, 4)]


def test_a_loop_that_is_closed() -> None:
    net = Network(dt=1.0, seed=1)
    body = {"x": 0.0}

    @net.source(1)
    def error(t: float) -> Any:
        if net.compiled:
            body["x"] += 0.5 * float(muscle.r[0])
        return 10.0 - body["x"]

    muscle = net.create(1, EAR)
    net.connect(error, muscle, "exc").one_to_one(weights=1.0)
    net.compile()
    net.simulate(60.0)
    assert body["x"] == pytest.approx(10.0, abs=1e-3)


def test_until_a_condition_and_after_a_reset() -> None:
    net = Network(dt=1.0, seed=1)

    @net.source(1, period=2.0)
    def clock(t: float) -> float:
        return t

    ear = net.create(1, EAR, stop_condition="r > 5.0")
    net.connect(clock, ear, "exc").one_to_one(weights=1.0)
    net.compile()
    assert net.simulate_until(100.0, ear) == 8.0
    net.reset()
    assert net.simulate_until(100.0, ear) == 8.0


def test_ranks_and_windows_do_not_matter() -> None:
    script = """
        import numpy as np
        from distann import *
        from distann.runtime.startup import start
        net = Network(dt=1.0, seed=3)
        @net.source(40, period=2.0)
        def eye(t):
            return 10.0 * np.sin(t + np.arange(40.0)) ** 2 + 65.0 + cells.v.mean()
        @net.source(30, period=3.0, spikes=True)
        def nerve(t):
            return np.flatnonzero((np.arange(30) + int(t)) % 7 == 0)
        cells = net.create(50, IF_curr_exp())
        noise = net.create(PoissonPopulation(60, target="exc"))
        net.connect(eye, noise, "exc").fixed_probability(0.5, weights=1.0, delays=4.0)
        net.connect(nerve, cells, "exc").fixed_probability(0.5, weights=0.3, delays=4.0)
        net.connect(noise, cells, "exc").fixed_probability(0.5, weights=0.3, delays=5.0)
        m, n = net.monitor(cells, "v"), net.monitor(noise, "spike")
        net.compile()
        net.simulate(50.0)
        v, s = m.get(), n.get()
        if start().rank == 0:
            print(abs(v).sum().hex(), s.ids.sum(), s.times.sum())
    """
    whole = run_ranks(script, 1).stdout
    assert whole and not whole.endswith(" 0 0\n")
    for ranks, threads in ((1, 2), (2, 1), (3, 2)):
        assert run_ranks(script, ranks, threads=threads).stdout == whole


def test_refusals() -> None:
    net = Network(dt=1.0, seed=1)
    for period in (0.0, 0.2, -1.0):
        with pytest.raises(ConfigurationError, match=r"the period of a source is at least dt = 1\.0 ms"):
            net.source(2, period=period)

    @net.source(2)
    def eye(t: float) -> Any:
        return [1.0, 2.0, 3.0]

    net.compile()
    with pytest.raises(ValueShapeError, match="'r' has shape"):
        net.step()


def test_a_neuron_that_there_is_not_cannot_spike() -> None:
    net = Network(dt=1.0, seed=1)

    @net.source(2, spikes=True)
    def nerve(t: float) -> Any:
        return [2]

    net.compile()
    with pytest.raises(ConfigurationError, match="their ranks are 0 to 1"):
        net.step()
