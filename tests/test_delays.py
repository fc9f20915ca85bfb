"""When things arrive: delays, and the order of operations within a step."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from distann import Network, SpikeSourceArray, Uniform
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP, TRAP

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


def arrivals(delay: float, dt: float, duration: float, times: list[float], shared: bool = True) -> list[int]:
    """Return the steps in which spikes of a source arrive at a cell."""
    net = Network(dt=dt, seed=1)
    source, pop = net.create(SpikeSourceArray(times)), net.create(2, CELL)
    net.connect(source, pop, "exc").all_to_all(1.0, delays=delay, force_multiple_weights=not shared)
    monitor = net.monitor(pop, "g_exc")
    net.compile()
    net.simulate(duration)
    g = monitor.get()
    assert np.array_equal(g[:, 0], g[:, 1])
    return np.repeat(np.arange(len(g)), g[:, 0].astype(int)).tolist()


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 40])
def test_a_spike_arrives_after_its_delay(steps: int, shared: bool) -> None:
    emitted = [0, 1, 5, 30]
    found = arrivals(float(steps), 1.0, 80.0, [float(step) for step in emitted], shared)
    assert found == [step + steps for step in emitted]


@pytest.mark.parametrize(
    ("delay", "dt", "steps"),
    [
        (0.0, 1.0, 1), (0.4, 1.0, 1), (0.5, 1.0, 1), (1.4, 1.0, 1), (1.5, 1.0, 2), (2.5, 1.0, 3), (3.5, 1.0, 4),
        (0.3, 0.1, 3), (0.7, 0.1, 7), (0.25, 0.1, 3), (1.0, 0.25, 4),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:a delay of")
def test_delays_are_rounded_half_up_and_one_step_at_least(delay: float, dt: float, steps: int) -> None:
    assert arrivals(delay, dt, 20 * dt, [2 * dt]) == [2 + steps]
    net = Network(dt=dt, seed=1)
    pop = net.create(2, CELL)
    projection = net.connect(pop, pop, "exc").all_to_all(1.0, delays=delay)
    net.compile()
    assert projection.delay == steps * dt
    assert projection.synapses().delay.tolist() == [steps * dt] * 2


def test_warning_of_rounded_delays() -> None:
    net = Network(dt=0.5, seed=1)
    pop = net.create(2, CELL)
    with pytest.warns(UserWarning, match=r"a delay of 1.37 ms is not a multiple of dt = 0.5 ms: 1.5 ms are used"):
        net.connect(pop, pop, "exc").all_to_all(1.0, delays=1.37)


def test_projections_of_different_delays() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([3.0])), net.create(1, CELL)
    for weight, delay in ((1.0, 4.0), (10.0, 2.0), (100.0, 9.0), (1000.0, 2.0)):
        net.connect(source, pop, "exc").all_to_all(weight, delays=delay)
    monitor = net.monitor(pop, "g_exc")
    net.compile()
    net.simulate(20.0)
    expected = np.zeros((20, 1))
    expected[[5, 7, 12], 0] = [1010.0, 1.0, 100.0]
    assert np.array_equal(monitor.get(), expected)


def test_spikes_in_flight_survive_the_end_of_simulate() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([1.0])), net.create(1, CELL)
    net.connect(source, pop, "exc").all_to_all(1.0, delays=5.0)
    net.compile()
    for step in range(9):
        assert pop.seen[0] == (1.0 if step > 6 else 0.0)
        net.step()


def test_reset_takes_back_spikes_in_flight() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([1.0])), net.create(1, CELL)
    net.connect(source, pop, "exc").all_to_all(1.0, delays=5.0)
    monitor = net.monitor(pop, "g_exc")
    net.compile()
    net.simulate(3.0)
    net.reset()
    net.simulate(10.0)
    assert np.flatnonzero(monitor.get()[:, 0]).tolist() == [6]


TRAINS = """
    import numpy as np
    from distann import *
    from distann.runtime.startup import start
    from tests.toys import CELL

    rng = np.random.default_rng(8)
    trains = [np.flatnonzero(rng.random(150) < 0.05) for _ in range(40)]
    post, pre = np.divmod(rng.choice(40 * 100, 1000, replace=False), 40)
    steps = rng.integers(1, 61, 1000)
    net = Network(dt=0.1, seed=1)
    source, cells = net.create(SpikeSourceArray([0.1 * train for train in trains])), net.create(100, CELL)
    exc = net.connect(source, cells, "exc").from_coo(post, pre, 1.0 + np.arange(1000), 0.1 * steps)
    monitor = net.monitor(cells, "g_exc")
    net.compile()
    net.simulate(25.0)
    expected = np.zeros((250, 100))
    for k in range(1000):
        for step in trains[pre[k]]:
            expected[step + steps[k], post[k]] += 1.0 + k
    assert np.array_equal(monitor.get(), expected)
    assert np.abs(exc.synapses().delay * 10 - steps[np.lexsort((pre, post))]).max() < 1e-9
    start().barrier()
    print("arrived", flush=True)
