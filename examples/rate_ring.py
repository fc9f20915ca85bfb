"""A ring of leaky integrators: a bump of activity that stands still, then travels (Ben-Yishai et al., 1995).

Excitation follows the cosine of the angle between two neurons, inhibition is the same for all. Turning the
excitation by a small angle makes the bump travel.

    scripts/run -n 2 examples/rate_ring.py [ms]
"""

import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 500.0

N = 256
setup(dt=1.0, seed=42)

angle = 2.0 * np.pi * np.arange(N) / N


def cosine(turn):
    """Weights from neuron j (first axis) to neuron i: the cosine of their distance, the bump turned by `turn`."""
    return csr_matrix((1.0 + np.cos(angle[None, :] - angle[:, None] - turn)) * 5.0 / N)


def ring(turn, name):
    pop = Population(geometry=N, neuron=LeakyIntegrator(tau=10.0, B=1.0), name=name)
    pop.B = 1.0 + 0.1 * np.cos(angle)
    exc = Projection(pop, pop, 'exc')
    exc.connect_from_sparse(cosine(turn))
    inh = Projection(pop, pop, 'inh')
    inh.connect_all_to_all(weights=9.0 / N, allow_self_connections=True)
    return pop


standing = ring(0.0, 'standing')
travelling = ring(0.3, 'travelling')

compile()

monitors = [Monitor(pop, 'r') for pop in (standing, travelling)]
simulate(duration, measure_time=True)

import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
for ax, monitor, title in zip(axes, monitors, ('standing', 'travelling')):
    r = monitor.get('r')
    ax.imshow(r.T, aspect='auto', origin='lower')
    ax.set_title(f'{title} bump, at most r = {r[-1].max():.2f}')
    ax.set_xlabel('t (ms)')
axes[0].set_ylabel('neuron')
figure.tight_layout()
save_figure(figure, Path('rate_ring.png'))
