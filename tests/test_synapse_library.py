"""The library of synapses against slow models that visit every synapse in each step, and against what is published."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distann import (
    BCM,
    IBCM,
    STDP,
    STP,
    Clopath,
    ConfigurationError,
    Covariance,
    DopamineSTDP,
    Hebb,
    HomeostaticScaling,
    Monitor,
    NearestSTDP,
    Network,
    Neuron,
    Oja,
    PairSTDP,
    SpikeSourceArray,
    Synapse,
    TimedArray,
    TripletSTDP,
    TsodyksMarkram,
    Uniform,
    VogelsSprekeler,
)
from tests.reference import learning_rules as rules
from tests.reference.plasticity import Pairs

STEPS, N_PRE, N_POST = 1500, 9, 6
RNG = np.random.default_rng(12)
PRE = [np.unique(RNG.integers(0, STEPS, 10 + 4 * i)) for i in range(N_PRE)]
POST = [np.unique(RNG.integers(1, STEPS, 8 + 15 * j)) for j in range(N_POST)]

# Amplitudes so large that bounds are met.
TIMING = {"tau_plus": 15.0, "tau_minus": 30.0, "A_plus": 0.08, "A_minus": 0.07, "w_min": 0.1, "w_max": 1.2}
POWERS = {k: TIMING[k] for k in ("tau_plus", "tau_minus", "A_plus", "A_minus", "w_max")}
POWERS |= {"mu_plus": 0.4, "mu_minus": 1.7}
TRIPLET = {
    "tau_plus": 16.8, "tau_minus": 33.7, "tau_x": 101.0, "tau_y": 125.0, "A2_plus": 0.004, "A3_plus": 0.06,
    "A2_minus": 0.07, "A3_minus": 0.02, "w_min": 0.1, "w_max": 1.1,
}  # fmt: skip
VOLTAGE = {
    "tau_x": 15.0, "tau_minus": 10.0, "tau_plus": 7.0, "theta_minus": -70.6, "theta_plus": -45.3, "A_LTD": 3e-3,
    "A_LTP": 1e-3, "v_rest": -70.6, "w_min": 0.1, "w_max": 1.4,
}  # fmt: skip
REWARD = {
    "tau_plus": 20.0, "tau_minus": 25.0, "tau_c": 60.0, "tau_d": 40.0, "A_plus": 0.05, "A_minus": 0.075,
    "w_min": 0.2, "w_max": 1.0,
}  # fmt: skip
SCALING = {
    "tau": 200.0, "goal": 300.0, "beta": 3e-5, "gamma": 1e-9, "w_min": 0.0, "w_max": 1.1,
}  # fmt: skip
INHIBITORY = {"tau": 20.0, "eta": 0.03, "rho": 40.0, "w_min": 0.0, "w_max": 1.1}
SPIKING: dict[str, tuple[Synapse, Pairs, dict[str, float]]] = {
    "stp": (STP(50.0, 20.0, 0.4), rules.stp(50.0, 20.0, 0.4), {}),
    "markram": (TsodyksMarkram(60.0, 40.0, 3.0, 0.3), rules.tsodyks_markram(60.0, 40.0, 3.0, 0.3), {}),
    "stdp": (STDP(**TIMING), rules.stdp(**TIMING), {}),
    "pair": (PairSTDP(**POWERS), rules.pair_stdp(**POWERS), {}),
    "nearest": (NearestSTDP(**TIMING), rules.nearest_stdp(**TIMING), {}),
    "triplet": (TripletSTDP(**TRIPLET), rules.triplet_stdp(TRIPLET), {}),
    "clopath": (Clopath(**VOLTAGE), rules.clopath(VOLTAGE), {}),
    "vogels": (VogelsSprekeler(**INHIBITORY), rules.vogels_sprekeler(**INHIBITORY), {}),
    "dopamine": (DopamineSTDP(**REWARD), rules.dopamine_stdp(REWARD), {"d": 3.0}),
    "scaling": (HomeostaticScaling(**SCALING), rules.homeostatic_scaling(SCALING), {}),
}
RELAY = Neuron(
    equations=["told = g_drive", "v = -60.0 + 25.0 * sin(0.07 * t)", *(f"in_{name} = g_{name}" for name in SPIKING)],
    spike="told > 0.5", name="relay",
)  # fmt: skip
DELAYS: list[Any] = [0.1, 0.2, 0.5, Uniform(0.1, 0.4)]


def matrix(values: Any) -> NDArray[np.float64]:
    return np.array([list(row) for row in values])


def by_pair(projection: Any, name: str, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Values of all pairs, whatever they are kept for."""
    values = getattr(projection, name)
    if np.ndim(values) == 0:
        return np.full(shape, float(values))
    return matrix(values) if hasattr(values, "starts") else np.repeat(values[:, np.newaxis], shape[1], axis=1)


