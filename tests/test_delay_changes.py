"""Delays that change while the network runs: what is in flight arrives once, at the right step."""

from __future__ import annotations

import numpy as np
import pytest

from distann import ConfigurationError, Network, SpikeSourceArray, Uniform, UnsupportedError, ValueShapeError
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP, SCALED

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

EMITTED = [0, 1, 2, 5, 9, 10, 11, 12, 17, 18, 19, 24, 30]


def arrivals(changes: dict[int, int]) -> list[int]:
    """Return when spikes arrive; from step 0 the delay is 5."""
    found = []
    for emitted in EMITTED:
        delay, now = 5, 0
        for step, steps in sorted(changes.items()):
            if max(emitted + delay, now) < step:
                break  # it was there before
            delay, now = steps, step
        found.append(max(emitted + delay, now))
    return sorted(found)


@pytest.mark.parametrize(
    "changes", [{}, {12: 9}, {12: 2}, {12: 1}, {12: 5}, {10: 9, 12: 2, 20: 7}, {10: 2, 11: 9, 25: 1}, {12: 9, 13: 8}]
)
def test_spikes_in_flight_arrive_once(changes: dict[int, int]) -> None:
    net = Network(seed=1)
    source, cells = net.create(SpikeSourceArray([float(step) for step in EMITTED])), net.create(20, CELL)
    projection = net.connect(source, cells, "exc").all_to_all(1.0, delays=5.0)
    projection.max_delay = 9.0
    short = net.connect(source, cells, "inh").all_to_all(1.0)  # so that delays can become one step
    monitor = net.monitor(cells, "g_exc")
    net.compile()
    assert projection.max_delay == 9.0 and short.max_delay == 1.0
    for step, steps in sorted(changes.items()):
        net.simulate(step - net.time)
        projection.delay = float(steps)
        assert projection.delay == steps and (projection.synapses().delay == steps).all()
    net.simulate(50.0 - net.time)
    g = monitor.get()
    assert (g == g[:, :1]).all()
    assert np.repeat(np.arange(50), g[:, 0].astype(int)).tolist() == arrivals(changes)


def test_a_reset_forgets_what_was_in_flight() -> None:
    net = Network(seed=1)
    source, cells = net.create(SpikeSourceArray([1.0])), net.create(2, CELL)
    projection = net.connect(source, cells, "exc").all_to_all(1.0, delays=5.0)
    projection.max_delay = 8.0
    monitor = net.monitor(cells, "g_exc")
    net.compile()
    net.simulate(3.0)
    projection.delay = 8.0
    net.reset()
    net.simulate(20.0)
    assert np.flatnonzero(monitor.get()[:, 0]).tolist() == [9]


def test_rates_are_read_as_long_ago_as_the_delay_says() -> None:
    net = Network(seed=1)
    pre, post = net.create(3, RAMP), net.create(2, RAMP)
    projection = net.connect(pre, post, "exc").all_to_all(1.0, delays=2.0)
    projection.max_delay = 6.0
    net.connect(post, pre[:0], "exc").all_to_all(1.0)
    monitor = net.monitor(post, "heard")
    net.compile()
    for delay in (2.0, 6.0, 3.0):
        projection.delay = delay
        net.simulate(10.0)
    steps = np.arange(30)
    delays = np.repeat([2, 6, 3], 10)
    expected = 3 * (5.0 + np.maximum(steps - delays + 1, 0))
    assert np.array_equal(monitor.get()[:, 0], expected)


def test_delays_of_each_rate_coded_synapse() -> None:
    net = Network(seed=1)
    pre, post = net.create(3, RAMP), net.create(2, RAMP)
    pre.r = [0.0, 100.0, 10000.0]
    projection = net.connect(pre, post, "exc").all_to_all(1.0, delays=np.array([[1.0, 2.0, 4.0], [3.0, 3.0, 1.0]]))
    monitor = net.monitor(post, "heard")
    net.compile()
    net.simulate(10.0)
    swapped = [[4.0, 1.0, 2.0], [1.0, 1.0, 3.0]]
    projection.delay = swapped
    assert [row.tolist() for row in projection.delay] == swapped
    net.simulate(1.0)
    past = 10100.0 + np.array([[11.0 - d for d in row] for row in swapped]).sum(axis=1)
    assert np.array_equal(monitor.get()[-1], past)
    projection.delay = 2.0
    assert [row.tolist() for row in projection.delay] == [[2.0] * 3] * 2
    with pytest.raises(ConfigurationError, match="its delays lie between 1 and 4 ms"):
        projection.delay = [5.0] * 6
    with pytest.raises(ValueShapeError):
        projection.delay = [1.0, 2.0]


def test_mistakes() -> None:
    net = Network(seed=1)
    source, cells = net.create(SpikeSourceArray([[1.0]] * 3)), net.create(4, CELL)
    uniform = net.connect(source, cells, "exc").all_to_all(1.0, delays=3.0)
    several = net.connect(source, cells, "exc").all_to_all(1.0, delays=Uniform(3.0, 6.0))
    plastic = net.connect(source, cells, "exc", SCALED).all_to_all(Uniform(0.0, 1.0), delays=3.0)
    with pytest.raises(UnsupportedError, match="given to the connector"):
        uniform.delay = 2.0
    with pytest.raises(ConfigurationError, match="'max_delay' is larger than 0"):
        uniform.max_delay = 0.0
    net.compile()
    for wrong in (2.0, 7.0, float("nan")):
        with pytest.raises(ConfigurationError, match="room for delays from 3 to 6 ms"):
            uniform.delay = wrong
    with pytest.raises(ValueShapeError):
        uniform.delay = [3.0] * 12
    with pytest.raises(UnsupportedError, match="part of how spiking synapses are stored"):
        several.delay = 4.0
    with pytest.raises(UnsupportedError, match="keep the delay that they were built with"):
        plastic.delay = 4.0
    with pytest.raises(ConfigurationError, match="declare max_delay before compile"):
        uniform.max_delay = 9.0
    uniform.delay = 6.0
    assert uniform.delay == 6.0


CHANGES = """
    import numpy as np
    from distann import *
    from distann.runtime.startup import start
    from tests.toys import CELL

    rng = np.random.default_rng(3)
    net = Network(dt=0.5, seed=1)
    source = net.create(SpikeSourceArray([0.5 * np.flatnonzero(rng.random(200) < 0.1) for _ in range(30)]))
    cells = net.create(90, CELL)
    projection = net.connect(source, cells, "exc").fixed_number_pre(5, Uniform(0.0, 1.0), delays=4.0)
    projection.max_delay = 10.0
    monitor = net.monitor(cells, "g_exc")
    net.compile()
    for ms in (4.0, 10.0, 5.5, 4.0):
        projection.delay = ms
        net.simulate(20.0)
    total = monitor.get().sum()
    if start().rank == 0:
        print(repr(total))
"""


def test_all_ranks_change_together() -> None:
    outputs = [run_ranks(CHANGES, ranks, threads=threads) for ranks, threads in ((1, 1), (3, 2))]
    assert all(done.returncode == 0 for done in outputs), outputs[-1].stderr
    assert outputs[0].stdout == outputs[1].stdout != ""
