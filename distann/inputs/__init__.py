"""Populations that stimulate a network."""

from distann.inputs.poisson import PoissonPopulation
from distann.inputs.spike_source import SpikeSourceArray

__all__ = ["PoissonPopulation", "SpikeSourceArray"]
