"""The cortical microcircuit of Potjans & Diesmann (2014), Cerebral Cortex 24:785-806; dt 0.1 ms.

77,169 neurons and 299 million synapses of individual weight and delay at scale 1, fixed total numbers with multapses,
neurons with exponential currents, integrated exactly. The parameters and their sources stand in ``microcircuit.json``.
A smaller scale keeps the mean input by a direct current, and its variance by stronger weights (van Albada, Helias &
Diesmann 2015). The drive is a direct current at scale 1, and Poisson spikes below, where a current alone lets the
network fall silent; ``--drive`` chooses another.

Two differences: a spike is added to the current before the step of the neuron in distann, behind it in NEST, so delays
are one step longer here; and weights and delays outside of their range become its end, where the published model draws
again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from measure import Clock, Result, Settings, Skip

SIZES = {"1.0": 1.0, "0.5": 0.5, "0.1": 0.1, "small": 0.01}
DATA = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
NAMES = DATA["populations"]
EQUATIONS = """
    {poisson}
    tau_m * dv/dt = E_L - v + tau_m / C * (g_exc + g_inh + I_dc) : exact
    tau_syn * dg_exc/dt = -g_exc : exact
    tau_syn * dg_inh/dt = -g_inh : exact
"""
PARAMETERS = """
    tau_m = 10.0 : population
    C = 250.0 : population
    E_L = -65.0 : population
    tau_syn = 0.5 : population
    I_dc = 0.0 : population
    w_ext = 0.0 : population
    rate_ext = 0.0 : population
"""


def _network(scale: float, drive: str) -> dict[str, Any]:
    """Return numbers of neurons and synapses, weights, delays and drive at that scale."""
    full, k_ext = np.array(DATA["n_neurons"]), np.array(DATA["drive"]["K_ext"])
    probability = np.array(DATA["connection_probability_post_by_pre"])
    total = np.where(probability > 0, np.log1p(-probability) / np.log1p(-1 / np.outer(full, full)), 0.0)
    weight = DATA["weight"]["psc_exc_pA"] * np.where(np.arange(8) % 2, DATA["weight"]["g"], 1.0) * np.ones((8, 1))
    weight[0, 2] *= DATA["weight"]["L4E_to_L23E_factor"]
    tau, rate, psc = DATA["neuron"]["tau_syn_ms"] / 1e3, DATA["drive"]["rate_Hz"], DATA["weight"]["psc_exc_pA"]
    root = scale**0.5
    lost = tau * (1 - root) * (total / full[:, None] * weight * DATA["mean_rate_Hz"]).sum(axis=1)
    external = tau * k_ext * rate * psc
    return {
        "n": np.round(full * scale).astype(int),
        "synapses": np.round(total * scale**2).astype(int),
        "weight": weight / root,
        "delay": np.where(np.arange(8) % 2, DATA["delay_ms"]["inh_mean"], DATA["delay_ms"]["exc_mean"]),
        "current": lost + external * (1.0 if drive == "dc" else 1 - root),
        "rate": k_ext * rate * (0.0 if drive == "dc" else scale),
        "w_ext": psc / root,
    }


def _drive(s: Settings) -> str:
    return s.drive or ("dc" if SIZES[s.size] == 1.0 else "poisson")


def distann(s: Settings) -> Result:
    """Run the network with distann."""
    from with_distann import new_network, run

    from distann import Neuron, Normal

    given, net = _network(SIZES[s.size], _drive(s)), new_network(s, 0.1)
    poisson = "g_exc += w_ext * Poisson(rate_ext * dt / 1000)" if _drive(s) == "poisson" else ""
    neuron = Neuron(
        PARAMETERS, EQUATIONS.format(poisson=poisson), spike="v >= -50.0", reset="v = -65.0", refractory=2.0
    )
    pops = [net.create(int(n), neuron, name=name) for n, name in zip(given["n"], NAMES, strict=True)]
    for i, pop in enumerate(pops):
        pop.v = Normal(DATA["V0_mV"]["mean"][i], DATA["V0_mV"]["sd"][i])
        pop.I_dc, pop.w_ext, pop.rate_ext = given["current"][i], given["w_ext"], float(given["rate"][i])
    projections = []
    for j, pre in enumerate(pops):
        for i, post in enumerate(pops):
            if not given["synapses"][i, j]:
                continue
            mean, bound = given["weight"][i, j], "max" if j % 2 else "min"
            delay = given["delay"][j]
            projection = net.connect(pre, post, "inh" if j % 2 else "exc")
            projection.fixed_total_number(
                int(given["synapses"][i, j]),
                weights=Normal(mean, abs(mean) * DATA["weight"]["relative_sd"], **{bound: 0.0}),
                delays=Normal(delay + 0.1, delay * DATA["delay_ms"]["relative_sd"], min=0.2),
            )
            projections.append(projection)
    return run(net, pops, projections, s)


def nest(s: Settings) -> Result:
    """Run the network with NEST."""
    from with_nest import run, start

    if SIZES[s.size] > 0.5:
        raise Skip("NEST needs more than 11 GB for the full network")
    given, sim, clock = _network(SIZES[s.size], _drive(s)), start(s, 0.1), Clock()
    with clock("build"):
        parameters = {
            "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0, "C_m": 250.0, "tau_m": 10.0, "tau_syn_ex": 0.5,
            "tau_syn_in": 0.5, "t_ref": 2.0,
        }  # fmt: skip
        pops = []
        for i, n in enumerate(given["n"]):
            pops.append(sim.Create("iaf_psc_exp", int(n), params={**parameters, "I_e": float(given["current"][i])}))
            pops[-1].V_m = sim.random.normal(DATA["V0_mV"]["mean"][i], DATA["V0_mV"]["sd"][i])
            if _drive(s) == "poisson":
                source = sim.Create("poisson_generator", params={"rate": float(given["rate"][i])})
                sim.Connect(source, pops[-1], syn_spec={"weight": given["w_ext"], "delay": 0.1})
        for j, pre in enumerate(pops):
            for i, post in enumerate(pops):
                if given["synapses"][i, j]:
                    _connect(sim, pre, post, int(given["synapses"][i, j]), given["weight"][i, j], given["delay"][j])
    return run(sim, pops, s, clock)


def _connect(sim: Any, pre: Any, post: Any, number: int, weight: float, delay: float) -> None:
    low, high = (0.0, np.inf) if weight > 0 else (-np.inf, 0.0)
    drawn = sim.math.redraw(sim.random.normal(weight, abs(weight) * DATA["weight"]["relative_sd"]), low, high)
    delays = sim.math.redraw(sim.random.normal(delay, delay * DATA["delay_ms"]["relative_sd"]), 0.1, 100.0)
    sim.Connect(pre, post, {"rule": "fixed_total_number", "N": number}, {"weight": drawn, "delay": delays})
