"""Synapses that come and go, by rules and by the script: rate-coded and spiking, static and plastic, with views."""

import sys

import numpy as np

from distann import *

setup(dt=0.5, seed=8, structural_plasticity=True)
unit = Neuron(
    "phase = 0.0\nbase = 0.5 : population",
    "r = clip(base + 0.5 * sin(0.2 * t + phase) + 0.02 * sum(in), 0.0, 1.0)\nslow = slow + 0.1 * (r - slow)",
)
units, lone = Population(50, unit, name="units"), Population(1, unit, name="lone")
units.phase = np.linspace(0.0, 6.0, 50)
hebb = Synapse(
    "T = 0.8\nforget = 0.02 : projection",
    "dw/dt = 0.05 * (pre.r * post.r - 0.4) : min = -0.2\nage = age + dt : init = Uniform(0.0, 3.0)",
    creating="pre.r > T and post.slow > 0.3 : proba = 0.2, w = Uniform(0.0, 0.3), d = DiscreteUniform(1, 4)",
    pruning="w < 0.0 or age > 15.0 : proba = 0.3",
)
rows = Projection(units, units, "in", hebb).connect_fixed_probability(0.2, Uniform(0.0, 0.4), delays=1.0)
lonely = Projection(units[40::-3], lone, "in", hebb).connect_one_to_one(0.1)
alone = Projection(lone, lone, "in", hebb).connect_all_to_all(0.5, allow_self_connections=True)
manual = Projection(units, units[5:45:2], "in").connect_all_to_all(0.01, delays=2.0)

cell = Neuron(
    "I = 0.0",
    "5.0 * dv/dt = I + g_exc - v : exponential\n3.0 * dg_exc/dt = -g_exc : exponential",
    spike="v > 1.0", reset="v = 0.0", refractory=1.0,
)  # fmt: skip
cells = Population(90, cell, name="cells")
cells.I, cells.v = Uniform(0.9, 1.6), Uniform(0.0, 1.0)
lazy = Synapse(
    equations="20.0 * dx/dt = -x : event-driven ; 20.0 * dy/dt = -y : event-driven",
    pre_spike="g_target += w\nx += 0.02\nw = clip(w + y, 0.0, 0.2) : unless_post",
    post_spike="y -= 0.021\nw = clip(w + x, 0.0, 0.2)",
    creating="post.v > 0.9 and pre.v > 0.9 : proba = 0.3, w = 0.05, d = Uniform(0.5, 3.0)",
    pruning="w < 0.01 or t - t_pre > 20.0 : proba = 0.3",
)
learned = Projection(cells, cells, "exc", lazy).connect_fixed_number_pre(6, Uniform(0.0, 0.1), delays=1.0)
fixed = Synapse(
    pre_spike="g_target += w", creating=Creating("post.v > 0.8", 0.003, 0.02), pruning=Pruning("w > 0.05", 0.1)
)
static = Projection(cells[3:60:2], cells[80:9:-1], "exc", fixed).connect_fixed_total_number(
    200, Uniform(0.0, 0.08), delays=2.0, allow_multapses=True
)
compile()
for projection in (rows, lonely, alone, learned, static):
    projection.start_creating(1.0)
    projection.start_pruning(1.5)


@every(period=4.0)
def by_hand(n):
    dendrite = manual.dendrite(5 + 2 * (n % 20))
    dendrite.prune_synapses(dendrite.pre_ranks[n % 3 :: 2])
    absent = np.setdiff1d(np.arange(50), dendrite.pre_ranks)[: n % 7]
    dendrite.create_synapses(absent, 0.01 * np.arange(len(absent)))
    learned.dendrite(n).w = 0.03
    if n == 2:
        learned.stop_pruning()
        absent = np.setdiff1d(units[40::-3].ranks, lonely.dendrite(0).pre_ranks)
        lonely.dendrite(0).create_synapse(absent[0], 0.3, 2.0)


M = Monitor(cells, "spike")
simulate(float(sys.argv[1]))
spikes = M.get("spike")
all_of_them = (rows, lonely, alone, manual, learned, static)
wired = np.concatenate([np.concatenate(projection.synapses()) for projection in all_of_them])
age, x, y = rows.age.flat, learned.x.flat, learned.y.flat
rows.reset()
kept = rows.age.flat
reset(synapses=True)
again = np.concatenate([np.concatenate(projection.synapses()) for projection in all_of_them])
simulate(3.0)
later = np.concatenate([np.concatenate(projection.synapses()) for projection in all_of_them])
