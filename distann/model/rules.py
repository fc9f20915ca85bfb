"""Who is connected to whom: what the connectors say, before any synapse exists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distann.errors import ConfigurationError
from distann.model.arguments import number_of
from distann.model.distance import Distance
from distann.model.explicit import LARGEST, Edges, Explicit

__all__ = [
    "AllToAll",
    "Edges",
    "Explicit",
    "FixedNumberPost",
    "FixedNumberPre",
    "FixedProbability",
    "FixedTotalNumber",
    "OneToOne",
    "PairwiseProbability",
    "Rule",
]

MOST_SYNAPSES = 2**53  # of a projection, so that their number is a real one as well


@dataclass(frozen=True, slots=True)
class AllToAll:
    """Every presynaptic neuron with every postsynaptic one.

    Parameters
    ----------
    allow_self_connections : bool
        Whether a neuron connects to itself, where both sides are one population.
    """

    allow_self_connections: bool = False


@dataclass(frozen=True, slots=True)
class OneToOne:
    """Neuron i of one side with neuron i of the other, as far as the smaller side goes."""


@dataclass(frozen=True, slots=True)
class FixedProbability:
    """Each pair with the same probability, independently.

    Parameters
    ----------
    probability : float
    allow_self_connections : bool

    Raises
    ------
    ConfigurationError
        When the probability is not between 0 and 1.
    """

    probability: float
    allow_self_connections: bool = False

    def __post_init__(self) -> None:
        value = number_of(self.probability, "'probability'")
        if not 0 <= value <= 1:
            raise ConfigurationError(f"'probability' is a number from 0 to 1; got {value!r}.")
        object.__setattr__(self, "probability", value)


@dataclass(frozen=True, slots=True)
class FixedNumberPre:
    """Each postsynaptic neuron with the same number of presynaptic ones, chosen at random.

    Parameters
    ----------
    number : int
        All presynaptic neurons, where there are not more.
    allow_self_connections : bool
    allow_multapses : bool
        Whether a neuron can be chosen again, so that a pair has several synapses.

    Raises
    ------
    ConfigurationError
        When the number is negative or not an integer.
    """

    number: int
    allow_self_connections: bool = False
    allow_multapses: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _checked_number(self.number, LARGEST))


@dataclass(frozen=True, slots=True)
class FixedTotalNumber:
    """A number of pairs, chosen at random from all.

    Parameters
    ----------
    number : int
        Synapses in all.
    allow_self_connections : bool
    allow_multapses : bool
        Whether a pair can be chosen again, so that it has several synapses.

    Raises
    ------
    ConfigurationError
        When the number is negative or not an integer.
    """

    number: int
    allow_self_connections: bool = True
    allow_multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _checked_number(self.number, MOST_SYNAPSES))


@dataclass(frozen=True, slots=True)
class FixedNumberPost:
    """Each presynaptic neuron with the same number of postsynaptic ones, chosen at random.

    Parameters
    ----------
    number : int
        All postsynaptic neurons, where there are not more.
    allow_self_connections : bool
    allow_multapses : bool
        Whether a neuron can be chosen again, so that a pair has several synapses.

    Raises
    ------
    ConfigurationError
        When the number is negative or not an integer.
    """

    number: int
    allow_self_connections: bool = False
    allow_multapses: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _checked_number(self.number, LARGEST))


@dataclass(frozen=True, slots=True)
class PairwiseProbability:
    """Each pair independently, with a probability that depends on the distance.

    Parameters
    ----------
    probability : Distance
    max_distance : float
        Pairs that are farther apart are not connected, and not looked at.
    allow_self_connections : bool

    Raises
    ------
    ConfigurationError
        When the distance is negative.
    """

    probability: Distance
    max_distance: float = math.inf
    allow_self_connections: bool = False

    def __post_init__(self) -> None:
        if self.max_distance != math.inf:
            value = number_of(self.max_distance, "'max_distance'")
            if value < 0:
                raise ConfigurationError(f"'max_distance' is 0 or more; got {value!r}.")
            object.__setattr__(self, "max_distance", value)


def _checked_number(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= most:
        raise ConfigurationError(f"'number' is an integer, at least 0; got {value!r}.")
    return int(value)


Rule = (
    AllToAll
    | OneToOne
    | FixedProbability
    | FixedNumberPre
    | FixedNumberPost
    | FixedTotalNumber
    | PairwiseProbability
    | Explicit
    | Edges
)
