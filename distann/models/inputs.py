"""Neurons of input populations."""

from __future__ import annotations

from distann.model import Neuron

__all__ = ["PoissonNeuron", "SpikeSource"]


class PoissonNeuron(Neuron):
    """A Poisson process of rate ``rates`` (Hz): in each step it spikes with the probability ``rates * dt / 1000``.

    Parameters
    ----------
    refractory : float, optional
        ms after a spike without another one.
    """

    def __init__(self, refractory: float | None = None) -> None:
        super().__init__(
            parameters="rates = 10.0",
            spike="Uniform(0.0, 1.0) * 1000.0 / dt < rates",
            refractory=refractory,
            name="Poisson",
            description="Poisson process",
        )


class SpikeSource(Neuron):
    """A neuron without equations, whose spikes are given."""

    def __init__(self) -> None:
        super().__init__(spike="False", name="SpikeSource", description="Given spikes")
