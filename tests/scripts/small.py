"""A population of three neurons and one of a single neuron: most ranks own nothing."""

import sys

from distann import *

setup(dt=0.5, seed=7)
few = Population(3, IF_curr_exp(tau_refrac=2.0, i_offset=0.9), name="few")
few.v = Uniform(-65.0, -50.0)
one = Population(1, Izhikevich(noise=5.0), name="one")
source = SpikeSourceArray([[1.0, 5.0, 20.0], [2.5]])
noise = PoissonPopulation(5, rates=[0.0, 50.0, 100.0, 200.0, 400.0])
inside = Projection(few, few, "inh").connect_all_to_all(weights=Uniform(0.0, 1.0), delays=1.5)
across = Projection(few, one, "exc").connect_fixed_number_pre(2, weights=Normal(5.0, 1.0))
given = Projection(source, few, "exc").connect_fixed_probability(0.5, weights=0.7, delays=2.0)
random = Projection(noise, one, "exc").connect_all_to_all(weights=Exponential(0.5), delays=1.0)
compile()
M = Monitor(few, ["spike", "v", "g_exc"])
N = Monitor(one, ["spike", "v"])
P = Monitor(noise, "spike")
simulate(float(sys.argv[1]))
spikes, v, g = M.get("spike"), M.get("v"), M.get("g_exc")
spikes_of_one, v_of_one = N.get("spike"), N.get("v")
spikes_of_noise = P.get()
