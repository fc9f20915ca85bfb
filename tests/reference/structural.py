"""A slow and obvious projection whose synapses come and go: arrays of all pairs, of which some exist.

It shares nothing with distann but the random numbers, from the published algorithm: what a rule draws for a pair of
neurons depends on the seed, the projection, the two neurons and the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.reference.philox import uniforms

PROJECTIONS = 1 << 22  # what random streams of projections begin with
CREATING, PRUNING = 253, 254

Array = NDArray[np.float64]


def draws(seed: int, number: int, rule: int, step: int, shape: tuple[int, int]) -> Array:
    """Return the number of each pair, shape (post, pre)."""
    rows = [uniforms(seed, PROJECTIONS | number, rule, post << 32 | step, shape[1]) for post in range(shape[0])]
    return np.array(rows)


@dataclass
class Pairs:
    """All pairs of neurons, values of shape (post, pre).

    Attributes
    ----------
    exists : ndarray of bool
    values : dict of str to ndarray
        Of those that exist.
    first : dict of str to float
        What a new synapse has.
    seed, number : int
        Of the network, and of the projection in it.
    """

    exists: NDArray[np.bool_]
    values: dict[str, Array]
    first: dict[str, float]
    seed: int
    number: int

    def create(self, step: int, condition: NDArray[np.bool_], proba: float, allowed: NDArray[np.bool_]) -> None:
        """Make synapses where there are none, of those that are `allowed`."""
        drawn = draws(self.seed, self.number, CREATING, step, self.exists.shape) < proba
        new = condition & allowed & ~self.exists & drawn
        for name, value in self.first.items():
            self.values[name][new] = value
        self.exists |= new

    def prune(self, step: int, condition: NDArray[np.bool_], proba: float) -> None:
        """Remove synapses."""
        drawn = draws(self.seed, self.number, PRUNING, step, self.exists.shape) < proba
        self.exists &= ~(condition & drawn)
