"""What a network is made of: neurons, synapses, distributions, rules; frozen, and without state."""

from distann.model.attributes import Parameter, Variable
from distann.model.distance import Distance
from distann.model.distributions import (
    Binomial,
    DiscreteUniform,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    RandomDistribution,
    Uniform,
)
from distann.model.neuron import Neuron
from distann.model.rules import AllToAll, Explicit, FixedNumberPre, FixedProbability, OneToOne, Rule
from distann.model.specs import PopulationSpec, ProjectionSpec, SideSpec
from distann.model.structural import Creating, Pruning
from distann.model.synapse import Synapse

__all__ = [
    "AllToAll",
    "Binomial",
    "Creating",
    "DiscreteUniform",
    "Distance",
    "Explicit",
    "Exponential",
    "FixedNumberPre",
    "FixedProbability",
    "Gamma",
    "LogNormal",
    "Neuron",
    "Normal",
    "OneToOne",
    "Parameter",
    "PopulationSpec",
    "ProjectionSpec",
    "Pruning",
    "RandomDistribution",
    "Rule",
    "SideSpec",
    "Synapse",
    "Uniform",
    "Variable",
]
