"""A library of neurons and synapses."""

from distann.models.neurons import (
    IF_cond_exp,
    IF_curr_exp,
    Izhikevich,
    LeakyIntegrator,
    list_standard_neurons,
)
from distann.models.synapses import DefaultRateCodedSynapse, DefaultSpikingSynapse, list_standard_synapses

__all__ = [
    "DefaultRateCodedSynapse",
    "DefaultSpikingSynapse",
    "IF_cond_exp",
    "IF_curr_exp",
    "Izhikevich",
    "LeakyIntegrator",
    "list_standard_neurons",
    "list_standard_synapses",
]
