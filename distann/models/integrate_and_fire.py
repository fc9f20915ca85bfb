"""Leaky integrate-and-fire neurons with a fixed threshold. Times are in ms, potentials in mV.

Synaptic currents or conductances decay exponentially, or rise and fall as alpha functions do: those of a spike of
weight w reach w after the synaptic time constant, ``w s exp(1 - s)`` at the time ``s tau_syn``.
"""

from __future__ import annotations

from typing import ClassVar

from distann.model import Neuron
from distann.models.parameters import lines

__all__ = ["DECAY", "IF_cond_alpha", "IF_cond_exp", "IF_curr_alpha", "IF_curr_exp"]

DECAY = ("tau_syn_E * dg_exc/dt = -g_exc : exponential", "tau_syn_I * dg_inh/dt = -g_inh : exponential")
ALPHA = (
    "gmax_exc = exp((tau_syn_E - dt / 2.0) / tau_syn_E)",
    "gmax_inh = exp((tau_syn_I - dt / 2.0) / tau_syn_I)",
)
RISE = (
    "tau_syn_E * dalpha_exc/dt = gmax_exc * g_exc - alpha_exc : exponential",
    "tau_syn_I * dalpha_inh/dt = gmax_inh * g_inh - alpha_inh : exponential",
)


class _FixedThreshold(Neuron):
    """What the neurons of this file share; a class of its own adds its equations."""

    _equations: ClassVar[tuple[str, ...]]
    _description: ClassVar[str]

    def __init__(self, parameters: str) -> None:
        super().__init__(
            parameters=parameters,
            equations=self._equations,
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name=type(self).__name__,
            description=f"Leaky integrate-and-fire neuron with {self._description}.",
        )


class _CurrentBased(_FixedThreshold):
    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        parameters = lines(
            v_rest=v_rest, cm=cm, tau_m=tau_m, tau_refrac=tau_refrac, tau_syn_E=tau_syn_E,
            tau_syn_I=tau_syn_I, v_thresh=v_thresh, v_reset=v_reset, i_offset=i_offset,
        )  # fmt: skip
        super().__init__(parameters)


class _ConductanceBased(_FixedThreshold):
    def __init__(
        self,
        v_rest: float = -65.0,
        cm: float = 1.0,
        tau_m: float = 20.0,
        tau_refrac: float = 0.0,
        tau_syn_E: float = 5.0,
        tau_syn_I: float = 5.0,
        e_rev_E: float = 0.0,
        e_rev_I: float = -70.0,
        v_thresh: float = -50.0,
        v_reset: float = -65.0,
        i_offset: float = 0.0,
    ) -> None:
        parameters = lines(
            v_rest=v_rest, cm=cm, tau_m=tau_m, tau_refrac=tau_refrac, tau_syn_E=tau_syn_E,
            tau_syn_I=tau_syn_I, e_rev_E=e_rev_E, e_rev_I=e_rev_I, v_thresh=v_thresh, v_reset=v_reset,
            i_offset=i_offset,
        )  # fmt: skip
        super().__init__(parameters)


class IF_curr_exp(_CurrentBased):
    """Leaky integrate-and-fire neuron with fixed threshold and exponentially decaying synaptic currents.

    ``cm dv/dt = cm / tau_m (v_rest - v) + g_exc - g_inh + i_offset``, ``tau_syn_E dg_exc/dt = -g_exc``,
    ``tau_syn_I dg_inh/dt = -g_inh``, by the exponential method. When ``v > v_thresh``: ``v = v_reset``.

    Parameters
    ----------
    v_rest, v_thresh, v_reset : float
        Potentials at rest, at which a spike is emitted and after it, mV.
    cm : float
        Capacity of the membrane, nF.
    tau_m, tau_syn_E, tau_syn_I : float
        Time constants of the membrane and of the currents, ms.
    tau_refrac : float
        Refractory period, ms.
    i_offset : float
        Constant current, nA.

    References
    ----------
    The equations and names of PyNN's standard cell: A. P. Davison et al., *PyNN: a common interface for
    neuronal network simulators*, Frontiers in Neuroinformatics 2, 2009. Kinetics of the currents: W.
    Gerstner et al., *Neuronal Dynamics*, Cambridge University Press 2014, sections 1.3 and 3.1.
    """

    _equations = (
        "cm * dv/dt = cm / tau_m * (v_rest - v) + g_exc - g_inh + i_offset : exponential, init = v_reset",
        *DECAY,
    )
    _description = "exponentially decaying synaptic currents"


