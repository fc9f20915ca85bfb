"""Conductance-based integrate-and-fire neurons after Vogels & Abbott (2005), J. Neurosci. 25:10786-10795; dt 0.1 ms.

80 % of the neurons are excitatory, delays are one step. With more synapses a neuron the weights are as much smaller.
Brian2 takes Euler steps for all variables, distann and ANNarchy exact steps for the conductances. NEST's
``iaf_cond_exp`` has an adaptive solver.
"""

from __future__ import annotations

from measure import Clock, Result, Settings

SIZES = {"4000": (4000, 80), "20000": (20000, 400), "40000": (40000, 80), "small": (400, 80)}
W_EXC, W_INH = 0.6 * 80, 6.7 * 80  # shared by all synapses of a neuron
PARAMETERS = """
    E_L = -60.0 : population
    V_reset = -60.0 : population
    V_th = -50.0 : population
    E_exc = 0.0 : population
    E_inh = -80.0 : population
    tau_m = 20.0 : population
    tau_exc = 5.0 : population
    tau_inh = 10.0 : population
    I = 20.0 : population
"""
EQUATIONS = """
    tau_m * dv/dt = (E_L - v) + g_exc * (E_exc - v) + g_inh * (E_inh - v) + I
    tau_exc * dg_exc/dt = -g_exc : exponential
    tau_inh * dg_inh/dt = -g_inh : exponential
"""


def distann(s: Settings) -> Result:
    """Run the network with distann."""
    from with_distann import new_network, run

    from distann import Neuron, Normal, Uniform

    n, degree = SIZES[s.size]
    net = new_network(s, 0.1)
    pop = net.create(n, Neuron(PARAMETERS, EQUATIONS, spike="v > V_th", reset="v = V_reset", refractory=5.0))
    pop.v, pop.g_exc, pop.g_inh = Uniform(-60.0, -50.0), Normal(4.0, 1.5, min=0.0), Normal(20.0, 12.0, min=0.0)
    exc, inh = net.connect(pop[: n * 4 // 5], pop, "exc"), net.connect(pop[n * 4 // 5 :], pop, "inh")
    exc.fixed_probability(degree / n, weights=W_EXC / degree)
    inh.fixed_probability(degree / n, weights=W_INH / degree)
    return run(net, [pop], [exc, inh], s)


def annarchy(s: Settings) -> Result:
    """Run the network with ANNarchy."""
    from with_annarchy import run, start

    a, net = start(s, 0.1)
    n, degree = SIZES[s.size]
    pop = net.create(n, a.Neuron(PARAMETERS, EQUATIONS, spike="v > V_th", reset="v = V_reset", refractory=5.0))
    pop.v, pop.g_exc, pop.g_inh = a.Uniform(-60.0, -50.0), a.Normal(4.0, 1.5, min=0.0), a.Normal(20.0, 12.0, min=0.0)
    exc, inh = net.connect(pop[: n * 4 // 5], pop, "exc"), net.connect(pop[n * 4 // 5 :], pop, "inh")
    exc.fixed_probability(degree / n, weights=W_EXC / degree)
    inh.fixed_probability(degree / n, weights=W_INH / degree)
    return run(a, net, [pop], [exc, inh], s)


def brian2(s: Settings) -> Result:
    """Run the network with Brian2."""
    from with_brian2 import run, start

    b = start(s, 0.1)
    n, degree = SIZES[s.size]
    equations = """
        dv/dt = ((-60 - v) + g_exc * (0 - v) + g_inh * (-80 - v) + 20) / (20 * ms) : 1 (unless refractory)
        dg_exc/dt = -g_exc / (5 * ms) : 1
        dg_inh/dt = -g_inh / (10 * ms) : 1
    """
    group = b.NeuronGroup(n, equations, threshold="v > -50", reset="v = -60", refractory=5 * b.ms, method="euler")
    group.v = "-60 + 10 * rand()"
    group.g_exc, group.g_inh = "clip(4 + 1.5 * randn(), 0, inf)", "clip(20 + 12 * randn(), 0, inf)"
    exc = b.Synapses(group[: n * 4 // 5], group, on_pre=f"g_exc_post += {W_EXC / degree}")
    inh = b.Synapses(group[n * 4 // 5 :], group, on_pre=f"g_inh_post += {W_INH / degree}")
    for synapses in (exc, inh):
        synapses.connect(p=degree / n)
    return run(b, [], [group], [exc, inh], s)


def nest(s: Settings) -> Result:
    """Run the network with NEST."""
    from with_nest import run, start

    sim, clock = start(s, 0.1), Clock()
    n, degree = SIZES[s.size]
    with clock("build"):
        parameters = {
            "E_L": -60.0, "V_reset": -60.0, "V_th": -50.0, "E_ex": 0.0, "E_in": -80.0, "C_m": 200.0, "g_L": 10.0,
            "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "t_ref": 5.0, "I_e": 200.0,
        }  # fmt: skip
        pop = sim.Create("iaf_cond_exp", n, params=parameters)
        pop.V_m = sim.random.uniform(-60.0, -50.0)
        for source, weight in ((pop[: n * 4 // 5], W_EXC), (pop[n * 4 // 5 :], -W_INH)):
            rule = {"rule": "pairwise_bernoulli", "p": degree / n}
            sim.Connect(source, pop, rule, {"weight": 10.0 * weight / degree, "delay": 0.1})
    return run(sim, [pop], s, clock)
