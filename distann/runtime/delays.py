"""Delays in steps: of one number for all synapses of a projection, or of one for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distann.errors import ConfigurationError
from distann.model.distributions import RandomDistribution
from distann.model.rules import Explicit
from distann.model.specs import ProjectionSpec

__all__ = ["Delays", "delay_steps", "delays_of"]

MOST = 2**16  # different delays of one projection


@dataclass(frozen=True, slots=True)
class Delays:
    """Between which steps the delays of a projection lie, both included.

    Attributes
    ----------
    shortest, longest : int
        At least 1.
    """

    shortest: int
    longest: int

    @property
    def uniform(self) -> bool:
        """Whether all synapses have one delay."""
        return self.shortest == self.longest


def delay_steps(delay: float, dt: float) -> int:
    """Return a delay in steps: rounded half up, at least one. A half is one up to the rounding of the division."""
    return max(1, math.floor(delay / dt + 0.5 + 1e-9))


def delays_of(spec: ProjectionSpec, dt: float) -> Delays:
    """Return the delays that can occur in a projection.

    Parameters
    ----------
    spec : ProjectionSpec
    dt : float
        Step, ms.

    Raises
    ------
    ConfigurationError
        When a projection would have more than 65,536 different delays.
    """
    low, high = _reach(spec)
    delays = Delays(delay_steps(low, dt), delay_steps(high, dt))
    if delays.longest - delays.shortest >= MOST:
        raise ConfigurationError(
            f"projection '{spec.name}': delays from {low:g} to {high:g} ms are more than {MOST} different steps; "
            "give their distribution a max."
        )
    return delays


def _reach(spec: ProjectionSpec) -> tuple[float, float]:
    given = spec.rule.delays if isinstance(spec.rule, Explicit) else None
    if given is not None:
        return (float(given.min()), float(given.max())) if len(given) else (0.0, 0.0)
    return spec.delay.reach if isinstance(spec.delay, RandomDistribution) else (spec.delay, spec.delay)
