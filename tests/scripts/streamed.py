"""Recordings in files: ``streamed.py MODE FOLDER MS``.

MODE is ``whole``, ``saved`` (the same, with a checkpoint in between, and then killed by itself at MS) or ``resumed``
(from that checkpoint). Prints a digest of what the files have, on rank 0.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path

import numpy as np

from distann import *
from distann.runtime.startup import start

mode, folder, duration = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
net = Network(dt=0.5, seed=8)
noise = net.create(PoissonPopulation(75, rates=200.0), name="noise")
cells = net.create(50, IF_curr_exp(), name="cells")
weights = net.connect(noise, cells, "exc")
weights.fixed_probability(0.2, weights=Uniform(0.0, 0.5), delays=1.5)
count = net.create(3, Neuron(equations="n += 1.0 : population \n r = n"), name="count")
monitors = [
    net.monitor(noise, "spike", to_file=folder / "spikes.h5"),
    net.monitor(cells[[40, 3, 17]], ["v", "g_exc"], period=1.5, to_file=folder / "view.h5"),
    net.monitor(weights, "w", period=7.0, to_file=folder / "w.h5"),
    net.monitor(count, ["n", "r"], to_file=folder / "count.h5"),
    net.monitor(cells[[40, 3, 17]], "v", period=1.5),
]
net.compile()
if mode == "resumed":
    net.restore(folder / "checkpoint.h5")
    net.simulate(duration - net.time)
else:
    net.simulate(10.0)
    if mode == "saved":
        net.checkpoint(folder / "checkpoint.h5")
    net.simulate(duration - 10.0)
if mode == "saved":
    os.kill(os.getpid(), signal.SIGKILL)
digest = hashlib.sha256()
for monitor in monitors:
    for values in monitor.get(force_dict=True).values():
        for part in [values] if isinstance(values, np.ndarray) else [values.ids, values.times]:
            digest.update(np.ascontiguousarray(part).tobytes())
if start().rank == 0:
    sys.stdout.write(f"digest {digest.hexdigest()}\n")
