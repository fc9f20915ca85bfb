"""Synapses that change: against a slow model that visits all of them in every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import distann
from distann import Network, Neuron, Projection, SpikeSourceArray, Synapse, Uniform
from tests.reference.plasticity import Pairs

STEPS, N_PRE, N_POST = 1500, 11, 7
DELAYS = (1, 2, 5)
RNG = np.random.default_rng(5)
PRE = [np.unique(RNG.integers(0, STEPS, 12 + 3 * i)) for i in range(N_PRE)]
PRE[3] = PRE[3][:0]  # one is silent
# More postsynaptic spikes than are kept for synapses that have not seen them.
POST = [np.unique(RNG.integers(1, STEPS, 10 + 20 * j)) for j in range(N_POST)]

# Spikes one step after it is told to, so that its spikes are known.
RELAY = Neuron(
    equations="told = g_drive\nv = g_exc\ntau_m = 1.0\n0.5 * dm/dt = 1.0 - m : exponential", spike="told > 0.5",
    reset="m -= 0.25", name="relay",
)  # fmt: skip

TRACES = """
    20.0 * dx/dt = -x : event-driven
    30.0 * dy/dt = 0.2 - y : event-driven
"""
PAIR = {
    "pre_spike": "g_target += w\nx += 0.1\nw = clip(w - 0.3 * y, 0.0, 2.0)",
    "post_spike": "y += 0.1\nw = clip(w + 0.2 * x, 0.0, 2.0)",
}


def driven(synapse: Synapse, delay: int, **given: Any) -> tuple[Network, Projection, distann.Monitor]:
    """Return a network whose neurons spike at `PRE` and `POST`, joined by the synapse all to all."""
    net = Network(dt=0.1, seed=8)
    pre = net.create(SpikeSourceArray([list(steps * 0.1) for steps in PRE]))
    teacher = net.create(SpikeSourceArray([list((steps - 1) * 0.1) for steps in POST]))
    post = net.create(N_POST, RELAY)
    net.connect(teacher, post, "drive").one_to_one(1.0)
    projection = net.connect(pre, post, "exc", synapse).all_to_all(Uniform(0.2, 1.0), delays=delay * 0.1)
    for name, value in given.items():
        setattr(projection, name, value)
    net.compile()
    return net, projection, net.monitor(post, ["v"])


def matrix(values: Any) -> NDArray[np.float64]:
    return np.array([list(row) for row in values])


def check_against_pairs(synapse: Synapse, pairs: Pairs, delay: int, *names: str, **given: Any) -> None:
    net, projection, monitor = driven(synapse, delay, **given)
    shape = (N_POST, N_PRE)
    pairs.values |= {name: matrix(getattr(projection, name)) for name in ("w", *names)}
    delays = np.full(shape, delay)
    begun = pairs.values["w"].copy()
    transmitted = pairs.run(STEPS, PRE, POST, delays)
    net.simulate(STEPS * 0.1)
    assert np.abs(pairs.values["w"] - begun).max() > 0.01 or synapse is SHORT_TERM
    for name in ("w", *names):
        assert matrix(getattr(projection, name)) == pytest.approx(pairs.values[name], rel=1e-12, abs=1e-12), name
    assert monitor.get("v") == pytest.approx(transmitted, rel=1e-12, abs=1e-12)


def pair_rule() -> Pairs:
    def pre(v: dict[str, Any], at: NDArray[np.bool_]) -> None:
        v["g"] += np.where(at, v["w"], 0.0)
        v["x"] += 0.1 * at
        v["w"] = np.where(at, np.clip(v["w"] - 0.3 * v["y"], 0.0, 2.0), v["w"])

    def post(v: dict[str, Any], at: NDArray[np.bool_]) -> None:
        v["y"] += 0.1 * at
        v["w"] = np.where(at, np.clip(v["w"] + 0.2 * v["x"], 0.0, 2.0), v["w"])

    return Pairs({}, {"x": (20.0, 0.0), "y": (30.0, 0.2)}, pre, post)


PAIR_STDP = Synapse(equations=TRACES, **PAIR)
SHORT_TERM = Synapse(
    "tau_rec = 50.0\nU = 0.4",
    "dx/dt = (1 - x) / tau_rec : init = 1.0, event-driven\ndu/dt = (U - u) / 20.0 : init = U, event-driven",
    pre_spike="g_target += w * u * x\nx *= 1 - u\nu += U * (1 - u)",
)


@pytest.mark.parametrize("delay", DELAYS)
def test_traces_of_pre_and_post_spikes(delay: int) -> None:
    check_against_pairs(PAIR_STDP, pair_rule(), delay, "x", "y")


def test_traces_that_start_from_a_distribution() -> None:
    """They are then one a synapse, and relax between the events of both sides."""
    check_against_pairs(PAIR_STDP, pair_rule(), 2, "x", "y", x=Uniform(0.0, 1.0), y=Uniform(0.0, 1.0))


@pytest.mark.parametrize("start", [{}, {"x": Uniform(0.5, 1.0), "u": Uniform(0.1, 0.9)}])
def test_short_term_plasticity(start: dict[str, Any]) -> None:
    def pre(v: dict[str, Any], at: NDArray[np.bool_]) -> None:
        v["g"] += np.where(at, v["w"] * v["u"] * v["x"], 0.0)
        v["x"] = np.where(at, v["x"] * (1 - v["u"]), v["x"])
        v["u"] = np.where(at, v["u"] + 0.4 * (1 - v["u"]), v["u"])

    check_against_pairs(SHORT_TERM, Pairs({}, {"x": (50.0, 1.0), "u": (20.0, 0.4)}, pre), 1, "x", "u", **start)


def test_order_of_statements_and_values_of_the_spike() -> None:
    """Each statement sees the traces as the text left them; what a postsynaptic spike saw is remembered for later."""
    synapse = Synapse(
        "A = 0.02 : projection\nB = 0.5 : postsynaptic",
        TRACES,
        pre_spike="w += A * x\nx += 1.0\nw -= 0.01 * x\ng_target += w\nlast = t - t_pre",
        post_spike="w += A * y * B\ny += 1.0\nw -= 0.004 * y : max = 3.0\nz = post.m",
    )
    synapse = Synapse(synapse.parameters + "\nlast = 0.0\nz = 0.0", synapse.equations, pre_spike=synapse.pre_spike,
                      post_spike=synapse.post_spike)  # fmt: skip
    net, projection, monitor = driven(synapse, 3)
    m = np.zeros((STEPS, N_POST))
    spiked = [set(steps.tolist()) for steps in POST]
    for step in range(STEPS):
        before = m[step - 1] if step else np.zeros(N_POST)
        m[step] = 1.0 + (before - 1.0) * np.exp(-0.1 / 0.5)
        m[step] -= [0.25 * (step in spikes) for spikes in spiked]

    def pre(v: dict[str, Any], at: NDArray[np.bool_]) -> None:
        v["g"] += np.where(at, v["w"], 0.0)
        v["w"] += 0.02 * v["x"] * at
        v["x"] += 1.0 * at
        v["w"] -= 0.01 * v["x"] * at
        v["last"] = np.where(at, 0.3, v["last"])

    def post(v: dict[str, Any], at: NDArray[np.bool_]) -> None:
        v["w"] += 0.02 * v["y"] * 0.5 * at
        v["y"] += 1.0 * at
        v["w"] = np.where(at, np.minimum(v["w"] - 0.004 * v["y"], 3.0), v["w"])
        now = m[round(float(v["t"][0, 0]) / 0.1)]
        v["z"] = np.where(at, now[:, np.newaxis], v["z"])

    values = {name: matrix(getattr(projection, name)) for name in ("w", "x", "y", "last", "z")}
    pairs = Pairs(values, {"x": (20.0, 0.0), "y": (30.0, 0.2)}, pre, post)
    transmitted = pairs.run(STEPS, PRE, POST, np.full((N_POST, N_PRE), 3))
    net.simulate(STEPS * 0.1)
    for name in ("w", "x", "y", "last", "z"):
        assert matrix(getattr(projection, name)) == pytest.approx(pairs.values[name], rel=1e-12, abs=1e-12), name
    assert monitor.get("v") == pytest.approx(transmitted, rel=1e-12, abs=1e-12)


EAGER = Synapse(
    equations=TRACES + "\n50.0 * dw/dt = 0.5 - w : exponential", **PAIR
)


def test_equations_of_each_step_beside_spikes() -> None:
    rule = pair_rule()
    rule.relax["w"] = (50.0, 0.5)
    check_against_pairs(EAGER, rule, 2, "x", "y")
    rule = pair_rule()
    rule.relax["w"] = (50.0, 0.5)
    check_against_pairs(EAGER, rule, 1, "x", "y", x=Uniform(0.0, 1.0))


def test_presynaptic_values_are_those_of_the_emission() -> None:
    """And, in an equation of the synapse, those of the present."""
    net = Network(dt=0.1, seed=3)
    cell = Neuron("I = 0.0", "2.0 * dv/dt = I - v\nn = t", spike="v > 1.0", reset="v = 0.0")
    pre, post = net.create(5, cell), net.create(3, Neuron(equations="g = g_exc", spike="False"))
    pre.I = [1.2, 1.5, 2.0, 0.0, 3.0]
    synapse = Synapse("seen = 0.0", "now = pre.n + post.g", pre_spike="g_target += w\nseen = pre.n")
    projection = net.connect(pre, post, "exc", synapse).all_to_all(1.0, delays=0.7)
    net.compile()
    spikes = net.monitor(pre, ["spike"])
    net.simulate(20.0)
    for _ in range(30):
        net.simulate(0.1)
    found = spikes.get("spike")
    end = net.current_step - 1
    last = [max([s for s in found[i] if s + 7 <= end], default=None) for i in range(5)]
    expected = [0.0 if s is None else s * 0.1 for s in last]
    assert matrix(projection.seen) == pytest.approx(np.broadcast_to(expected, (3, 5)), abs=1e-12)
    arrived = sum(sum(s + 7 == end for s in found[i]) for i in range(5))
    assert matrix(projection.now) == pytest.approx(np.full((3, 5), end * 0.1 + arrived), abs=1e-12)


def test_reading_changes_nothing() -> None:
    """And a value is, whenever it is read, what the updates of all steps would have made of it."""
    net, projection, _ = driven(PAIR_STDP, 2)
    other, untouched, _ = driven(PAIR_STDP, 2)
    for _ in range(15):
        net.simulate(STEPS * 0.1 / 15)
        assert projection.w is not None and projection.x is not None and projection.y is not None
    other.simulate(STEPS * 0.1)
    for name in ("w", "x", "y"):
        assert matrix(getattr(projection, name)).tobytes() == matrix(getattr(untouched, name)).tobytes()


def test_switches_of_learning() -> None:
    net, projection, _ = driven(PAIR_STDP, 2)
    w, x = matrix(projection.w), matrix(projection.x)
    projection.disable_learning()
    net.simulate(60.0)
    assert (matrix(projection.w) == w).all() and (matrix(projection.x) != x).any()
    assert not projection.plasticity and projection.update
    projection.enable_learning()
    net.simulate(60.0)
    assert (matrix(projection.w) != w).any()
    with pytest.raises(distann.ConfigurationError, match="'period' is a multiple of dt"):
        projection.enable_learning(period=0.25)


def test_event_driven_values_relax_whether_the_projection_learns_or_not() -> None:
    net, always, _ = driven(PAIR_STDP, 2)
    seldom_net, seldom, _ = driven(PAIR_STDP, 2)
    never_net, never, _ = driven(PAIR_STDP, 2)
    silent_net, silent, _ = driven(PAIR_STDP, 2)
    seldom.enable_learning(period=0.7, offset=0.3)
    never.update = False
    for network in (net, seldom_net, never_net, silent_net):
        network.simulate(90.0)
    for name in ("w", "x", "y"):
        expected = matrix(getattr(always, name)).tobytes()
        assert matrix(getattr(seldom, name)).tobytes() == expected == matrix(getattr(never, name)).tobytes(), name
    y = matrix(silent.y)
    silent.transmission = False
    silent_net.simulate(12.0)
    assert matrix(silent.y) == pytest.approx(0.2 + (y - 0.2) * np.exp(-12.0 / 30.0), rel=1e-12)


def test_values_that_synapses_share_are_set_alike() -> None:
    net, projection, _ = driven(PAIR_STDP, 2)
    net.simulate(20.0)
    x = matrix(projection.x)
    projection.x = 0.5
    assert (matrix(projection.x) == 0.5).all()
    projection.x = x.tolist()
    assert (matrix(projection.x) == x).all()
    with pytest.raises(distann.ConfigurationError, match="'x' is the same for all synapses of one presynaptic"):
        projection.x = (x + np.arange(N_POST)[:, np.newaxis]).tolist()
    with pytest.raises(distann.ConfigurationError, match="'y' is the same for all synapses onto one postsynaptic"):
        projection.y = (x + np.arange(N_PRE)).tolist()


# ---- rate-coded -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("delay", [1, 4])
def test_oja_rule_of_a_rate_coded_projection(delay: int) -> None:
    synapse = Synapse(
        "eta = 0.05 : projection\nalpha = 60.0",
        "30.0 * dtheta/dt = post.r^2 - theta : postsynaptic\n"
        "eta * 1000 * dw/dt = pre.r * post.r - alpha * theta * w : min = 0.0\nn = n + 1 : int",
    )
    net = Network(dt=1.0, seed=4)
    unit = Neuron("tau = 5.0\nk = 0.0", "tau * dm/dt = sum(in) - m + sin(0.05 * t + k)\nr = pos(m)")
    pop = net.create(9, unit)
    pop.k = np.linspace(0.0, 3.0, 9)
    projection = net.connect(pop, pop, "in", synapse).all_to_all(
        Uniform(0.0, 0.1), delays=float(delay), allow_self_connections=True
    )
    net.compile()
    w = matrix(projection.w)
    m, theta = np.zeros(9), np.zeros(9)
    past = [np.zeros(9)] * delay
    for step in range(200):
        m = m + 1.0 / 5.0 * (w @ past[-delay] - m + np.sin(0.05 * step + np.linspace(0.0, 3.0, 9)))
        past.append(np.maximum(m, 0.0))
        theta = theta + 1.0 / 30.0 * (past[-1] ** 2 - theta)
        change = np.outer(past[-1], past[-delay]) - 60.0 * theta[:, np.newaxis] * w
        w = np.maximum(w + 1.0 / (0.05 * 1000) * change, 0.0)
    net.simulate(200.0)
    assert matrix(projection.w) == pytest.approx(w, rel=1e-11, abs=1e-13)
    assert projection.theta == pytest.approx(theta, rel=1e-11)
    assert (matrix(projection.n) == 200).all()


def test_learning_in_a_period() -> None:
    """``dt`` is then the period."""
    synapse = Synapse(equations="n = n + 1 : int\ns = s + dt\nlast = t")
    net = Network(dt=0.5)
    pop = net.create(3, Neuron(equations="r = t + 0.0 * sum(in)"))
    projection = net.connect(pop, pop, "in", synapse).all_to_all(1.0)
    net.compile()
    projection.enable_learning(period=2.0, offset=1.0)
    net.simulate(10.5)
    assert {value for row in projection.n for value in row} == {5}
    assert {value for row in projection.s for value in row} == {10.0}
    assert {value for row in projection.last for value in row} == {9.0}
    net.disable_learning()
    net.simulate(10.0)
    assert {value for row in projection.n for value in row} == {5}


@pytest.mark.parametrize("delay", [1, 2])
def test_what_is_transmitted_by_synapses_that_learn_without_looking_at_their_neurons(delay: int) -> None:
    """They learn before other neurons' values of the step are known: what the next step transmits waits for those."""
    net = Network(dt=1.0)
    pre, post = net.create(3, Neuron(equations="r = t + 1.0")), net.create(2, Neuron(equations="r = sum(in)"))
    synapse = Synapse(equations="dw/dt = 1.0 + 0.0 * post.r")
    net.connect(pre, post, "in", synapse).all_to_all(1.0, delays=float(delay), force_multiple_weights=True)
    monitor = net.monitor(post, "r")
    net.compile()
    net.simulate(9.0)
    wanted = [3.0 * (1.0 + step) * max(step - delay + 1.0, 0.0) for step in range(9)]
    assert monitor.get().T.tolist() == [wanted, wanted]


def test_sums_made_while_learning_are_forgotten_when_something_is_set() -> None:
    """What the next step transmits is summed as synapses learn; a script may change it in between."""

    def run(set_late: bool) -> Any:
        net = Network(dt=1.0, seed=2)
        pop = net.create(5, Neuron("B = 1.0", "3.0 * dm/dt = B + sum(in) - m\nr = pos(m)"))
        synapse = Synapse(equations="dw/dt = 0.01 * pre.r * post.r - 0.02 * w")
        projection = net.connect(pop, pop, "in", synapse).all_to_all(Uniform(0.0, 0.1), allow_self_connections=True)
        net.compile()
        net.simulate(5.0)
        if set_late:
            projection.w, pop.r = 0.0, 7.0
        net.simulate(1.0)
        return pop.sum("in")

    transmitted, changed = run(False), run(True)
    assert (changed == 0.0).all() and (transmitted > 0.0).all()
