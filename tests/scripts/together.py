"""Neurons that read means, extremes and norms of all, a constant, noise, and distributions of every kind."""

import sys

from distann import *

setup(dt=0.5, seed=21)
Constant("pull", 0.2)
add_function("towards(x, y, rate) = rate * (y - x)")
crowd = Neuron(
    parameters="tau = Gamma(4.0, 3.0)\nn = Binomial(20, 0.3)",
    equations="""
        middle = mean(v) : population
        wide = 1.0 + max(v) - min(v) : population
        all = 0.01 * norm2(v) / wide + 0.1 * sum()
        dv/dt = towards(v, middle, pull) + (0.3 * xi * v + all) / tau : init = 0.1 * n, milstein
        dx/dt = -0.5 * x + y : implicit
        dy/dt = -0.2 * y + 0.001 * norm1(r) : implicit
        r = pos(v) + 0.01 * Gamma(0.7, 0.5, max=3.0) + 0.01 * Binomial(5, 0.5)
    """,
    name="Crowd",
)
many, few = Population(531, crowd, name="many"), Population(3, crowd, name="few")
lateral = Projection(many, many, "exc").connect_fixed_probability(0.1, Gamma(2.0, 0.01))
across = Projection(many, few, "other").connect_fixed_number_pre(7, Binomial(3, 0.4))
compile()
M = Monitor(many, ["v", "x", "r", "middle", "wide"])
simulate(float(sys.argv[1]))
v, x, r, middle, wide = (M.get(name, keep=True) for name in ("v", "x", "r", "middle", "wide"))
