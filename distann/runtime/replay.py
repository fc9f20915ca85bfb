"""Populations whose spikes are given: a kernel of the engine emits them, found by their step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError
from distann.runtime.partition import Partition
from distann.runtime.structs import Keeper

__all__ = ["Replay", "spike_steps"]


def spike_steps(times: ArrayLike, dt: float) -> NDArray[np.int64]:
    """Return the steps of spike times in ms, rounded half up."""
    return np.floor(np.asarray(times, float) / dt + 0.5 + 1e-9).astype(np.int64)


class Replay:
    """Spikes of a population, in any order.

    Parameters
    ----------
    ids : array_like of int, shape (spikes,)
        Rank of the neuron of each spike.
    times : array_like of float, shape (spikes,)
        ms.
    size : int
        Neurons of the population.

    Raises
    ------
    ConfigurationError
        For times that are not finite, or neurons that do not exist.
    """

    def __init__(self, ids: ArrayLike, times: ArrayLike, size: int) -> None:
        self.ids, self.times, self.size = np.asarray(ids, np.int64), np.asarray(times, float), size
        if not np.isfinite(self.times).all():
            raise ConfigurationError("spike times are finite numbers, in ms.")
        if self.ids.shape != self.times.shape or self.ids.ndim != 1:
            raise ConfigurationError("spikes are given as one neuron and one time each.")
        if len(self.ids) and not 0 <= self.ids.min() <= self.ids.max() < size:
            raise ConfigurationError(f"spikes of {size} neurons are given: their ranks are 0 to {size - 1}.")
        self._keeper = Keeper()
        self._trains: Any = None

    @classmethod
    def of_trains(cls, trains: Sequence[ArrayLike]) -> Self:
        """Return the spikes of one train of times for each neuron."""
        flat = [np.asarray(train, float).reshape(-1) for train in trains]
        ids = np.repeat(np.arange(len(flat)), [len(train) for train in flat])
        return cls(ids, np.concatenate([*flat, np.empty(0)]), max(1, len(flat)))

    @property
    def trains(self) -> list[NDArray[np.float64]]:
        """Times of each neuron, ms, in the order in which they were given."""
        order = np.argsort(self.ids, kind="stable")
        return np.split(self.times[order], np.searchsorted(self.ids[order], np.arange(1, self.size)))

    @property
    def content(self) -> list[bytes]:
        """What all ranks must have been given alike."""
        return [self.ids.tobytes(), self.times.tobytes()]

    def copy(self) -> Replay:
        """Return the same spikes, for another network."""
        return Replay(self.ids, self.times, self.size)

    def local(self, own: Partition, dt: float) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return (step, element) of this rank's spikes, sorted; a neuron spikes at most once in a step."""
        mine = (self.ids >= own.begin) & (self.ids < own.end)
        step, element = spike_steps(self.times[mine], dt), self.ids[mine] - own.begin
        order = np.lexsort((element, step))
        step, element = step[order], element[order]
        first = np.ones(len(step), bool)
        first[1:] = (np.diff(step) != 0) | (np.diff(element) != 0)
        return step[first], element[first].astype(np.uint32)

    def attach(self, own: Partition, dt: float) -> Any:
        """Return this rank's spikes as ``distann_trains *``, and keep them for as long as this object lives."""
        self._trains, self._own, self._dt = self._keeper.new("distann_trains *"), own, dt
        self._hand_over()
        return self._trains

    def replace(self, other: Replay) -> None:
        """Take the spikes of another object; an engine that has these reads those from now on."""
        self.ids, self.times = other.ids, other.times
        if self._trains is not None:
            self._hand_over()

    def _hand_over(self) -> None:
        self._arrays = self.local(self._own, self._dt)  # the engine reads them for as long as they are named
        addresses = Keeper()
        self._trains.n = len(self._arrays[0])
        self._trains.steps, self._trains.elements = (addresses.pointer(array) for array in self._arrays)
        self._addresses = addresses
