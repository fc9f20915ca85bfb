"""Synapses that are often used."""

from __future__ import annotations

from distann.model import Synapse
from distann.models.hebbian import BCM, IBCM, Covariance, Hebb, Oja
from distann.models.modulated import Clopath, DopamineSTDP, HomeostaticScaling
from distann.models.plasticity import STDP, NearestSTDP, PairSTDP, TripletSTDP, VogelsSprekeler
from distann.models.short_term import STP, TsodyksMarkram

__all__ = ["DefaultRateCodedSynapse", "DefaultSpikingSynapse", "list_standard_synapses"]


class DefaultRateCodedSynapse(Synapse):
    """Transmits the weighted rate of the presynaptic neuron, ``w pre.r``; no plasticity."""

    def __init__(self) -> None:
        super().__init__(
            psp="w * pre.r",
            operation="sum",
            name="DefaultRateCodedSynapse",
            description="Weighted sum of the presynaptic rates.",
        )


class DefaultSpikingSynapse(Synapse):
    """Adds its weight to the postsynaptic conductance at each presynaptic spike; no plasticity."""

    def __init__(self) -> None:
        super().__init__(
            pre_spike="g_target += w",
            name="DefaultSpikingSynapse",
            description="Increases the postsynaptic conductance by the weight at each spike.",
        )


def list_standard_synapses() -> list[Synapse]:
    """Return one synapse of each built-in type, with its default parameters."""
    return [
        DefaultRateCodedSynapse(), DefaultSpikingSynapse(), Hebb(), Oja(), IBCM(), BCM(), Covariance(), STP(),
        TsodyksMarkram(), STDP(), NearestSTDP(), PairSTDP(), TripletSTDP(), Clopath(), VogelsSprekeler(),
        DopamineSTDP(), HomeostaticScaling(),
    ]  # fmt: skip
