"""Neurons of few variables: a rate-coded integrator, and a quadratic spiking one. Times are in ms, potentials in mV."""

from __future__ import annotations

from distann.model import Neuron
from distann.models.parameters import lines

__all__ = ["Izhikevich", "LeakyIntegrator"]


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
            parameters=f"{lines(tau=tau)} : population\n{lines(B=B, T=T)}",
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
            parameters=lines(
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
