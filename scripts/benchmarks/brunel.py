"""Integrate-and-fire neurons with exponential currents, after Brunel (2000), J Comput Neurosci 8:183-208; dt 0.1 ms.

Four excitatory neurons for each inhibitory one, connected with probability 0.1, delay 1.5 ms, g = 6, each with Poisson
input. The drive is Poisson counts in distann (`Poisson`), Brian2 (`PoissonInput`) and NEST (`poisson_generator`),
normal numbers of the same mean and variance in ANNarchy. distann and NEST integrate exactly, ANNarchy exponentially,
Brian2 by its exact method.
"""

from __future__ import annotations

from measure import Clock, Result, Settings

SIZES = {"11250": 9000, "small": 400}  # excitatory neurons
PROBABILITY, DELAY, J, G, DRIVE = 0.1, 1.5, 45.0, 6.0, 20000.0  # ms, pA, Hz
PARAMETERS = """
    tau_m = 20.0 : population
    C = 250.0 : population
    tau_syn = 0.5 : population
    J = 45.0 : population
    drive = 20000.0 : population
"""
CURRENTS = """
    tau_m * dv/dt = -v + tau_m / C * (g_exc + g_inh) : {method}
    tau_syn * dg_exc/dt = -g_exc : {method}
    tau_syn * dg_inh/dt = -g_inh : {method}
"""


def _scaled(s: Settings) -> tuple[int, float]:
    """Return the number of excitatory neurons, and the weight: fewer inputs are as much stronger."""
    return SIZES[s.size], J * SIZES["11250"] / SIZES[s.size]


# Pair STDP between excitatory neurons, for the benchmark `stdp`: weights of 0 to twice the static one.
TAU, A_PLUS, A_MINUS = 20.0, 0.001, 0.00105
TRACES = f"{TAU} * dx/dt = -x : event-driven\n{TAU} * dy/dt = -y : event-driven"


