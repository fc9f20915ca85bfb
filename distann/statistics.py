"""Statistics of recorded spikes: pure functions of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distann.runtime.spikes import Spikes

__all__ = ["histogram", "mean_fr", "raster_plot"]


def raster_plot(spikes: Spikes, dt: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the times (ms) and the neurons of all spikes, ready to be plotted as points.

    Parameters
    ----------
    spikes : Spikes
    dt : float
        Step, ms.
    """
    return np.multiply(spikes.times, dt, dtype=np.float64), spikes.ids


def histogram(
    spikes: Spikes, dt: float, window: tuple[int, int], bins: float | None = None, per_neuron: bool = False
) -> NDArray[np.int64]:
    """Return the number of spikes in each bin of a time window.

    Parameters
    ----------
    spikes : Spikes
    dt : float
        Step, ms.
    window : (int, int)
        First step, and one past the last.
    bins : float, optional
        Width of a bin, ms; a step by default.
    per_neuron : bool
        Count each neuron by itself: shape (neurons, bins).

    Returns
    -------
    ndarray of int64, shape (bins,) or (neurons, bins)
    """
    begin, end = window
    width = 1 if bins is None else max(1, round(bins / dt))
    count = -(-(end - begin) // width)
    inside = (spikes.times >= begin) & (spikes.times < end)
    position = (spikes.times[inside] - begin) // width
    if not per_neuron:
        return np.bincount(position, minlength=count).astype(np.int64)
    order = np.argsort(spikes.ranks)
    row = order[np.searchsorted(spikes.ranks[order], spikes.ids[inside])]
    flat = np.bincount(row * count + position, minlength=len(spikes.ranks) * count)
    return flat.astype(np.int64).reshape(len(spikes.ranks), count)


def mean_fr(spikes: Spikes, dt: float, window: tuple[int, int]) -> float:
    """Return the mean firing rate of the neurons in a time window, in Hz.

    Parameters
    ----------
    spikes : Spikes
    dt : float
        Step, ms.
    window : (int, int)
        First step, and one past the last.
    """
    begin, end = window
    if end <= begin or not len(spikes.ranks):
        return 0.0
    inside = np.count_nonzero((spikes.times >= begin) & (spikes.times < end))
    return float(inside / len(spikes.ranks) / ((end - begin) * dt / 1000.0))
