"""Windows of spike-timing-dependent plasticity: what a pair of spikes changes, alone and among pairs at 20 Hz.

Song et al. (2000), Morrison et al. (2008), Pfister and Gerstner (2006), Vogels et al. (2011).

    scripts/run -n 2 examples/stdp.py [ms]
"""

import sys
from pathlib import Path

import numpy as np

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 3000.0

INTERVAL = 50.0
setup(dt=0.1, seed=42)

dt_ms = np.arange(-20.0, 20.5, 0.5)     # one synapse each: the postsynaptic spike comes so much later
pairs = {'a pair': np.array([25.0]), '20 Hz': np.arange(25.0, max(duration, 26.0), INTERVAL)}
relay = Neuron(equations="told = g_told\nv = g_exc", spike="told > 0.5")
rules = {
    'STDP': STDP(w_max=10.0, A_plus=0.0005, A_minus=0.0005, tau_minus=30.0),
    'NearestSTDP': NearestSTDP(w_max=10.0, A_plus=0.0005, A_minus=0.0005, tau_minus=30.0),
    'TripletSTDP': TripletSTDP(w_max=10.0),
    'VogelsSprekeler': VogelsSprekeler(eta=0.005),
}

learned = {}
for name, times in pairs.items():
    pre = SpikeSourceArray([list(times)] * len(dt_ms))
    # A told neuron spikes one step later.
    teacher = SpikeSourceArray([list(times + shift - 0.1) for shift in dt_ms])
    post = Population(len(dt_ms), relay)
    Projection(teacher, post, 'told').connect_one_to_one(1.0)
    for rule, synapse in rules.items():
        learned[name, rule] = Projection(pre, post, 'exc', synapse)
        learned[name, rule].connect_one_to_one(5.0, force_multiple_weights=True)

compile()
simulate(duration, measure_time=True)

change = {key: np.array([row[0] for row in proj.w]) - 5.0 for key, proj in learned.items()}

import matplotlib.pyplot as plt

figure, axes = plt.subplots(2, 2, figsize=(9, 7), sharex=True)
for ax, rule in zip(axes.flat, rules):
    for name, times in pairs.items():
        ax.plot(dt_ms, change[name, rule] / len(times), '.-', label=name)
    ax.axhline(0.0, color='k', linewidth=0.5)
    ax.set_title(rule)
    ax.legend()
for ax in axes[1]:
    ax.set_xlabel('t post - t pre (ms)')
for ax in axes[:, 0]:
    ax.set_ylabel('change of the weight by a pair')
figure.tight_layout()
save_figure(figure, Path('stdp.png'))
