"""Populations that stimulate a network."""

from distann.inputs.correlated import HomogeneousCorrelatedSpikeTrains
from distann.inputs.currents import ACCurrent, NoiseCurrent, StepCurrent
from distann.inputs.poisson import PoissonPopulation, TimedPoissonPopulation
from distann.inputs.rates import InputArray, TimedArray
from distann.inputs.spike_source import SpikeSourceArray

__all__ = [
    "ACCurrent",
    "HomogeneousCorrelatedSpikeTrains",
    "InputArray",
    "NoiseCurrent",
    "PoissonPopulation",
    "SpikeSourceArray",
    "StepCurrent",
    "TimedArray",
    "TimedPoissonPopulation",
]
