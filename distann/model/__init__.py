"""What a network is made of: neurons, synapses, distributions, rules; frozen, and without state."""

from distann.model.distributions import (
    DiscreteUniform,
    Exponential,
    LogNormal,
    Normal,
    RandomDistribution,
    Uniform,
)
from distann.model.neuron import Neuron
from distann.model.rules import AllToAll, Explicit, FixedNumberPre, FixedProbability, OneToOne, Rule
from distann.model.specs import PopulationSpec, ProjectionSpec, SideSpec
from distann.model.synapse import Synapse

__all__ = [
    "AllToAll",
    "DiscreteUniform",
    "Explicit",
    "Exponential",
    "FixedNumberPre",
    "FixedProbability",
    "LogNormal",
    "Neuron",
    "Normal",
    "OneToOne",
    "PopulationSpec",
    "ProjectionSpec",
    "RandomDistribution",
    "Rule",
    "SideSpec",
    "Synapse",
    "Uniform",
]
