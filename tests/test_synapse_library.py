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
    NearestSTDP,
    Network,
    Neuron,
    Oja,
    PairSTDP,
    SpikeSourceArray,
    Synapse,
    TripletSTDP,
    TsodyksMarkram,
    Uniform,
    VogelsSprekeler,
    list_standard_synapses,
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
