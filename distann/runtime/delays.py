"""Delays in steps: of one number for all synapses of a projection, or of one for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distann.errors import ConfigurationError
from distann.model.distance import Distance
from distann.model.distributions import RandomDistribution
from distann.model.explicit import Matrix
from distann.model.rules import Edges, Explicit, PairwiseProbability
from distann.model.specs import ProjectionSpec
from distann.runtime.formula import reach_of

__all__ = ["Delays", "delay_steps", "delays_of"]

MOST = 2**16  # different delays of one projection


@dataclass(frozen=True, slots=True)
class Delays:
    """Between which steps the delays of a projection lie, both included.

    Attributes
    ----------
    shortest, longest : int
        At least 1.
    window : int
        In so many steps, one after the other, a spike arrives.
    most : int
        Up to which the delay may be changed; 0 where that was not declared.
    """

    shortest: int
    longest: int
    window: int = 1
    most: int = 0

    @property
    def memory(self) -> int:
        """How many steps spikes and values are kept."""
        return max(self.longest, self.most) + self.window - 1

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
    if spec.made_delays is not None:
        low, high = min(low, spec.made_delays[0]), max(high, spec.made_delays[1])
        if 0 < spec.max_delay < high:
            raise ConfigurationError(
                f"projection '{spec.name}': its rule makes synapses with delays up to {high:g} ms, but max_delay is "
                f"{spec.max_delay:g} ms."
            )
    if spec.changeable and not spec.window:
        high = max(high, spec.max_delay)
    if low < 0 and not isinstance(spec.delay, RandomDistribution):
        raise ConfigurationError(f"projection '{spec.name}': delays are 0 ms or more; the smallest is {low:g}.")
    delays = Delays(
        delay_steps(low, dt), delay_steps(high, dt), delay_steps(spec.window, dt),
        delay_steps(spec.max_delay, dt) if spec.max_delay else 0,
    )
    if delays.window > 1 and not delays.uniform:
        raise ConfigurationError(f"projection '{spec.name}': spikes that are counted in a window have one delay.")
    if delays.longest - delays.shortest >= MOST:
        raise ConfigurationError(
            f"projection '{spec.name}': delays from {low:g} to {high:g} ms are more than {MOST} different steps; "
            "give their distribution a max."
        )
    return delays


def _reach(spec: ProjectionSpec) -> tuple[float, float]:
    """Return the shortest and the longest delay that can occur, ms."""
    rule, delay = spec.rule, spec.delay
    if isinstance(rule, Explicit) and rule.delays is not None:
        return (float(rule.delays.min()), float(rule.delays.max())) if len(rule.delays) else (0.0, 0.0)
    if isinstance(rule, Edges) and rule.delays is not None:
        return rule.reach
    if isinstance(delay, RandomDistribution | Matrix):
        return delay.reach
    if isinstance(delay, Distance):
        farthest = rule.max_distance if isinstance(rule, PairwiseProbability) else math.inf
        return reach_of(delay, spec, "delays", farthest)
    return delay, delay
