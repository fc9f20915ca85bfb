"""A vehicle that finds the light: two eyes, two wheels, crossed connections, and the world as a Python function.

Braitenberg (1984), vehicle 2b.

    scripts/run -n 2 examples/closed_loop.py [ms]
"""

import sys
from pathlib import Path

import numpy as np

from distann import *

duration = float(sys.argv[1]) if len(sys.argv) > 1 else 6000.0

net = Network(dt=1.0, seed=1)
light, place, heading = np.array([3.0, 2.0]), np.zeros(2), 2.5
path = [place]


@net.source(2, period=10.0)
def eyes(t):
    """Move as the wheels have turned, and return what each eye sees now: the left one first."""
    global place, heading
    if t > 0:
        left, right = wheels.r
        heading += 0.01 * (right - left) / 0.2
        place = place + 0.01 * (left + right) / 2.0 * np.array([np.cos(heading), np.sin(heading)])
        path.append(place)
    directions = heading + np.array([0.6, -0.6])
    to_light = light - place
    angle = np.arctan2(to_light[1], to_light[0]) - directions
    return np.maximum(np.cos(angle), 0.0) / (1.0 + 0.1 * to_light @ to_light)


wheels = net.create(2, LeakyIntegrator(tau=20.0, B=0.3), name='wheels')
net.connect(eyes, wheels, 'exc').from_matrix([[0.0, 1.0], [1.0, 0.0]])
seen, speed = net.monitor(eyes, 'r', period=10.0), net.monitor(wheels, 'r', period=10.0)
net.compile()
net.simulate(duration, measure_time=True)
r, w, path = seen.get(), speed.get(), np.array(path)

import matplotlib.pyplot as plt

figure, (ax, rates) = plt.subplots(1, 2, figsize=(10, 4.5))
ax.plot(*path.T)
ax.plot(*light, 'o', color='gold', markersize=12)
ax.set_aspect('equal')
ax.set_title(f'closest to the light: {np.linalg.norm(path - light, axis=1).min():.2f}')
rates.plot(np.arange(len(w)) / 100.0, w)
rates.set_xlabel('t (s)')
rates.set_ylabel('speed of the wheels')
figure.tight_layout()
save_figure(figure, Path('closed_loop.png'))
