"""Projections between rate-coded and spiking populations."""

from __future__ import annotations

from typing import Any, Self

from distann.errors import ConfigurationError
from distann.model import Synapse
from distann.model.arguments import number_of
from distann.model.rules import OneToOne
from distann.population import Population
from distann.projection import Projection
from distann.runtime.delays import delay_steps
from distann.synapses import Side
from distann.view import PopulationView

__all__ = ["CurrentInjection", "DecodingProjection"]


class CurrentInjection(Projection):
    """Adds the rates of a rate-coded population to the inputs of a spiking one, neuron by neuron, in every step.

    Parameters
    ----------
    pre : rate-coded Population or PopulationView
    post : spiking Population or PopulationView
        Of the same size.
    target : str
    name : str, optional

    Raises
    ------
    ConfigurationError
        For other populations.
    """

    def __init__(self, pre: Side, post: Side, target: str, name: str | None = None) -> None:
        _whole(pre, False, "a CurrentInjection comes from a rate-coded population")
        _whole(post, True, "a CurrentInjection goes to a spiking population")
        super().__init__(pre, post, target, Synapse(psp="pre.r", name="CurrentInjection"), name)

    def connect_current(self) -> Self:
        """Connect neuron i to neuron i.

        Raises
        ------
        ConfigurationError
            When there are not as many on both sides.
        """
        if self.pre.size != self.post.size:
            raise ConfigurationError(
                f"projection '{self.name}': a current from {self.pre.size} neurons cannot be injected into "
                f"{self.post.size}, one into each."
            )
        return self._connect(OneToOne(), 1.0, 0.0, False)


class DecodingProjection(Projection):
    """The firing rates of a spiking population, weighted and averaged, as the input of a rate-coded one.

    In every step the input is the sum of ``w`` over the spikes of the last `window` ms, divided by the window in
    seconds and by the number of presynaptic neurons: in Hz, where the weights are 1. All synapses have one delay.

    Parameters
    ----------
    pre : spiking Population or PopulationView
    post : rate-coded Population or PopulationView
    target : str
    window : float
        ms; 0 is one step.
    name : str, optional

    Raises
    ------
    ConfigurationError
        For other populations, or a window that is negative.
    """

    def __init__(self, pre: Side, post: Side, target: str, window: float = 0.0, name: str | None = None) -> None:
        source = _whole(pre, True, "a DecodingProjection comes from a spiking population")
        _whole(post, False, "a DecodingProjection goes to a rate-coded population")
        window = number_of(window, "'window'")
        if window < 0:
            raise ConfigurationError(f"'window' is 0 ms or more; got {window:g}.")
        dt = source._network.options.dt
        steps = delay_steps(window, dt)
        scale = 1000.0 / (steps * dt) / max(1, pre.size)
        text = f"scale = {scale!r} : projection"
        super().__init__(
            pre, post, target, Synapse(text, pre_spike="g_target += w * scale", name="DecodingProjection"), name
        )
        object.__setattr__(self, "_window", steps * dt)


def _whole(side: Any, spiking: bool, says: str) -> Population:
    """Return the population of a side, which must be of one kind."""
    population = side.population if isinstance(side, PopulationView) else side
    if not isinstance(population, Population) or population._state.model.spiking is not spiking:
        raise ConfigurationError(f"{says}; got {side!r}.")
    return population
