"""Synapses that change, of each kind: by traces, at once, by equations of each step, rate-coded, with random terms."""

import sys

from distann import *

setup(dt=0.1, seed=21)
cell = Neuron(
    "I = 0.0",
    "10.0 * dv/dt = I + g_exc - v : exponential\n3.0 * dg_exc/dt = -g_exc : exponential",
    spike="v > 1.0",
    reset="v = 0.0",
    refractory=1.0,
)
cells = Population(90, cell, name="cells")
cells.I, cells.v = Uniform(0.9, 1.6), Uniform(0.0, 1.0)
traces = """
    20.0 * dx/dt = -x : event-driven
    20.0 * dy/dt = -y : event-driven
"""
stdp = Synapse(
    equations=traces,
    pre_spike="g_target += w\nx += 0.02\nw = clip(w + y, 0.0, 0.2)",
    post_spike="y -= 0.021\nw = clip(w + x + 0.001 * Uniform(-1.0, 1.0), 0.0, 0.2)",
)
lazy = Projection(cells, cells, "exc", stdp).connect_fixed_probability(
    0.2, Uniform(0.0, 0.1), delays=DiscreteUniform(1, 3)
)
voltage = Synapse(
    equations=traces + "100.0 * dw/dt = 0.05 * pre.v - w : min = 0.0\nseen = seen + Normal(0.0, 1.0)",
    pre_spike="g_target += w\nx += 0.02 * pre.v",
    post_spike="w += x * pre.v\ny += 1.0",
)
eager = Projection(cells[3:60:2], cells[10:80], "exc", voltage).connect_fixed_number_pre(
    7, Uniform(0.0, 0.05), delays=0.5
)
unit = Neuron(equations="4.0 * dr/dt = sum(in) - r + 0.5", parameters="")
units = Population(33, unit, name="units")
units.r = Uniform(0.0, 1.0)
oja = Synapse(
    "eta = 0.01 : projection",
    "20.0 * dth/dt = post.r - th : postsynaptic\n"
    "dw/dt = eta * (pre.r * post.r - th^2 * w) : min = 0.0\nq = Uniform(0.0, 1.0)",
)
rows = Projection(units, units, "in", oja).connect_fixed_probability(0.5, Normal(0.02, 0.005), delays=Uniform(0.1, 0.4))
dense = Projection(units, units, "in", oja).connect_all_to_all(Uniform(0.0, 0.02), allow_self_connections=True)
compile()
M = Monitor(cells, ["spike", "v"])
simulate(float(sys.argv[1]))
spikes, v = M.get("spike"), M.get("v")
others = [
    lazy.x.flat, lazy.y.flat, eager.x.flat, eager.y.flat, eager.seen.flat, rows.q.flat, dense.q.flat, rows.th, dense.th
]  # fmt: skip
x, y, eager_x, eager_y, seen, q, dense_q, th, dense_th = others
