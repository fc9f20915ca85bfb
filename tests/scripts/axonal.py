"""Neurons with axonal spikes, and synapses on which both kinds of spikes arrive."""

import sys

import numpy as np

from distann import *

TRACES = (("x", 20.0, 0.0), ("y", 20.0, 0.0), ("u", 9.0, 0.2))
setup(dt=0.1, seed=12)
cell = Neuron(
    equations="""
        10.0 * dv/dt = 6.0 - v + g_exc + 2.0 * xi
        2.0 * dg_exc/dt = -g_exc : exponential
        dheat/dt = -heat / 5.0 : exponential
    """,
    spike="v > 4.0",
    reset="v = 0.0",
    refractory=2.0,
    axon_spike="g_exc - heat > 0.3 + 0.2 * Uniform(0.0, 1.0)",
    axon_reset="heat += 0.5 + 0.1 * Normal(0.0, 1.0)",
)
cells = Population(230, cell, name="cells")
cells.v = Uniform(0.0, 4.0)
axons = Population(70, Neuron(equations="dv/dt = 0.3 * Uniform(0.5, 1.5)", axon_spike="v > 1.0", axon_reset="v = 0.0"))
static = Projection(cells[::3], cells, "exc", Synapse(pre_spike="g_target += w", pre_axon_spike="g_target -= 0.5 * w"))
static.connect_fixed_probability(0.1, Uniform(0.0, 0.2), delays=Uniform(0.1, 1.4))
outside = Projection(axons, cells[20:], "exc", Synapse(pre_axon_spike="g_target += w"))
outside.connect_fixed_number_pre(5, 0.1, delays=0.5)
learning = Synapse(
    equations=[f"{tau} * d{name}/dt = {rest} - {name} : event-driven" for name, tau, rest in TRACES],
    pre_spike="g_target += w ; x += 0.02 ; w = clip(w - y, 0.0, 0.3)",
    pre_axon_spike="g_target += w * x ; x *= 0.9 ; u += 0.01 * Uniform(0.0, 1.0) ; w = clip(w + 0.001 * u, 0.0, 0.3)",
    post_spike="y += 0.02 ; w = clip(w + x * u, 0.0, 0.3)",
)
plastic = Projection(cells, cells[:150], "exc", learning)
plastic.connect_fixed_probability(0.1, Uniform(0.0, 0.2), delays=Uniform(0.1, 2.0))
compile()
M = Monitor(cells, ["spike", "axon_spike"])
N = Monitor(axons, "axon_spike")
simulate(float(sys.argv[1]))
spikes, axonal, given = M.get("spike"), M.get("axon_spike"), N.get()
u = np.concatenate(list(plastic.u))
assert min(len(spikes.ids), len(axonal.ids), len(given.ids)) > 100
