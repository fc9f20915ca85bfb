"""The network of ``examples/coba.py`` with other seeds: ``coba.py OUTPUT MS SEED ...`` writes OUTPUT.SEED.npz."""

import sys
from pathlib import Path

import numpy as np

import distann
from distann import *

output, duration, *seeds = sys.argv[1:]
example = Path(__file__).parents[2] / "examples" / "coba.py"
network = example.read_text().partition("compile()")[0]

for seed in seeds:
    distann.clear()
    sys.argv = [str(example), duration]
    exec(network.replace("seed=42", f"seed={seed}"))
    compile()
    initial = {name: np.array(pop.get(name)) for name in ("v", "g_exc", "g_inh")}
    exc, inh = exc_proj.synapses(), inh_proj.synapses()
    M = Monitor(pop, ["spike"])
    simulate(float(duration))
    spikes = M.get("spike")
    np.savez(
        f"{output}.{seed}.npz", neurons=spikes.ids, steps=spikes.times, **initial,
        exc_post=exc[0], exc_pre=exc[1], inh_post=inh[0], inh_pre=inh[1],
    )  # fmt: skip