"""


@pytest.mark.parametrize(("ranks", "threads"), [(1, 1), (1, 2), (3, 2), (4, 1), (7, 1)])
def test_spikes_through_a_thousand_random_delays(ranks: int, threads: int) -> None:
    done = run_ranks(TRAINS, ranks, threads=threads)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("arrived") == ranks


# ---- rate-coded -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.0, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("shared", [True, False])
def test_rates_are_read_as_they_were(delay: float, shared: bool) -> None:
    """Before there is a past, the past is the initial rate."""
    net = Network(seed=1)
    pre, post = net.create(3, RAMP), net.create(2, RAMP)
    pre.slope = [1.0, 10.0, 100.0]
    pre.r = [5.0, 7.0, 9.0]
    net.connect(pre, post, "exc").all_to_all(2.0, delays=delay, force_multiple_weights=not shared)
    monitor = net.monitor(post, ["sum(exc)", "heard"])
    net.compile()
    net.simulate(12.0)
    d = max(1, int(delay))
    steps = np.arange(12)
    past = [np.maximum(0, steps - d + 1) * slope + first for slope, first in ((1, 5), (10, 7), (100, 9))]
    expected = np.repeat(2.0 * np.sum(past, axis=0)[:, None], 2, axis=1)
    found = monitor.get()
    assert np.array_equal(found["sum(exc)"], expected) and np.array_equal(found["heard"], expected)


def test_values_set_between_steps_are_seen_by_the_next() -> None:
    net = Network(seed=1)
    pre, post = net.create(1, RAMP), net.create(1, RAMP)
    pre.slope = 0.0
    net.connect(pre, post, "exc").all_to_all(1.0)
    net.compile()
    net.step()
    assert post.heard[0] == post.sum("exc")[0] == 5.0
    pre.r = 42.0
    net.step()
    assert post.heard[0] == post.sum("exc")[0] == 42.0


def test_reset_fills_the_past_anew() -> None:
    net = Network(seed=1)
    pre, post = net.create(1, RAMP), net.create(1, RAMP)
    net.connect(pre, post, "exc").all_to_all(1.0, delays=3.0)
    net.compile()
    net.simulate(7.0)
    net.reset()
    net.step()
    assert post.heard[0] == 5.0


@pytest.mark.parametrize("backwards", [False, True])
def test_each_hop_takes_a_step(backwards: bool) -> None:
    """In whatever order populations and projections are created: all read the previous step."""
    net = Network(seed=1)
    chain = [net.create(1, TRAP) for _ in range(4)]
    if backwards:
        chain.reverse()
    links = list(itertools.pairwise(chain))
    for pre, post in reversed(links) if backwards else links:
        net.connect(pre, post, "exc").all_to_all(1.0)
    monitors = [net.monitor(pop, "spike") for pop in chain]
    for pop in chain:
        pop.threshold = 0.5
    chain[0].v = 1.0
    net.compile()
    net.simulate(6.0)
    assert [monitor.get()[0].tolist() for monitor in monitors] == [[0], [1], [2], [3]]


# ---- one step ---------------------------------------------------------------------------------------------------


def test_recorded_input_has_arrived_and_not_decayed() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([0.0, 2.0])), net.create(1, TRAP)
    net.connect(source, pop, "exc").all_to_all(8.0)
    monitor = net.monitor(pop, ["g_exc", "v"])
    net.compile()
    read = []
    for _ in range(5):
        net.step()
        read.append(pop.g_exc[0])
        assert pop.sum("exc")[0] == pop.g_exc[0]
    recorded = monitor.get("g_exc")[:, 0].tolist()
    assert recorded == [0.0, 8.0, 4.0, 10.0, 5.0]
    assert read == [0.0, 4.0, 2.0, 5.0, 2.5]  # Python reads what has decayed
    assert monitor.get("v")[:, 0].tolist() == [0.0, 8.0, 12.0, 22.0, 27.0]  # the arrival counts in its own step


def test_a_spike_acts_from_the_next_step_on() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([3.0])), net.create(1, TRAP)
    net.connect(source, pop, "exc").all_to_all(2000.0)
    monitor = net.monitor(pop, ["spike", "v"])
    net.compile()
    net.simulate(6.0)
    assert monitor.get("spike")[0].tolist() == [4]  # crosses the threshold in the step of the arrival
    assert monitor.get("v")[:, 0].tolist() == [0.0] * 6  # recorded after the reset; frozen while refractory


def test_time_of_the_first_step_is_zero() -> None:
    net = Network(dt=0.25, seed=1)
    pop = net.create(1, CELL)
    monitor = net.monitor(pop, "total")
    net.compile()
    net.simulate(1.0)
    assert monitor.get().tolist() == [0.0, 0.25, 0.5, 0.75]


def test_inputs_of_spiking_neurons_vanish_without_an_equation() -> None:
    net = Network(seed=1)
    source, pop = net.create(SpikeSourceArray([0.0])), net.create(1, CELL)
    net.connect(source, pop, "inh").all_to_all(3.0)
    monitor = net.monitor(pop, "g_inh")
    net.compile()
    net.simulate(4.0)
    assert monitor.get()[:, 0].tolist() == [0.0, 3.0, 0.0, 0.0] and pop.g_inh[0] == 0.0


def test_a_weighted_sum_is_exact_in_the_order_of_synapses() -> None:
    net = Network(seed=1)
    pre, post = net.create(40, RAMP), net.create(3, RAMP)
    pre.r = np.linspace(0.1, 0.9, 40)
    projection = net.connect(pre, post, "exc").fixed_probability(0.5, Uniform(0.0, 1.0))
    net.compile()
    net.step()
    matrix = projection.connectivity_matrix()
    for row in range(3):
        assert math.isclose(post.heard[row], math.fsum(matrix[row] * np.linspace(0.1, 0.9, 40)), rel_tol=1e-14)
