"""All inputs, and what they drive; most ranks own little of the small ones."""

import sys

import numpy as np

from distann import *

setup(dt=0.5, seed=11)
array = InputArray(20)
array.r = np.arange(20.0)
timed = TimedArray(np.arange(60.0).reshape(3, 20), schedule=[1.0, 3.0, 7.5], period=10.0)
sine = ACCurrent(20, amplitude=0.5, frequency=40.0, offset=np.linspace(0.0, 1.0, 20))
noise = NoiseCurrent(20, sigma=0.3, tau=5.0)
pulse = StepCurrent(20, [1.0, 0.0], [2.0, 9.0])
ear = Population(20, Neuron(equations="r = sum(exc)"))
for source in (array, timed, sine, noise, pulse):
    Projection(source, ear, "exc").connect_one_to_one(weights=1.0)
driven = PoissonPopulation(70, target="exc")
Projection(ear, driven, "exc").connect_all_to_all(weights=Uniform(0.0, 1.0))
waves = PoissonPopulation(33, rates="a * (1.0 + sin(t))", parameters={"a": 100.0}, refractory=2.0)
steps = TimedPoissonPopulation((3, 7), rates=[0.0, 300.0, 50.0], schedule=4.0)
trains = HomogeneousCorrelatedSpikeTrains(90, rates=60.0, corr=0.5, tau=8.0)
given = SpikeSourceArray([[1.0, 5.0], [2.0]])
cells = Population(37, IF_curr_exp())
for source in (driven, waves, steps, trains, given):
    Projection(source, cells, "exc").connect_fixed_probability(0.3, weights=0.5)
compile()
monitors = [Monitor(source, "spike") for source in (driven, waves, steps, trains, given, cells)]
seen = [Monitor(source, "r") for source in (timed, sine, noise, pulse, ear)]
half = float(sys.argv[1]) / 2.0
simulate(half)
timed.update(np.ones((2, 20)), schedule=2.0, period=-1.0)
given.spike_times = [[half + 1.0], [half + 2.0, half + 4.0]]
trains.update(20.0, 0.1)
simulate(half)
spikes0, spikes1, spikes2, spikes3, spikes4, spikes5 = (monitor.get() for monitor in monitors)
r0, r1, r2, r3, r4 = (monitor.get() for monitor in seen)
