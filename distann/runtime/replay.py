"""Populations whose spikes are given: a kernel of the engine emits them, found by their step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError
from distann.runtime.partition import Partition

__all__ = ["Replay", "spike_steps"]


def spike_steps(times: ArrayLike, dt: float) -> NDArray[np.int64]:
    """Return the steps of spike times in ms: rounded half up, sorted, each once."""
    steps = np.floor(np.asarray(times, float) / dt + 0.5 + 1e-9).astype(np.int64)
    return np.unique(steps)


class Replay:
    """Spike trains, one for each neuron of a population.

    Parameters
    ----------
    trains : sequence of sequences of float
        Times, ms.
    """

    def __init__(self, trains: Sequence[Sequence[float]]) -> None:
        self.trains = [np.asarray(train, float).reshape(-1) for train in trains]
        if any(not np.isfinite(train).all() for train in self.trains):
            raise ConfigurationError("spike times are finite numbers, in ms.")

    def arrays(self, own: Partition, dt: float) -> list[NDArray[Any]]:
        """Return this rank's spikes as the engine's kernel reads them: steps, elements, their number."""
        steps = [spike_steps(train, dt) for train in self.trains[own.begin : own.end]]
        step = np.concatenate([*steps, np.empty(0, np.int64)]).astype(np.int64)
        element = np.repeat(np.arange(len(steps), dtype=np.uint32), [len(train) for train in steps])
        order = np.lexsort((element, step))
        return [step[order], element[order], np.array([len(step)], np.int64)]
