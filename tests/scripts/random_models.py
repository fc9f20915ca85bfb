"""Random models, connected among each other."""

import sys

from distann import *
from tests.reference.random_models import random_neurons

setup(dt=0.5, seed=3)
made = [Population(50 + n, neuron) for n, neuron in enumerate(random_neurons(8))]
for population in made:
    population.a = Uniform(-1.0, 1.0)
    population.t_own = Uniform(3.0, 9.0)
for number, population in enumerate(made):
    for target in population.targets:
        for pre in made[:number]:
            if bool(pre.neuron_type.spike) == bool(population.neuron_type.spike):
                Projection(pre, population, target).connect_fixed_probability(0.1, Uniform(0.0, 0.1))
compile()
monitors = [Monitor(population, population.variables) for population in made]
simulate(float(sys.argv[1]))
for monitor in monitors:
    for name, values in monitor.get(force_dict=True).items():
        globals()[f"{monitor.object.name}_{name}"] = values
