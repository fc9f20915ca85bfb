"""Random distributions: of weights, of initial values, of whatever an attribute is set to."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.model.arguments import number_of

__all__ = [
    "Binomial",
    "DiscreteUniform",
    "Exponential",
    "Gamma",
    "LogNormal",
    "Normal",
    "RandomDistribution",
    "Uniform",
]

LARGEST_INTEGER = 2**53  # a real number holds every integer up to here

# A uniform deviate of single precision is at least 2**-24 away from 0 and 1: so far go its quantiles.
FARTHEST_NORMAL = 5.5
FARTHEST_EXPONENTIAL = 17.0
FARTHEST_LOGARITHM = -17.4  # of the probability beyond them

Shape = int | tuple[int, ...]


class RandomDistribution(ABC):
    """What all distributions have in common.

    Attributes
    ----------
    rng : numpy.random.Generator or None
        The generator that `get_values` prefers.
    """

    __slots__ = ()

    rng: np.random.Generator | None

    def get_values(self, shape: Shape, rng: np.random.Generator | None = None) -> NDArray[Any]:
        """Draw an array of values.

        Parameters
        ----------
        shape : int or tuple of int
        rng : numpy.random.Generator, optional
            Used when the distribution has none of its own; without either, a new one is seeded by the system.
        """
        generator = self.rng or rng or np.random.default_rng()
        low, high = self.bounds
        drawn = self._draw(generator, shape)
        return drawn if math.isinf(low) and math.isinf(high) else np.clip(drawn, low, high)

    def __str__(self) -> str:
        """The distribution as the text of a model names it."""
        given = [(own.name, own.default is MISSING, getattr(self, own.name)) for own in fields(self)]  # type: ignore[arg-type]
        parts = [
            repr(value) if required else f"{name}={value!r}"
            for name, required, value in given
            if name != "rng" and value is not None
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    @property
    @abstractmethod
    def arguments(self) -> tuple[float, float]:
        """The two numbers that the distribution depends on; the second is 0 where there is one."""

    @property
    def bounds(self) -> tuple[float, float]:
        """Values outside of (min, max) become min or max; infinite where there is no bound."""
        return -math.inf, math.inf

    @property
    def reach(self) -> tuple[float, float]:
        """Between which values everything lies that is drawn in single precision, bounds included."""
        low, high = self._unbounded_reach()
        smallest, largest = self.bounds
        return min(max(low, smallest), largest), min(max(high, smallest), largest)

    @abstractmethod
    def _unbounded_reach(self) -> tuple[float, float]:
        """Return the `reach` without regard to bounds."""

    @abstractmethod
    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        """Draw without regard to bounds."""


class _Clipped(RandomDistribution):
    """Values below `min` become `min`, those above `max` become `max`, where these are given."""

    __slots__ = ()

    min: float | None
    max: float | None

    @property
    def bounds(self) -> tuple[float, float]:
        return -math.inf if self.min is None else self.min, math.inf if self.max is None else self.max


@dataclass(frozen=True, slots=True)
class Uniform(RandomDistribution):
    """Uniform between `min` and `max`.

    Parameters
    ----------
    min, max : float
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless min < max, both finite.
    """

    min: float
    max: float
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "min", "max")
        if not self.min < self.max:
            raise ConfigurationError(f"{self!r}: min must be smaller than max.")
        if math.isinf(self.max - self.min):
            raise ConfigurationError(f"{self!r}: the interval is too wide.")

    @property
    def arguments(self) -> tuple[float, float]:
        return self.min, self.max

    def _unbounded_reach(self) -> tuple[float, float]:
        return self.min, self.max

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.uniform(self.min, self.max, shape)


@dataclass(frozen=True, slots=True)
class DiscreteUniform(RandomDistribution):
    """Integers between `min` and `max`, both included, with equal probability.

    Parameters
    ----------
    min, max : int
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless both are integers and min <= max.
    """

    min: int
    max: int
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "min", "max")
        for name, value in (("min", self.min), ("max", self.max)):
            if value != int(value) or abs(value) > LARGEST_INTEGER:
                raise ConfigurationError(f"{self!r}: {name} must be an integer, at most 2**53 in size.")
            object.__setattr__(self, name, int(value))
        if self.min > self.max:
            raise ConfigurationError(f"{self!r}: min must not be larger than max.")

    @property
    def arguments(self) -> tuple[float, float]:
        return float(self.min), float(self.max)

    def _unbounded_reach(self) -> tuple[float, float]:
        return float(self.min), float(self.max)

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.integers(self.min, self.max, shape, endpoint=True)


@dataclass(frozen=True, slots=True)
class _Gaussian(_Clipped):
    mu: float
    sigma: float
    min: float | None = None
    max: float | None = None
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "mu", "sigma")
        if self.sigma < 0:
            raise ConfigurationError(f"{self!r}: sigma must not be negative.")
        _check_bounds(self)

    @property
    def arguments(self) -> tuple[float, float]:
        return self.mu, self.sigma


@dataclass(frozen=True, slots=True)
class Normal(_Gaussian):
    """Gaussian with mean `mu` and standard deviation `sigma`, clipped to `min` and `max`.

    Parameters
    ----------
    mu, sigma : float
    min, max : float, optional
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless sigma >= 0 and min <= max, all finite.
    """

    def _unbounded_reach(self) -> tuple[float, float]:
        return self.mu - FARTHEST_NORMAL * self.sigma, self.mu + FARTHEST_NORMAL * self.sigma

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.normal(self.mu, self.sigma, shape)


@dataclass(frozen=True, slots=True)
class LogNormal(_Gaussian):
    """exp of a Gaussian with mean `mu` and standard deviation `sigma`, clipped to `min` and `max`.

    Parameters
    ----------
    mu, sigma : float
        Of the logarithm.
    min, max : float, optional
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless sigma >= 0 and min <= max, all finite.
    """

    def _unbounded_reach(self) -> tuple[float, float]:
        far = FARTHEST_NORMAL * self.sigma
        return math.exp(self.mu - far), math.exp(min(self.mu + far, 700.0))

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.lognormal(self.mu, self.sigma, shape)


@dataclass(frozen=True, slots=True)
class Exponential(_Clipped):
    """Exponential with the RATE `Lambda`, so that the mean is 1 / Lambda, clipped to `min` and `max`.

    Parameters
    ----------
    Lambda : float
    min, max : float, optional
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless Lambda > 0 and min <= max, all finite.
    """

    Lambda: float
    min: float | None = None
    max: float | None = None
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "Lambda")
        if not self.Lambda > 0:
            raise ConfigurationError(f"{self!r}: Lambda must be larger than 0.")
        _check_bounds(self)

    @property
    def arguments(self) -> tuple[float, float]:
        return self.Lambda, 0.0

    def _unbounded_reach(self) -> tuple[float, float]:
        return 0.0, FARTHEST_EXPONENTIAL / self.Lambda

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.standard_exponential(shape) / self.Lambda


@dataclass(frozen=True, slots=True)
class Gamma(_Clipped):
    """Gamma with shape `alpha` and SCALE `beta`, so that the mean is alpha * beta, clipped to `min` and `max`.

    Parameters
    ----------
    alpha, beta : float
    min, max : float, optional
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless alpha > 0, beta > 0 and min <= max, all finite.
    """

    alpha: float
    beta: float = 1.0
    min: float | None = None
    max: float | None = None
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "alpha", "beta")
        if not (self.alpha > 0 and self.beta > 0):
            raise ConfigurationError(f"{self!r}: alpha and beta must be larger than 0.")
        _check_bounds(self)

    @property
    def arguments(self) -> tuple[float, float]:
        return self.alpha, self.beta

    def _unbounded_reach(self) -> tuple[float, float]:
        # Chernoff: the part beyond x > alpha is at most (x / alpha)**alpha * exp(alpha - x).
        far = self.alpha + 1.0
        while self.alpha * (math.log(far / self.alpha) + 1) - far > FARTHEST_LOGARITHM:
            far = self.alpha + 1.1 * (far - self.alpha)
        return 0.0, far * self.beta

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.gamma(self.alpha, self.beta, shape)


@dataclass(frozen=True, slots=True)
class Binomial(RandomDistribution):
    """How many of `n` independent trials succeed, each with the probability `p`.

    Parameters
    ----------
    n : int
    p : float
    rng : numpy.random.Generator, optional

    Raises
    ------
    ConfigurationError
        Unless n is an integer >= 0 and 0 <= p <= 1.
    """

    n: int
    p: float
    rng: np.random.Generator | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_numbers(self, "n", "p")
        if self.n != int(self.n) or not 0 <= self.n <= LARGEST_INTEGER:
            raise ConfigurationError(f"{self!r}: n must be an integer from 0 to 2**53.")
        object.__setattr__(self, "n", int(self.n))
        if not 0 <= self.p <= 1:
            raise ConfigurationError(f"{self!r}: p must be between 0 and 1.")

    @property
    def arguments(self) -> tuple[float, float]:
        return float(self.n), self.p

    def _unbounded_reach(self) -> tuple[float, float]:
        return 0.0, float(self.n)

    def _draw(self, generator: np.random.Generator, shape: Shape) -> NDArray[Any]:
        return generator.binomial(self.n, self.p, shape)


# ---- validation -------------------------------------------------------------------------------------------


def _check_numbers(distribution: RandomDistribution, *names: str) -> None:
    """Make the fields floats, which must be finite; and `rng` must be a generator."""
    kind, rng = type(distribution).__name__, distribution.rng
    for name in names:
        value = number_of(getattr(distribution, name), f"{kind}: {name}")
        object.__setattr__(distribution, name, value)
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise ConfigurationError(f"{kind}: rng must be a numpy.random.Generator; got {rng!r}.")


def _check_bounds(distribution: _Clipped) -> None:
    given = [name for name in ("min", "max") if getattr(distribution, name) is not None]
    _check_numbers(distribution, *given)
    low, high = distribution.bounds
    if low > high:
        raise ConfigurationError(f"{distribution!r}: min must not be larger than max.")
