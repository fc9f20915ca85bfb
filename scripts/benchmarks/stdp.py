"""The network of ``brunel`` with pair STDP between its excitatory neurons: 8.1 million plastic synapses.

Additive, all pairs of spikes, weights between 0 and twice the static one. A postsynaptic spike counts when it is
emitted, a presynaptic one when it arrives; in NEST, whose delays are dendritic, the other way round.
"""

from __future__ import annotations

from functools import partial

import brunel

SIZES = brunel.SIZES
distann, annarchy, brian2, nest = (
    partial(simulator, plastic=True) for simulator in (brunel.distann, brunel.annarchy, brunel.brian2, brunel.nest)
)
