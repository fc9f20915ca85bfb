"""Monitors of synapses, dendrites, views and inputs, with periods, pauses and a file."""

import sys


from distann import *

setup(dt=0.5, seed=5)
counting = Synapse(parameters="n = 0.0", pre_spike="n += 1.0 \n g_target += w * n")
noise = PoissonPopulation(70, rates=100.0)
cells = Population(41, IF_curr_exp(tau_refrac=2.0))
other = Population(3, IF_curr_exp())
dense = Projection(noise, cells, "exc", counting).connect_fixed_probability(0.2, weights=Uniform(0.0, 0.2), delays=1.5)
few = Projection(noise, other, "exc", counting).connect_fixed_number_pre(5, weights=0.1, delays=2.0)
M = Monitor(cells[[30, 2, 19]], ["v", "spike", "g_exc"], period=1.5)
D, F = Monitor(dense, "n", period=2.0, period_offset=0.5), Monitor(few, ["n", "w"])
compile()
row = Monitor(dense.dendrite(17), "n")
third = float(sys.argv[1]) / 3.0
simulate(third)
F.pause()
simulate(third)
F.resume()
simulate(third)
v, spikes, g = M.get("v"), M.get("spike"), M.get("g_exc")
n_dense, n_few, w_few, n_row = D.get(), F.get("n"), F.get("w"), row.get()
