"""Runs that conditions and callbacks steer; the same on all ranks and threads."""

import sys

import numpy as np

from distann import *

setup(dt=0.5, seed=3)
ramp = Neuron(parameters="k = 0.1", equations="r += k")
slow = Population(50, ramp, stop_condition="r > 2.0 : all")
slow.k = Uniform(0.1, 0.2)
noisy = Population(100, Izhikevich(noise=5.0), stop_condition="spiked : any")
Projection(noisy, noisy, "exc").connect_fixed_probability(0.1, 4.0, delays=4.0)
M = Monitor(noisy, "spike")
called = []


@every(period=2.0, offset=-0.5, wait=1.0)
def stimulate(n):
    called.append(get_time())
    noisy.i_offset = float(n)


compile()
passed = np.array([
    simulate_until(100.0, slow), simulate_until(100.0, noisy), simulate_until(100.0, [slow, noisy], operator="or"),
    simulate_until(100.0, [slow, noisy]), simulate_until(3.0, noisy[:0].population),
])
simulate(float(sys.argv[1]))
noisy.disable()
simulate(5.0)
noisy.enable()
simulate(5.0)
called, spikes, r = np.array(called), M.get("spike"), slow.r
