"""The order in which Python sees the synapses of a rank: by postsynaptic, then by presynaptic neuron."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distann.runtime.engine import Part

__all__ = ["SynapseOrder"]


@dataclass(frozen=True, slots=True, eq=False)
class SynapseOrder:
    """The synapses of this rank in order. It is found once, as long as the connectivity stays.

    Attributes
    ----------
    slots : ndarray of int64, shape (synapses,)
        Where the engine stores each of them.
    pre : ndarray of uint32, shape (synapses,)
        Their presynaptic ranks.
    starts : ndarray of int64, shape (neurons of this rank + 1,)
        Where the synapses of each neuron begin.
    begin : int
        The first postsynaptic neuron of this rank.
    """

    slots: NDArray[np.int64]
    pre: NDArray[np.uint32]
    starts: NDArray[np.int64]
    begin: int

    @classmethod
    def of(cls, part: Part, number: int, begin: int, neurons: int) -> SynapseOrder:
        """Sort the synapses of a projection."""
        element, pre = part.pairs(number)
        starts, slots = part.sorted_pairs(element, pre, neurons)
        return cls(slots, pre[slots], starts, begin)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many synapses each neuron of this rank has."""
        return np.diff(self.starts)

    @property
    def elements(self) -> NDArray[np.int64]:
        """The neurons of this rank that have synapses, counted from its first."""
        return np.flatnonzero(self.counts)

    @property
    def post(self) -> NDArray[np.int64]:
        """The postsynaptic rank of each synapse."""
        return np.repeat(np.arange(self.begin, self.begin + len(self.starts) - 1), self.counts)

    def row(self, post: int) -> slice:
        """Return which synapses one postsynaptic neuron has; none where another rank owns it."""
        element = post - self.begin
        if not 0 <= element < len(self.starts) - 1:
            return slice(0, 0)
        return slice(int(self.starts[element]), int(self.starts[element + 1]))
