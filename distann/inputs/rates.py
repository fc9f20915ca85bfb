"""Rate-coded populations whose rates are given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError, ValueShapeError
from distann.model.specs import geometry_of
from distann.models.inputs import GivenRate
from distann.population import Population
from distann.runtime.timetable import Timetable

__all__ = ["InputArray", "Scheduled", "TimedArray"]


class InputArray(Population):
    """A rate-coded population whose rates ``r`` the script sets; nothing else changes them.

    Parameters
    ----------
    geometry : int or tuple of int
    name : str, optional

    Examples
    --------
    >>> retina = InputArray((28, 28))
    >>> retina.r = image
    """

    def __init__(self, geometry: int | tuple[int, ...], name: str | None = None) -> None:
        super().__init__(geometry, GivenRate(), name)


class Scheduled(Population):
    """A population of which one attribute, `_played`, takes rows of values one after the other."""

    _played: str = "r"

    @property
    def schedule(self) -> float | list[float]:
        """ms between two rows, or when each begins."""
        times: float | list[float] = self._timetable().schedule.tolist()
        return times

    @schedule.setter
    def schedule(self, schedule: float | Sequence[float]) -> None:
        self._show(self._timetable().rows, schedule, None, reset=False)

    @property
    def period(self) -> float:
        """ms after which the first row comes again; negative for never."""
        return self._timetable().period

    @period.setter
    def period(self, period: float) -> None:
        self._show(self._timetable().rows, None, period, reset=False)

    def _timetable(self) -> Timetable:
        return self._state.played[self._played]

    def _show(
        self, rows: NDArray[np.float64], schedule: float | Sequence[float] | None, period: float | None, reset: bool
    ) -> None:
        """Play other rows; a schedule and a period of None stay. With `reset` they count from the next step on."""
        now = self._timetable()
        timetable = Timetable(
            rows, now.schedule.tolist() if schedule is None else schedule, now.period if period is None else period
        )
        timetable.begin = self._network.step if reset else now.begin
        self._state.play(self._played, timetable)


class TimedArray(Scheduled):
    """A rate-coded population whose rates follow a schedule.

    Row k of `rates` is the rates from its time in the schedule until the next row's; the last one stays, or the
    first one comes again after the period. The engine looks rows up by the step, so it costs no Python.

    Parameters
    ----------
    rates : array_like, optional
        Shape (rows, *geometry) or (rows, neurons); (rows,) for one neuron. May be given later by `update`.
    geometry : int or tuple of int, optional
        By default that of a row.
    schedule : float or sequence of float
        ms between two rows, 0 for a step; or the time in ms at which each row begins. Before the first the rates are 0.
    period : float
        ms after which the schedule starts again; never by default.
    name : str, optional

    Raises
    ------
    ConfigurationError, ValueShapeError

    Examples
    --------
    >>> inputs = TimedArray([[1.0], [2.0], [3.0], [4.0]], schedule=2.0, period=7.0)  # 1 1 2 2 3 3 4 1 1 2 ...
    """

    def __init__(
        self,
        rates: ArrayLike | None = None,
        geometry: int | tuple[int, ...] | None = None,
        schedule: float | Sequence[float] = 0.0,
        period: float = -1.0,
        name: str | None = None,
    ) -> None:
        if rates is None and geometry is None:
            raise ConfigurationError("a TimedArray needs its rates, or a geometry for rates that update() gives later.")
        if geometry is None:
            geometry = np.asarray(rates).shape[1:] or 1
        shape = geometry_of(geometry)
        size = int(np.prod(shape))
        rows = np.empty((0, size)) if rates is None else rows_of(rates, shape)
        super().__init__(geometry, GivenRate(), name)
        self._state.play("r", Timetable(rows, schedule, period))

    @property
    def rates(self) -> NDArray[np.float64]:
        """All rows, shape (rows, *geometry)."""
        return self._timetable().rows.reshape(-1, *self.geometry)

    @rates.setter
    def rates(self, rates: ArrayLike) -> None:
        self.update(rates, reset=False)

    def update(
        self,
        rates: ArrayLike,
        schedule: float | Sequence[float] | None = None,
        period: float | None = None,
        reset: bool = True,
    ) -> None:
        """Give other rates; collective.

        Parameters
        ----------
        rates : array_like
            Shape (rows, *geometry) or (rows, neurons).
        schedule, period : optional
            As before by default.
        reset : bool
            Count the schedule from now on; else it goes on as it was counted.
        """
        self._show(rows_of(rates, self.geometry), schedule, period, reset)


def rows_of(rates: ArrayLike, geometry: tuple[int, ...], shared: bool = False) -> NDArray[np.float64]:
    """Return rates as one row a time, shape (rows, neurons); with `shared`, one number a row may stand for all neurons.

    Raises
    ------
    ConfigurationError, ValueShapeError
    """
    try:
        values = np.array(rates, float)
    except (TypeError, ValueError):
        values = np.asarray(np.nan)
    if values.ndim == 0 or not np.isfinite(values).all():
        raise ConfigurationError(f"rates are rows of finite numbers, the first axis being time; got {rates!r}.")
    size = int(np.prod(geometry))
    if shared and values.ndim == 1:
        values = np.repeat(values[:, None], size, axis=1)
    if values.shape[1:] not in (geometry, (size,), *([()] if size == 1 else [])):
        raise ValueShapeError("rates", (len(values), *geometry), values.shape)
    return values.reshape(len(values), size)
