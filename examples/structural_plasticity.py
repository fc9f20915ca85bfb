"""A map that finds itself: synapses are made where neurons are active together, and those that stay weak are removed.

Two rings of neurons see the same bump of activity at random places, which the second one hears by fixed connections.
What grows between them follows this order, from a connectivity that has none (the idea: Bamford et al., 2010).

    scripts/run -n 2 examples/structural_plasticity.py [ms]
"""

import sys
from pathlib import Path

import numpy as np

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 4000.0

N = 60
setup(dt=1.0, seed=42)

places = np.random.default_rng(1).uniform(0.0, N, int(duration / 20.0) + 1)
distance = np.abs(np.arange(N) - places[:, None])
bumps = np.exp(-np.minimum(distance, N - distance) ** 2 / (2.0 * 3.0 ** 2))

world = TimedArray(rates=bumps, schedule=20.0)
pre = Population(N, Neuron(equations="5.0 * dr/dt = sum(in) - r"), name='pre')
post = Population(N, Neuron(equations="5.0 * dr/dt = clip(sum(in) + 0.2 * sum(map), 0.0, 1.0) - r"), name='post')
for pop in (pre, post):
    Projection(world, pop, 'in').connect_one_to_one(1.0)

growing = Synapse(
    parameters="eta = 0.01 : projection ; wanted = 0.3 : projection",
    equations="dw/dt = eta * post.r * (pre.r - wanted * (post.r + w)) : min = 0.0, max = 1.0",
    creating="pre.r > 0.5 and post.r > 0.5 : proba = 0.02, w = 0.1",
    pruning="w < 0.02 : proba = 0.2",
)
proj = Projection(pre, post, 'map', growing)
proj.connect_fixed_probability(0.1, weights=Uniform(0.0, 0.2))

compile()
begin = proj.connectivity_matrix()
proj.start_creating(period=10.0)
proj.start_pruning(period=10.0)

times, counts = [], []


@every(period=50.0)
def count(n):
    times.append(get_time())
    counts.append(proj.nb_synapses)


simulate(duration, measure_time=True)
end = proj.connectivity_matrix()
counts = np.array(counts)

import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(12, 4))
for ax, matrix, title in zip(axes, (begin, end), ('at the beginning', f'after {duration:g} ms')):
    ax.imshow(matrix, origin='lower', cmap='Greys')
    ax.set_title(f'weights {title}')
    ax.set_xlabel('presynaptic neuron')
axes[0].set_ylabel('postsynaptic neuron')
axes[2].plot(times, counts)
axes[2].set_xlabel('t (ms)')
axes[2].set_title('synapses')
figure.tight_layout()
save_figure(figure, Path('structural_plasticity.png'))
