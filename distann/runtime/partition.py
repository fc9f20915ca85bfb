"""Which worker owns which neurons. A worker is one thread of one rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK", "Partition", "partition"]

CHUNK = 16  # neurons that always stay together: a cache line of bytes, two of the widest vectors of words


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Contiguous slices of one population, one a worker, equal up to a chunk.

    Attributes
    ----------
    size : int
        Neurons in the population.
    first : ndarray of int64, shape (ranks * threads + 1,)
        First neuron of each worker, and `size`.
    rank, threads : int
        This rank; workers a rank.
    """

    size: int
    first: NDArray[np.int64]
    rank: int
    threads: int

    @property
    def begin(self) -> int:
        """First neuron of this rank."""
        return int(self.first[self.rank * self.threads])

    @property
    def end(self) -> int:
        """One past the last neuron of this rank."""
        return int(self.first[(self.rank + 1) * self.threads])

    @property
    def local(self) -> int:
        """Neurons of this rank."""
        return self.end - self.begin

    @property
    def padded(self) -> int:
        """Length of this rank's arrays."""
        return -(-self.local // CHUNK) * CHUNK


def partition(size: int, ranks: int, rank: int, threads: int) -> Partition:
    """Cut a population of `size` neurons into one slice for each worker."""
    chunks, workers = -(-size // CHUNK), ranks * threads
    borders = chunks * np.arange(workers + 1, dtype=np.int64) // workers * CHUNK
    return Partition(size, np.minimum(borders, size), rank, threads)
