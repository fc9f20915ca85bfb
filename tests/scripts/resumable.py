"""A network with everything that a checkpoint must keep: ``resumable.py MODE FILE MS``.

MODE is ``whole`` (without checkpoints), ``saved`` (with one every 7.3 ms) or ``resumed`` (from the latest one, or from
the beginning if there is none). Prints digests of all results, and of the values after a reset, on rank 0.
"""

import hashlib
import os
import sys

import numpy as np

from distann import *
from distann.runtime.startup import start

mode, path, duration = sys.argv[1:4]
comm = start()
# Without a seed of its own the network takes over that of the checkpoint.
net = Network(dt=0.1, seed=5 if os.environ.get("SEED", "given") == "given" else None)
cell = Neuron(
    parameters="tau = 10.0 : population ; rate = 40000.0 : population",
    equations="""
        g_exc += 0.9 * Poisson(rate * dt / 1000)
        tau * dv/dt = g_exc + g_inh - v : exponential
        0.5 * dg_exc/dt = -g_exc : exponential
        2.0 * dg_inh/dt = -g_inh : exponential
    """,
    spike="v > 5.0",
    reset="v = 0.0",
    refractory=1.0,
    axon_spike="v > 4.6",
    axon_reset="v -= 0.1",
)
big, small = net.create(300, cell, name="big"), net.create(70, cell, name="small")
big.v = Uniform(0.0, 5.0)
one = net.create(1, Izhikevich(noise=5.0), name="one")
late = Normal(1.5, 0.75, min=0.3)
both = Synapse(pre_spike="g_target += w", pre_axon_spike="g_target += 0.01 * w")
first = net.connect(big, small, "exc", both).fixed_total_number(2000, Normal(0.3, 0.05), delays=late)
second = net.connect(small, big[5:250:2], "inh").fixed_probability(0.2, Uniform(-0.5, 0.0), delays=2.0)
third = net.connect(small, one, "exc").all_to_all(2.0, delays=0.7)
rates = net.create(40, Neuron(equations="3.0 * dr/dt = sum(in) - r + 0.2"), name="rates")
rates.r = Uniform(0.0, 1.0)
rows = net.connect(rates, rates, "in").fixed_probability(0.3, Normal(0.0, 0.3), delays=Uniform(0.3, 2.0))
image = net.create(TimedArray([[1.0, 2.0], [3.0, 4.0]], schedule=1.5, period=4.0), name="image")
given = net.create(SpikeSourceArray([[1.0, 9.0, 25.0], [22.0]]), name="given")
shown = net.connect(image, rates, "in").all_to_all(Uniform(0.0, 0.1), delays=0.8)
fourth = net.connect(given, small, "exc").all_to_all(1.0, delays=1.2)
pairs = Synapse(
    parameters="A_plus = 0.02 : projection ; A_minus = 0.025 : projection",
    equations="20.0 * dx/dt = -x : event-driven ; 20.0 * dy/dt = -y : event-driven",
    pre_spike="g_target += w ; x += A_plus ; w = clip(w + y, 0.0, 1.0)",
    post_spike="y -= A_minus ; w = clip(w + x, 0.0, 1.0)",
    pre_axon_spike="x += 0.001 ; w *= 0.99",
)
plastic = net.connect(big, big[::3], "exc", pairs).fixed_number_pre(10, Uniform(0.0, 1.0), delays=Uniform(0.1, 2.0))
hebb = Synapse(parameters="eta = 0.01 : projection", equations="dw/dt = eta * pre.r * post.r : max = 2.0")
growing = net.connect(image, rates, "in", hebb).all_to_all(0.01, delays=0.4)
sprouting = Synapse(
    equations="20.0 * dx/dt = -x : event-driven\n20.0 * dy/dt = -y : event-driven\nq = Uniform(0.0, 1.0) : init = 0.5",
    pre_spike="g_target += w ; x += 0.02 ; w = clip(w + y, 0.0, 1.0) : unless_post",
    post_spike="y -= 0.025 ; w = clip(w + x, 0.0, 1.0)",
    creating="pre.v > 3.0 and post.v > 4.0 : proba = 0.1, w = Uniform(0.1, 0.5), d = Uniform(0.1, 2.5)",
    pruning="w < 0.15 or q < 0.01 : proba = 0.3",
)
sprouts = net.connect(big[200:], small, "exc", sprouting).fixed_probability(0.05, Uniform(0.0, 0.5), delays=1.0)
sprouts.start_creating(0.3)
moving = Synapse(equations="dw/dt = 0.01 * pre.r * post.r", creating="pre.r > 0.6 : proba = 0.01", pruning="w > 0.02")
moved = net.connect(rates[::-2], rates, "in", moving).fixed_number_pre(2, 0.01, delays=0.4)
moved.start_creating()
moved.start_pruning(0.5)
monitors = [
    net.monitor(big, ["spike", "axon_spike", "v"]), net.monitor(rates[[30, 3, 17]], "r", period=0.5),
    net.monitor(small[10:50], ["spike", "g_inh"]), net.monitor(one, "v"),
    net.monitor(growing, "w", period=1.0),
]  # fmt: skip


@every(net, period=3.0, wait=1.0)
def stimulate(n):
    big.tau = 10.0 + n % 4
    small.v = Uniform(0.0, 1.0)
    if n == 3:
        image.update([[5.0, 0.0], [0.0, 5.0], [1.0, 1.0]], schedule=0.7)
        given.spike_times = [[24.0, 26.0], [22.0, 28.0]]
    second.transmission = n % 3 > 0
    first.axon_transmission = n % 3 > 1
    if n == 2:
        second.w = Uniform(-0.3, 0.0)
        sprouts.start_pruning(0.7)
    sprouts.dendrite(n).create_synapses(np.setdiff1d(np.arange(200, 300), sprouts.dendrite(n).pre_ranks)[: 3 + n], 0.2)
    if mode == "saved":
        sys.stdout.write(f"at step {net.current_step}\n")


def digest(some):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in some)).hexdigest()[:16]


net.compile()
if mode == "whole":
    net.simulate(float(duration))
else:
    if mode == "resumed":
        found = net.resume(path)
        if comm.rank == 0:
            sys.stdout.write(f"resumed {found} at step {net.current_step}\n")
    sys.stdout.write(f"running {os.getpid()} {comm.rank}\n")
    sys.stdout.flush()
    net.simulate(max(0.0, float(duration) - net.time), checkpoint=path, checkpoint_every=7.3)
parts = [np.array([net.current_step, net.seed, big.tau])]
for monitor in monitors:
    for values in monitor.get(force_dict=True).values():
        parts += [values] if isinstance(values, np.ndarray) else [values.ids, values.times]
for population in net.get_populations():
    parts += [np.asarray(population.get(name)) for name in population.attributes]
for projection in net.get_projections():
    values = [projection.get(name) for name in projection.attributes]
    parts += [*projection.synapses(), *(np.asarray(getattr(value, "flat", value)) for value in values)]
net.simulate(3.0)
parts += [big.v, rates.r]
net.reset(synapses=True)
again = [big.v, second.synapses().w, np.array([big.tau]), *sprouts.synapses(), sprouts.q.flat, *moved.synapses()]
if comm.rank == 0:
    sys.stdout.write(f"digest {digest(parts)} {digest(again)}\n")
