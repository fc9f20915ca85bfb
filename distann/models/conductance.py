"""Neurons with ionic currents. Times are in ms, potentials in mV, conductances in uS."""

from __future__ import annotations

from distann.model import Neuron
from distann.models.integrate_and_fire import DECAY
from distann.models.parameters import lines

__all__ = ["HH_cond_exp"]

# Rates of opening and closing, 1/ms, for the potential V over the offset. Where the formulas of the paper divide 0 by
# 0, exprel(x) = (exp(x) - 1) / x is 1.
GATES = """
    opening_n(V) = 0.16 / exprel((15.0 - V) / 5.0)
    closing_n(V) = 0.5 * exp((10.0 - V) / 40.0)
    opening_m(V) = 1.28 / exprel((13.0 - V) / 4.0)
    closing_m(V) = 1.4 / exprel((V - 40.0) / 5.0)
    opening_h(V) = 0.128 * exp((17.0 - V) / 18.0)
    closing_h(V) = 4.0 / (1.0 + exp((40.0 - V) / 5.0))
    gate(x, opening, closing) = opening * (1.0 - x) - closing * x
"""


class HH_cond_exp(Neuron):
    """Neuron of Hodgkin and Huxley's kind with the sodium and potassium currents of Traub and Miles.

    ``cm dv/dt = gleak (e_rev_leak - v) + gbar_K n**4 (e_rev_K - v) + gbar_Na m**3 h (e_rev_Na - v) + g_exc (e_rev_E -
    v) + g_inh (e_rev_I - v) + i_offset``; each gate x follows ``dx/dt = opening(V) (1 - x) - closing(V) x`` with ``V
    = v - v_offset``; the conductances decay exponentially. All by the exponential method, from the old values. A
    spike is emitted when v passes v_thresh from below; nothing is reset.

    Parameters
    ----------
    gbar_Na, gbar_K, gleak : float
        Conductances of sodium, potassium and leak, uS.
    cm : float
        Capacity of the membrane, nF.
    v_offset : float
        Potential to which the rates of the gates refer, mV.
    e_rev_Na, e_rev_K, e_rev_leak, e_rev_E, e_rev_I : float
        Reversal potentials, mV.
    tau_syn_E, tau_syn_I : float
        Time constants of the synaptic conductances, ms.
    i_offset : float
        Constant current, nA.
    v_thresh : float
        Potential at which a spike is emitted, mV.

    References
    ----------
    R. D. Traub and R. Miles, *Neuronal Networks of the Hippocampus*, Cambridge University Press 1991, in the form of
    R. Brette et al., *Simulation of networks of spiking neurons*, Journal of Computational Neuroscience 23, 2007,
    benchmark 3.
    """

    def __init__(
        self,
        gbar_Na: float = 20.0,
        gbar_K: float = 6.0,
        gleak: float = 0.01,
        cm: float = 0.2,
        v_offset: float = -63.0,
        e_rev_Na: float = 50.0,
        e_rev_K: float = -90.0,
        e_rev_leak: float = -65.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -80.0,
        tau_syn_E: float = 0.2,
        tau_syn_I: float = 2.0,
        i_offset: float = 0.0,
        v_thresh: float = 0.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                gbar_Na=gbar_Na, gbar_K=gbar_K, gleak=gleak, cm=cm, v_offset=v_offset, e_rev_Na=e_rev_Na,
                e_rev_K=e_rev_K, e_rev_leak=e_rev_leak, e_rev_E=e_rev_E, e_rev_I=e_rev_I, tau_syn_E=tau_syn_E,
                tau_syn_I=tau_syn_I, i_offset=i_offset, v_thresh=v_thresh,
            ),
            equations=[
                "prev_v = v",
                "dn/dt = gate(n, opening_n(v - v_offset), closing_n(v - v_offset)) : init = 0.0, exponential",
                "dm/dt = gate(m, opening_m(v - v_offset), closing_m(v - v_offset)) : init = 0.0, exponential",
                "dh/dt = gate(h, opening_h(v - v_offset), closing_h(v - v_offset)) : init = 1.0, exponential",
                "cm * dv/dt = gleak * (e_rev_leak - v) + gbar_K * n**4 * (e_rev_K - v)"
                " + gbar_Na * m**3 * h * (e_rev_Na - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v) + i_offset"
                " : init = e_rev_leak, exponential",
                *DECAY,
            ],
            functions=GATES,
            spike="v > v_thresh and prev_v <= v_thresh",
            name="HH_cond_exp",
            description="Hodgkin-Huxley neuron with Traub and Miles' currents and exponential conductances.",
        )  # fmt: skip
