"""Statistics of recorded spikes and of signals: pure functions of arrays.

Spikes are what ``monitor.get("spike")`` gives, or any mapping from a neuron's rank to the steps in which it spiked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError
from distann.runtime.spikes import Spikes

__all__ = [
    "coefficient_of_variation",
    "correlation",
    "histogram",
    "inter_spike_interval",
    "mean_fr",
    "population_rate",
    "raster_plot",
    "smoothed_rate",
    "spectrum",
]

Trains = Spikes | Mapping[int, Sequence[int]]
Window = tuple[int, int]


def raster_plot(spikes: Trains, dt: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the times (ms) and the neurons of all spikes, ready to be plotted as points.

    Parameters
    ----------
    spikes : Spikes or mapping
    dt : float
        Step, ms.
    """
    flat = _flat(spikes)
    return np.multiply(flat.times, dt, dtype=np.float64), flat.ids


def histogram(
    spikes: Trains,
    bins: float | None = None,
    per_neuron: bool = False,
    recording_window: Window | None = None,
    dt: float = 1.0,
) -> NDArray[np.int64]:
    """Return the number of spikes in each bin of a time window.

    Parameters
    ----------
    spikes : Spikes or mapping
    bins : float, optional
        Width of a bin, ms; a step by default.
    per_neuron : bool
        Count each neuron by itself: shape (neurons, bins).
    recording_window : (int, int), optional
        First step, and one past the last; by default from step 0 to the last spike.
    dt : float
        Step, ms.

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
    flat = _flat(spikes)
    begin, end = _window(flat, recording_window)
    width = 1 if bins is None else max(1, round(bins / dt))
    count = -(-(end - begin) // width)
    inside = (flat.times >= begin) & (flat.times < end)
    position = (flat.times[inside] - begin) // width
    if not per_neuron:
        return np.bincount(position, minlength=count).astype(np.int64)
    order = np.argsort(flat.ranks)
    row = order[np.searchsorted(flat.ranks[order], flat.ids[inside])]
    found = np.bincount(row * count + position, minlength=len(flat.ranks) * count)
    return found.astype(np.int64).reshape(len(flat.ranks), count)


def inter_spike_interval(
    spikes: Trains, ranks: ArrayLike | None = None, per_neuron: bool = False, dt: float = 1.0
) -> NDArray[np.float64] | dict[int, NDArray[np.float64]]:
    """Return the intervals between successive spikes of a neuron, in ms.

    Parameters
    ----------
    spikes : Spikes or mapping
    ranks : array_like of int, optional
        Of which neurons; all by default.
    per_neuron : bool
        A dict from the rank of a neuron to its intervals, instead of those of all, neuron after neuron.
    dt : float
        Step, ms.
    """
    ids, intervals, chosen = _intervals(_flat(spikes), ranks, dt)
    if not per_neuron:
        return intervals
    starts = np.searchsorted(ids, chosen)
    ends = np.searchsorted(ids, chosen, side="right")
    return {int(rank): intervals[a:b] for rank, a, b in zip(chosen, starts, ends, strict=True)}


def coefficient_of_variation(spikes: Trains, ranks: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the standard deviation of each neuron's intervals divided by their mean: 0 if regular, 1 if Poisson.

    Parameters
    ----------
    spikes : Spikes or mapping
    ranks : array_like of int, optional
        Of which neurons; all by default.

    Returns
    -------
    ndarray of float64, shape (neurons,)
        NaN for a neuron with fewer than two intervals.
    """
    ids, intervals, chosen = _intervals(_flat(spikes), ranks, 1.0)
    order = np.argsort(chosen)
    row = order[np.searchsorted(chosen[order], ids)]
    number = np.bincount(row, minlength=len(chosen))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(row, intervals, len(chosen)) / number
        variance = np.bincount(row, (intervals - mean[row]) ** 2, len(chosen)) / number
        return np.where(number > 1, np.sqrt(variance) / mean, np.nan)


