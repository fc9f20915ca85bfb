"""Small models whose results can be computed by hand; shared by the tests, so that few libraries are compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distann import Network, Neuron, Population, Projection, Synapse

# Counts its input, and spikes in every step in which `drive` exceeds 0.5.
CELL = Neuron(
    parameters="""
        tau = 10.0 : population
        drive = 0.0
        gain = 2.0
        n = 3 : int
        on = True : bool
    """,
    equations="""
        seen += g_exc - g_inh
        half = gain / 2.0 : init = gain
        total = t : population
    """,
    spike="drive > 0.5",
    name="Cell",
)

# Keeps its input, which halves in every step: what is recorded differs from what is read afterwards.
TRAP = Neuron(
    parameters="threshold = 1000.0",
    equations="""
        v += g_exc
        g_exc = g_exc / 2.0
    """,
    spike="v > threshold",
    reset="v = 0.0",
    refractory=2.0,
    name="Trap",
)

# The rate grows by `slope` a step; `heard` is the input.
RAMP = Neuron(
    parameters="slope = 1.0",
    equations="""
        heard = sum(exc)
        r += slope : init = 5.0
    """,
    name="Ramp",
)

# Transmits more with every spike, from the second one on: g_target comes first wherever it stands.
SCALED = Synapse(
    parameters="""
        scale = 2.0
        total = 3.0 : projection
        offset = 0.5 : postsynaptic
    """,
    pre_spike="""
        scale += 1.0
        g_target += w * scale
    """,
    name="Scaled",
)


def cells(geometry: int | tuple[int, ...] = (4, 5), seed: int = 7, dt: float = 1.0) -> tuple[Network, Population]:
    """Return a network and its one population of cells."""
    net = Network(dt=dt, seed=seed)
    return net, net.create(geometry, CELL, name="cells")


def pairs(projection: Projection) -> list[tuple[int, int]]:
    """Return all (post, pre)."""
    synapses = projection.synapses()
    return list(zip(synapses.post.tolist(), synapses.pre.tolist(), strict=True))


def dense(projection: Projection, post: int, pre: int) -> NDArray[np.float64]:
    """Return the weights as a matrix in ranks of the populations, summed from the flat synapses."""
    matrix = np.zeros((post, pre))
    synapses = projection.synapses()
    np.add.at(matrix, (synapses.post, synapses.pre), synapses.w)
    return matrix
