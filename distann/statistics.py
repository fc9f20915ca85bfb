"""Statistics of recorded spikes: pure functions of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
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

    Raises
    ------
    ConfigurationError
        When a bin has no width.
    """
    if bins is not None and not bins > 0:
        raise ConfigurationError(f"the width of a bin is a positive number of ms; got {bins!r}.")
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


def mean_fr(spikes: Spikes, duration: float) -> float:
    """Return the mean firing rate of the neurons, in Hz; 0 where nothing was recorded.

    Parameters
    ----------
    spikes : Spikes
    duration : float
        For how long they were recorded, ms.
    """
    neurons = len(spikes.ranks)
    return len(spikes.ids) / neurons / (duration / 1000.0) if neurons and duration > 0 else 0.0
