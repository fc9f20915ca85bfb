"""What depends on the distance between two neurons: a probability, a weight, a delay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from distann.errors import ConfigurationError
from distann.model.arguments import number_of, text_of

__all__ = ["Distance"]


@dataclass(frozen=True, slots=True)
class Distance:
    """An expression of the distance ``d`` between the two neurons of a pair.

    Populations lie as grids in one box. Along an axis of the length `extent`, neuron i of n lies at ``extent * i /
    (n - 1)``, so that the outer neurons lie on the border; or, where the axes close to rings, at ``extent * (i + 1/2) /
    n``. Both populations have as many axes.

    Parameters
    ----------
    expression : str
        In the language of equations, of ``d`` alone: ``"0.5 * exp(-d**2 / (2 * 0.1**2))"``, ``"if d < 0.2: 1.0 else:
        0.0"``.
    extent : float or sequence of float
        Length of each axis, or of all; in this unit ``d`` is measured.
    wrap : bool
        Whether each axis closes to a ring, so that the two ends of it are neighbours.
    min, max : float, optional
        Values outside become these.

    Raises
    ------
    ConfigurationError
        When a length is not positive, or min > max.
    """

    expression: str
    extent: float | tuple[float, ...] = 1.0
    wrap: bool = False
    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", text_of(self.expression, "an expression of the distance"))
        object.__setattr__(self, "extent", _checked_extent(self.extent))
        object.__setattr__(self, "wrap", bool(self.wrap))
        for name in ("min", "max"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, number_of(getattr(self, name), f"'{name}' of a Distance"))
        low, high = self.bounds
        if low > high:
            raise ConfigurationError(f"{self!r}: min must not be larger than max.")

    @property
    def bounds(self) -> tuple[float, float]:
        """Values outside of (min, max) become min or max; infinite where there is no bound."""
        return (-math.inf if self.min is None else self.min), (math.inf if self.max is None else self.max)

    def extents(self, dimensions: int) -> tuple[float, ...]:
        """Return the length of each axis.

        Raises
        ------
        ConfigurationError
            When lengths of another number of axes were given.
        """
        if not isinstance(self.extent, tuple):
            return (self.extent,) * dimensions
        if len(self.extent) != dimensions:
            raise ConfigurationError(
                f"'extent' has {len(self.extent)} lengths, but the populations have {dimensions} axes."
            )
        return self.extent


def _checked_extent(extent: Any) -> float | tuple[float, ...]:
    several = isinstance(extent, Sequence) and not isinstance(extent, str)
    lengths = tuple(number_of(length, "'extent'") for length in (extent if several else [extent]))
    if not lengths or min(lengths) <= 0:
        raise ConfigurationError(f"'extent' is the length of each axis, larger than 0; got {extent!r}.")
    return lengths if several else lengths[0]
