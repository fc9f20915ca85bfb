"""How fast and how irregularly neurons fire: one definition for all simulators that are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_SPIKES = 5  # of a neuron whose intervals say something


def rate_and_irregularity(
    neurons: NDArray[Any], times: NDArray[Any], size: int, begin: float, end: float
) -> tuple[float, float]:
    """Return the mean rate and the mean coefficient of variation of the intervals between spikes.

    Parameters
    ----------
    neurons : ndarray of int, shape (spikes,)
        Who spiked.
    times : ndarray of float, shape (spikes,)
        When, ms.
    size : int
        Number of neurons.
    begin, end : float
        Spikes with ``begin <= time < end`` count, ms. Only compare intervals seen through windows of one length: a
        short window misses long intervals.

    Returns
    -------
    rate : float
        Hz, over all neurons.
    irregularity : float
        Mean over the neurons that spiked at least `LEAST_SPIKES` times.
    """
    inside = (times >= begin) & (times < end)
    neurons, times = neurons[inside], times[inside]
    order = np.lexsort((times, neurons))
    trains = np.split(times[order], np.cumsum(np.bincount(neurons, minlength=size))[:-1])
    intervals = [np.diff(train) for train in trains if len(train) >= LEAST_SPIKES]
    return len(times) / size / (end - begin) * 1e3, float(np.mean([np.std(each) / np.mean(each) for each in intervals]))
