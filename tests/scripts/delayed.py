"""Synapses of individual delay: three populations whose projections are stored together, and a rate-coded one."""

import sys

from distann import *

setup(dt=0.1, seed=11)
cell = Neuron(
    parameters="tau = 10.0 : population ; rate = 9000.0 : population",
    equations="""
        g_exc += 0.9 * Poisson(rate * dt / 1000)
        tau * dv/dt = g_exc + g_inh - v : exact
        0.5 * dg_exc/dt = -g_exc : exact
        2.0 * dg_inh/dt = -g_inh : exact
    """,
    spike="v > 5.0",
    reset="v = 0.0",
    refractory=1.0,
)
big, middle, small = Population(300, cell, name="big"), Population(70, cell, name="middle"), Population(5, cell)
for population in (big, middle, small):
    population.v = Uniform(0.0, 5.0)
pairs = [(big, big), (big, middle), (big, small), (middle, big), (middle, small)]
several = [
    Projection(pre, post, "exc" if pre is big else "inh").connect_fixed_total_number(
        2000, weights=Normal(0.3 if pre is big else -0.6, 0.05), delays=Normal(1.5, 0.75, min=0.3)
    )
    for pre, post in pairs
]
first, second, third, fourth, fifth = several
different = Projection(small, big[10:200:3], "inh").connect_fixed_total_number(
    150, -0.5, delays=DiscreteUniform(1, 4), allow_multapses=False
)
leaky = Neuron(equations="tau = 3.0 ; tau * dr/dt = sum(in) - r + 0.2".replace(" ; ", "\n"))
rates = Population(40, leaky, name="rates")
rates.r = Uniform(0.0, 1.0)
rows = Projection(rates, rates, "in").connect_fixed_probability(0.3, Normal(0.0, 0.3), delays=Uniform(0.3, 2.0))
big.compute_firing_rate(4.0)
compile()
M = Monitor(big, ["spike", "v", "r"])
N = Monitor(rates, "r")
simulate(float(sys.argv[1]))
spikes, v, frequency, r = M.get("spike"), M.get("v"), M.get("r"), N.get("r")
