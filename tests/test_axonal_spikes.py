"""Axonal spikes: a second condition of neurons, and what synapses do when such a spike arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distann import (
    ConfigurationError,
    EquationError,
    Network,
    Neuron,
    Population,
    SpikeSourceArray,
    Synapse,
    Uniform,
    UnknownAttributeError,
    float32,
)
from tests.reference.interpreter import Interpreter
from tests.reference.plasticity import Array, Pairs

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

STEPS, SIZE, SEED = 300, 37, 5
BOTH = Neuron(
    parameters="drive = 0.0",
    equations="""
        5.0 * dv/dt = drive - v + 0.3 * Normal(0.0, 1.0)
        count = count
        held = v
    """,
    spike="v > 1.0",
    reset="v = 0.1\nheld = 2.0 * v",
    refractory=1.0,
    axon_spike="v > 0.8 and held < 3.0 and Uniform(0.0, 1.0) < 0.4 + mean(count) / 1000.0",
    axon_reset="count += 1.0\nv -= 0.2 * held\nheld = t_last",
)
ALONE = Neuron(
    parameters="drive = 0.0\nmost = 0.9 : population", equations="dv/dt = drive * (1.5 - v)", axon_spike="v > most",
    axon_reset="v = 0.0",
)  # fmt: skip
UNRESET = Neuron(parameters="drive = 0.0", equations="dv/dt = drive * (1.5 - v)", spike="v > 1.2", reset="v = 0.3",
                 axon_spike="v < 0.5")  # fmt: skip


def test_neurons_against_the_interpreter() -> None:
    """One condition, the other or both hold in a step; both see what the equations give; rest counts for one only."""
    neurons, drive = [BOTH, ALONE, UNRESET], np.linspace(0.0, 2.5, SIZE)
    net = Network(dt=0.25, seed=SEED)
    populations = [net.create(SIZE, neuron) for neuron in neurons]
    slow = [Interpreter(neuron, SIZE, 0.25, {"drive": drive}, SEED, n) for n, neuron in enumerate(neurons)]
    kinds = [["spike", "axon_spike"], ["axon_spike"], ["spike", "axon_spike"]]
    monitors = [net.monitor(p, ["v", *kind]) for p, kind in zip(populations, kinds, strict=True)]
    for population in populations:
        population.drive = drive
    net.compile()
    net.simulate(STEPS * 0.25)
    together = 0
    for interpreter, monitor, population in zip(slow, monitors, populations, strict=True):
        found: dict[str, list[tuple[int, int]]] = {"spike": [], "axon_spike": []}
        v = np.empty((STEPS, SIZE))
        for step in range(STEPS):
            spikes = interpreter.step({})
            for kind, which in (("spike", spikes), ("axon_spike", interpreter.axonal)):
                found[kind] += [(step, int(neuron)) for neuron in np.flatnonzero(which)]
            v[step] = interpreter.state["v"]
            together += int((spikes & interpreter.axonal).sum())
        records = monitor.get(force_dict=True)
        assert records.pop("v") == pytest.approx(v, rel=1e-12, abs=1e-12)
        for kind, spikes in records.items():
            assert list(zip(spikes.times.tolist(), spikes.ids.tolist(), strict=True)) == found[kind] != []
        for name in population.variables:
            assert population.get(name) == pytest.approx(interpreter.state[name], rel=1e-12, abs=1e-12)
    assert together > 20


# ---- synapses -----------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(9)
PRE = [np.unique(RNG.integers(1, STEPS, 8 + 5 * i)) for i in range(6)]
AXONAL = [np.unique(np.append(RNG.integers(1, STEPS, 5 + 6 * i), PRE[i][::3])) for i in range(6)]
POST = [np.unique(RNG.integers(1, STEPS, 12 + 9 * j)) for j in range(5)]
RELAY = Neuron(
    equations="told = g_drive\nasked = g_ask\nv = g_exc\nu = g_inh", spike="told > 0.5", axon_spike="asked > 0.5",
    name="relay",
)  # fmt: skip
TIMING = {"x": (15.0, 0.0), "z": (40.0, 0.0), "y": (25.0, 0.0), "own": (10.0, 0.5)}
LEARNING = Synapse(
    equations="""
        15.0 * dx/dt = -x : event-driven
        40.0 * dz/dt = -z : event-driven
        25.0 * dy/dt = -y : event-driven
        10.0 * down/dt = 0.5 - own : event-driven
    """,
    pre_spike="g_target += w + z ; x += 0.1 ; w = clip(w - y, 0.0, 2.0) ; own *= 0.9",
    pre_axon_spike="x = 0.5 * x + 0.01 * z ; g_target -= w * own ; z += 0.05 + x ; w += 0.1 * own * x : max = 1.9",
    post_spike="y += 0.02 ; w = clip(w + x * own + z, 0.0, 2.0) ; own += 0.01",
)


def expected(w: Array, delay: NDArray[Any]) -> tuple[Array, Array]:
    """Return the final weights and what arrives, from the slow reference."""

    def pre(s: dict[str, Array], where: NDArray[np.bool_]) -> None:
        s["g"] += where * (s["w"] + s["z"])
        s["x"] += where * 0.1
        s["w"] = np.where(where, np.clip(s["w"] - s["y"], 0.0, 2.0), s["w"])
        s["own"] = np.where(where, 0.9 * s["own"], s["own"])

    def axonal(s: dict[str, Array], where: NDArray[np.bool_]) -> None:
        s["g"] -= where * s["w"] * s["own"]
        s["x"] = np.where(where, 0.5 * s["x"] + 0.01 * s["z"], s["x"])
        s["z"] += where * (0.05 + s["x"])
        s["w"] = np.where(where, np.minimum(s["w"] + 0.1 * s["own"] * s["x"], 1.9), s["w"])

    def post(s: dict[str, Array], where: NDArray[np.bool_]) -> None:
        s["y"] += where * 0.02
        s["w"] = np.where(where, np.clip(s["w"] + s["x"] * s["own"] + s["z"], 0.0, 2.0), s["w"])
        s["own"] += where * 0.01

    zeros = {name: np.zeros(w.shape) for name in TIMING}
    pairs = Pairs({"w": w.copy(), **zeros}, TIMING, pre, post, axonal=axonal)
    received = pairs.run(STEPS, PRE, POST, delay, AXONAL)
    return pairs.values["w"], received


def network(neuron: Neuron = RELAY) -> tuple[Network, Population, Population]:
    """Return a network whose neurons have the spikes `PRE` and `AXONAL`, and `POST`."""
    net = Network(dt=0.1, seed=8)

    def told(trains: list[NDArray[Any]]) -> Population:
        return net.create(SpikeSourceArray([list((steps - 1) * 0.1) for steps in trains]))

    pre, post = net.create(len(PRE), neuron), net.create(len(POST), RELAY)
    net.connect(told(AXONAL), pre, "ask").one_to_one(1.0)
    if "drive" in pre.targets:
        net.connect(told(PRE), pre, "drive").one_to_one(1.0)
    net.connect(told(POST), post, "drive").one_to_one(1.0)
    return net, pre, post


def matrix(values: Any) -> NDArray[np.float64]:
    return np.array([list(row) for row in values])


@pytest.mark.parametrize("delays", [0.4, Uniform(0.1, 1.2)])
def test_events_of_both_kinds_change_synapses(delays: Any) -> None:
    net, pre, post = network()
    learning = net.connect(pre, post, "exc", LEARNING).all_to_all(Uniform(0.5, 1.5), delays=delays)
    monitor = net.monitor(post, "v")
    net.compile()
    w, delay = matrix(learning.w), np.rint(learning.synapses().delay / 0.1).astype(int).reshape(len(POST), len(PRE))
    net.simulate(STEPS * 0.1)
    wanted, received = expected(w, delay)
    assert np.abs(wanted - w).max() > 0.3 and np.abs(received).max() > 1.0
    assert matrix(learning.w) == pytest.approx(wanted, rel=1e-12)
    assert monitor.get() == pytest.approx(received, rel=1e-11, abs=1e-12)


def arrived(trains: list[NDArray[Any]], rows: Any, delay: int) -> NDArray[np.float64]:
    """Return the number of spikes that arrive in each step."""
    count = np.zeros(STEPS)
    for i in rows:
        at = trains[i] + delay
        count[at[at < STEPS]] += 1.0
    return count


def test_what_is_static_views_and_switches() -> None:
    """Several targets, views as pre, one kind of spikes only; each kind and the whole can be switched off."""
    net, pre, post = network()
    some = net.connect(pre[[4, 1]], post, ["exc", "inh"], Synapse(pre_spike="g_target += w",
                       pre_axon_spike="g_target += 16.0 * w")).all_to_all(1.0, delays=0.3)  # fmt: skip
    only = net.connect(pre, post[:1], "exc", Synapse(pre_axon_spike="g_target += 256.0 * w")).all_to_all(1.0)
    monitor = net.monitor(post, ["v", "u"])
    net.compile()
    on = np.ones((2, STEPS))
    for begin, projection, flag in ((50, some, "axon_transmission"), (100, only, "transmission"),
                                    (150, some, "transmission"), (200, some, "axon_transmission")):  # fmt: skip
        net.simulate((begin - net.current_step) * 0.1)
        setattr(projection, flag, not getattr(projection, flag))
    assert (some.axon_transmission, some.transmission) == (True, False)
    net.simulate(50 * 0.1)
    some.transmission = True
    net.simulate((STEPS - 250) * 0.1)
    on[0, 150:250] = 0.0
    on[1] = on[0]
    on[1, 50:200] = 0.0
    spikes, axonal = arrived(PRE, (4, 1), 3), arrived(AXONAL, (4, 1), 3)
    wanted = on[0] * spikes + on[1] * 16.0 * axonal
    everything = 256.0 * arrived(AXONAL, range(6), 1)
    everything[100:] = 0.0
    found = monitor.get()
    assert (found["u"] == wanted[:, np.newaxis]).all()
    assert (found["v"][:, 1:] == wanted[:, np.newaxis]).all() and (found["v"][:, 0] == wanted + everything).all()
    assert 0 < on[1] @ axonal < axonal.sum() and everything.sum() > 0


def test_reset_and_a_changed_delay_forget_no_kind() -> None:
    net, pre, post = network(Neuron(equations="asked = g_ask", axon_spike="asked > 0.5"))
    synapse = Synapse(pre_axon_spike="g_target += w")
    arriving = net.connect(pre, post, "exc", synapse).all_to_all(1.0, delays=0.5)
    arriving.max_delay = 1.0
    monitor = net.monitor(post, "v")
    net.compile()
    net.simulate(STEPS * 0.1)
    whole = arrived(AXONAL, range(6), 5)
    assert (monitor.get() == whole[:, np.newaxis]).all()
    net.reset()
    net.simulate(20.0)
    arriving.delay = 0.2
    net.simulate(STEPS * 0.1 - 20.0)
    later = arrived(AXONAL, range(6), 2)
    both = np.concatenate([whole[:200], later[200:]])
    both[200] += sum(((train + 5 >= 200) & (train + 2 < 200)).sum() for train in AXONAL)
    assert (monitor.get() == both[:, np.newaxis]).all()


@pytest.mark.parametrize("dtype", ["float64", float32])
def test_windows_of_several_steps(dtype: Any) -> None:
    """Where all delays are long, many steps are made before spikes are exchanged."""
    net = Network(dt=0.1, seed=2)
    net.config(dtype=dtype)
    pre, post = net.create(40, ALONE), net.create(3, RELAY)
    pre.drive = np.linspace(0.1, 3.0, 40)
    synapse = Synapse(pre_axon_spike="g_target += w")
    net.connect(pre[::2], post, "exc", synapse).all_to_all(0.5, delays=0.8)
    spikes, heard = net.monitor(pre, "axon_spike"), net.monitor(post, "v")
    net.compile()
    assert net._state.simulation.window == 8
    net.simulate(20.0)
    found = spikes.get()
    wanted = np.bincount(found.times[found.ids % 2 == 0] + 8, minlength=208)[:200] * 0.5
    assert wanted.sum() > 50 and (heard.get() == wanted[:, np.newaxis]).all()


def test_synapses_that_go() -> None:
    """Spikes of both kinds that are in flight reach the synapses that stay, and no others."""
    net = Network(dt=0.1, seed=2)
    net.config(structural_plasticity=True)
    pre, post = net.create(12, UNRESET), net.create(2, RELAY)
    pre.drive = np.linspace(0.5, 3.0, 12)
    synapse = Synapse(pre_spike="g_target += w", pre_axon_spike="g_target += 64.0 * w")
    some = net.connect(pre, post, "exc", synapse).all_to_all(1.0, delays=Uniform(0.1, 2.0))
    monitor, heard = net.monitor(pre, ["spike", "axon_spike"]), net.monitor(post, "v")
    net.compile()
    delay = np.rint(some.synapses().delay / 0.1).astype(int).reshape(2, 12)
    net.simulate(10.0)
    some.dendrite(1).prune_synapses([2, 3, 11])
    net.simulate(10.0)
    wanted = np.zeros((200, 2))
    for kind, weight in (("spike", 1.0), ("axon_spike", 64.0)):
        spikes = monitor.get(kind)
        for pre_rank, step in zip(spikes.ids, spikes.times, strict=True):
            for j in range(2):
                at = step + delay[j, pre_rank]
                if at < (100 if j == 1 and pre_rank in (2, 3, 11) else 200):
                    wanted[at, j] += weight
    assert (heard.get() == wanted).all() and wanted[100:].any() and (wanted[:, 0] != wanted[:, 1]).any()


def test_a_disabled_population_has_no_axonal_spikes_either() -> None:
    net = Network(dt=0.1)
    pop = net.create(5, ALONE)
    pop.drive = 2.0
    net.compile()
    monitor = net.monitor(pop, "axon_spike")
    net.simulate(5.0)
    assert monitor.mean_fr() == monitor.mean_fr(monitor.get(keep=True)) > 0.0
    assert len(monitor.get().ids) > 0
    pop.disable()
    net.simulate(5.0)
    assert len(monitor.get().ids) == 0


def test_both_kinds_in_one_file(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    net = Network(dt=0.25, seed=3)
    pop = net.create(12, BOTH)
    pop.drive = np.linspace(0.5, 2.5, 12)
    here = net.monitor(pop, ["spike", "axon_spike"])
    there = net.monitor(pop, ["spike", "axon_spike"], to_file=tmp_path / "run.h5", name="cells")
    net.compile()
    net.simulate(60.0)
    for kind, spikes in here.get().items():
        streamed = there.get(kind, keep=True)
        assert len(spikes.ids) > 0
        assert (streamed.ids.tolist(), streamed.times.tolist()) == (spikes.ids.tolist(), spikes.times.tolist())


def test_what_needs_the_other_kind() -> None:
    net = Network(dt=0.1)
    pop = net.create(3, ALONE, name="quiet")
    post = net.create(3, RELAY)
    with pytest.warns(UserWarning, match="transmits nothing: Neuron has axonal spikes only"):
        net.connect(pop, post, "exc").one_to_one(1.0)
    with pytest.raises(EquationError, match="a neuron without the condition 'spike' has no spikes"):
        net.create(3, ALONE, stop_condition="spiked")
    with pytest.raises(ConfigurationError, match="'quiet' has axonal spikes only: it has no spikes to count"):
        pop.compute_firing_rate(10.0)
    with pytest.raises(UnknownAttributeError, match="spike"):
        net.monitor(pop, "spike")
