"""Synapses that learn in every kind of projection: views, several targets and synapses of a pair, no synapses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distann import STDP, Network, Neuron, Population, Projection, SpikeSourceArray, Synapse, Uniform, float32
from tests.reference import learning_rules as rules
from tests.reference.plasticity import Pairs

STEPS = 800
RNG = np.random.default_rng(31)
PRE = [np.unique(RNG.integers(0, STEPS, 10 + 9 * i)) for i in range(6)]
POST = [np.unique(np.append(RNG.integers(1, STEPS, 12 + 20 * j), PRE[3][::2][1:])) for j in range(5)]
TIMING = {"tau_plus": 15.0, "tau_minus": 30.0, "A_plus": 0.05, "A_minus": 0.04, "w_min": 0.1, "w_max": 1.2}
RELAY = Neuron(equations="told = g_drive\nv = g_exc\nu = g_inh", spike="told > 0.5", name="relay")


def network(**options: Any) -> tuple[Network, Population, Population]:
    """Return a network with neurons that spike at `PRE` and `POST`."""
    net = Network(dt=0.1, seed=8)
    net.config(**options)
    pre = net.create(SpikeSourceArray([list(steps * 0.1) for steps in PRE]))
    teacher = net.create(SpikeSourceArray([list((steps - 1) * 0.1) for steps in POST]))
    post = net.create(len(POST), RELAY)
    net.connect(teacher, post, "drive").one_to_one(1.0)
    return net, pre, post


def matrix(values: Any) -> NDArray[np.float64]:
    return np.array([list(row) for row in values])


def expected(pairs: Pairs, w: NDArray[np.float64], pre: Any, post: Any, delay: int) -> NDArray[np.float64]:
    """Run the reference on some of the spike trains and return its weights."""
    pairs.values |= {name: np.zeros(w.shape) for name in ("x", "y")} | {"w": w}
    pairs.run(STEPS, [PRE[i] for i in pre], [POST[j] for j in post], np.full(w.shape, delay))
    return pairs.values["w"]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), (float32, 2e-5)])
def test_views_and_precision(dtype: Any, tolerance: float) -> None:
    net, pre, post = network(dtype=dtype)
    some = net.connect(pre[[5, 1, 3]], post[1:5:2], "exc", STDP(**TIMING)).all_to_all(Uniform(0.2, 1.0), delays=0.4)
    net.compile()
    w = matrix(some.w)
    assert w.shape == (2, 3) and some.pre_ranks[0].tolist() == [1, 3, 5] and some.post_ranks.tolist() == [1, 3]
    wanted = expected(rules.stdp(**TIMING), w, (1, 3, 5), (1, 3), 4)
    net.simulate(STEPS * 0.1)
    assert np.abs(wanted - w).max() > 0.1
    assert matrix(some.w) == pytest.approx(wanted, rel=tolerance)


def test_several_targets_receive_the_same() -> None:
    net, pre, post = network()
    weights = RNG.uniform(0.2, 1.0, (len(POST), len(PRE)))
    both = net.connect(pre, post, ["exc", "inh"], STDP(**TIMING)).from_matrix(weights, delays=0.2)
    net.compile()
    monitor = net.monitor(post, ["v", "u"])
    net.simulate(STEPS * 0.1)
    received = monitor.get()
    assert (received["v"] == received["u"]).all() and received["v"].max() > 0.5
    wanted = expected(rules.stdp(**TIMING), weights, range(len(PRE)), range(len(POST)), 2)
    assert matrix(both.w) == pytest.approx(wanted, rel=1e-12)


def test_each_synapse_of_a_pair_learns_by_itself() -> None:
    """Two synapses of one pair are as two neurons with the same spikes."""
    twice, pre, post = network()
    pairs = [(j, i) for j in range(len(POST)) for i in range(len(PRE)) for _ in range(2)]
    listed = {
        "w": RNG.uniform(0.2, 1.0, len(pairs)),
        "d": np.tile([0.1, 0.5], len(pairs) // 2),
    }
    posts, pres = np.array(pairs).T
    doubled = twice.connect(pre, post, "exc", STDP(**TIMING)).from_coo(posts, pres, **listed, allow_multapses=True)
    apart = Network(dt=0.1, seed=8)
    sources = apart.create(SpikeSourceArray([list(steps * 0.1) for steps in PRE for _ in range(2)]))
    teacher = apart.create(SpikeSourceArray([list((steps - 1) * 0.1) for steps in POST]))
    targets = apart.create(len(POST), RELAY)
    apart.connect(teacher, targets, "drive").one_to_one(1.0)
    single = apart.connect(sources, targets, "exc", STDP(**TIMING))
    single.from_coo(posts, np.tile(np.arange(2 * len(PRE)), len(POST)), **listed)
    for net in (twice, apart):
        net.compile()
        net.simulate(STEPS * 0.1)
    found, wanted = doubled.synapses(), single.synapses()
    assert len(found.w) == 2 * len(PRE) * len(POST) and (found.pre == wanted.pre // 2).all()
    order = np.lexsort((found.delay, found.pre, found.post))
    assert found.w[order].tobytes() == wanted.w[np.lexsort((wanted.delay, wanted.pre // 2, wanted.post))].tobytes()


@pytest.mark.parametrize("delay", [1, 3])
def test_unless_post(delay: int) -> None:
    """The statement is left out while the last spikes of both sides were emitted together."""
    synapse = Synapse(pre_spike="g_target += w\nw += 0.01 : unless_post")
    net, pre, post = network()
    projection = net.connect(pre, post, "exc", synapse).all_to_all(Uniform(0.2, 1.0), delays=0.1 * delay)
    net.compile()

    def on_pre(v: rules.Values, at: rules.At) -> None:
        together = np.rint(v["t"] / 0.1) - delay == np.rint(v.setdefault("t_post", np.full(at.shape, -1e3)) / 0.1)
        v["w"] = np.where(at & ~together, v["w"] + 0.01, v["w"])
        v["x"] = v["x"] + (at & together)

    def on_post(v: rules.Values, at: rules.At) -> None:
        v["t_post"] = np.where(at, v["t"], v["t_post"])

    pairs = Pairs({}, {}, on_pre, on_post)
    wanted = expected(pairs, matrix(projection.w), range(len(PRE)), range(len(POST)), delay)
    assert pairs.values["x"].max() > 5
    net.simulate(STEPS * 0.1)
    assert matrix(projection.w) == pytest.approx(wanted, rel=1e-12)


def test_one_neuron_that_teaches_itself_and_projections_without_synapses() -> None:
    """An autapse pairs each spike with itself, one step later, and with those before."""
    net = Network(dt=1.0, seed=1)
    alone = net.create(1, Neuron(equations="n = n + 1.0\nv = g_exc", spike="modulo(n, 5) == 0", name="clock"))
    none = net.connect(alone, alone, "exc", STDP()).fixed_probability(0.0, Uniform(0.0, 1.0))
    sides = [(alone[[]], alone), (alone, alone[[]])]
    nobody = [net.connect(*side, "exc", STDP()).all_to_all(0.5) for side in sides]
    own: Projection = net.connect(alone, alone, "exc", STDP(A_plus=0.1, A_minus=0.02))
    own.all_to_all(0.5, allow_self_connections=True, force_multiple_weights=True)
    net.compile()
    net.simulate(11.0)  # spikes at 4 and 9, which arrive at 5 and 10
    for projection in (none, *nobody):
        assert projection.nb_synapses == len(projection.w) == len(projection.x) == len(projection.y) == 0
    y = [0.02, 0.02 * (1 + np.exp(-5.0 / 20.0))]  # at the spikes, which arrive before they have decayed
    x = 0.1 * np.exp(-5.0 / 20.0)  # of the first arrival, at the second spike: five updates later
    assert own.w[0] == pytest.approx([0.5 - y[0] + x - y[1]], rel=1e-12)


def test_values_and_parameters_that_are_set_while_it_runs() -> None:
    """What has happened until then has happened with the old ones, whether synapses had seen it or not."""
    net, pre, post = network()
    projection = net.connect(pre, post, "exc", STDP(**TIMING)).all_to_all(Uniform(0.2, 1.0), delays=0.2)
    net.compile()
    reference = rules.stdp(**TIMING)
    slower = rules.stdp(**{**TIMING, "tau_plus": 5.0, "A_minus": 0.1})
    both = Pairs({}, dict(reference.relax), reference.pre, reference.post)

    def on_pre(v: rules.Values, at: rules.At) -> None:
        now = round(float(v["t"][0, 0]) / 0.1)
        if now == 400:
            v["w"], v["x"] = v["w"] * 0.5 + 0.2, np.full(at.shape, 0.03)
            both.relax["x"], both.post = slower.relax["x"], slower.post
        (reference if now < 400 else slower).pre(v, at)

    both.pre = on_pre
    wanted = expected(both, matrix(projection.w), range(len(PRE)), range(len(POST)), 2)
    net.simulate(40.0)
    projection.w = matrix(projection.w).reshape(-1) * 0.5 + 0.2
    projection.x = 0.03
    projection.tau_plus, projection.A_minus = 5.0, 0.1
    net.simulate(40.0)
    assert matrix(projection.w) == pytest.approx(wanted, rel=1e-12)
    assert matrix(projection.x) == pytest.approx(both.values["x"], rel=1e-12)
    assert matrix(projection.y) == pytest.approx(both.values["y"], rel=1e-12)


def test_a_reset_begins_anew() -> None:
    net, pre, post = network()
    projection = net.connect(pre, post, "exc", STDP(**TIMING)).all_to_all(Uniform(0.2, 1.0), delays=0.2)
    net.compile()
    found = []
    for _ in range(2):
        net.simulate(STEPS * 0.1)
        found.append([matrix(getattr(projection, name)).tobytes() for name in ("w", "x", "y")])
        net.reset(projections=True, synapses=True)
    assert found[0] == found[1]
