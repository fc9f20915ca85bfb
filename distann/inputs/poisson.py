"""Populations that spike at random, independently of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.errors import ConfigurationError
from distann.inputs.rates import Scheduled, rows_of
from distann.model.specs import geometry_of
from distann.models.inputs import PoissonNeuron
from distann.population import Population
from distann.runtime.timetable import Timetable

__all__ = ["PoissonPopulation", "TimedPoissonPopulation"]


class PoissonPopulation(Population):
    """A population whose neurons are independent Poisson processes.

    In each step a neuron spikes with the probability ``rates * dt / 1000``.

    Parameters
    ----------
    geometry : int or tuple of int
    name : str, optional
    rates : float, array_like or str, optional
        Hz: one for all, or one for each neuron, flat or in the geometry; also the attribute ``rates``. Or an expression
        of the time ``t`` (ms) and of `parameters`, evaluated in every step.
    target : str, optional
        The rates are the sum of what rate-coded populations send to this target, in Hz.
    parameters : mapping of str to float, or str, optional
        Parameters of the expression, one for the whole population; as text they may be anything that a neuron's
        parameters may.
    refractory : float, optional
        ms after a spike without another one.

    Raises
    ------
    ConfigurationError
        When both `rates` and a `target` are given, or `parameters` without an expression.
    EquationError
        When the expression is wrong, with a caret.
    ValueShapeError
        When there are more or fewer rates than neurons.

    Examples
    --------
    >>> PoissonPopulation(100, rates="50.0 * (1.0 + sin(2 * pi * f * t / 1000.0))", parameters={"f": 2.0})
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        name: str | None = None,
        rates: float | ArrayLike | str | None = None,
        target: str | None = None,
        parameters: Mapping[str, float] | str | None = None,
        refractory: float | None = None,
    ) -> None:
        if target is not None and rates is not None:
            raise ConfigurationError("the rates of a PoissonPopulation are given, or come from a target: name one.")
        if parameters and not isinstance(rates, str):
            raise ConfigurationError(
                "parameters belong to rates that are an expression, such as rates='50 * sin(f * t)'."
            )
        expression = f"g_{target}" if target is not None else rates if isinstance(rates, str) else None
        super().__init__(geometry, PoissonNeuron(refractory, expression, parameters or ""), name)
        if rates is not None and not isinstance(rates, str):
            self.rates = rates


class TimedPoissonPopulation(Scheduled):
    """A Poisson population whose rates follow a schedule: an inhomogeneous Poisson process from an array of rates.

    Parameters
    ----------
    geometry : int or tuple of int
    rates : array_like
        Hz, shape (rows, *geometry) or (rows, neurons); (rows,) is one rate for all neurons.
    schedule, period
        As in `TimedArray`.
    name : str, optional
    refractory : float, optional
        ms after a spike without another one.

    Raises
    ------
    ConfigurationError, ValueShapeError
    """

    _played = "rates"

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        rates: ArrayLike,
        schedule: float | Sequence[float] = 0.0,
        period: float = -1.0,
        name: str | None = None,
        refractory: float | None = None,
    ) -> None:
        timetable = Timetable(rows_of(rates, geometry_of(geometry), shared=True), schedule, period)
        super().__init__(geometry, PoissonNeuron(refractory), name)
        self._state.set("rates", 0.0)  # before the first row
        self._state.play("rates", timetable)

    @property
    def rates(self) -> NDArray[np.float64]:
        """All rows, Hz, shape (rows, *geometry)."""
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
        """Give other rates; collective. Parameters are those of `TimedArray.update`."""
        self._show(rows_of(rates, self.geometry, shared=True), schedule, period, reset)