def test_spiking_rules() -> None:
    """One spike train drives all of them."""
    net = Network(dt=0.1, seed=8)
    pre = net.create(SpikeSourceArray([list(steps * 0.1) for steps in PRE]))
    teacher = net.create(SpikeSourceArray([list((steps - 1) * 0.1) for steps in POST]))
    post = net.create(N_POST, RELAY)
    net.connect(teacher, post, "drive").one_to_one(1.0)
    projections = {}
    for number, (name, (synapse, _, given)) in enumerate(SPIKING.items()):
        projections[name] = net.connect(pre, post, name, synapse).all_to_all(Uniform(0.2, 1.0), DELAYS[number % 4])
        projections[name].set(given)
    net.compile()
    monitor = net.monitor(post, [f"in_{name}" for name in SPIKING])
    shape, expected = (N_POST, N_PRE), {}
    for name, (_, pairs, _) in SPIKING.items():
        projection = projections[name]
        changing = [field.name for field in projection._state.model.fields if field.role.name == "VARIABLE"]
        pairs.values |= {n: by_pair(projection, n, shape) for n in {"w", *changing}}
        delay = by_pair(projection, "delay", shape)
        expected[name] = changing, pairs.run(STEPS, PRE, POST, np.rint(delay / 0.1).astype(int))
    begun = {name: matrix(p.w) for name, p in projections.items()}
    net.simulate(STEPS * 0.1)
    for name, (changing, transmitted) in expected.items():
        values, projection = SPIKING[name][1].values, projections[name]
        for n in {"w", *changing} - {"released"}:
            found = by_pair(projection, n, shape)
            assert found == pytest.approx(values[n], rel=1e-12, abs=1e-12), (name, n)
        assert monitor.get(f"in_{name}", keep=True) == pytest.approx(transmitted, rel=1e-12, abs=1e-12), name
        if name not in ("stp", "markram"):
            assert np.abs(begun[name] - values["w"]).max() > 0.05, name


RATE: dict[str, tuple[Synapse, rules.RateRule]] = {
    "hebb": (Hebb(1e-3), rules.hebb(1e-3)),
    "oja": (Oja(0.01, 1.5), rules.oja(0.01, 1.5)),
    "ibcm": (IBCM(0.01, 50.0), rules.ibcm(0.01, 50.0)),
    "bcm": (BCM(0.01, 40.0, 0.8, 1.4, 1e-3), rules.bcm(0.01, 40.0, 0.8, 1.4, 1e-3)),
    "covariance": (Covariance(0.01, 60.0, 0.05, 0.5), rules.covariance(0.01, 60.0, 0.05, 0.5)),
}


def test_rate_coded_rules() -> None:
    net = Network(dt=1.0, seed=4)
    source = Neuron("k = 0.0", "r = 1.0 + sin(0.13 * t + k)")
    inputs = " + ".join(f"sum({name})" for name in RATE)
    unit = Neuron("k = 0.0", f"r = pos(0.7 + 0.5 * sin(0.05 * t + k) + 0.02 * ({inputs}))")
    pre, post = net.create(N_PRE, source), net.create(N_POST, unit)
    pre.k, post.k = np.arange(N_PRE) * 0.7, np.arange(N_POST) * 1.1
    made = {
        name: net.connect(pre, post, name, synapse).all_to_all(Uniform(0.05, 0.3))
        for name, (synapse, _) in RATE.items()
    }
    net.compile()
    shape = (N_POST, N_PRE)
    values = {
        name: {n: by_pair(p, n, shape) for n in ("w", "theta", "m", "pre_mean", "post_mean") if n in p.attributes}
        for name, p in made.items()
    }
    before = np.zeros(N_PRE)
    for step in range(200):
        total = sum(v["w"] @ before for v in values.values())
        rates = np.maximum(0.7 + 0.5 * np.sin(0.05 * step + np.arange(N_POST) * 1.1) + 0.02 * total, 0.0)
        before = 1.0 + np.sin(0.13 * step + np.arange(N_PRE) * 0.7)
        for name, (_, rule) in RATE.items():
            rule(values[name], before[np.newaxis], rates[:, np.newaxis])
    net.simulate(200.0)
    for name, expected in values.items():
        for n, value in expected.items():
            assert by_pair(made[name], n, shape) == pytest.approx(value, rel=1e-12, abs=1e-12), (name, n)


