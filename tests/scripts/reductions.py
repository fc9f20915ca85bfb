"""Synapses that read what whole populations have become: ``mean(pre.r)`` and the like, in every part of them."""

import sys

import numpy as np

from distann import *

setup(dt=0.5, seed=21)
rate = Neuron(equations="5.0 * dr/dt = sum(in) - r + 0.5 + 0.4 * sin(0.1 * t) + 0.1 * xi ; k = 9.0 * r : int")
sheet = Population((11, 9), rate, name="sheet")
sheet.r = Uniform(0.0, 1.0)
scaling = Synapse(
    equations="""
        level = 0.9 * level + 0.1 * norm1(post.k) : projection
        dw/dt = 0.01 * (pre.r - mean(pre.r)) * post.r - 0.001 * w * max(post.r) : min = 0.0
    """,
    psp="w * (pre.r - min(pre.r))",
)
lateral = Projection(sheet, sheet[:, 2:], "in", scaling)
lateral.connect_fixed_probability(0.2, Uniform(0.0, 0.05), delays=Uniform(0.5, 2.0))
cell = Neuron(equations="10.0 * dv/dt = 0.5 + Uniform(0.0, 1.2) - v + g_exc", spike="v > 0.9", reset="v = 0.0")
cells = Population(170, cell, name="cells")
cells.v = Uniform(0.0, 0.9)
gated = Synapse(
    equations="dy/dt = -y / 20.0 : event-driven ; 30.0 * dq/dt = norm2(post.v) - q : postsynaptic, exponential",
    pre_spike="g_target += w * mean(post.v) ; w = clip(w - 0.01 * y * max(pre.v), 0.0, 0.5)",
    post_spike="y += 0.1 * mean(pre.v) ; w = clip(w + 0.001 * q * y, 0.0, 0.5)",
)
plastic = Projection(cells, cells[30:], "exc", gated)
plastic.connect_fixed_probability(0.15, Uniform(0.0, 0.2), delays=Uniform(0.5, 3.0))
compile()
M = Monitor(cells, ["spike"])
simulate(float(sys.argv[1]))
spikes, level, q = M.get("spike"), np.array([lateral.level]), np.asarray(plastic.q)
assert len(spikes.ids) > 100
