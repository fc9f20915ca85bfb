"""Populations whose values a function of the script gives: closed loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distann.errors import ConfigurationError
from distann.model.arguments import number_of
from distann.models.inputs import GivenRate, SpikeSource
from distann.population import Population
from distann.runtime.network import NetworkState
from distann.runtime.replay import Replay

__all__ = ["Source", "source"]

Source = Callable[[float], Any]


def source(
    network: NetworkState,
    geometry: int | tuple[int, ...],
    period: float | None,
    spikes: bool,
    name: str | None,
) -> Callable[[Source], Population]:
    """Return a decorator that makes a population of a function. See `Network.source`."""
    dt = network.options.dt
    steps = round(number_of(dt if period is None else period, "the period of a source") / dt)
    if steps < 1:
        raise ConfigurationError(f"the period of a source is at least dt = {dt} ms; got {period} ms.")

    def make(function: Source) -> Population:
        """Return the population that a function drives."""
        model = SpikeSource() if spikes else GivenRate()
        population = Population._in(network, geometry, model, name or _name(function))
        state = population._state
        if spikes:
            state.replay(Replay([], [], population.size))

        def give(step: int) -> None:
            """Hand over what the function returns for a step."""
            values = function(step * dt)
            if values is None:
                return
            if spikes:
                ranks = np.unique(np.atleast_1d(np.asarray(values, np.int64)))
                state.replay(Replay(ranks, np.full(len(ranks), step * dt), population.size))
            else:
                state.set("r", values)

        network.sources.add(steps, give)
        return population

    return make


def _name(function: Source) -> str | None:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else None
