"""A library of neurons and synapses."""

from distann.model import Neuron
from distann.models.conductance import HH_cond_exp
from distann.models.exponential import EIF_cond_alpha_isfa_ista, EIF_cond_exp_isfa_ista
from distann.models.hebbian import BCM, IBCM, Covariance, Hebb, Oja
from distann.models.integrate_and_fire import IF_cond_alpha, IF_cond_exp, IF_curr_alpha, IF_curr_exp
from distann.models.modulated import Clopath, DopamineSTDP, HomeostaticScaling
from distann.models.neurons import Izhikevich, LeakyIntegrator
from distann.models.plasticity import STDP, NearestSTDP, PairSTDP, TripletSTDP, VogelsSprekeler
from distann.models.short_term import STP, TsodyksMarkram
from distann.models.stochastic import GIF_curr, GIF_curr_exp
from distann.models.synapses import DefaultRateCodedSynapse, DefaultSpikingSynapse, list_standard_synapses

__all__ = [
    "BCM",
    "IBCM",
    "STDP",
    "STP",
    "Clopath",
    "Covariance",
    "DefaultRateCodedSynapse",
    "DefaultSpikingSynapse",
    "DopamineSTDP",
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "GIF_curr",
    "GIF_curr_exp",
    "HH_cond_exp",
    "Hebb",
    "HomeostaticScaling",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_exp",
    "Izhikevich",
    "LeakyIntegrator",
    "NearestSTDP",
    "Oja",
    "PairSTDP",
    "TripletSTDP",
    "TsodyksMarkram",
    "VogelsSprekeler",
    "list_standard_neurons",
    "list_standard_synapses",
]


def list_standard_neurons() -> list[Neuron]:
    """Return one neuron of each built-in type, with its default parameters."""
    return [
        LeakyIntegrator(), Izhikevich(), IF_curr_exp(), IF_cond_exp(), IF_curr_alpha(), IF_cond_alpha(),
        EIF_cond_exp_isfa_ista(), EIF_cond_alpha_isfa_ista(), GIF_curr(), GIF_curr_exp(), HH_cond_exp(),
    ]  # fmt: skip
