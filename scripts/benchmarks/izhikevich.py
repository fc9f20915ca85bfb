"""The pulse-coupled network of Izhikevich (2003), IEEE Trans. Neural Networks 14:1569-1572; dt 1 ms.

Synapses are instantaneous: 1000 neurons all to all, and 10,000 neurons with 1000 synapses each. Every simulator takes
one Euler step a ms. NEST has its ``izhikevich`` and ``noise_generator``; its all-to-all includes a neuron itself.
"""

from __future__ import annotations

import numpy as np
from measure import Clock, Result, Settings

SIZES = {"1000": (1000, 1000), "10000": (10000, 1000), "small": (200, 200)}


def _parameters(n: int) -> dict[str, np.ndarray]:
    """Return what differs from neuron to neuron: 80 % excitatory ones first."""
    r, excitatory = np.random.default_rng(1).random(n), np.arange(n) < n * 4 // 5
    return {
        "a": np.where(excitatory, 0.02, 0.02 + 0.08 * r),
        "b": np.where(excitatory, 0.2, 0.25 - 0.05 * r),
        "c": np.where(excitatory, -65.0 + 15.0 * r**2, -65.0),
        "d": np.where(excitatory, 8.0 - 6.0 * r**2, 2.0),
        "noise": np.where(excitatory, 5.0, 2.0),
    }


def distann(s: Settings) -> Result:
    """Run the network with distann."""
    from with_distann import new_network, run

    from distann import Izhikevich, Uniform

    n, degree = SIZES[s.size]
    net = new_network(s, 1.0)
    pop = net.create(n, Izhikevich)
    for name, values in _parameters(n).items():
        setattr(pop, name, values)
    pop.v, pop.u = -65.0, -65.0 * _parameters(n)["b"]
    exc, inh = net.connect(pop[: n * 4 // 5], pop, "exc"), net.connect(pop[n * 4 // 5 :], pop, "inh")
    for projection, largest in ((exc, 0.5), (inh, 1.0)):
        weights = Uniform(0.0, largest * 1000 / degree)
        if n == degree:
            projection.all_to_all(weights)
        else:
            projection.fixed_number_pre(projection.pre.size * degree // n, weights)
    return run(net, [pop], [exc, inh], s)


def annarchy(s: Settings) -> Result:
    """Run the network with ANNarchy."""
    from with_annarchy import run, start

    a, net = start(s, 1.0)
    n, degree = SIZES[s.size]
    pop = net.create(n, a.Izhikevich)
    for name, values in _parameters(n).items():
        setattr(pop, name, values)
    pop.v, pop.u = -65.0, -65.0 * _parameters(n)["b"]
    exc, inh = net.connect(pop[: n * 4 // 5], pop, "exc"), net.connect(pop[n * 4 // 5 :], pop, "inh")
    for projection, largest in ((exc, 0.5), (inh, 1.0)):
        weights = a.Uniform(0.0, largest * 1000 / degree)
        if n == degree:
            projection.all_to_all(weights)
        else:
            projection.fixed_number_pre(projection.pre.size * degree // n, weights)
    return run(a, net, [pop], [exc, inh], s)


def brian2(s: Settings) -> Result:
    """Run the network with Brian2."""
    from with_brian2 import run, start

    b = start(s, 1.0)
    n, degree = SIZES[s.size]
    equations = """
        dv/dt = (0.04 * v**2 + 5 * v + 140 - u + g + noise * drawn) / ms : 1
        du/dt = a * (b * v - u) / ms : 1
        drawn = randn() : 1 (constant over dt)
        g : 1
        a : 1
        b : 1
        c : 1
        d : 1
        noise : 1
    """
    group = b.NeuronGroup(n, equations, threshold="v > 30", reset="v = c; u += d", method="euler")
    for name, values in _parameters(n).items():
        setattr(group, name, values)
    group.v, group.u = -65, "-65 * b"
    group.run_regularly("g = 0", when="thresholds")
    synapses = []
    for source, sign, largest in ((group[: n * 4 // 5], 1, 0.5), (group[n * 4 // 5 :], -1, 1.0)):
        synapses.append(b.Synapses(source, group, "w : 1", on_pre="g_post += w"))
        synapses[-1].connect(p=degree / n)
        synapses[-1].w = f"{sign * largest * 1000 / degree} * rand()"
    return run(b, [], [group], synapses, s)


def nest(s: Settings) -> Result:
    """Run the network with NEST."""
    from with_nest import run, start

    sim, clock = start(s, 1.0), Clock()
    n, degree = SIZES[s.size]
    with clock("build"):
        parameters = _parameters(n)
        noise = parameters.pop("noise")
        pop = sim.Create("izhikevich", n, params={"V_th": 30.0, "consistent_integration": False})
        for name, values in parameters.items():
            pop.set([{name: value} for value in values])
        for part, deviation in ((pop[: n * 4 // 5], noise[0]), (pop[n * 4 // 5 :], noise[-1])):
            source = sim.Create("noise_generator", params={"std": float(deviation), "dt": 1.0})
            sim.Connect(source, part, syn_spec={"delay": 1.0})
        for source, sign, largest in ((pop[: n * 4 // 5], 1, 0.5), (pop[n * 4 // 5 :], -1, 1.0)):
            rule = {"rule": "pairwise_bernoulli", "p": degree / n}
            low, high = sorted((0.0, sign * largest * 1000 / degree))
            sim.Connect(source, pop, rule, {"weight": sim.random.uniform(low, high), "delay": 1.0})
    return run(sim, [pop], s, clock)
