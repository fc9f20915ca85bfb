"""What a network is made of: frozen descriptions of populations and projections, without arrays of state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.model.distance import Distance
from distann.model.distributions import RandomDistribution
from distann.model.explicit import Matrix
from distann.model.neuron import Neuron
from distann.model.rules import Rule
from distann.model.synapse import Synapse

__all__ = ["Given", "PopulationSpec", "ProjectionSpec", "SideSpec", "geometry_of"]

Given = float | RandomDistribution | Distance | Matrix  # what a connector takes as weights or delays

LARGEST = 2**32 - 1  # indices of neurons are 32 bits wide


def geometry_of(geometry: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return a geometry as a tuple of positive integers.

    Raises
    ------
    ConfigurationError
        For anything that is not a number of neurons along each axis.
    """
    axes = geometry if isinstance(geometry, tuple | list) else (geometry,)
    if not axes or any(isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1 for n in axes):
        raise ConfigurationError(
            f"a geometry is a positive number of neurons, or one for each axis such as (10, 20); got {geometry!r}."
        )
    if math.prod(axes) > LARGEST:
        raise ConfigurationError(f"a population has at most {LARGEST} neurons; got {math.prod(axes)}.")
    return tuple(int(n) for n in axes)


@dataclass(frozen=True, slots=True)
class PopulationSpec:
    """A population.

    Attributes
    ----------
    name : str
    geometry : tuple of int
        Neurons along each axis; ranks are row-major.
    neuron : Neuron
    stop_condition : str or None
        ``condition [: any | all]``: what ends ``simulate_until``.
    """

    name: str
    geometry: tuple[int, ...]
    neuron: Neuron
    stop_condition: str | None = None

    @property
    def size(self) -> int:
        """Number of neurons."""
        return math.prod(self.geometry)


@dataclass(frozen=True, slots=True, eq=False)
class SideSpec:
    """One side of a projection: a population, by number, or some of its neurons.

    Attributes
    ----------
    population : int
    ranks : ndarray of uint32 or None
        The neurons, in the order of the view; None for all.
    size : int
        Their number.
    geometry : tuple of int
        Of the population; where it is not known, nothing can depend on distances.
    """

    population: int
    ranks: NDArray[np.uint32] | None
    size: int
    geometry: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ProjectionSpec:
    """A projection whose connector has been called.

    Attributes
    ----------
    name : str
    pre, post : SideSpec
    targets : tuple of str
    synapse : Synapse
    rule : Rule
    weights : float, RandomDistribution, Distance or Matrix
        Ignored by rules that bring their own.
    delay : float, RandomDistribution, Distance or Matrix
        ms; 0 is one step. Ignored by rules that bring their own.
    shared_weight : bool
        All weights are one constant that is stored once.
    individual : bool
        Every value of a synapse is its own, whatever it starts with.
    window : float
        ms, for which a spike goes on arriving; 0 is one step.
    max_delay : float
        ms, up to which the delay may be changed while the network runs; 0 where that was not declared.
    changeable : bool
        Synapses come and go while the network runs.
    made_delays : (float, float) or None
        Between which delays, ms, those of synapses lie that a rule makes; None where they have the connector's.
    """

    name: str
    pre: SideSpec
    post: SideSpec
    targets: tuple[str, ...]
    synapse: Synapse
    rule: Rule
    weights: Given
    delay: Given = 0.0
    shared_weight: bool = field(default=False)
    individual: bool = field(default=False)
    window: float = 0.0
    max_delay: float = 0.0
    changeable: bool = False
    made_delays: tuple[float, float] | None = None
