"""Populations whose spikes are given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distann.errors import ConfigurationError, UnsupportedError
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
        trains = _trains(spike_times)
        super().__init__(max(1, len(trains)), SpikeSource(), name)
        self._state.replayed = Replay(trains)

    @property
    def spike_times(self) -> list[list[float]]:
        """Times of each neuron, ms; settable before ``compile()``."""
        replayed = self._state.replayed
        return [train.tolist() for train in replayed.trains] if replayed is not None else []

    @spike_times.setter
    def spike_times(self, spike_times: Sequence[float] | Sequence[Sequence[float]]) -> None:
        trains = _trains(spike_times)
        if len(trains) != self.size:
            raise ConfigurationError(
                f"population '{self.name}' has {self.size} neurons; got {len(trains)} spike trains."
            )
        if self._network.compiled:
            raise UnsupportedError("spike times are set before compile().")
        self._state.replayed = Replay(trains)


def _trains(spike_times: Sequence[float] | Sequence[Sequence[float]]) -> list[Sequence[float]]:
    try:
        nested = len(spike_times) > 0 and all(np.ndim(train) == 1 for train in spike_times)
        trains: list[Sequence[float]] = list(spike_times) if nested else [spike_times]  # type: ignore[list-item, arg-type]
        numbers = [np.asarray(train, float) for train in trains]
        if any(train.ndim != 1 for train in numbers):
            raise ValueError
        return [train.tolist() for train in numbers]
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"spike times are numbers of ms, or a list of them for each neuron; got {spike_times!r}."
        ) from None
