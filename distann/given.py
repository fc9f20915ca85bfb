"""What users give to connectors, checked: weights, delays, distances, hints."""

from __future__ import annotations

import math
import reprlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError, closest
from distann.model import RandomDistribution
from distann.model.arguments import number_of
from distann.model.distance import Distance
from distann.model.explicit import Matrix
from distann.model.specs import Given
from distann.runtime.formula import parse_distance

__all__ = ["FORMATS", "Delays", "Profile", "Space", "Weights", "check_hints", "checked_delays", "checked_weights"]

FORMATS = (
    "lil", "csr", "csr_vector", "csr_scalar", "dense", "ell", "ellr", "sell", "coo", "bsr", "hyb", "dia",
    "auto", "default",
)  # fmt: skip
ORDERS = ("post_to_pre", "pre_to_post")

NUMBERS = (int, float, np.integer, np.floating)

Weights = float | RandomDistribution | str | Distance | NDArray[Any]
Delays = float | RandomDistribution | str | Distance | NDArray[Any]


def check_hints(storage_format: str | None, storage_order: str | None) -> None:
    """Refuse hints that no simulator knows.

    Raises
    ------
    ConfigurationError
    """
    if storage_format is not None and storage_format not in FORMATS:
        hint = closest(str(storage_format), FORMATS) or f"choose one of {', '.join(FORMATS)}."
        raise ConfigurationError(f"unknown storage_format '{storage_format}'; {hint}")
    if storage_order is not None and storage_order not in ORDERS:
        raise ConfigurationError(f"unknown storage_order '{storage_order}'; choose one of {', '.join(ORDERS)}.")


@dataclass(frozen=True, slots=True)
class Space:
    """The box in which texts of a connector measure distances.

    Attributes
    ----------
    extent : float or tuple of float
    wrap : bool
    """

    extent: float | tuple[float, ...] = 1.0
    wrap: bool = False

    def distance(self, given: str | Distance) -> Distance:
        """Return an expression of the distance in this box, unless it brings its own."""
        return given if isinstance(given, Distance) else Distance(given, self.extent, self.wrap)


def checked_weights(weights: Any, shape: tuple[int, int], space: Space) -> Given:
    """Return weights of whatever kind.

    Parameters
    ----------
    weights : float, RandomDistribution, str, Distance or array
    shape : tuple of int
        Postsynaptic, presynaptic size.
    space : Space
        For texts.

    Raises
    ------
    ConfigurationError, EquationError
    """
    if isinstance(weights, np.ndarray | list) and np.ndim(weights) > 0:
        return Matrix.of(weights, shape, "weights")
    if isinstance(weights, str | Distance):
        return _checked_distance(space.distance(weights), "weights")
    if isinstance(weights, RandomDistribution):
        return weights
    if isinstance(weights, bool) or not isinstance(weights, NUMBERS) or not math.isfinite(weights):
        raise ConfigurationError(
            "weights are a finite number, a distribution such as Uniform(0, 1), an expression of the distance such as "
            f"'exp(-d)', or an array; got {reprlib.repr(weights)}. For a matrix of synapses there is "
            "connect_from_matrix()."
        )
    return float(weights)


def checked_delays(delays: Any, shape: tuple[int, int], space: Space) -> Given:
    """Return delays in ms of whatever kind. Parameters are those of `checked_weights`.

    Raises
    ------
    ConfigurationError, EquationError
    """
    if isinstance(delays, np.ndarray | list) and np.ndim(delays) > 0:
        matrix = Matrix.of(delays, shape, "delays")
        if matrix.reach[0] < 0:
            raise ConfigurationError(f"delays are 0 ms or more; the smallest is {matrix.reach[0]:g}.")
        return matrix
    if isinstance(delays, str | Distance):
        return _checked_distance(space.distance(delays), "delays")
    if isinstance(delays, RandomDistribution):
        return delays
    if isinstance(delays, bool) or not isinstance(delays, NUMBERS) or not 0.0 <= delays < math.inf:
        raise ConfigurationError(
            "delays are a number of ms, 0 or more, a distribution such as Uniform(1.0, 5.0), an expression of the "
            f"distance such as '1.0 + d', or an array; got {reprlib.repr(delays)}."
        )
    return float(delays)


def _checked_distance(distance: Distance, what: str) -> Distance:
    parse_distance(distance.expression, what)
    return distance


@dataclass(frozen=True, slots=True)
class Profile:
    """A sum of Gaussians of the distance, cut off where it becomes small.

    Parameters
    ----------
    terms : tuple of (float, float)
        Height and width of each.
    limit : float
        What is not larger than this part of the value at distance 0 is left out.

    Raises
    ------
    ConfigurationError
        For a width or a limit that is not positive.
    """

    terms: tuple[tuple[float, float], ...]
    limit: float

    def __post_init__(self) -> None:
        terms = tuple((number_of(amp, "'amp'"), number_of(sigma, "'sigma'")) for amp, sigma in self.terms)
        if any(sigma <= 0 for _, sigma in terms):
            raise ConfigurationError(f"'sigma' is larger than 0; got {min(sigma for _, sigma in terms):g}.")
        limit = number_of(self.limit, "'limit'")
        if limit < 0:
            raise ConfigurationError(f"'limit' is 0 or more; got {limit:g}.")
        object.__setattr__(self, "terms", terms)
        object.__setattr__(self, "limit", limit)

    @property
    def weight(self) -> str:
        """The weight as an expression of the distance."""
        return " + ".join(f"{amp!r} * exp(-(d * d) / {2 * sigma * sigma!r})" for amp, sigma in self.terms)

    @property
    def _least(self) -> float:
        return self.limit * abs(sum(amp for amp, _ in self.terms))

    @property
    def connected(self) -> str:
        """Whether a pair is connected, as an expression of the distance: 1 or 0."""
        return f"fabs({self.weight}) > {self._least!r}"

    @property
    def reach(self) -> float:
        """A distance beyond which no pair is connected."""
        highest = sum(abs(amp) for amp, _ in self.terms)
        if self._least == 0 or highest == 0:
            return math.inf
        widest = max(sigma for _, sigma in self.terms)
        return 1.000001 * widest * math.sqrt(2 * max(0.0, math.log(highest / self._least)))
