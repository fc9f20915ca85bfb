"""Self-sustained activity of conductance-based neurons.

Vogels and Abbott (2005), as benchmark 1 of Brette et al. (2007).

    scripts/run -n 2 examples/coba.py [ms]
"""

import sys
from pathlib import Path

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 1000.0

setup(dt=0.1, seed=42)

COBA = Neuron(
    parameters="""
        E_L = -60.0 : population
        V_reset = -60.0 : population
        V_th = -50.0 : population
        E_exc = 0.0 : population
        E_inh = -80.0 : population
        tau_m = 20.0 : population
        tau_exc = 5.0 : population
        tau_inh = 10.0 : population
    """,
    equations="""
        tau_m * dv/dt = (E_L - v) + g_exc * (E_exc - v) + g_inh * (E_inh - v)
        tau_exc * dg_exc/dt = -g_exc : exponential
        tau_inh * dg_inh/dt = -g_inh : exponential
    """,
    spike="v > V_th",
    reset="v = V_reset",
    refractory=5.0,
    name="COBA",
)

pop = Population(geometry=4000, neuron=COBA)
Exc = pop[:3200] ; Inh = pop[3200:]
pop.v = Uniform(-60.0, -50.0)
# Conductances are in units of the leak. The first spikes come from these; from then on the network sustains itself.
pop.g_exc = Normal(4.0, 1.5, min=0.0)
pop.g_inh = Normal(20.0, 12.0, min=0.0)

exc_proj = Projection(pre=Exc, post=pop, target='exc')
exc_proj.connect_fixed_probability(weights=0.6, probability=0.02)
inh_proj = Projection(pre=Inh, post=pop, target='inh')
inh_proj.connect_fixed_probability(weights=6.7, probability=0.02)

compile()

M = Monitor(pop, ['spike'])
simulate(duration, measure_time=True)
spikes = M.get('spike')
t, n = M.raster_plot(spikes)

import matplotlib.pyplot as plt

figure, ax = plt.subplots(figsize=(8, 5))
ax.plot(t, n, 'k.', markersize=0.5)
ax.set_title(f'{len(t)} spikes, {M.mean_fr(spikes):.2f} Hz')
ax.set_xlabel('t (ms)')
ax.set_ylabel('neuron')
figure.tight_layout()
save_figure(figure, Path('coba.png'))
