"""Populations that spike at random."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from distann.errors import UnsupportedError
from distann.models.inputs import PoissonNeuron
from distann.population import Population

__all__ = ["PoissonPopulation"]


class PoissonPopulation(Population):
    """A population whose neurons are independent Poisson processes.

    In each step a neuron spikes with the probability ``rates * dt / 1000``.

    Parameters
    ----------
    geometry : int or tuple of int
    name : str, optional
    rates : float or array_like, optional
        Hz: one for all, or one for each neuron, flat or in the geometry; also the attribute ``rates``.
    target : None
        Rates that follow an input are not supported.
    parameters : None
        Rates that are an expression are not supported.
    refractory : float, optional
        ms after a spike without another one.

    Raises
    ------
    ValueShapeError
        When there are more or fewer rates than neurons.
    """

    def __init__(
        self,
        geometry: int | tuple[int, ...],
        name: str | None = None,
        rates: float | ArrayLike | None = None,
        target: str | None = None,
        parameters: Any = None,
        refractory: float | None = None,
    ) -> None:
        if target is not None or parameters or isinstance(rates, str):
            raise UnsupportedError("the rates of a PoissonPopulation are a number of Hz or an array of them.")
        super().__init__(geometry, PoissonNeuron(refractory), name)
        if rates is not None:
            self.rates = rates