# ---- what is published ----------------------------------------------------------------------------------------------

LISTENER = Neuron(equations="v = g_exc", spike="False")


def responses(synapse: Synapse, trains: list[list[float]], duration: float) -> list[NDArray[np.float64]]:
    """Return what each spike of each train transmits; dt = 1 ms."""
    net = Network(dt=1.0, seed=1)
    net.config(num_threads=1)  # too few neurons for several
    pre, post = net.create(SpikeSourceArray(trains)), net.create(len(trains), LISTENER)
    net.connect(pre, post, "exc", synapse).one_to_one(1.0)
    net.compile()
    monitor: Monitor = net.monitor(post, ["v"])
    net.simulate(duration)
    v = monitor.get("v")
    return [v[np.array(train, int) + 1, i] for i, train in enumerate(trains)]


INTERVALS = np.array([1, 5, 10, 20, 50, 100, 200])


def test_stationary_response_of_depressing_and_of_facilitating_synapses() -> None:
    """Tsodyks & Markram (1997): A U (1 - e) / (1 - (1 - U) e), at high rates f as 1 / (f tau_rec), whatever U."""
    trains = [list(np.arange(250) * float(interval)) for interval in INTERVALS]
    depressing = responses(STP(tau_rec=800.0, tau_facil=1e-3, U=0.67), trains, 50_000.0)
    e = np.exp(-INTERVALS / 800.0)
    stationary = 0.67 * (1 - e) / (1 - 0.33 * e)
    assert [r[-1] for r in depressing] == pytest.approx(stationary, rel=1e-12)
    assert depressing[0][-1] * 800.0 == pytest.approx(1.0, rel=2e-3)
    facilitating = responses(STP(tau_rec=130.0, tau_facil=530.0, U=0.15), trains, 50_000.0)
    recovery, memory = np.exp(-INTERVALS / 130.0), np.exp(-INTERVALS / 530.0)
    u = 0.15 / (1 - 0.85 * memory)
    stationary = u * (1 - recovery) / (1 - (1 - u) * recovery)
    assert [r[-1] for r in facilitating] == pytest.approx(stationary, rel=1e-12)
    assert facilitating[4][4] > facilitating[4][0] == pytest.approx(0.15)


def test_stationary_response_with_inactivation() -> None:
    """The three pools of Tsodyks & Markram (1997) return to where they were after each interval."""
    trains = [list(np.arange(100) * float(interval)) for interval in INTERVALS]
    found = responses(TsodyksMarkram(tau_rec=800.0, tau_facil=1e-3, tau_psc=3.0, U=0.67), trains, 20_000.0)
    fast, slow = np.exp(-INTERVALS / 3.0), np.exp(-INTERVALS / 800.0)
    active = 0.67 / (1 - fast)  # behind a spike, for each recovered one before it
    inactive = active * 800.0 / (800.0 - 3.0) * (slow - fast) / (1 - slow)
    assert [r[-1] for r in found] == pytest.approx(0.67 / (1 + active * fast + inactive), rel=1e-12)
    with pytest.raises(ConfigurationError, match="'tau_psc' and 'tau_rec' are different times"):
        TsodyksMarkram(tau_rec=3.0, tau_psc=3.0)


# Rate (Hz), change of the weight and its standard error, for pairs 10 ms apart: Sjöström et al. (2001), as in table 1
# of Pfister & Gerstner (2006). The rule is fitted to 60 pairs at each rate.
PRE_FIRST = [(0.1, -0.04, 0.05), (10.0, 0.14, 0.10), (20.0, 0.29, 0.14), (40.0, 0.53, 0.11), (50.0, 0.56, 0.26)]
POST_FIRST = [(0.1, -0.29, 0.08), (10.0, -0.41, 0.11), (20.0, -0.34, 0.10), (40.0, 0.56, 0.32), (50.0, 0.75, 0.19)]


