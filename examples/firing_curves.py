"""How fast built-in neurons fire for a constant current: the f-I curves of six models.

    scripts/run -n 2 examples/firing_curves.py

One neuron a current. The rate is that of the last interval of 1 s, when the neuron has adapted; also drawn, dashed, is
the leaky integrator's closed form, 1 / (t_ref + tau log(R I / (R I - theta))).
"""

from pathlib import Path

import numpy as np

from distann import *

DT, DURATION, NEURONS = 0.02, 1000.0, 24

# Of each curve: the neuron, its attributes, and the largest current: nA, or the unit of Izhikevich's model.
MODELS = {
    "integrate and fire": (IF_curr_exp, {"tau_refrac": 2.0}, 4.0),
    "adaptive exponential": (EIF_cond_exp_isfa_ista, {}, 2.0),
    "Hodgkin and Huxley": (HH_cond_exp, {}, 3.0),
    "quadratic": (Izhikevich, {"a": 0.0, "b": 0.0, "d": 0.0, "u": 0.0}, 60.0),
    "regular spiking": (Izhikevich, {}, 30.0),
    "fast spiking": (Izhikevich, {"a": 0.1, "d": 2.0}, 30.0),
}

net = Network(dt=DT, seed=1)
populations, monitors, currents = {}, {}, {}
for name, (neuron, attributes, largest) in MODELS.items():
    population = net.create(NEURONS, neuron)
    population.set(attributes)
    currents[name] = largest * np.arange(1, NEURONS + 1) / NEURONS
    population.i_offset = currents[name]
    populations[name], monitors[name] = population, net.monitor(population, "spike")
net.compile()
net.simulate(DURATION)

rates = {}  # Hz
for name, monitor in monitors.items():
    spikes = monitor.get("spike")
    last = [np.diff(spikes[n][-2:]) * DT for n in range(NEURONS)]
    # Who has long been silent fires no more.
    silent = [len(spikes[n]) < 2 or DURATION - spikes[n][-1] * DT > 2 * last[n][0] for n in range(NEURONS)]
    rates[name] = np.array([0.0 if quiet else 1000.0 / interval[0] for quiet, interval in zip(silent, last)])

import matplotlib.pyplot as plt

figure, axes = plt.subplots(2, 3, figsize=(11, 6))
for (name, rate), ax in zip(rates.items(), axes.flat, strict=True):
    ax.plot(currents[name], rate, "o-", markersize=3)
    if name == "integrate and fire":
        I = np.linspace(0.76, 4.0, 200)
        ax.plot(I, 1000.0 / (2.0 + 20.0 * np.log(20 * I / (20 * I - 15))), "k--", linewidth=0.8)
    ax.set_title(name, fontsize=9)
    ax.set_ylabel("Hz")
figure.tight_layout()
save_figure(figure, Path("firing_curves.png"))
