"""Values that are given for all time: the engine looks them up by the step, without Python in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.codegen.ir import Axis, Field
from distann.errors import ConfigurationError
from distann.runtime.arrays import Layout
from distann.runtime.structs import Keeper

__all__ = ["Timetable"]


class Timetable:
    """Rows of values, each of which holds until the next one begins.

    Parameters
    ----------
    rows : ndarray of float64, shape (rows, neurons) or (rows,)
        One value for each neuron, or one for the whole population.
    schedule : float or sequence of float
        ms between two rows, 0 for a step; or when each row begins.
    period : float
        ms after which the first row comes again; never if it is not positive: the last row stays.

    Attributes
    ----------
    begin : int
        The step that the schedule is counted from.

    Raises
    ------
    ConfigurationError
        For a schedule that is none.
    """

    def __init__(
        self, rows: NDArray[np.float64], schedule: float | Sequence[float] = 0.0, period: float = -1.0
    ) -> None:
        self.rows = rows
        self.schedule = _schedule(schedule, len(rows))
        self.period = _number(period, "the period of a schedule")
        self._begin = 0
        self._keeper = Keeper()
        self._c: Any = None

    @property
    def begin(self) -> int:
        """The step that the schedule is counted from."""
        return self._begin

    @begin.setter
    def begin(self, step: int) -> None:
        self._begin = step
        if self._c is not None:
            self._c.begin = step

    @property
    def content(self) -> list[bytes]:
        """What all ranks must have been given alike."""
        return [self.rows.tobytes(), self.schedule.tobytes(), repr((self.rows.shape, self.period, self.begin)).encode()]

    def steps(self, dt: float) -> tuple[NDArray[np.int64], int]:
        """Return the first step of each row and the period, 0 for none.

        Raises
        ------
        ConfigurationError
            For rows, or a period, that are shorter than a step.
        """
        period = max(0, round(self.period / dt)) if self.period > 0 else 0
        interval = float(self.schedule) if self.schedule.ndim == 0 else dt
        if 0 < interval < dt * (1 - 1e-9) or (self.period > 0 and period < 1):
            raise ConfigurationError(
                f"a schedule has a step of dt = {dt} ms at least; got {interval:g} ms between two rows and a period of "
                f"{self.period:g} ms. Write schedule=0.0 for a row a step."
            )
        regular = np.arange(len(self.rows)) * (interval or dt)
        times = self.schedule if self.schedule.ndim else regular
        return np.floor(times / dt + 0.5 + 1e-9).astype(np.int64), period

    def copy(self) -> Timetable:
        """Return the same values, for another network."""
        other = Timetable(self.rows, self.schedule.tolist(), self.period)
        other.begin = self.begin
        return other

    def attach(self, field: Field, layout: Layout, dt: float) -> Any:
        """Return this rank's values as ``distann_timetable *``, and keep them for as long as this object lives."""
        self._c, self._field, self._layout, self._dt = self._keeper.new("distann_timetable *"), field, layout, dt
        self._hand_over()
        return self._c

    def replace(self, other: Timetable) -> None:
        """Take the values of another object; an engine that has these reads those from now on."""
        onset = other.steps(self._dt) if self._c is not None else None
        self.rows, self.schedule, self.period, self._begin = other.rows, other.schedule, other.period, other.begin
        if onset is not None:
            self._hand_over()

    def _hand_over(self) -> None:
        own, word = self._layout.partition, self._layout.word(self._field)
        onset, period = self.steps(self._dt)
        values = self.rows if self._field.axis is Axis.OBJECT else self.rows[:, own.begin : own.end]
        addresses = Keeper()  # the engine reads the arrays for as long as they are named
        self._c.n, self._c.begin, self._c.period = len(onset), self.begin, period
        self._c.onset = addresses.pointer(np.ascontiguousarray(onset))
        self._c.values = addresses.pointer(np.ascontiguousarray(values, word))
        self._addresses = addresses


def _number(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise ConfigurationError(f"{what} is a number of ms; got {value!r}.")
    return number


def _schedule(schedule: ArrayLike, rows: int) -> NDArray[np.float64]:
    try:
        times = np.asarray(schedule, float)
    except (TypeError, ValueError):
        times = np.asarray(np.nan)
    good = times.ndim <= 1 and np.isfinite(times).all() and (times >= 0).all()
    if not good or (np.diff(np.atleast_1d(times)) < 0).any():
        raise ConfigurationError(
            f"a schedule is the ms between two rows, or the ascending times in ms when they begin; got {schedule!r}."
        )
    if times.ndim and len(times) != rows:
        raise ConfigurationError(f"the schedule has {len(times)} times for {rows} rows of values: give each row one.")
    return times