def change_by_triplets(pre: NDArray[Any], post: NDArray[Any]) -> float:
    """The sum over all pairs and triplets, with the values of visual cortex."""

    def trace(now: float, spikes: NDArray[Any], tau: float) -> float:
        return float(np.exp(-(now - spikes[spikes < now]) / tau).sum())

    up = sum(trace(t, pre, 16.8) * (5e-10 + 6.2e-3 * trace(t, post, 125.0)) for t in post)
    return float(up - sum(trace(t, post, 33.7) * (7e-3 + 2.3e-4 * trace(t, pre, 101.0)) for t in pre))


def test_frequency_dependence_of_the_triplet_rule() -> None:
    """At 0.1 Hz nothing is left of a pair when the next comes: there one pair, times their number, is the protocol."""
    protocols = [(rate, delta) for delta in (10.0, -10.0) for rate, _, _ in PRE_FIRST]
    pres, posts = [], []
    for rate, delta in protocols:
        times = 20.0 + np.arange(1 if rate == 0.1 else 60) * 1000.0 / rate
        pres.append(times)
        posts.append(times + delta)
    net = Network(dt=1.0, seed=1)
    pre = net.create(SpikeSourceArray([list(times) for times in pres]))
    teacher = net.create(SpikeSourceArray([list(times - 1.0) for times in posts]))
    post = net.create(len(protocols), Neuron(equations="told = g_drive\nv = g_exc", spike="told > 0.5"))
    net.connect(teacher, post, "drive").one_to_one(1.0)
    projection = net.connect(pre, post, "exc", TripletSTDP(w_max=10.0)).one_to_one(1.0)
    net.compile()
    net.simulate(7000.0)
    change = matrix(projection.w)[:, 0] - 1.0
    expected = [change_by_triplets(*trains) for trains in zip(pres, posts, strict=True)]
    assert change == pytest.approx(expected, rel=1e-12, abs=1e-13)
    pairs = np.array([60 if rate == 0.1 else 1 for rate, _ in protocols])
    measured, error = np.array([(w, e) for _, w, e in (*PRE_FIRST, *POST_FIRST)]).T
    misfit = (change * pairs - measured) / error
    assert np.abs(misfit).max() < 1.3 and np.mean(misfit**2) < 0.35


def test_principal_component_and_selectivity() -> None:
    """Oja's weights become the first principal component, a BCM neuron answers to one pattern alone.

    With K patterns equally often, the answer y to that one is the threshold: E[y²] = y²/K gives y = K, and (E[y] /
    goal) E[y] = y²/(K² goal) gives y = K² goal.
    """
    hold, few = 3, 3
    rng = np.random.default_rng(3)
    patterns = rng.uniform(0.0, 1.0, (6, 5)) * [1.0, 0.8, 0.5, 0.3, 0.6]
    distinct = np.eye(few, 5) + 0.3 * rng.uniform(size=(few, 5))
    apart = np.repeat(np.eye(few), [2, 2, 1], axis=1)
    cases = {
        "oja": (patterns, Oja(eta=1e-3, alpha=0.5)),
        "bcm": (distinct, BCM(eta=5e-4, tau=2000.0, goal=1.0 / 9.0)),
        "ibcm": (apart, IBCM(eta=1e-4, tau=2000.0)),
    }
    net = Network(dt=1.0, seed=2)
    net.config(num_threads=1)  # too few neurons for several
    made = {}
    for name, (shown, synapse) in cases.items():
        source = net.create(TimedArray(shown, schedule=float(hold), period=float(hold * len(shown))))
        unit = net.create(1, Neuron(equations="r = sum(exc)"))
        made[name] = net.connect(source, unit, "exc", synapse).all_to_all(Uniform(0.2, 0.4))
    net.compile()
    net.enable_learning(period=float(hold), offset=float(hold - 1))  # the neuron has heard of the pattern by then
    net.simulate(200_000.0)
    w = {name: matrix(projection.w)[0] for name, projection in made.items()}
    _, vectors = np.linalg.eigh(patterns.T @ patterns)
    assert w["oja"] == pytest.approx(np.sqrt(2.0) * np.abs(vectors[:, -1]), rel=5e-3)
    assert sorted(distinct @ w["bcm"]) == pytest.approx([0.0, 0.0, 1.0], abs=0.01)
    assert sorted(apart @ w["ibcm"]) == pytest.approx([0.0, 0.0, 3.0], abs=0.02)
