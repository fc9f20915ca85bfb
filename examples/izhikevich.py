"""The pulse-coupled network of Izhikevich (2003), Simple model of spiking neurons.

    scripts/run -n 2 examples/izhikevich.py [ms]
"""

import sys
from pathlib import Path

import numpy as np

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 1000.0

setup(seed=42)
np.random.seed(42)

pop = Population(geometry=1000, neuron=Izhikevich)
Exc = pop[:800] ; Inh = pop[800:]
re = np.random.random(800) ; ri = np.random.random(200)
Exc.noise = 5.0 ; Inh.noise = 2.0
Exc.a = 0.02 ; Inh.a = 0.02 + 0.08 * ri
Exc.b = 0.2 ; Inh.b = 0.25 - 0.05 * ri
Exc.c = -65.0 + 15.0 * re**2 ; Inh.c = -65.0
Exc.d = 8.0 - 6.0 * re**2 ; Inh.d = 2.0
Exc.v = -65.0 ; Inh.v = -65.0
Exc.u = Exc.v * Exc.b ; Inh.u = Inh.v * Inh.b

exc_proj = Projection(pre=Exc, post=pop, target='exc')
exc_proj.connect_all_to_all(weights=Uniform(0.0, 0.5))
inh_proj = Projection(pre=Inh, post=pop, target='inh')
inh_proj.connect_all_to_all(weights=Uniform(0.0, 1.0))

compile()

M = Monitor(pop, ['spike', 'v'])
simulate(duration, measure_time=True)
spikes = M.get('spike')
v = M.get('v')
t, n = M.raster_plot(spikes)
fr = M.histogram(spikes)

import matplotlib.pyplot as plt

figure = plt.figure(figsize=(8, 8))
ax = plt.subplot(3, 1, 1)
ax.plot(t, n, 'b.', markersize=1.0)
ax.set_title(f'{len(t)} spikes, {M.mean_fr(spikes):.2f} Hz')
ax.set_ylabel('neuron')
ax = plt.subplot(3, 1, 2)
ax.plot(v[:, 15])
ax.set_ylabel('v of neuron 15 (mV)')
ax = plt.subplot(3, 1, 3)
ax.plot(fr)
ax.set_ylabel('spikes a step')
ax.set_xlabel('t (ms)')
figure.tight_layout()
save_figure(figure, Path('izhikevich.png'))
