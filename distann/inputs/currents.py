"""Rate-coded populations that stand for electrodes: their ``r`` is a current."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from distann.errors import ConfigurationError
from distann.inputs.rates import TimedArray, rows_of
from distann.model.specs import geometry_of
from distann.models.inputs import ACNeuron, NoiseNeuron
from distann.population import Population

__all__ = ["ACCurrent", "NoiseCurrent", "StepCurrent"]


class StepCurrent(TimedArray):
    """A current that steps from one amplitude to the next; 0 before the first time.

    Connect it one to one, without a weight, to a target of the neurons: what it has in one step arrives in the next.

    Parameters
    ----------
    geometry : int or tuple of int
    amplitudes : array_like
        Shape (steps,), or (steps, *geometry) for different neurons.
    times : sequence of float
        When each amplitude begins, ms.
    name : str, optional

    Raises
    ------
    ConfigurationError, ValueShapeError

    Examples
    --------
    >>> pulse = net.create(StepCurrent(10, amplitudes=[0.5, 0.0], times=[100.0, 300.0]))
    >>> net.connect(pulse, cells, "inj").one_to_one(weights=1.0)
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        amplitudes: ArrayLike,
        times: Sequence[float],
        name: str | None = None,
    ) -> None:
        super().__init__(rows_of(amplitudes, geometry_of(geometry), shared=True), geometry, times, name=name)


class ACCurrent(Population):
    """A sinusoidal current: ``offset + amplitude * sin(2 pi frequency t + phase)`` from `start` to `stop`, else 0.

    All arguments are attributes too, one for each neuron.

    Parameters
    ----------
    geometry : int or tuple of int
    amplitude : float or array_like
    frequency : float or array_like
        Hz.
    phase : float or array_like
        rad.
    offset : float or array_like
    start, stop : float or array_like, optional
        ms; from the beginning, for ever.
    name : str, optional
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        amplitude: float | ArrayLike = 1.0,
        frequency: float | ArrayLike = 10.0,
        phase: float | ArrayLike = 0.0,
        offset: float | ArrayLike = 0.0,
        start: float | ArrayLike = 0.0,
        stop: float | ArrayLike | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(geometry, ACNeuron(), name)
        self.set({"amplitude": amplitude, "frequency": frequency, "phase": phase, "offset": offset, "start": start})
        if stop is not None:
            self.stop = stop


class NoiseCurrent(Population):
    """A Gaussian current of mean `mu` and standard deviation `sigma` from `start` to `stop`, else 0.

    Each neuron has its own. All arguments are attributes too, one for each neuron.

    Parameters
    ----------
    geometry : int or tuple of int
    mu, sigma : float or array_like
    tau : float, optional
        Time constant of an Ornstein-Uhlenbeck process, ms, stepped exactly; without it every step has a new value.
    start, stop : float or array_like, optional
        ms; from the beginning, for ever.
    name : str, optional

    Raises
    ------
    ConfigurationError
        When `tau` is not positive.
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        mu: float | ArrayLike = 0.0,
        sigma: float | ArrayLike = 1.0,
        tau: float | None = None,
        start: float | ArrayLike = 0.0,
        stop: float | ArrayLike | None = None,
        name: str | None = None,
    ) -> None:
        if tau is not None and not tau > 0:
            raise ConfigurationError(f"the tau of a noisy current is a positive number of ms; got {tau!r}.")
        super().__init__(geometry, NoiseNeuron(tau is not None), name)
        self.set({"mu": mu, "sigma": sigma, "start": start})
        if tau is not None:
            self.tau = tau
        if stop is not None:
            self.stop = stop
