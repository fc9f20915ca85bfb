"""The network of ``examples/coba.py`` in Brian2: what other people's code makes of the same equations.

    python tests/reference/coba_brian2.py --seeds 1 2 3 4 5 6 7 8 -o tests/reference/coba_brian2.json
    python tests/reference/coba_brian2.py --network FILE.npz --duration 200 -o SPIKES.npz

The second runs the very network of a file that ``tests/scripts/coba.py`` wrote, and keeps its spikes: the same as
distann's, until the last bits of a sum, which the two take in another order, have grown into another spike.

In an environment of its own: ``pip install brian2 'numpy<2.4'`` (the extra ``reference``). distann is not imported.

The order of a step in Brian2 is: equations, spike condition, synapses, reset. A spike without a delay therefore reaches
`v` in the next step, as in distann with the delay of one step. Brian2 has one method for all equations of a group, so
the conductances, which distann integrates exactly, are multiplied by their decay after the Euler step of `v`.

The first conductances are drawn at random and silence some networks within a few ms, here as in distann. Those seeds
are named in the result; rate and irregularity are those of the networks that go on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, defaultclock, ms
from spike_statistics import rate_and_irregularity

SIZE, EXCITATORY = 4000, 3200
SETTLED = 200.0  # ms that are dropped
ALIVE = 100.0  # ms before the end in which a network that goes on has spikes
EQUATIONS = """
    dv/dt = ((E_L - v) + g_exc * (E_exc - v) + g_inh * (E_inh - v)) / tau_m : 1 (unless refractory)
    g_exc : 1
    g_inh : 1
"""
CONSTANTS = {
    "E_L": -60.0, "V_reset": -60.0, "V_th": -50.0, "E_exc": 0.0, "E_inh": -80.0,
    "tau_m": 20 * ms, "tau_exc": 5 * ms, "tau_inh": 10 * ms,
}  # fmt: skip
# Brian2 counts a refractory period from the step of the spike, distann from the next: both hold v for 50 steps.
REFRACTORY = 5.1 * ms


def spikes(seed: int, duration: float, given: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
    """Return who spiked and when (ms) in `duration` ms, in a random network or in a given one."""
    brian2.start_scope()
    brian2.seed(seed)
    defaultclock.dt = 0.1 * ms
    neurons = NeuronGroup(
        SIZE, EQUATIONS, method="euler", threshold="v > V_th", reset="v = V_reset", refractory=REFRACTORY,
        namespace=CONSTANTS,
    )  # fmt: skip
    decay = "g_exc *= exp(-dt / tau_exc)\ng_inh *= exp(-dt / tau_inh)"
    neurons.run_regularly(decay, when="groups", order=neurons.state_updater.order + 1)
    exc = Synapses(neurons[:EXCITATORY], neurons, on_pre="g_exc_post += 0.6")
    inh = Synapses(neurons[EXCITATORY:], neurons, on_pre="g_inh_post += 6.7")
    if given is None:
        neurons.v = "-60.0 + 10.0 * rand()"
        neurons.g_exc = "clip(4.0 + 1.5 * randn(), 0.0, inf)"
        neurons.g_inh = "clip(20.0 + 12.0 * randn(), 0.0, inf)"
        exc.connect(condition="i != j", p=0.02)
        inh.connect(condition=f"i + {EXCITATORY} != j", p=0.02)
    else:
        neurons.v, neurons.g_exc, neurons.g_inh = given["v"], given["g_exc"], given["g_inh"]
        exc.connect(i=given["exc_pre"], j=given["exc_post"])
        inh.connect(i=given["inh_pre"] - EXCITATORY, j=given["inh_post"])
    monitor = SpikeMonitor(neurons)
    Network(neurons, exc, inh, monitor).run(duration * ms)
    return np.asarray(monitor.i), np.asarray(monitor.t / ms)


def statistics(seed: int, duration: float) -> dict[str, Any] | None:
    """Return what one network did, in the first second and in all; None if it fell silent."""
    who, when = spikes(seed, duration)
    if not np.any(when > duration - ALIVE):
        return None
    windows = []
    for end in sorted({min(1000.0, duration), duration}):
        rate, cv = rate_and_irregularity(who, when, SIZE, SETTLED, end)
        windows.append({"begin": SETTLED, "end": end, "rate": round(rate, 4), "cv": round(cv, 4)})
    return {"seed": seed, "windows": windows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 9)))
    parser.add_argument("--duration", type=float, default=2000.0, help="ms")
    parser.add_argument("--target", default="cython", choices=["cython", "numpy"])
    parser.add_argument("--network", type=Path, help="a file with the network to run; the output is its spikes")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a JSON file, or with --network an npz file")
    options = parser.parse_args()
    brian2.prefs.codegen.target = options.target
    if options.network:
        who, when = spikes(0, options.duration, np.load(options.network))
        np.savez(options.output, neurons=who, steps=np.rint(when / 0.1).astype(np.int64))
        return
    found = {seed: statistics(seed, options.duration) for seed in options.seeds}
    result = {
        "units": {"begin": "ms", "end": "ms", "rate": "Hz"},
        "versions": {"brian2": brian2.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
        "silenced": [seed for seed, run in found.items() if run is None],
        "runs": [run for run in found.values() if run is not None],
    }
    options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
