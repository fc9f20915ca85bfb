"""Monitors of projections and dendrites."""

from __future__ import annotations

import numpy as np
import pytest

from distann import (
    ConfigurationError,
    Monitor,
    Network,
    Neuron,
    PoissonPopulation,
    Population,
    Projection,
    SpikeSourceArray,
    Synapse,
    Uniform,
    UnknownAttributeError,
)
from distann.runtime.rows import Rows
from tests.toys import CELL, RAMP, SCALED

TRAINS = [[0.0, 3.0, 4.0], [], [1.0, 2.0, 3.0, 8.0], [5.0]]


def scaled(delays: float = 1.0, seed: int = 3) -> tuple[Network, Projection]:
    """Return a network whose synapses count the spikes that have arrived: their `scale` began at 2."""
    net = Network(dt=1.0, seed=seed)
    source, cells = net.create(SpikeSourceArray(TRAINS)), net.create(23, CELL)
    projection = net.connect(source, cells, "exc", SCALED)
    projection.fixed_probability(0.6, weights=1.0, delays=delays)
    return net, projection


def counted(pre: np.ndarray, steps: int, delay: int) -> np.ndarray:
    """How many spikes of each synapse have arrived by the end of each step."""
    arrivals = [np.asarray(TRAINS[p]) + delay for p in pre]
    return np.array([[2.0 + (times <= step).sum() for times in arrivals] for step in range(steps)])


@pytest.mark.parametrize("delay", [1, 3])
@pytest.mark.parametrize(("period", "offset"), [(1.0, 0.0), (3.0, 1.0), (4.0, 3.0)])
def test_values_of_synapses_in_the_order_of_the_projection(delay: int, period: float, offset: float) -> None:
    net, projection = scaled(float(delay))
    monitor = net.monitor(projection, "scale", period=period, period_offset=offset)
    net.compile()
    net.simulate(5.0)
    net.simulate(7.0)
    pre = projection.synapses().pre
    expected = counted(pre, 12, delay)[int(offset) :: int(period)]
    assert np.array_equal(monitor.get("scale", keep=True), expected)
    assert np.array_equal(monitor.get(local=True), expected) and monitor.get().shape == (0, len(pre))


def test_a_dendrite_records_its_own_synapses() -> None:
    net, projection = scaled()
    net.compile()
    rank = int(projection.post_ranks[4])
    monitor = Monitor(projection.dendrite(rank), ["scale", "w"])
    net.simulate(6.0)
    synapses, found = projection.synapses(), monitor.get()
    assert np.array_equal(found["scale"], counted(synapses.pre[synapses.post == rank], 6, 1))
    assert found["w"].tolist() == [1.0] * 6  # one for all


def test_windows_that_end_for_a_record_change_nothing() -> None:
    def spikes(period: float | None) -> list[np.ndarray]:
        net, projection = scaled(3.0)
        cells = projection.post
        assert isinstance(cells, Population)
        if period is not None:
            net.monitor(projection, "scale", period=period)
        monitor = net.monitor(cells, "seen")
        net.compile()
        net.simulate(12.0)
        return [monitor.get(), projection.scale.flat]

    alone = spikes(None)
    for period in (1.0, 2.0, 5.0):
        assert all(np.array_equal(a, b) for a, b in zip(alone, spikes(period), strict=True))


def test_pause_and_resume_and_reset() -> None:
    net, projection = scaled()
    monitor = net.monitor(projection, "scale", start=False)
    net.compile()
    net.simulate(2.0)
    monitor.start()
    net.simulate(2.0)
    monitor.pause()
    net.simulate(2.0)
    monitor.resume()
    net.simulate(1.0)
    assert monitor.times() == {"scale": {"start": [2.0, 6.0], "stop": [4.0, 7.0]}}
    expected = counted(projection.synapses().pre, 7, 1)
    assert np.array_equal(monitor.get(), expected[[2, 3, 6]])
    net.reset(projections=True)
    net.simulate(3.0)
    assert np.array_equal(monitor.get(), expected[:3])


def test_weights_that_are_set_between_steps() -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(3, RAMP)
    pop.r = [1.0, 2.0, 3.0]
    projection = net.connect(pop, pop[[2, 0]], "exc")
    projection.all_to_all(weights=0.5, force_multiple_weights=True)
    shared = net.connect(pop, pop, "exc")
    shared.one_to_one(weights=0.25)
    monitor, one = net.monitor(projection, "w"), net.monitor(shared, "w")
    net.compile()
    net.step()
    projection.w = np.arange(4.0)
    net.step()
    assert monitor.get().tolist() == [[0.5] * 4, [0.0, 1.0, 2.0, 3.0]]
    assert one.get().tolist() == [0.25, 0.25]


def test_a_projection_without_synapses_on_this_rank_or_any() -> None:
    net = Network(dt=1.0, seed=1)
    source, cells = net.create(SpikeSourceArray(TRAINS)), net.create(5, CELL)
    projection = net.connect(source, cells, "exc", SCALED)
    projection.fixed_probability(0.0, weights=1.0)
    monitor = net.monitor(projection, "scale")
    net.compile()
    net.simulate(3.0)
    assert monitor.get().shape == (3, 0)


def test_what_cannot_be_recorded() -> None:
    net, projection = scaled()
    for variable in ("offset", "spike", "v"):
        with pytest.raises(UnknownAttributeError, match="projection 'proj0' has no attribute"):
            net.monitor(projection, variable)
    with pytest.raises(ConfigurationError, match="recording projection 'proj1' needs its synapses"):
        net.monitor(net.connect(projection.pre, projection.post, "inh"), "w")


STDP_AND_MORE = Synapse(
    parameters="tau = 8.0 : projection; A = 0.02 : projection",
    equations="""
        tau * dx/dt = -x : event-driven
        tau * dy/dt = -y : event-driven
        5.0 * dslow/dt = post.v - slow : postsynaptic
        total += 1.0 : projection
    """,
    pre_spike="""
        g_target += w
        x += A
        w = clip(w - y, 0.0, 1.0)
    """,
    post_spike="""
        y += A
        w = clip(w + x, 0.0, 1.0)
    """,
    name="Watched",
)
LEAKY = Neuron(equations="4.0 * dv/dt = g_exc - v", spike="v > 0.3", reset="v = 0.0", name="LeakyWatched")


def learning(seed: int = 4) -> tuple[Network, Projection]:
    net = Network(dt=1.0, seed=seed)
    noise, cells = net.create(PoissonPopulation(30, rates=60.0)), net.create(12, LEAKY)
    projection = net.connect(noise, cells, "exc", STDP_AND_MORE)
    projection.fixed_probability(0.5, weights=Uniform(0.0, 1.0), delays=2.0)
    return net, projection


def test_synapses_that_change_are_recorded_as_they_are_read_after_each_step() -> None:
    names = ["w", "x", "y", "slow", "total"]
    net, projection = learning()
    monitor, rare = net.monitor(projection, names), net.monitor(projection, names, period=7.0, period_offset=4.0)
    net.compile()
    net.simulate(60.0)
    found, seldom = monitor.get(), rare.get()
    stepped, same = learning()
    stepped.compile()
    for step in range(60):
        stepped.step()
        for name in names:
            value = same.get(name)
            read = value.flat if isinstance(value, Rows) else value
            assert np.array_equal(found[name][step], read), (name, step)
            if step % 7 == 4:
                assert np.array_equal(seldom[name][step // 7], read)
    assert found["w"].std(axis=0).max() > 0.0 and found["y"].max() > 0.0
