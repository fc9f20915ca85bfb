"""What can be computed from the spikes of a monitor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann import statistics
from distann.runtime.spikes import Spikes

__all__ = ["SpikeAnalysis"]


class SpikeAnalysis(ABC):
    """Methods of a monitor that records spikes.

    All take what ``get("spike")`` returned; without it they read the records, which are kept. They are the functions of
    `distann.statistics`, with the step and the time of recording of this monitor.
    """

    def raster_plot(self, spikes: Spikes | None = None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the times (ms) and the neurons of all spikes, ready to be plotted as points."""
        return statistics.raster_plot(self._given(spikes), self._dt)

    def histogram(
        self,
        spikes: Spikes | None = None,
        bins: float | None = None,
        per_neuron: bool = False,
        recording_window: tuple[int, int] | None = None,
    ) -> NDArray[np.int64]:
        """Return the number of spikes in each bin.

        Parameters
        ----------
        spikes : Spikes, optional
        bins : float, optional
            Width of a bin, ms; a step by default.
        per_neuron : bool
            Count each neuron by itself: shape (neurons, bins).
        recording_window : (int, int), optional
            First step, and one past the last; by default all that was recorded.
        """
        spikes = self._given(spikes)
        return statistics.histogram(spikes, bins, per_neuron, recording_window or self._window(), self._dt)

    def inter_spike_interval(
        self, spikes: Spikes | None = None, ranks: ArrayLike | None = None, per_neuron: bool = False
    ) -> NDArray[np.float64] | dict[int, NDArray[np.float64]]:
        """Return the intervals between successive spikes of a neuron, ms; with `per_neuron` a dict by rank."""
        return statistics.inter_spike_interval(self._given(spikes), ranks, per_neuron, self._dt)

    def coefficient_of_variation(
        self, spikes: Spikes | None = None, ranks: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return, for each neuron, the standard deviation of its intervals divided by their mean; NaN for too few."""
        return statistics.coefficient_of_variation(self._given(spikes), ranks)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Return the mean firing rate over all recorded time, in Hz."""
        spikes = self._given(spikes)
        steps = sum(end - begin for begin, end in self._spike_windows())
        return statistics.mean_fr(spikes, steps * self._dt)

    def smoothed_rate(self, spikes: Spikes | None = None, smooth: float = 0.0) -> NDArray[np.float64]:
        """Return the rate of each neuron in each step, Hz, from its intervals: shape (neurons, steps).

        Parameters
        ----------
        spikes : Spikes, optional
        smooth : float
            Time constant of an exponential filter, ms; 0 for none.
        """
        return statistics.smoothed_rate(self._given(spikes), smooth, self._window(), self._dt)

    def population_rate(self, spikes: Spikes | None = None, smooth: float = 0.0) -> NDArray[np.float64]:
        """Return the mean rate of the population in each step, Hz: shape (steps,).

        Parameters
        ----------
        spikes : Spikes, optional
        smooth : float
            Time constant of an exponential filter, ms; 0 for none.
        """
        return statistics.population_rate(self._given(spikes), smooth, self._window(), self._dt)

    def correlation(self, spikes: Spikes | None = None, bins: float = 5.0) -> NDArray[np.float64]:
        """Return the correlation coefficients of the counts in bins of `bins` ms: shape (neurons, neurons)."""
        return statistics.correlation(self._given(spikes), bins, self._window(), self._dt)

    def spectrum(
        self, spikes: Spikes | None = None, segment: float | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (frequency in Hz, density in Hz²/Hz) of the population rate.

        Parameters
        ----------
        spikes : Spikes, optional
        segment : float, optional
            Length of a segment, ms: frequencies are 1000 / segment Hz apart. By default an eighth of the recording.
        """
        return statistics.spectrum(self.population_rate(spikes), self._dt, segment)

    _dt: float

    @abstractmethod
    def _given(self, spikes: Spikes | None) -> Spikes:
        """Return the spikes, or those that are recorded."""

    @abstractmethod
    def _spike_windows(self) -> list[tuple[int, int]]:
        """Return the (first step, one past the last) of each time of recording."""

    def _window(self) -> tuple[int, int]:
        windows = self._spike_windows()
        return (windows[0][0], windows[-1][1]) if windows else (0, 0)
