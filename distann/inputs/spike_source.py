"""Populations whose spikes are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from distann.errors import ConfigurationError
from distann.io.spike_files import read_spikes
from distann.models.inputs import SpikeSource
from distann.population import Population
from distann.runtime.replay import Replay

__all__ = ["SpikeSourceArray"]


class SpikeSourceArray(Population):
    """A population that emits given spikes.

    Parameters
    ----------
    spike_times : list of float, or list of lists of float
        Times in ms: of one neuron, or of each neuron. They are rounded to steps; a neuron spikes at most once a step.
    name : str, optional

    Raises
    ------
    ConfigurationError
        For anything but finite times.
    """

    def __init__(
        self, spike_times: Sequence[float] | Sequence[Sequence[float]], name: str | None = None
    ) -> None:
        self._begin(_replay(spike_times), name)

    def _begin(self, spikes: Replay, name: str | None) -> None:
        super().__init__(spikes.size, SpikeSource(), name)
        self._state.replay(spikes)

    @classmethod
    def from_file(
        cls, path: str | Path, population: str | None = None, size: int | None = None, name: str | None = None
    ) -> Self:
        """Return a population that emits the spikes of a file.

        Parameters
        ----------
        path : str or Path
            ``.npz`` with the arrays ``ids`` and ``times`` (ms), such as ``monitor.save("spikes.npz")`` writes; an HDF5
            file in the SONATA layout (``/spikes/<population>``); or an NWB file (``/units``).
        population : str, optional
            Which population of a SONATA file; not needed when there is one.
        size : int, optional
            Neurons; by default up to the last one that spikes, in an NWB file one a unit.
        name : str, optional

        Raises
        ------
        ConfigurationError
            When the file is none of these, or `h5py` is not installed.
        """
        ids, times, least = read_spikes(path, population)
        source = object.__new__(cls)
        source._begin(Replay(ids, times, least if size is None else size), name)
        return source

    @property
    def spike_times(self) -> list[list[float]]:
        """Times of each neuron, ms; settable at any time, those of steps that are over are passed over. Collective."""
        replayed = self._state.replayed
        return [train.tolist() for train in replayed.trains] if replayed is not None else []

    @spike_times.setter
    def spike_times(self, spike_times: Sequence[float] | Sequence[Sequence[float]]) -> None:
        spikes = _replay(spike_times)
        if spikes.size != self.size:
            raise ConfigurationError(
                f"population '{self.name}' has {self.size} neurons; got {spikes.size} spike trains."
            )
        self._state.replay(spikes)


def _replay(spike_times: Sequence[float] | Sequence[Sequence[float]]) -> Replay:
    try:
        nested = len(spike_times) > 0 and all(np.ndim(train) == 1 for train in spike_times)
        trains: list[Sequence[float]] = list(spike_times) if nested else [spike_times]  # type: ignore[list-item, arg-type]
        numbers = [np.asarray(train, float) for train in trains]
        if any(train.ndim != 1 for train in numbers):
            raise ValueError
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"spike times are numbers of ms, or a list of them for each neuron; got {spike_times!r}."
        ) from None
    return Replay.of_trains(numbers)