def mean_fr(spikes: Trains, duration: float | None = None, dt: float = 1.0) -> float:
    """Return the mean firing rate of the neurons, in Hz; 0 where nothing was recorded.

    Parameters
    ----------
    spikes : Spikes or mapping
    duration : float, optional
        For how long they were recorded, ms; by default until the last spike.
    dt : float
        Step, ms.
    """
    flat = _flat(spikes)
    begin, end = _window(flat, None)
    duration = (end - begin) * dt if duration is None else duration
    neurons = len(flat.ranks)
    return len(flat.ids) / neurons / (duration / 1000.0) if neurons and duration > 0 else 0.0


def population_rate(
    spikes: Trains, smooth: float = 0.0, recording_window: Window | None = None, dt: float = 1.0
) -> NDArray[np.float64]:
    """Return the mean firing rate of the population in each step, in Hz.

    Parameters
    ----------
    spikes : Spikes or mapping
    smooth : float
        Time constant of an exponential filter, ms; 0 for none.
    recording_window, dt
        As for `histogram`.

    Returns
    -------
    ndarray of float64, shape (steps,)
    """
    flat = _flat(spikes)
    counts = histogram(flat, recording_window=recording_window, dt=dt).astype(np.float64)
    return _filtered(counts * (1000.0 / dt / max(1, len(flat.ranks))), smooth, dt)


def smoothed_rate(
    spikes: Trains, smooth: float = 0.0, recording_window: Window | None = None, dt: float = 1.0
) -> NDArray[np.float64]:
    """Return the rate of each neuron in each step, in Hz: one over the interval between the spikes around it.

    It is 0 before the first and after the last spike.

    Parameters
    ----------
    spikes : Spikes or mapping
    smooth : float
        Time constant of an exponential filter, ms; 0 for none.
    recording_window, dt
        As for `histogram`.

    Returns
    -------
    ndarray of float64, shape (neurons, steps)
    """
    flat = _flat(spikes)
    begin, end = _window(flat, recording_window)
    change = np.zeros((len(flat.ranks), end - begin + 1))
    by_neuron = np.lexsort((flat.times, flat.ids))
    ids, times = flat.ids[by_neuron], flat.times[by_neuron]
    same = ids[1:] == ids[:-1]
    order = np.argsort(flat.ranks)
    row = order[np.searchsorted(flat.ranks[order], ids[1:][same])]
    first, last = times[:-1][same], times[1:][same]
    rate = 1000.0 / (dt * (last - first))
    for at, sign in ((first, 1.0), (last, -1.0)):
        np.add.at(change, (row, np.clip(at - begin, 0, end - begin)), sign * rate)
    rates = np.cumsum(change[:, :-1], axis=1)
    rates[np.abs(rates) < 1e-9 * 1000.0 / dt] = 0.0  # what rounding leaves of intervals that are over
    return _filtered(rates, smooth, dt)


