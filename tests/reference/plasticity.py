"""A slow and obvious plastic projection: every synapse is visited in every step, in the order of LANGUAGE 2.5 and 2.7.

It shares nothing with distann: the rules are written here as Python functions of arrays of all pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = Callable[[dict[str, Array], NDArray[np.bool_]], None]


def nothing(values: dict[str, Array], where: NDArray[np.bool_]) -> None:
    """Change nothing."""


@dataclass
class Pairs:
    """All pairs of neurons, values of shape (post, pre).

    Attributes
    ----------
    values : dict of str to ndarray
        Of each synapse; ``"w"`` is the weight, ``"g"`` what this step transmits.
    relax : dict of str to (tau, rest)
        What decays exponentially in every step, after the neurons.
    pre, post : callable
        Change ``values`` where a presynaptic spike arrives, or the postsynaptic neuron has spiked.
    equations : callable
        In every step, after the neurons.
    dt : float
        ms.
    axonal : callable
        Where an axonal spike arrives, after `pre`.
    """

    values: dict[str, Array]
    relax: dict[str, tuple[float, float]] = field(default_factory=dict)
    pre: Rule = nothing
    post: Rule = nothing
    equations: Rule = nothing
    dt: float = 0.1
    axonal: Rule = nothing

    def run(
        self,
        steps: int,
        pre: list[NDArray[Any]],
        post: list[NDArray[Any]],
        delay: NDArray[Any],
        axonal: list[NDArray[Any]] | None = None,
    ) -> Array:
        """Return what arrives at each postsynaptic neuron, shape (steps, post).

        Parameters
        ----------
        steps : int
        pre, post, axonal : list of ndarray of int
            Steps at which each neuron spikes; the axonal spikes are presynaptic ones.
        delay : ndarray of int, shape (post, pre)
            Steps.
        """
        shape = self.values["w"].shape
        arrived = self._arrivals(steps, pre, delay)
        arrived_axonal = self._arrivals(steps, axonal or [], delay)
        transmitted = np.zeros((steps, shape[0]))
        for step in range(steps):
            self.values["t"] = np.full(shape, step * self.dt)
            self.values["g"] = np.zeros(shape)
            self.pre(self.values, arrived[step])
            self.axonal(self.values, arrived_axonal[step])
            transmitted[step] = self.values["g"].sum(axis=1)
            for name, (tau, rest) in self.relax.items():
                self.values[name] = rest + (self.values[name] - rest) * np.exp(-self.dt / tau)
            self.equations(self.values, np.ones(shape, bool))
            spiked = np.array([step in set(spikes.tolist()) for spikes in post])
            self.post(self.values, np.broadcast_to(spiked[:, np.newaxis], shape))
        return transmitted

    def _arrivals(self, steps: int, trains: list[NDArray[Any]], delay: NDArray[Any]) -> NDArray[np.bool_]:
        arrived = np.zeros((steps, *delay.shape), bool)
        for i, spikes in enumerate(trains):
            for j in range(delay.shape[0]):
                at = spikes + delay[j, i]
                arrived[at[at < steps], j, i] = True
        return arrived
