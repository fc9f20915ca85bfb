"""Spike trains with a common, fluctuating rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError
from distann.inputs.rates import Scheduled
from distann.model.arguments import number_of
from distann.models.inputs import CorrelatedPoissonNeuron
from distann.runtime.timetable import Timetable

__all__ = ["HomogeneousCorrelatedSpikeTrains"]


class HomogeneousCorrelatedSpikeTrains(Scheduled):
    """Poisson processes of one common rate that fluctuates, so that all pairs are correlated alike.

    The rate is ``max(x, 0)``, where x is an Ornstein-Uhlenbeck process with the time constant `tau`. Its mean and its
    standard deviation are chosen so that the mean rate is `rates`, and the covariance density of two trains at lag s
    is ``corr * rates / (2 * tau) * exp(-|s| / tau)``: exactly so at lag 0, and for all lags where the rate is seldom 0.
    Then `corr` is the integral of that density over all lags, divided by the rate.

    The method is that of Brette, R. (2009), "Generation of correlated spike trains", Neural Computation 21(1).

    Parameters
    ----------
    geometry : int or tuple of int
    rates : float or sequence of float
        Mean rate, Hz; with a schedule one a row.
    corr : float or sequence of float
        Strength of the correlation, 0 or more; with a schedule one for all rows, or one a row.
    tau : float
        Time constant of the correlation, ms.
    schedule : float or sequence of float, optional
        When each of several rows begins, as in `TimedArray`.
    period : float
        ms after which the schedule starts again; never by default.
    name : str, optional
    refractory : float, optional
        ms after a spike without another one.

    Raises
    ------
    ConfigurationError
        When a rate, a correlation or `tau` cannot be.
    """

    _played = "mu"

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        rates: float | Sequence[float],
        corr: float | Sequence[float],
        tau: float,
        schedule: float | Sequence[float] | None = None,
        period: float = -1.0,
        name: str | None = None,
        refractory: float | None = None,
    ) -> None:
        mu, sigma = _rectified(rates, corr, tau)
        tables = [Timetable(values, 0.0 if schedule is None else schedule, period) for values in (mu, sigma)]
        super().__init__(geometry, CorrelatedPoissonNeuron(refractory), name)
        self._state.set("tau", tau)
        for attribute, table in zip(("mu", "sigma"), tables, strict=True):
            self._state.set(attribute, table.rows[0])
            self._state.play(attribute, table)

    @property
    def rates(self) -> NDArray[np.float64]:
        """Mean rate of each row, Hz."""
        return _moments(*self._rows())[0]

    @property
    def corr(self) -> NDArray[np.float64]:
        """Strength of the correlation of each row."""
        mean, variance = _moments(*self._rows())
        fano = np.divide(variance, mean, out=np.zeros_like(mean), where=mean > 0)
        return fano * float(2.0 * self.tau / 1000.0)

    def _rows(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._state.played["mu"].rows, self._state.played["sigma"].rows

    def update(
        self,
        rates: float | Sequence[float],
        corr: float | Sequence[float],
        schedule: float | Sequence[float] | None = None,
        period: float | None = None,
        reset: bool = True,
    ) -> None:
        """Give other rates and correlations; collective. The rest is as in `TimedArray.update`."""
        self._show_both(_rectified(rates, corr, self.tau), schedule, period, reset)

    def _show(
        self, rows: NDArray[np.float64], schedule: float | Sequence[float] | None, period: float | None, reset: bool
    ) -> None:
        self._show_both(self._rows(), schedule, period, reset)

    def _show_both(
        self,
        rows: tuple[NDArray[np.float64], NDArray[np.float64]],
        schedule: float | Sequence[float] | None,
        period: float | None,
        reset: bool,
    ) -> None:
        now = self._timetable()
        schedule = now.schedule.tolist() if schedule is None else schedule
        for attribute, values in zip(("mu", "sigma"), rows, strict=True):
            table = Timetable(values, schedule, now.period if period is None else period)
            table.begin = self._network.step if reset else now.begin
            self._state.play(attribute, table)


def _rectified(rates: ArrayLike, corr: ArrayLike, tau: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (mean, standard deviation) in Hz of normal variables whose positive parts have the moments asked for."""
    try:
        mean, strength = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values, float)) for values in (rates, corr)))
    except (TypeError, ValueError):
        mean, strength = np.asarray([np.nan]), np.asarray([0.0])
    good = mean.ndim == 1 and np.isfinite([mean, strength]).all() and (mean >= 0).all() and (strength >= 0).all()
    if not good or len(mean) == 0 or number_of(tau, "tau") <= 0:
        raise ConfigurationError(
            "correlated trains have a rate in Hz and a correlation, 0 or more, for all time or for each row of the "
            f"schedule, and a positive tau in ms; got rates {rates!r}, corr {corr!r}, tau {tau!r}."
        )
    deviation = np.sqrt(strength * mean / (2.0 * tau / 1000.0))
    found = [_underlying(m, s) for m, s in zip(mean.tolist(), deviation.tolist(), strict=True)]
    return np.array([mu for mu, _ in found]), np.array([sigma for _, sigma in found])


def _underlying(mean: float, deviation: float) -> tuple[float, float]:
    """Solve for the normal variable whose positive part has a mean and a standard deviation, by bisection."""
    if mean == 0.0 or deviation == 0.0:
        return mean, 0.0
    low, high = -37.0, max(40.0, 2.0 * mean / deviation)  # mu / sigma; the ratio of the moments falls with it
    for _ in range(200):
        middle = (low + high) / 2.0
        m, v = _standard(middle)
        low, high = (middle, high) if math.sqrt(v) / m > deviation / mean else (low, middle)
    sigma = mean / _standard(low)[0]
    return low * sigma, sigma


def _standard(y: float) -> tuple[float, float]:
    """Mean and variance of the positive part of a normal variable of mean y and standard deviation 1."""
    density = math.exp(-y * y / 2.0) / math.sqrt(2.0 * math.pi)
    above = math.erfc(-y / math.sqrt(2.0)) / 2.0
    first = y * above + density
    if y < -6.0:  # the two terms nearly cancel: the asymptotic series of Mills' ratio
        first = density * (1.0 - 3.0 / y**2 + 15.0 / y**4 - 105.0 / y**6) / y**2
        second = 2.0 * density * (1.0 - 6.0 / y**2 + 45.0 / y**4) / -(y**3)
        return first, second - first**2
    second = (y * y + 1.0) * above + y * density
    return first, second - first**2


def _moments(mu: NDArray[np.float64], sigma: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance, in Hz, of the positive parts."""
    pairs = [
        (s * _standard(m / s)[0], s * s * _standard(m / s)[1]) if s > 0 else (max(m, 0.0), 0.0)
        for m, s in zip(mu.tolist(), sigma.tolist(), strict=True)
    ]
    return np.array([mean for mean, _ in pairs]), np.array([variance for _, variance in pairs])