class IF_curr_alpha(_CurrentBased):
    """Leaky integrate-and-fire neuron with fixed threshold and synaptic currents that are alpha functions.

    ``cm dv/dt = cm / tau_m (v_rest - v) + alpha_exc - alpha_inh + i_offset``, ``tau_syn_E dg_exc/dt = -g_exc``,
    ``tau_syn_E dalpha_exc/dt = gmax_exc g_exc - alpha_exc`` with ``gmax_exc = exp((tau_syn_E - dt / 2) /
    tau_syn_E)``, and the same for inhibition, by the exponential method. When ``v > v_thresh``: ``v = v_reset``.

    Parameters
    ----------
    v_rest, v_thresh, v_reset : float
        Potentials at rest, at which a spike is emitted and after it, mV.
    cm : float
        Capacity of the membrane, nF.
    tau_m, tau_syn_E, tau_syn_I : float
        Time constants of the membrane and of the currents, ms.
    tau_refrac : float
        Refractory period, ms.
    i_offset : float
        Constant current, nA.

    References
    ----------
    The equations and names of PyNN's standard cell: A. P. Davison et al., *PyNN: a common interface for
    neuronal network simulators*, Frontiers in Neuroinformatics 2, 2009. Kinetics of the currents: W.
    Gerstner et al., *Neuronal Dynamics*, Cambridge University Press 2014, sections 1.3 and 3.1.
    """

    _equations = (
        *ALPHA,
        "cm * dv/dt = cm / tau_m * (v_rest - v) + alpha_exc - alpha_inh + i_offset : exponential, init = v_reset",
        *DECAY,
        *RISE,
    )
    _description = "synaptic currents that are alpha functions"


class IF_cond_exp(_ConductanceBased):
    """Leaky integrate-and-fire neuron with fixed threshold and exponentially decaying synaptic conductances.

    ``cm dv/dt = cm / tau_m (v_rest - v) + g_exc (e_rev_E - v) + g_inh (e_rev_I - v) + i_offset``,
    ``tau_syn_E dg_exc/dt = -g_exc``, ``tau_syn_I dg_inh/dt = -g_inh``, by the exponential method. When
    ``v > v_thresh``: ``v = v_reset``.

    Parameters
    ----------
    v_rest, v_thresh, v_reset : float
        Potentials at rest, at which a spike is emitted and after it, mV.
    cm : float
        Capacity of the membrane, nF.
    tau_m, tau_syn_E, tau_syn_I : float
        Time constants of the membrane and of the conductances, ms.
    tau_refrac : float
        Refractory period, ms.
    e_rev_E, e_rev_I : float
        Reversal potentials of excitation and inhibition, mV.
    i_offset : float
        Constant current, nA.

    References
    ----------
    As for `IF_curr_exp`; the benchmark of conductance-based networks: R. Brette et al., *Simulation of
    networks of spiking neurons*, Journal of Computational Neuroscience 23, 2007, appendix B.
    """

    _equations = (
        "cm * dv/dt = cm / tau_m * (v_rest - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v)"
        " + i_offset : exponential, init = v_reset",
        *DECAY,
    )
    _description = "exponentially decaying synaptic conductances"


class IF_cond_alpha(_ConductanceBased):
    """Leaky integrate-and-fire neuron with fixed threshold and synaptic conductances that are alpha functions.

    ``cm dv/dt = cm / tau_m (v_rest - v) + alpha_exc (e_rev_E - v) + alpha_inh (e_rev_I - v) + i_offset``, with
    conductances as the currents of `IF_curr_alpha`, by the exponential method. When ``v > v_thresh``: ``v = v_reset``.

    Parameters
    ----------
    v_rest, v_thresh, v_reset : float
        Potentials at rest, at which a spike is emitted and after it, mV.
    cm : float
        Capacity of the membrane, nF.
    tau_m, tau_syn_E, tau_syn_I : float
        Time constants of the membrane and of the conductances, ms.
    tau_refrac : float
        Refractory period, ms.
    e_rev_E, e_rev_I : float
        Reversal potentials of excitation and inhibition, mV.
    i_offset : float
        Constant current, nA.

    References
    ----------
    As for `IF_curr_exp`; the benchmark of conductance-based networks: R. Brette et al., *Simulation of
    networks of spiking neurons*, Journal of Computational Neuroscience 23, 2007, appendix B.
    """

    _equations = (
        *ALPHA,
        "cm * dv/dt = cm / tau_m * (v_rest - v) + alpha_exc * (e_rev_E - v) + alpha_inh * (e_rev_I - v)"
        " + i_offset : exponential, init = v_reset",
        *DECAY,
        *RISE,
    )
    _description = "synaptic conductances that are alpha functions"