def correlation(
    spikes: Trains, bins: float = 5.0, recording_window: Window | None = None, dt: float = 1.0
) -> NDArray[np.float64]:
    """Return the correlation coefficients of the spike counts of all pairs of neurons.

    Parameters
    ----------
    spikes : Spikes or mapping
    bins : float
        Width of the bins in which spikes are counted, ms.
    recording_window, dt
        As for `histogram`.

    Returns
    -------
    ndarray of float64, shape (neurons, neurons)
        NaN for a neuron whose count never changes.
    """
    counts = histogram(spikes, bins, True, recording_window, dt).astype(float)
    counts -= counts.mean(axis=1, keepdims=True) if counts.shape[1] else 0.0
    norm = np.sqrt((counts**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(counts @ counts.T / np.outer(norm, norm))


def spectrum(values: ArrayLike, dt: float = 1.0, segment: float | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the power spectral density of a signal, estimated as by Welch.

    Segments that overlap by half, each without its mean and under a Hann window, are averaged (Welch, P. D. (1967),
    IEEE Transactions on Audio and Electroacoustics 15(2)).

    Parameters
    ----------
    values : array_like, shape (steps, ...)
        Such as `population_rate`, or a recorded variable.
    dt : float
        Time between two values, ms.
    segment : float, optional
        Length of a segment, ms: frequencies are 1000 / segment Hz apart. By default an eighth of the signal.

    Returns
    -------
    frequencies : ndarray of float64, shape (segment / 2 + 1,)
        Hz.
    density : ndarray of float64, shape (segment / 2 + 1, ...)
        Square of the unit of the values, per Hz.

    Raises
    ------
    ConfigurationError
        When there are fewer than two values, or a segment has.
    """
    signal = np.asarray(values, float)
    length = len(signal) // 8 if segment is None else min(len(signal), round(segment / dt))
    length = max(length, 2) if segment is None else length
    if signal.ndim == 0 or len(signal) < 2 or length < 2:
        raise ConfigurationError("a spectrum needs two values at least, and segments of two.")
    window = (0.5 - 0.5 * np.cos(2.0 * math.pi * np.arange(length) / length)).reshape(-1, *[1] * (signal.ndim - 1))
    starts = range(0, len(signal) - length + 1, max(1, length - length // 2))
    power = np.zeros((length // 2 + 1, *signal.shape[1:]))
    for start in starts:
        piece = signal[start : start + length]
        power += np.abs(np.fft.rfft((piece - piece.mean(axis=0)) * window, axis=0)) ** 2
    power *= dt / 1000.0 / (window**2).sum() / len(starts)
    power[1 : (length + 1) // 2] *= 2.0  # negative frequencies
    return np.fft.rfftfreq(length, dt / 1000.0), power


# ---- in parts -----------------------------------------------------------------------------------------------------


def _flat(spikes: Trains) -> Spikes:
    if isinstance(spikes, Spikes):
        return spikes
    if not isinstance(spikes, Mapping):
        raise ConfigurationError(f"spikes are what monitor.get('spike') gives, or a dict like it; got {spikes!r}.")
    ranks = np.array(list(spikes), np.int64)
    trains = [np.asarray(train, np.int64) for train in spikes.values()]
    ids = np.repeat(ranks, [len(train) for train in trains])
    times = np.concatenate([*trains, np.empty(0, np.int64)])
    order = np.lexsort((ids, times))
    return Spikes(ids[order], times[order], ranks)


def _window(spikes: Spikes, given: Window | None) -> Window:
    return given if given is not None else (0, int(spikes.times.max(initial=-1)) + 1)


def _intervals(
    spikes: Spikes, ranks: ArrayLike | None, dt: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return whose and how long each interval is, ascending by neuron, and the neurons that were asked for."""
    chosen = spikes.ranks if ranks is None else np.atleast_1d(np.asarray(ranks, np.int64))
    mine = np.isin(spikes.ids, chosen)
    order = np.lexsort((spikes.times[mine], spikes.ids[mine]))
    ids, times = spikes.ids[mine][order], spikes.times[mine][order]
    same = ids[1:] == ids[:-1]
    return ids[1:][same], np.diff(times)[same] * dt, chosen


def _filtered(rates: NDArray[np.float64], smooth: float, dt: float) -> NDArray[np.float64]:
    """Relax towards the rates with a time constant, step by step along the last axis, from 0."""
    if not smooth >= 0:
        raise ConfigurationError(f"the time constant of a filter is 0 or a positive number of ms; got {smooth!r}.")
    if smooth == 0:
        return rates
    part, filtered = 1.0 - math.exp(-dt / smooth), np.empty_like(rates)
    state = np.zeros(rates.shape[:-1])
    for step in range(rates.shape[-1]):
        state = state + part * (rates[..., step] - state)
        filtered[..., step] = state
    return filtered