def distann(s: Settings, plastic: bool = False) -> Result:
    """Run the network with distann."""
    from with_distann import new_network, run

    from distann import Neuron, Synapse, Uniform

    n, weight = _scaled(s)
    net = new_network(s, 0.1)
    neuron = Neuron(
        PARAMETERS, "g_exc += J * Poisson(drive * dt / 1000)\n" + CURRENTS.format(method="exact"), spike="v >= 20.0",
        reset="v = 10.0", refractory=2.0,
    )  # fmt: skip
    exc, inh = net.create(n, neuron), net.create(n // 4, neuron)
    stdp = Synapse(
        f"A_plus = {2 * weight * A_PLUS} : projection\nA_minus = {2 * weight * A_MINUS} : projection\n"
        f"w_max = {2 * weight} : projection",
        TRACES,
        pre_spike="g_target += w\nx += A_plus\nw = clip(w + y, 0.0, w_max)",
        post_spike="y -= A_minus\nw = clip(w + x, 0.0, w_max)",
    )
    projections = []
    for pre, target, w in ((exc, "exc", weight), (inh, "inh", -G * weight)):
        for post in (exc, inh):
            synapse = stdp if plastic and pre is post is exc else None
            projection = net.connect(pre, post, target, synapse)
            projections.append(projection.fixed_probability(PROBABILITY, weights=w, delays=DELAY))
    exc.v, inh.v = Uniform(0.0, 20.0), Uniform(0.0, 20.0)
    return run(net, [exc, inh], projections, s)


def annarchy(s: Settings, plastic: bool = False) -> Result:
    """Run the network with ANNarchy."""
    from with_annarchy import run, start

    a, net = start(s, 0.1)
    n, weight = _scaled(s)
    count = DRIVE * 1e-4
    drive = f"drawn = {J} * ({count} + {count**0.5} * Normal(0.0, 1.0))\n"
    currents = CURRENTS.format(method="exponential").replace("= -g_exc", "= -g_exc + tau_syn / 0.1 * drawn")
    neuron = a.Neuron(PARAMETERS, drive + currents, spike="v >= 20.0", reset="v = 10.0", refractory=2.0)
    exc, inh = net.create(n, neuron), net.create(n // 4, neuron)
    projections = []
    for pre, target, w in ((exc, "exc", weight), (inh, "inh", -G * weight)):
        for post in (exc, inh):
            stdp = a.STDP(TAU, TAU, A_PLUS, A_MINUS, 0.0, 2 * weight) if plastic and pre is post is exc else None
            projections.append(net.connect(pre, post, target, stdp))
            projections[-1].fixed_probability(PROBABILITY, weights=w, delays=DELAY)
    exc.v, inh.v = a.Uniform(0.0, 20.0), a.Uniform(0.0, 20.0)
    return run(a, net, [exc, inh], projections, s)


def brian2(s: Settings, plastic: bool = False) -> Result:
    """Run the network with Brian2."""
    from with_brian2 import run, start

    b = start(s, 0.1)
    n, weight = _scaled(s)
    equations = """
        dv/dt = (-v + 0.08 * (g_exc + g_inh)) / (20 * ms) : 1 (unless refractory)
        dg_exc/dt = -g_exc / (0.5 * ms) : 1
        dg_inh/dt = -g_inh / (0.5 * ms) : 1
    """
    rules = {"threshold": "v >= 20", "reset": "v = 10", "refractory": 2 * b.ms, "method": "exact"}
    group = b.NeuronGroup(n + n // 4, equations, **rules)
    group.v = "20 * rand()"
    add = f"g_exc_post += {weight}"
    exc = b.Synapses(group[:n], group[n:] if plastic else group, on_pre=add, delay=DELAY * b.ms)
    inh = b.Synapses(group[n:], group, on_pre=f"g_inh_post += {-G * weight}", delay=DELAY * b.ms)
    all_synapses = [exc, inh]
    if plastic:
        traces = f"w : 1\ndx/dt = -x / ({TAU} * ms) : 1 (event-driven)\ndy/dt = -y / ({TAU} * ms) : 1 (event-driven)"
        most = 2 * weight
        on_pre = f"g_exc_post += w\nx += {most * A_PLUS}\nw = clip(w + y, 0, {most})"
        on_post = f"y -= {most * A_MINUS}\nw = clip(w + x, 0, {most})"
        stdp = b.Synapses(group[:n], group[:n], traces, on_pre=on_pre, on_post=on_post, delay=DELAY * b.ms)
        all_synapses.append(stdp)
    for synapses in all_synapses:
        synapses.connect(p=PROBABILITY)
    if plastic:
        stdp.w = weight
    drive = b.PoissonInput(group, "g_exc", N=1000, rate=DRIVE / 1000 * b.Hz, weight=J)
    return run(b, [drive], [group], all_synapses, s)


def nest(s: Settings, plastic: bool = False) -> Result:
    """Run the network with NEST."""
    from with_nest import run, start

    sim, clock = start(s, 0.1), Clock()
    n, weight = _scaled(s)
    with clock("build"):
        parameters = {
            "E_L": 0.0, "V_reset": 10.0, "V_th": 20.0, "C_m": 250.0, "tau_m": 20.0, "tau_syn_ex": 0.5,
            "tau_syn_in": 0.5, "t_ref": 2.0, "tau_minus": TAU,
        }  # fmt: skip
        pop = sim.Create("iaf_psc_exp", n + n // 4, params=parameters)
        pop.V_m = sim.random.uniform(0.0, 20.0)
        rule = {"rule": "pairwise_bernoulli", "p": PROBABILITY}
        static = {"weight": weight, "delay": DELAY}
        if plastic:
            rules = {"lambda": A_PLUS, "alpha": A_MINUS / A_PLUS, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": TAU}
            stdp = {"synapse_model": "stdp_synapse", "Wmax": 2 * weight, **rules, **static}
            sim.Connect(pop[:n], pop[:n], rule, stdp)
        sim.Connect(pop[:n], pop[n:] if plastic else pop, rule, static)
        sim.Connect(pop[n:], pop, rule, {"weight": -G * weight, "delay": DELAY})
        sim.Connect(sim.Create("poisson_generator", params={"rate": DRIVE}), pop, syn_spec={"weight": J, "delay": 0.1})
    return run(sim, [pop], s, clock)
