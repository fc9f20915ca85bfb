"""The twenty firing patterns of Izhikevich (2004), Which model to use for cortical spiking neurons?, figure 1.

    scripts/run -n 2 examples/izhikevich_patterns.py

Each neuron is one pattern: its four parameters, and the current that it receives. As in the author's own script, the
recovery variable is advanced with the new potential, and the patterns have steps of their own: each step is a network.
"""

from pathlib import Path

import numpy as np

from distann import *

# Class 1 and integrator have 4.1 v + 108 in place of 5 v + 140; the recovery of accommodation is a b (v + 65).
Cell = Neuron(
    parameters="""
        a = 0.02
        b = 0.2
        c = -65.0
        d = 6.0
        slope = 5.0
        offset = 140.0
        shift = 0.0
        decay = 1.0
        v_0 = -70.0
        u_0 = -14.0
    """,
    equations="""
        dv/dt = 0.04 * v**2 + slope * v + offset - u + g_exc : init = v_0
        new_v = v
        du/dt = a * (b * (new_v + shift) - decay * u) : init = u_0
    """,
    spike="v > 30.0",
    reset="v = c\nu += d",
)


def step(begin, low, high):
    return lambda t: np.where(t > begin, high, low)


def pulses(*given, base=0.0):
    """Add a current between two times: (begin, end, current)."""
    return lambda t: base + sum(np.where((t > begin) & (t < end), current, 0.0) for begin, end, current in given)


def ramp(begin, rate, base=0.0):
    return lambda t: np.where(t > begin, base + rate * (t - begin), base)


def accommodation(t):
    return np.where(t < 200, t / 25, np.where((t > 300) & (t < 312.5), (t - 300) / 12.5 * 4, 0.0))


# name: (a, b, c, d), v at the beginning, ms that are shown, step in ms, current
PATTERNS = {
    "tonic spiking": ((0.02, 0.2, -65, 6), -70, 100, 0.25, step(10, 0, 14)),
    "phasic spiking": ((0.02, 0.25, -65, 6), -64, 200, 0.25, step(20, 0, 0.5)),
    "tonic bursting": ((0.02, 0.2, -50, 2), -70, 220, 0.25, step(22, 0, 15)),
    "phasic bursting": ((0.02, 0.25, -55, 0.05), -64, 200, 0.2, step(20, 0, 0.6)),
    "mixed mode": ((0.02, 0.2, -55, 4), -70, 160, 0.25, step(16, 0, 10)),
    "frequency adaptation": ((0.01, 0.2, -65, 8), -70, 85, 0.25, step(8.5, 0, 30)),
    "class 1 excitable": ((0.02, -0.1, -55, 6), -60, 300, 0.25, ramp(30, 0.075)),
    "class 2 excitable": ((0.2, 0.26, -65, 0), -64, 300, 0.25, ramp(30, 0.015, -0.5)),
    "spike latency": ((0.02, 0.2, -65, 6), -70, 100, 0.2, pulses((10, 13, 7.04))),
    "subthreshold oscillations": ((0.05, 0.26, -60, 0), -62, 200, 0.25, pulses((20, 25, 2.0))),
    "resonator": ((0.1, 0.26, -60, -1), -62, 400, 0.25,
                  pulses(*((begin, begin + 4, 0.65) for begin in (40, 60, 280, 320)))),
    "integrator": ((0.02, -0.1, -55, 6), -60, 100, 0.25,
                   pulses(*((begin, begin + 2, 9.0) for begin in (100 / 11, 100 / 11 + 5, 70, 80)))),
    "rebound spike": ((0.03, 0.25, -60, 4), -64, 200, 0.2, pulses((20, 25, -15.0))),
    "rebound burst": ((0.03, 0.25, -52, 0), -64, 200, 0.2, pulses((20, 25, -15.0))),
    "threshold variability": ((0.03, 0.25, -60, 4), -64, 100, 0.25,
                              pulses((10, 15, 1.0), (70, 75, -6.0), (80, 85, 1.0))),
    "bistability": ((0.1, 0.26, -60, 0), -61, 300, 0.25, pulses((37.5, 42.5, 1.0), (216, 221, 1.0), base=0.24)),
    "depolarising after-potential": ((1.0, 0.2, -60, -21), -70, 50, 0.1, pulses((9, 11, 20.0))),
    "accommodation": ((0.02, 1.0, -55, 4), -65, 400, 0.5, accommodation),
    "inhibition-induced spiking": ((-0.02, -1.0, -60, 8), -63.8, 350, 0.5, pulses((50, 250, -5.0), base=80.0)),
    "inhibition-induced bursting": ((-0.026, -1.0, -45, -2), -63.8, 350, 0.5, pulses((50, 250, -5.0), base=80.0)),
}  # fmt: skip


def run(dt, names):
    """Return the times, and of each pattern potential, spikes and current."""
    net = Network(dt=dt, seed=1)
    cells = net.create(len(names), Cell)
    cells.a, cells.b, cells.c, cells.d = np.array([PATTERNS[name][0] for name in names]).T
    cells.v_0 = [float(PATTERNS[name][1]) for name in names]
    cells.u_0 = cells.b * cells.v_0
    for cell, name in zip(cells, names, strict=True):
        if name in ("class 1 excitable", "integrator"):
            cell.slope, cell.offset = 4.1, 108.0
        if name == "accommodation":
            cell.shift, cell.decay, cell.u_0 = 65.0, 0.0, -16.0
    times = np.arange(0.0, 400.0, dt)
    current = np.array([PATTERNS[name][4](times) for name in names])
    cells.g_exc = current[:, 0]  # that of the source comes a step later
    source = net.create(TimedArray(current.T))
    CurrentInjection(source, cells, "exc").connect_current()
    M = net.monitor(cells, ["spike", "v"])
    net.compile()
    net.simulate(400.0)
    spikes, v = M.get("spike"), M.get("v")
    return {name: (times, v[:, n], spikes[n], current[n]) for n, name in enumerate(names)}


traces = {}
for dt in (0.1, 0.2, 0.25, 0.5):
    traces |= run(dt, [name for name, pattern in PATTERNS.items() if pattern[3] == dt])

import matplotlib.pyplot as plt

figure, axes = plt.subplots(5, 4, figsize=(14, 10))
for name, ax in zip(PATTERNS, axes.flat, strict=True):
    times, potential, spikes, current = traces[name]
    potential[spikes] = 30.0  # the peak that the reset has cut off
    shown = times < PATTERNS[name][2]
    ax.plot(times[shown], potential[shown], "b", linewidth=0.7)
    low, high = current[shown].min(), current[shown].max()
    ax.plot(times[shown], -90 + 10 * (current[shown] - low) / (high - low), "k", linewidth=0.7)
    ax.set_title(name, fontsize=9)
    ax.set_ylim(-95, 35)
    ax.axis("off")
figure.tight_layout()
save_figure(figure, Path("izhikevich_patterns.png"))
