"""Recorded spikes: a dict of neurons for the eye, two flat arrays for the memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spikes"]


class Spikes(Mapping[int, NDArray[np.int64]]):
    """Behaves as the dict from a neuron's rank to the steps in which it spiked; an entry is made when it is asked for.

    Parameters
    ----------
    ids : ndarray of int64, shape (spikes,)
        Rank of the neuron of each spike.
    times : ndarray of int64, shape (spikes,)
        Step of each spike; ascending, spikes of one step by rank.
    ranks : ndarray of int64
        The recorded neurons, silent ones too.
    """

    __slots__ = ("_order", "_starts", "ids", "ranks", "times")

    def __init__(self, ids: NDArray[np.int64], times: NDArray[np.int64], ranks: NDArray[np.int64]) -> None:
        self.ids, self.times, self.ranks = ids, times, ranks
        self._order: NDArray[np.intp] | None = None

    def __getitem__(self, rank: int) -> NDArray[np.int64]:
        if not np.any(self.ranks == rank):
            raise KeyError(rank)
        if self._order is None:
            self._order = np.argsort(self.ids, kind="stable")
            self._starts = self.ids[self._order]
        begin, end = np.searchsorted(self._starts, [rank, rank + 1])
        return self.times[self._order[begin:end]]

    def __iter__(self) -> Iterator[int]:
        return iter(self.ranks.tolist())

    def __len__(self) -> int:
        return len(self.ranks)

    def __contains__(self, rank: Any) -> bool:
        return bool(np.any(self.ranks == rank))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.keys() == other.keys() and all(np.array_equal(steps, other[rank]) for rank, steps in self.items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self.ids)} spikes of {len(self.ranks)} neurons>"
