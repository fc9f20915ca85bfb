"""Exponential integrate-and-fire neurons with adaptation (AdEx). Times are in ms, potentials in mV, conductances in
nS/1000."""

from __future__ import annotations

from typing import ClassVar

from distann.model import Neuron
from distann.models.integrate_and_fire import ALPHA, DECAY, RISE
from distann.models.parameters import lines

__all__ = ["EIF_cond_alpha_isfa_ista", "EIF_cond_exp_isfa_ista"]


def _equations(excitation: str, inhibition: str) -> list[str]:
    return [
        f"I = {excitation} * (e_rev_E - v) + {inhibition} * (e_rev_I - v) + i_offset",
        "tau_m * dv/dt = v_rest - v + delta_T * exp((v - v_thresh) / delta_T) + tau_m / cm * (I - w) : init = v_reset",
        "tau_w * dw/dt = a * (v - v_rest) / 1000.0 - w",
    ]


class _Adaptive(Neuron):
    _equations: ClassVar[tuple[str, ...]]
    _conductances: ClassVar[str]

    def __init__(
        self,
        v_rest: float = -70.6,
        cm: float = 0.281,
        tau_m: float = 9.3667,
        tau_refrac: float = 0.1,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -80.0,
        tau_w: float = 144.0,
        a: float = 4.0,
        b: float = 0.0805,
        i_offset: float = 0.0,
        delta_T: float = 2.0,
        v_thresh: float = -50.4,
        v_reset: float = -70.6,
        v_spike: float = -40.0,
    ) -> None:
        super().__init__(
            parameters=lines(
                v_rest=v_rest, cm=cm, tau_m=tau_m, tau_refrac=tau_refrac, tau_syn_E=tau_syn_E, tau_syn_I=tau_syn_I,
                e_rev_E=e_rev_E, e_rev_I=e_rev_I, tau_w=tau_w, a=a, b=b, i_offset=i_offset, delta_T=delta_T,
                v_thresh=v_thresh, v_reset=v_reset, v_spike=v_spike,
            ),
            equations=self._equations,
            spike="v > v_spike",
            reset="v = v_reset\nw += b",
            refractory="tau_refrac",
            name=type(self).__name__,
            description=f"Exponential integrate-and-fire neuron with adaptation and {self._conductances}.",
        )  # fmt: skip


class EIF_cond_exp_isfa_ista(_Adaptive):
    """Exponential integrate-and-fire neuron with spike-triggered and subthreshold adaptation.

    ``tau_m dv/dt = v_rest - v + delta_T exp((v - v_thresh) / delta_T) + tau_m / cm (I - w)``,
    ``tau_w dw/dt = a (v - v_rest) / 1000 - w``, both by the explicit method from the old values, with
    ``I = g_exc (e_rev_E - v) + g_inh (e_rev_I - v) + i_offset``; the conductances decay exponentially. When
    ``v > v_spike``: ``v = v_reset``, ``w = w + b``.

    Parameters
    ----------
    v_rest, v_thresh, v_reset, v_spike : float
        Potentials at rest, at which the exponential takes off, after a spike, and at which a spike is emitted, mV.
    cm : float
        Capacity of the membrane, nF.
    tau_m, tau_syn_E, tau_syn_I, tau_w : float
        Time constants of membrane, conductances and adaptation, ms.
    tau_refrac : float
        Refractory period, ms.
    e_rev_E, e_rev_I : float
        Reversal potentials of excitation and inhibition, mV.
    a : float
        Subthreshold adaptation, nS.
    b : float
        Adaptation after a spike, nA.
    i_offset : float
        Constant current, nA.
    delta_T : float
        Steepness of the exponential, mV.

    References
    ----------
    R. Brette and W. Gerstner, *Adaptive exponential integrate-and-fire model as an effective description of neuronal
    activity*, Journal of Neurophysiology 94, 2005, equations 1 to 4.
    """

    _equations = (*_equations("g_exc", "g_inh"), *DECAY)
    _conductances = "exponential conductances"


class EIF_cond_alpha_isfa_ista(_Adaptive):
    """Exponential integrate-and-fire neuron with adaptation, and conductances that are alpha functions.

    As `EIF_cond_exp_isfa_ista`, with ``I = alpha_exc (e_rev_E - v) + alpha_inh (e_rev_I - v) + i_offset`` and
    conductances as the currents of `IF_curr_alpha`. Parameters and references are those of both.
    """

    _equations = (*ALPHA, *_equations("alpha_exc", "alpha_inh"), *DECAY, *RISE)
    _conductances = "conductances as alpha functions"
