"""Neurons that are often used. Times are in ms, potentials in mV; nothing checks units.

The values of the parameters stand in the text of the parameters alone: neurons with other values share their
compiled code.
"""

from __future__ import annotations

from typing import Any

from distann.model import Neuron
from distann.model.arguments import number_of

__all__ = ["IF_cond_exp", "IF_curr_exp", "Izhikevich", "LeakyIntegrator", "list_standard_neurons"]


class LeakyIntegrator(Neuron):
    """Leaky integrator, rate-coded.

    ``tau dv/dt + v = sum + B (+ noise)`` and ``r = max(v - T, 0)``, by the exponential method (exact for
    constant input).

    Parameters
    ----------
    tau : float
        Time constant, ms; one value for the population.
    B : float
        Baseline of the input.
    T : float
        Threshold of the rate.
    sum : str
        Text of the input.
    noise : str, optional
        Text that is added to the input, such as ``"Normal(0, 0.1)"``.

    References
    ----------
    H. R. Wilson and J. D. Cowan, *Excitatory and inhibitory interactions in localized populations of model
    neurons*, Biophysical Journal 12, 1972.
    """

    def __init__(
        self,
        tau: float = 10.0,
        B: float = 0.0,
        T: float = 0.0,
        sum: str = "sum(exc) - sum(inh)",
        noise: str | None = None,
    ) -> None:
        added = f" + ({noise})" if noise is not None else ""
        super().__init__(
            parameters=f"{_lines(tau=tau)} : population\n{_lines(B=B, T=T)}",
            equations=f"tau * dv/dt + v = ({sum}) + B{added} : exponential\nr = pos(v - T)",
            name="LeakyIntegrator",
            description="Leaky integrator with a rectified rate and a baseline.",
        )


class Izhikevich(Neuron):
    """Quadratic integrate-and-fire neuron with adaptation.

    ``dv/dt = 0.04 v**2 + 5 v + 140 - u + I``, ``du/dt = a (b v - u)``, both by the explicit method from
    the old values, with ``I = conductance + noise Normal(0, 1) + i_offset``. When ``v > v_thresh``:
    ``v = c``, ``u = u + d``.

    Parameters
    ----------
    a, b, c, d : float
        Rate and sensitivity of the adaptation, potential after a spike (mV), jump of the adaptation.
    v_thresh : float
        Peak of the spike, mV.
    i_offset : float
        Constant current.
    noise : float
        Standard deviation of the current that is drawn in each step.
    tau_refrac : float
        Refractory period, ms.
    conductance : str
        Text of the synaptic current.

    References
    ----------
    E. M. Izhikevich, *Simple model of spiking neurons*, IEEE Transactions on Neural Networks 14, 2003,
    equations 1 to 3.
    """

    def __init__(
        self,
        a: float = 0.02,
        b: float = 0.2,
        c: float = -65.0,
        d: float = 8.0,
        v_thresh: float = 30.0,
        i_offset: float = 0.0,
        noise: float = 0.0,
        tau_refrac: float = 0.0,
        conductance: str = "g_exc - g_inh",
    ) -> None:
        super().__init__(
            parameters=_lines(
                noise=noise, a=a, b=b, c=c, d=d, v_thresh=v_thresh, i_offset=i_offset, tau_refrac=tau_refrac
            ),
            equations=[
                f"I = ({conductance}) + noise * Normal(0.0, 1.0) + i_offset",
                "dv/dt = 0.04 * v**2 + 5.0 * v + 140.0 - u + I : init = c",
                "du/dt = a * (b * v - u) : init = b * c",
            ],
            spike="v > v_thresh",
            reset="v = c\nu += d",
            refractory="tau_refrac",
            name="Izhikevich",
            description="Quadratic integrate-and-fire neuron with adaptation.",
        )


class IF_curr_exp(Neuron):
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
        parameters = _lines(
            v_rest=v_rest, cm=cm, tau_m=tau_m, tau_refrac=tau_refrac, tau_syn_E=tau_syn_E,
            tau_syn_I=tau_syn_I, v_thresh=v_thresh, v_reset=v_reset, i_offset=i_offset,
        )  # fmt: skip
        super().__init__(
            parameters=parameters,
            equations=[
                "cm * dv/dt = cm / tau_m * (v_rest - v) + g_exc - g_inh + i_offset"
                " : exponential, init = v_reset",
                *_DECAY,
            ],
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_curr_exp",
            description="Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.",
        )


class IF_cond_exp(Neuron):
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
        parameters = _lines(
            v_rest=v_rest, cm=cm, tau_m=tau_m, tau_refrac=tau_refrac, tau_syn_E=tau_syn_E,
            tau_syn_I=tau_syn_I, e_rev_E=e_rev_E, e_rev_I=e_rev_I, v_thresh=v_thresh, v_reset=v_reset,
            i_offset=i_offset,
        )  # fmt: skip
        super().__init__(
            parameters=parameters,
            equations=[
                "cm * dv/dt = cm / tau_m * (v_rest - v) + g_exc * (e_rev_E - v) + g_inh * (e_rev_I - v)"
                " + i_offset : exponential, init = v_reset",
                *_DECAY,
            ],
            spike="v > v_thresh",
            reset="v = v_reset",
            refractory="tau_refrac",
            name="IF_cond_exp",
            description="Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances.",
        )


_DECAY = ("tau_syn_E * dg_exc/dt = -g_exc : exponential", "tau_syn_I * dg_inh/dt = -g_inh : exponential")


def list_standard_neurons() -> list[Neuron]:
    """Return one neuron of each type of this module, with its default parameters."""
    return [LeakyIntegrator(), Izhikevich(), IF_curr_exp(), IF_cond_exp()]


def _lines(**values: Any) -> str:
    """Return the text of parameters, one a line."""
    numbers = {name: number_of(value, f"'{name}'") for name, value in values.items()}
    return "\n".join(f"{name} = {number!r}" for name, number in numbers.items())
